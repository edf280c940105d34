"""A run read for review shows exactly what was, and a broken one still opens."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.review.conftest import Walked

from handrail.errors import UsageError
from handrail.ledger.verify import Whole
from handrail.review.account import account
from handrail.review.replay import Replay
from handrail.review.run import find_run, read_run
from handrail.review.timeline import timeline
from handrail.walk import events as e


def test_at_each_record_the_state_is_what_the_screen_showed(walked: Walked) -> None:
    """Would catch a review that tells another story than the walk did."""
    run = read_run(walked.path, None)
    replay = Replay(run)
    compared = 0
    count = 0
    for index, entry in enumerate(run.entries):
        count += entry.event is not None
        then = walked.views.get(count)
        if entry.event is None or then is None:
            continue
        now = replay.view_at(index)
        assert now.state == then.state, entry.record.number
        assert [line.mark for line in now.steps] == [line.mark for line in then.steps]
        compared += 1
    assert compared > 40


def test_the_view_rests_on_the_observations_kept_by_then(walked: Walked) -> None:
    """Would catch readings of the end shown at the beginning."""
    run = read_run(walked.path, None)
    replay = Replay(run)
    first = next(i for i, entry in enumerate(run.entries) if isinstance(entry.event, e.Met))
    early, late = replay.view_at(first), replay.view_at(len(run.entries) - 1)
    both_live = {
        server: early.situation.rows(server, "active")[0].value for server in ("broker-a", "broker-b")
    }
    assert both_live == {"broker-a": True, "broker-b": True}
    assert late.situation.rows("broker-b", "active")[0].value is False
    assert len(late.log) > len(early.log)


def test_the_account_tells_every_departure_with_its_reason(walked: Walked) -> None:
    """Would catch a skip that the report does not show."""
    told = account(read_run(walked.path, None))
    assert told is not None
    skipped = next(step for step in told.steps if step.key == "network-mended")
    assert skipped.mark == "~"
    assert [item.kind for item in told.deviations if item.step == "network-mended"] == ["skipped"]
    assert told.ended is not None
    assert told.out_of_order == ()
    met = next(step for step in told.steps if step.key == "confirm-split")
    assert met.gate
    assert met.took_s is not None
    assert met.took_s >= 6


def test_the_timeline_marks_departures_and_acts(walked: Walked) -> None:
    """Would catch a timeline in which a skip looks like any other line."""
    lines = timeline(read_run(walked.path, None))
    marks = {line.text.split(":")[1].split()[0]: line.mark for line in lines if ": " in line.text}
    assert marks["skipped"] == "!"
    assert marks["about"] == ">"
    assert len(lines) == len({line.index for line in lines})


def test_the_timeline_marks_a_record_that_was_changed(walked: Walked, tmp_path: Path) -> None:
    """Would catch a changed time or reason that reads in the timeline like every other line."""
    copy = tmp_path / walked.path.name
    shutil.copytree(walked.path, copy)
    record = copy / "watch-001" / "000010.toml"
    told = record.read_text("utf-8")
    record.write_text(told.replace('operator = "', 'operator = "not-'), "utf-8")
    assert record.read_text("utf-8") != told
    before = timeline(read_run(walked.path, None))
    after = timeline(read_run(copy, None))
    marked = {line.number: line for line in after if "BROKEN" in line.text}
    assert [(line.number, line.mark) for line in marked.values()] == [(10, "x"), (11, "x")]
    assert "000010.toml: its signature" in marked[10].text
    assert "000011.toml does not follow" in marked[11].text
    assert not any("BROKEN" in line.text for line in before)


def test_the_timeline_marks_an_answer_with_which_the_walk_could_not_go_on(walked: Walked) -> None:
    """Would catch an operator's "no" that looks like an operator's "yes"."""
    run = read_run(walked.path, None)
    place, entry = next(
        (place, entry) for place, entry in enumerate(run.entries) if isinstance(entry.event, e.Attested)
    )
    assert timeline(run)[place].mark == " "
    no = replace(entry, event=e.Attested(step="network-mended", attempt=1, value="no"))
    run.entries = (*run.entries[:place], no, *run.entries[place + 1 :])
    assert timeline(run)[place].mark == "x"


def test_a_run_with_a_spoilt_record_opens_and_says_so(walked: Walked, tmp_path: Path) -> None:
    """Would catch a review that shows a forged run as if nothing were wrong, or not at all."""
    copy = tmp_path / walked.path.name
    shutil.copytree(walked.path, copy)
    record = copy / "watch-001" / "000010.toml"
    record.write_bytes(record.read_bytes() + b"\n= not toml")
    run = read_run(copy, None)
    assert run.verification.whole is Whole.BROKEN
    assert any("000010.toml" in problem for problem in run.problems)
    assert len(run.entries) > 40


def test_a_run_is_found_by_part_of_its_name_and_a_wrong_one_is_named(walked: Walked) -> None:
    """Would catch a message that does not help."""
    assert find_run(Path(walked.path.name), walked.ledger) == walked.path
    assert find_run(Path(walked.path.name[-6:]), walked.ledger) == walked.path
    with pytest.raises(UsageError) as caught:
        find_run(Path("nothing"), walked.ledger)
    assert "there is no run nothing" in str(caught.value)
    with pytest.raises(UsageError):
        read_run(walked.ledger, None)
