"""`handrail runs`: a line a run that fits the screen, and what each is in a word."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger

ENDS = ("complete", "complete-with-deferred", "aborted", "abandoned")


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A run for each way to end, one still open, one broken, one missing."""
    monkeypatch.setenv("HANDRAIL_LEDGER", str(tmp_path / "ledger"))
    clock = ManualClock()
    made = Ledger(tmp_path / "ledger", QuickDisk(), clock)
    for how in (*ENDS, "", "spoilt", "gone"):
        clock.advance(60)
        with made.open_run(
            "drill", "artemis/delta-message-assessment", MemoryKey(), "alice", "jump1", {}
        ) as watch:
            if how in ENDS:
                watch.append({"kind": "ended", "schema": 1, "how": how})
            if how:
                watch.seal()
        if how == "spoilt":
            (watch.path / "000001.toml").write_text("x")
        if how == "gone":
            shutil.rmtree(watch.path.parent)
    return made


def test_every_run_is_one_word_and_a_line_that_fits(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the longest procedure there is; of a broken and a missing one the reason below."""
    assert cli.main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    words = [line.split()[2] for line in lines if not line.startswith(" ")]
    assert words == ["complete", "deferred", "aborted", "abandoned", "open", "BROKEN", "MISSING"]
    assert lines[6].startswith("    ")
    assert "the ledger's chain tells of it" in lines[-1]


def test_open_ones_are_those_to_go_on_with_and_what_is_wrong(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a script gets the path and how each ended."""
    assert cli.main(["runs", "--open"]) == 0
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines() if line[0] != " "] == [
        "open",
        "BROKEN",
        "MISSING",
    ]
    cli.main(["runs", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [run["ended"] for run in told] == [*ENDS, "", "", ""]
    assert all(Path(run["path"]).name == run["run"] for run in told)
