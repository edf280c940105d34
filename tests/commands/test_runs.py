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
    """A run for each way to end, one still open, a drill that was left, one broken, one unsealed, one missing."""
    monkeypatch.setenv("HANDRAIL_LEDGER", str(tmp_path / "ledger"))
    clock = ManualClock()
    made = Ledger(tmp_path / "ledger", QuickDisk(), clock)
    for how in (*ENDS, "", "left", "spoilt", "no seal", "gone"):
        clock.advance(60)
        with made.open_run(
            "drill" if how else "live", "artemis/delta-message-assessment", MemoryKey(), "alice", "jump1", {}
        ) as watch:
            if how in ENDS:
                watch.append({"kind": "ended", "schema": 1, "how": how})
            if how not in ("", "left"):
                watch.seal()
        if how == "spoilt":
            (watch.path / "000001.toml").write_text("x")
        if how == "no seal":
            (watch.path / "SEAL").unlink()
            (watch.path / "SEAL.sig").unlink()
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
    words = [line.split()[2] for line in lines[:-1] if not line.startswith(" ")]
    ended = ["complete", "deferred", "aborted", "abandoned"]
    assert words == [*ended, "open", "left", "BROKEN", "BROKEN", "MISSING"]
    assert lines[7].startswith("    ")
    assert "the ledger's chain tells of it" in lines[-2]
    assert lines[-1] == "left: a drill that was left before its end; it cannot be resumed"


def test_a_run_whose_seal_was_taken_away_is_broken_as_verify_says(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch `open` for what the chain tells was sealed."""
    unsealed = next(run for run in ledger.runs() if "its seal is gone" in run.problem)
    assert cli.main(["verify", str(unsealed.path)]) == 4
    capsys.readouterr()
    cli.main(["runs"])
    assert "    its seal is gone: the ledger's chain tells of one\n" in capsys.readouterr().out


def test_two_people_of_one_account_are_told_apart(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    """By their keys; a name that is one person's stands alone."""
    cli.main(["runs"])
    assert "alice (" not in capsys.readouterr().out
    for name in ("alice", "bob"):
        with ledger.open_run("live", "a/b", MemoryKey(), name, "jump1", {}) as watch:
            watch.seal()
    cli.main(["runs"])
    out = capsys.readouterr().out
    live = [run for run in ledger.runs() if run.operator == "alice" and run.mode == "live"]
    assert len({run.key for run in live}) == 2
    assert all(f"alice ({run.key.removeprefix('SHA256:')[:6]})\n" in out for run in live)
    assert "bob (" not in out


def test_open_ones_are_those_to_go_on_with_and_what_is_wrong(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """A drill that was left is counted, and listed when asked for; a script gets how each ended."""
    assert cli.main(["runs", "--open"]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    wrong = ["BROKEN", "BROKEN", "MISSING"]
    assert [line.split()[2] for line in lines if line[0] != " "] == ["open", *wrong]
    assert last == "1 drill left before the end: none can be resumed, --drills lists them"
    assert cli.main(["runs", "--open", "--drills"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines[:-1] if line[0] != " "] == ["open", "left", *wrong]
    cli.main(["runs", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [run["ended"] for run in told] == [*ENDS, "", "", "", "", ""]
    assert all(Path(run["path"]).name == run["run"] for run in told)
