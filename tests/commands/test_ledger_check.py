"""`handrail ledger check`: every run on a line, the chain, and the status a script goes by."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.anchor import PROBE_HEAD
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Three sealed drills and one held, a minute apart."""
    clock = ManualClock()
    made = Ledger(tmp_path / "ledger", QuickDisk(), clock)
    for number in range(4):
        clock.advance(60)
        with made.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {}) as watch:
            watch.append({"kind": "test", "schema": 1, "number": number})
            if number < 3:
                watch.seal()
    return made


def said(ledger: Ledger, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, list[str]]:
    """Exit status and lines."""
    status = cli.main(["ledger", "check", "--ledger", str(ledger.root), *more])
    return status, capsys.readouterr().out.splitlines()


def test_a_good_ledger_is_a_line_for_each_run_and_one_in_sum(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control; a run that is held is no fault. Every line fits 80 columns."""
    status, lines = said(ledger, capsys)
    assert status == 0
    assert [line.split()[0] for line in lines[:4]] == ["SEALED", "SEALED", "SEALED", "UNSEALED"]
    assert lines[-1] == "4 runs: 3 sealed, 1 unsealed; the chain holds (7 entries)"
    assert all(len(line) <= 80 for line in lines)


def test_a_spoilt_run_and_one_that_was_deleted_are_named(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four, with the file that is wrong below its run and the missing run by name."""
    names = [run.run for run in ledger.runs()]
    (ledger.root / names[0] / "watch-001" / "000002.toml").write_text("x")
    shutil.rmtree(ledger.root / names[1])
    for more in ([], ["--each-record"]):
        status, lines = said(ledger, capsys, *more)
        assert status == 4
        assert lines[0].split()[0] == "BROKEN"
        assert lines[0].endswith(names[0])
        assert "000002.toml" in lines[1]
        assert f"chain  wrong: run {names[1]} is missing" in lines
        assert "1 BROKEN" in lines[-1]
    status, lines = said(ledger, capsys, "--json")
    told = json.loads("\n".join(lines))
    assert (status, [run["whole"] for run in told["runs"]]) == (4, ["BROKEN", "SEALED", "UNSEALED"])


def test_a_live_run_of_an_unknown_signer_is_five(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, and nobody says whose: a script must not take it for good."""
    made = Ledger(tmp_path / "ledger", QuickDisk(), ManualClock())
    with made.open_run("live", "a/b", MemoryKey(), "alice", "jump1", {}) as watch:
        watch.seal()
    (tmp_path / "allowed").write_text("")
    assert said(made, capsys, "--allowed-signers", str(tmp_path / "allowed"))[0] == 5


def test_where_no_ledger_is_the_mend_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong path must not pass for an empty ledger."""
    assert cli.main(["ledger", "check", "--ledger", str(tmp_path / "none")]) == 2
    assert "--ledger" in capsys.readouterr().err


def test_a_newest_run_deleted_with_its_entries_is_named_by_the_anchor(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The chain cannot miss it; heads in the middle of a run are held against every record of it."""
    heads = tmp_path / "heads"
    with ledger.open_run("drill", "a/newest", MemoryKey(), "alice", "jump1", {}) as watch:
        lines = [str(watch.head())]
        for number in range(5):
            watch.append({"kind": "test", "schema": 1, "number": number})
            lines.append(str(watch.head()))
        watch.seal()
    heads.write_text("\n".join([str(PROBE_HEAD), *lines, str(watch.head())]))
    status, said_now = said(ledger, capsys, "--anchor", str(heads))
    assert status == 0
    assert not any(line.startswith("anchor") for line in said_now)
    at = next(place for place, line in enumerate(said_now) if line.endswith(watch.path.parent.name))
    assert said_now[at + 1] == "    ANCHOR MATCHES"
    assert said_now.count("    ANCHOR NOT CHECKED: the copy has no head of it") == 4
    shutil.rmtree(watch.path.parent)
    for number in (8, 9):
        for path in (ledger.root / "runs").glob(f"{number:06d}*"):
            path.unlink()
    status, said_now = said(ledger, capsys, "--anchor", str(heads))
    assert status == 0
    assert f"anchor  note: it tells of {watch.path.parent.name}, of which nothing is here" in said_now


def test_a_run_that_is_not_as_the_anchor_has_it_is_six(
    ledger: Ledger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `verify` says of one run."""
    run = ledger.runs()[0].run
    (tmp_path / "heads").write_text(f"handrail {run} 001 2 {'0' * 64}")
    status, lines = said(ledger, capsys, "--anchor", str(tmp_path / "heads"))
    assert status == 6
    assert lines[1] == "    wrong: ANCHOR DIFFERS"
