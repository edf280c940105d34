"""Walks of the procedures on real brokers, through the real terminal face, to the seal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.live.brokers import Failback, Mode
from tests.live.distributions import NEWEST, VERSIONS, NotAvailable, fetch
from tests.live.scenarios import Lab, lab, split_with_clients
from tests.live.surroundings import Surroundings
from tests.stock_programs import stock_verdict
from tests.terminal import Terminal, Walker, available

pytestmark = pytest.mark.live

HANDRAIL = [sys.executable, "-m", "handrail.cli"]
BOTH = Failback(check_for_active=True, allow_failback=True)
OLDER = [version for version in VERSIONS if version != NEWEST]


ANSWERS = {
    "data directory aside": "/srv/copy",
    "export its": "0",
    "the copied": "0",
}
SPLIT, DELTA = "artemis/split-brain-recovery", "artemis/delta-message-assessment"
ROLLING, FULL = "artemis/rolling-restart", "artemis/full-restart"


@contextmanager
def bench_of(version: str, directory: Path, mode: Mode) -> Iterator[Lab]:
    """A pair of this version with both failback settings; skips with the reason without one."""
    if why := available():
        pytest.skip(why)
    try:
        distribution = fetch(version)
    except NotAvailable as reason:
        pytest.skip(f"Artemis {version}: {reason}")
    with lab(distribution, directory, "walk", mode=mode, failback=BOTH) as bench:
        yield bench


def walk(procedure: str, bench: Lab, tmp_path: Path, mode: Mode) -> list[str]:
    """Walk a procedure on the bench through the terminal face to the seal; returns the commands it gave.

    The record is verified by handrail, against the heads carried outside, and by stock programs.
    """
    with Surroundings(bench, tmp_path / "home", mode) as around:
        command = [*HANDRAIL, "run", procedure, "--incident", "INC-4711"]
        with Terminal(command, around.environment, tmp_path) as terminal:
            walker = Walker(terminal, ANSWERS, meanwhile=bench.start_ended_again)
            try:
                last = walker.walk(420)
            except TimeoutError as standing:
                pytest.fail(f"the walk stands still:\n{standing}\n{bench.where()}")
            assert any("ended: COMPLETE" in line for line in last), "\n".join(last)
            assert any("SEALED, ALLOWED SIGNER ana" in line for line in last), "\n".join(last)
            terminal.press("q")
            terminal.wait_for(lambda _lines: terminal.exit_status is not None, 20)
            assert terminal.exit_status == 0
        assert all(line.startswith(" LIVE lab") for line in first_lines(walker)), first_lines(walker)
        [run] = around.runs()
        verified = subprocess.run(
            [*HANDRAIL, "verify", str(run), "--anchor", str(around.heads)],
            env=around.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert verified.stdout.startswith("SEALED, ALLOWED SIGNER ana, ANCHOR MATCHES"), verified.stdout
        assert verified.returncode == 0
        stock = stock_verdict(run, around.signers)
        assert stock.returncode == 0, stock.stdout + stock.stderr
        return around.obeyed


def walk_recovery(version: str, tmp_path: Path) -> None:
    """Split a real pair with real clients, and mend it; nobody is stranded."""
    with bench_of(version, tmp_path / "pair", "replication") as bench:
        split_with_clients(bench)
        obeyed = walk(SPLIT, bench, tmp_path, "replication")
        assert obeyed == ["stop broker-b", "start broker-b", "stop broker-a", "start broker-a"]
        assert bench.judge_stranded() == []
        assert bench.primary.state().active


def walk_restart(procedure: str, version: str, mode: Mode, tmp_path: Path) -> None:
    """Restart a healthy pair with clients on it; nobody is stranded and the pair is whole again."""
    with bench_of(version, tmp_path / "pair", mode) as bench:
        bench.pair.start()
        bench.add_clients(bench.primary, "master")
        obeyed = walk(procedure, bench, tmp_path, mode)
        assert {word for word in obeyed if word.startswith("start")} == {"start broker-a", "start broker-b"}
        assert bench.judge_stranded() == []
        bench.pair.await_redundant()
        assert bench.primary.state().active


def first_lines(walker: Walker) -> list[str]:
    """The first line of every screen that was seen."""
    return [screen.split("\n")[0] for screen in walker.seen if screen.strip()]


@pytest.mark.quick
def test_a_split_pair_of_the_newest_release_is_mended_through_the_terminal(tmp_path: Path) -> None:
    """Split, walk, seal, verify with stock programs; nobody is stranded."""
    walk_recovery(NEWEST, tmp_path)


@pytest.mark.parametrize("version", OLDER)
def test_a_split_pair_of_an_older_release_is_mended_through_the_terminal(
    version: str, tmp_path: Path
) -> None:
    """The same walk where the brokers print the older words."""
    walk_recovery(version, tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode", ["replication", "shared-store"])
@pytest.mark.parametrize("procedure", [ROLLING, FULL])
def test_a_healthy_pair_is_restarted_through_the_terminal(
    procedure: str, mode: Mode, version: str, tmp_path: Path
) -> None:
    """Both restarts in both modes on every release."""
    walk_restart(procedure, version, mode, tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_only_the_slave_took_is_assessed_through_the_terminal(version: str, tmp_path: Path) -> None:
    """On a pair that is still split, to the decision."""
    with bench_of(version, tmp_path / "pair", "replication") as bench:
        split_with_clients(bench)
        assert walk(DELTA, bench, tmp_path, "replication") == ["stop broker-b"]
