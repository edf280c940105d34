"""Two people on one machine: a witnessed hold point, a handover, a third who is nobody, and stock proof of it all."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from tests.faults.person import Person
from tests.faults.two_accounts import TwoAccounts, missing
from tests.terminal import Walker

pytestmark = [pytest.mark.faults, pytest.mark.skipif(missing() != "", reason=missing())]

PROCEDURE = str(Path(__file__).with_name("two-person.toml"))


@pytest.fixture
def people() -> Iterator[TwoAccounts]:
    """Ana, Bob, Eve, and what they share."""
    with TwoAccounts() as made:
        yield made


def begin(people: TwoAccounts) -> Person:
    """Ana has begun and stands at the hold point."""
    ana = Person(people.ana.command("run", PROCEDURE, "--incident", "INC-4711"), people.ana.environment)
    ana.see("Nothing has been recorded")
    ana.press("Enter")
    ana.see("A second person runs")
    return ana


def walk(ana: Person, until: str) -> list[str]:
    """Walk until these words are on the screen."""
    walker = Walker(
        cast(Any, ana), {"owners": "the owners"}, until=lambda lines: any(until in line for line in lines)
    )
    return walker.walk(60.0)


def test_a_hold_point_is_passed_by_a_witness_and_the_walk_handed_over(people: TwoAccounts) -> None:
    """From two accounts, each with their own key, to a sealed run of two watches that stock tools prove."""
    ana = begin(people)
    nobody = people.eve.run("witness", typed="broker-b\n")
    assert (nobody.returncode, "does not know that key" in nobody.stdout) == (1, True)
    herself = people.ana.run("witness", typed="broker-b\n")
    assert (herself.returncode, "a second person has their own" in herself.stdout) == (1, True)
    witness = people.bob.run("witness", typed="broker-b\n")
    assert witness.returncode == 0, witness.stdout + witness.stderr
    assert "Exactly this is to be sent" in witness.stdout
    assert "stop broker-b" in witness.stdout
    walk(ana, "OWNERS KNOW")
    ana.press("h")
    ana.see("p = pass it on")
    ana.press("p")
    ana.see("Offer this walk")
    ana.press("y")
    ana.see("offered")
    bob = people.bob.run(
        "accept", "--plain", typed="lab\nbrief-read\nattest the owners\ncomplete\n", limit_s=90
    )
    assert bob.returncode == 0, bob.stdout + bob.stderr
    ana.see("ended")
    ana.press("q")
    assert ana.gone(10.0) == 14
    ana.__exit__()
    run = people.run_path()
    verified = people.ana.run("verify", str(run))
    assert verified.returncode == 0, verified.stdout
    assert "stop-slave witnessed by bob@site" in verified.stdout
    assert "handed over to bob@site" in verified.stdout
    proved_by_stock_programs(people, run)


def test_a_broker_that_is_taken_says_by_whom_and_is_taken_over_only_from_the_dead(
    people: TwoAccounts,
) -> None:
    """Bob is told how to reach Ana; once her process is gone he goes on, with a reason that is in the record."""
    ana = begin(people)
    taken = people.bob.run("run", PROCEDURE, "--plain", typed="begin\n")
    assert taken.returncode == 8, taken.stdout + taken.stderr
    assert "to reach them: ana, extension 17" in taken.stderr
    alive = people.bob.run("resume", "--plain", "--take-over", "I want it")
    assert alive.returncode == 8, alive.stdout + alive.stderr
    ana.terminal.process.kill()
    ana.terminal.process.wait()
    ana.__exit__()
    unasked = people.bob.run("resume", "--plain")
    assert (unasked.returncode, "not handed over" in unasked.stderr) == (7, True)
    bob = people.bob.run(
        "resume",
        "--plain",
        "--take-over",
        "her line is dead",
        typed="brief-read\noverride-hold-point broker-b\n4 Ana, network\nabort abort\nfor now\n",
    )
    assert bob.returncode == 10, bob.stdout + bob.stderr
    run = people.run_path()
    verified = people.ana.run("verify", str(run))
    assert verified.returncode == 0, verified.stdout
    assert "watch-001 was taken over unsealed by bob: her line is dead" in verified.stdout
    assert "UNWITNESSED: stop-slave was passed alone" in verified.stdout
    for walked_it in (people.ana, people.bob):
        refused = walked_it.run("countersign", str(run), typed="broker-b\n")
        assert (refused.returncode, "signed by who walked" in refused.stdout) == (1, True)
    assert "UNWITNESSED" in people.ana.run("verify", str(run)).stdout
    assert people.eve.run("countersign", str(run), typed="broker-b\n").returncode == 0
    after = people.ana.run("verify", str(run)).stdout
    assert ("UNWITNESSED" in after, "countersigned afterwards by eve@site" in after) == (False, True)


def proved_by_stock_programs(people: TwoAccounts, run: Path) -> None:
    """Each watch by the person who walked it, the statements by Bob; nothing of handrail is used."""
    for watch, who in (("watch-001", "ana@site"), ("watch-002", "bob@site")):
        folder = run / watch
        check = f"ssh-keygen -Y verify -f {people.signers} -I {who} -n delegate@handrail -s run.signers.sig"
        shell(f"{check} < run.signers && sha256sum --check --strict --quiet SEAL", folder)
    for name, purpose in (("witness-*.toml", "witness"), ("accept-*.toml", "handover")):
        [statement] = (run / "watch-001").glob(name)
        shell(
            f"ssh-keygen -Y verify -f {people.signers} -I bob@site -n {purpose}@handrail "
            f"-s {statement.name}.sig < {statement.name}",
            run / "watch-001",
        )


def shell(text: str, folder: Path) -> None:
    """Run it in a shell; its failure is the test's."""
    done = subprocess.run(["sh", "-euc", text], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
