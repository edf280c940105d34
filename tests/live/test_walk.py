"""Walks of the procedures on real brokers, through the real terminal face, to the seal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.live.brokers import Failback
from tests.live.distributions import NEWEST, VERSIONS, NotAvailable, fetch
from tests.live.operator import Surroundings
from tests.live.scenarios import Lab, lab, split_with_clients
from tests.stock_programs import stock_verdict
from tests.terminal import Terminal, Walker, available

pytestmark = pytest.mark.live

HANDRAIL = [sys.executable, "-m", "handrail.cli"]
BOTH = Failback(check_for_active=True, allow_failback=True)
OLDER = [version for version in VERSIONS if version != NEWEST]


@contextmanager
def bench_of(version: str, directory: Path) -> Iterator[Lab]:
    """A replicated pair of this version with both failback settings; skips with the reason without one."""
    if why := available():
        pytest.skip(why)
    try:
        distribution = fetch(version)
    except NotAvailable as reason:
        pytest.skip(f"Artemis {version}: {reason}")
    with lab(distribution, directory, "walk", failback=BOTH) as bench:
        yield bench


def walk_recovery(version: str, tmp_path: Path) -> None:
    """Split a real pair with real clients, mend it through the terminal face, and verify the record."""
    with bench_of(version, tmp_path / "pair") as bench:
        split_with_clients(bench)
        with Surroundings(bench, tmp_path / "home") as around:
            command = [*HANDRAIL, "run", "artemis/split-brain-recovery", "--incident", "INC-4711"]
            with Terminal(command, around.environment, tmp_path) as terminal:
                walker = Walker(terminal, {"complete": "6", "copy the slave": "/srv/copy"})
                try:
                    last = walker.walk(300)
                except TimeoutError as standing:
                    pytest.fail(f"the walk stands still:\n{standing}")
                assert any("ended: COMPLETE" in line for line in last), "\n".join(last)
                assert any("SEALED, ALLOWED SIGNER ana" in line for line in last), "\n".join(last)
                terminal.press("q")
                terminal.wait_for(lambda _lines: terminal.exit_status is not None, 20)
                assert terminal.exit_status == 0
            assert all(line.startswith(" LIVE lab") for line in first_lines(walker)), first_lines(walker)
            assert around.obeyed == [
                "stop broker-b",
                "start broker-b",
                "stop broker-a",
                "start broker-a",
            ]
            assert bench.judge_stranded() == []
            assert bench.primary.state().active
            [run] = around.runs()
            verified = subprocess.run(
                [*HANDRAIL, "verify", str(run), "--anchor", str(around.heads)],
                env=around.environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert verified.stdout.startswith("SEALED, "), verified.stdout
            assert "ANCHOR MATCHES" in verified.stdout.splitlines()[0], verified.stdout
            assert verified.returncode == 0
            stock = stock_verdict(run, around.signers)
            assert stock.returncode == 0, stock.stdout + stock.stderr


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
