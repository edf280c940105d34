"""`handrail ledger anchor`: what was pending when a process ended is carried later, and verifies."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli_w

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Anchored, verify

SERVER = {"name": "broker-a", "product": "artemis", "url": "http://127.0.0.1:1/console/jolokia"}


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """A sealed live run, a held one, and a drill."""
    made = Ledger(tmp_path / "ledger", QuickDisk(), ManualClock())
    found = []
    for mode, seal in (("live", True), ("live", False), ("drill", True)):
        with made.open_run(
            "live" if mode == "live" else "drill", "a/b", MemoryKey(), "ana", "jump1", {}
        ) as watch:
            watch.append({"kind": "test", "schema": 1})
            if seal:
                watch.seal()
            found.append(watch.path.parent)
    return found


def carried(tmp_path: Path, *command: str) -> int:
    """Run it with this anchor command."""
    inventory = tmp_path / "inventory.toml"
    table = {"schema": 1, "site": "lab", "anchor": list(command), "servers": [SERVER]}
    inventory.write_text(tomli_w.dumps(table), encoding="utf-8")
    return cli.main(["ledger", "anchor", "--ledger", str(tmp_path / "ledger"), "--inventory", str(inventory)])


def test_the_heads_of_live_runs_leave_and_match_afterwards(tmp_path: Path, runs: list[Path]) -> None:
    """Sealed and held ones; a drill's head is nobody's evidence."""
    outside = tmp_path / "outside"
    assert carried(tmp_path, "sh", "-c", f'cat >> "{outside}"') == 0
    copy = outside.read_bytes()
    assert [verify(run, None, copy).anchored for run in runs] == [
        Anchored.MATCHES,
        Anchored.MATCHES,
        Anchored.NOT_CHECKED,
    ]


def test_an_anchor_that_fails_again_is_said(
    tmp_path: Path, runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """And the status tells a script."""
    assert carried(tmp_path, "false") == 1
    assert "mend:" in capsys.readouterr().out


def test_a_broken_run_is_not_vouched_for(
    tmp_path: Path, runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Carrying its head would make a changed record look anchored; the others still go out."""
    (runs[0] / "watch-001" / "000002.toml").write_text("x", encoding="utf-8")
    outside = tmp_path / "outside"
    assert carried(tmp_path, "sh", "-c", f'cat >> "{outside}"') == 1
    assert runs[0].name.encode() not in outside.read_bytes()
    assert runs[1].name.encode() in outside.read_bytes()
    assert "BROKEN" in capsys.readouterr().out
