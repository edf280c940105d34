"""`handrail resume`: what cannot be resumed is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger


def test_a_drills_run_is_refused_before_an_inventory_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch somebody who makes an inventory for nothing; what to do instead is named."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    ledger = Ledger(tmp_path / "ledger", QuickDisk(), ManualClock())
    with ledger.open_run("drill", "artemis/rolling-restart", MemoryKey(), "ana", "jump1", {}) as watch:
        run = watch.path.parent
    for named in ([str(run)], [run.name[-6:]], []):
        assert cli.main(["resume", *named, "--ledger", str(ledger.root)]) == 2
        said = capsys.readouterr().err
        assert "its servers ended with its process, so it cannot be resumed" in said
        assert "handrail drill artemis/rolling-restart" in said
        assert "inventory" not in said


def test_with_nothing_to_resume_that_is_said_and_not_what_else_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch an inventory made for a run that is not there."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert cli.main(["resume", "--ledger", str(tmp_path / "ledger")]) == 2
    said = capsys.readouterr().err
    assert "there is no open run to resume" in said
    assert "inventory" not in said
