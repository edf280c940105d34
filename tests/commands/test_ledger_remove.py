"""`handrail ledger remove`: what it says, what it asks, and that nothing goes unasked."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.ledger.conftest import make_operator

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger

Said = tuple[int, str]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Two sealed drills of forty and twenty days ago and one of today, the folder their archives will lie in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HANDRAIL_ALLOWED_SIGNERS", raising=False)
    monkeypatch.setenv("HANDRAIL_LEDGER", str(tmp_path / "ledger"))
    clock = ManualClock()
    made = Ledger(tmp_path / "ledger", QuickDisk(), clock)
    for days in (40, 20, 0):
        clock.step_wall((datetime.now(UTC) - timedelta(days=days) - clock.wall()).total_seconds())
        with made.open_run("drill", f"a/{days}-days", MemoryKey(), "alice", "jump1", {}) as watch:
            watch.seal()
    return made


@pytest.fixture
def handrail(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run one command with these words typed."""

    def run(*arguments: str, typed: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        return cli.main(list(arguments)), capsys.readouterr().out

    return run


def runs_of(ledger: Ledger) -> list[str]:
    """Their names, oldest first."""
    return [run.run for run in ledger.runs()]


def test_old_runs_go_once_their_count_is_typed(ledger: Ledger, handrail: Callable[..., Said]) -> None:
    """Not without, not with a wrong one; what was not exported stays and says why."""
    before = runs_of(ledger)
    assert handrail("export", before[0])[0] == 0
    status, out = handrail("ledger", "remove", "--older-than", "10", typed="2\n")
    assert (status, runs_of(ledger)) == (2, before)
    assert f"goes    {before[0]}" in out
    assert f"stays   {before[1]}\n  it was never exported" in out
    assert before[2] not in out
    assert handrail("ledger", "remove", "--older-than", "10")[0] == 2
    status, out = handrail("ledger", "remove", "--older-than", "10", typed="1\n")
    assert (status, runs_of(ledger)) == (0, before[1:])
    assert "1 run removed, and the chain says so" in out
    status, out = handrail("ledger", "check")
    assert status == 0
    assert out.splitlines()[-1] == "2 runs: 2 sealed, 1 removed; the chain holds (8 entries)"
    assert handrail("ledger", "remove", "--older-than", "10")[1].endswith("nothing is removed\n")


def test_a_run_that_is_not_sealed_is_listed_with_why_it_stays(
    ledger: Ledger, handrail: Callable[..., Said]
) -> None:
    """Would catch somebody who believes that every old run is gone."""
    with ledger.open_run("drill", "a/left", MemoryKey(), "alice", "jump1", {}) as watch:
        left = watch.path.parent.name
    status, out = handrail("ledger", "remove", "--older-than", "0")
    assert status == 0
    assert f"stays   {left}\n  it is UNSEALED" in out


def test_of_named_runs_none_goes_when_one_must_stay(
    ledger: Ledger, handrail: Callable[..., Said], tmp_path: Path
) -> None:
    """Else a slip in a name would be found out too late."""
    before = runs_of(ledger)
    (tmp_path / "archives").mkdir()
    archive = tmp_path / "archives" / f"{before[0]}.tar"
    assert handrail("export", before[0], "--to", str(archive))[0] == 0
    both = handrail("ledger", "remove", *before[:2], "--archive", str(archive.parent), "--yes")
    assert (both[0], runs_of(ledger)) == (1, before)
    assert handrail("ledger", "remove", before[0], "--archive", str(archive), "--yes")[0] == 0
    assert runs_of(ledger) == before[1:]


def test_a_run_that_was_put_back_is_listed_once(
    ledger: Ledger, handrail: Callable[..., Said], tmp_path: Path
) -> None:
    """As it is, with who removed it; the sum counts it among what is there."""
    first = runs_of(ledger)[0]
    handrail("export", first)
    assert handrail("ledger", "remove", first, "--yes")[0] == 0
    assert handrail("import", f"{first}.tar")[0] == 0
    status, out = handrail("ledger", "check")
    assert status == 0
    assert out.count(first) == 1
    assert f"{first}\n    note: it was removed (DRILL KEY) and put back since\n" in out
    assert out.splitlines()[-1].startswith("3 runs: 3 sealed, 1 of them put back;")


def test_a_live_run_goes_by_a_key_the_site_knows_alone(
    ledger: Ledger, handrail: Callable[..., Said], tmp_path: Path
) -> None:
    """Else the check would say for ever that a stranger removed it; nothing is asked and nothing goes."""
    alice, eve = make_operator(tmp_path), make_operator(tmp_path, "eve")
    with ledger.open_run("live", "a/real", alice.signer(), "alice", "jump1", {}) as watch:
        watch.seal()
    name = watch.path.parent.name
    site = ("--allowed-signers", str(alice.allowed_signers))
    handrail("export", name)
    for signers in (site, ("--allowed-signers", str(tmp_path / "none")), ()):
        status, out = handrail("ledger", "remove", name, "--key", str(eve.key), *signers, typed="1\n")
        assert status != 0
        assert "To remove" not in out
        assert name in runs_of(ledger)
    assert handrail("ledger", "remove", name, "--key", str(alice.key), *site, typed="1\n")[0] == 0
    assert name not in runs_of(ledger)
    assert f"REMOVED   alice@site      {name}" in handrail("ledger", "check", *site)[1]


def test_no_run_at_all_or_one_outside_the_ledger_is_usage(
    ledger: Ledger, handrail: Callable[..., Said], tmp_path: Path
) -> None:
    """`remove` alone must never mean all."""
    assert handrail("ledger", "remove")[0] == 2
    outside = ledger.runs()[0].path.rename(tmp_path / ledger.runs()[0].run)
    assert handrail("ledger", "remove", str(outside))[0] == 2
    assert outside.exists()
