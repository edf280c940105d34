"""The brief after a run was left: what changed is named, what always moves is not."""

from __future__ import annotations

from tests.walk.staging import BEFORE_SEND

from handrail.walk import brief
from handrail.walk import events as e
from handrail.walk.plan import Plan
from handrail.walk.state import fold


def test_only_what_reads_otherwise_is_named() -> None:
    """Would catch a brief that drowns the one change in clocks and counters."""
    before = {
        ("a", "active", ""): "true",
        ("a", "uptime-s", ""): "5",
        ("a", "messages", "q"): "3",
        ("b", "gone", ""): "1",
    }
    now = {
        ("a", "active", ""): "refused",
        ("a", "uptime-s", ""): "900",
        ("a", "messages", "q"): "3",
        ("c", "new", ""): "1",
    }
    assert brief.changes(before, now) == ["a: active was true, is refused"]


def test_it_says_where_one_is_and_that_an_act_is_undecided(plan: Plan, opened: e.Opened) -> None:
    """Would catch a resume that hides an act whose end is unknown."""
    events: list[e.Event] = [
        opened,
        *BEFORE_SEND,
        e.Intended(step="send", shown=("stop",)),
        e.Resumed(away_s=4000),
    ]
    said = brief.lines(fold(plan, events), 4000, [])
    assert said[0] == "Away for 1 h 6 min. Nothing was watched meanwhile."
    assert "Last settled: Only on the long way (done)" in said
    assert "Now at: Send something (undecided)" in said
    assert any("not known whether what was sent took effect" in line for line in said)
    assert said[-1] == "No reading has changed."
    counted = brief.lines(fold(plan, events), 4000, [], ["Discovery timeout: RAN OUT"])
    assert counted[-2] == "Discovery timeout: RAN OUT", "which countdown ran out meanwhile"


def test_it_says_what_the_step_waits_for(plan: Plan, opened: e.Opened) -> None:
    """Would catch `met` beside a step whose question nobody has answered."""
    read = [opened, e.Begun(step="read")]
    chosen = [*read, e.Met(step="read", outcome="met", waited_s=1), e.Begun(step="choose")]
    confirming = [*chosen, e.Chosen(step="choose", option="long"), e.Begun(step="only-long")]
    sending = [*confirming, e.Confirmed(step="only-long", how="acknowledge"), e.Begun(step="send")]
    waits = {
        "Read something (waits for what is expected)": read,
        "Choose a branch (waits for your choice)": chosen,
        "Only on the long way (not confirmed yet)": confirming,
        "Send something (not begun yet)": [*sending, e.Confirmed(step="send", how="target", typed="a2")],
    }
    for words, events in waits.items():
        assert f"Now at: {words}" in brief.lines(fold(plan, [*events, e.Resumed(away_s=9)]), 9, [])


def test_durations_are_said_as_people_say_them() -> None:
    """Would catch 3600 s at three in the morning."""
    assert [brief.duration(seconds) for seconds in (0.4, 59, 60, 3599, 3600, 7500)] == [
        "0 s",
        "59 s",
        "1 min 0 s",
        "59 min 59 s",
        "1 h 0 min",
        "2 h 5 min",
    ]
