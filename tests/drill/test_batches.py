"""A batch by its record: what took it is left alone, what refused it is sent again until it takes it."""

from __future__ import annotations

from typing import Literal

import pytest

from handrail.drill.batches import sent_again, sent_once
from handrail.readings import Verdict
from handrail.walk import events as e

Result = Literal["accepted", "refused", "unknown"]
PROMOTE = ("promote",)


def sending(*rows: str, step: str = "promote@platform", **ends: Result) -> list[e.Event]:
    """These rows are sent and accepted, but for those that are named with another end."""
    answered = tuple(e.RowEnd(row=row, result=ends.get(row, "accepted")) for row in rows)
    return [e.RowsSending(step=step, rows=rows), e.RowsActed(step=step, ends=answered)]


@pytest.mark.parametrize(
    ("events", "once", "again"),
    [
        (sending("a", "b", b="refused") + sending("b"), Verdict.MET, Verdict.MET),
        (sending("a", "b", b="refused") + sending("a", "b"), Verdict.NOT_MET, Verdict.MET),
        (sending("a", "b", b="refused"), Verdict.MET, Verdict.NOT_MET),
        (sending("a", "b", b="refused") + sending("b", b="refused"), Verdict.MET, Verdict.NOT_MET),
        (sending("a", "b"), Verdict.MET, Verdict.NOT_MET),
        (sending("a") + sending("a", step="suspend@platform"), Verdict.MET, Verdict.NOT_MET),
        (sending("a", step="suspend@platform") * 2, Verdict.NOT_MET, Verdict.NOT_MET),
        ([], Verdict.NOT_MET, Verdict.NOT_MET),
    ],
)
def test_a_batch_is_judged_by_what_was_sent(events: list[e.Event], once: Verdict, again: Verdict) -> None:
    """Would catch a second request for what took the first, and a refused one that was forgotten."""
    assert sent_once(events, PROMOTE)[0] is once
    assert sent_again(events, PROMOTE)[0] is again


def test_what_was_sent_twice_and_what_was_left_is_named() -> None:
    """So that somebody can look it up in the record."""
    assert sent_once(sending("a") * 2, PROMOTE)[1] == "a had taken it and was sent again"
    assert sent_again(sending("a", "b", b="refused"), PROMOTE)[1] == "refused, and not accepted later: b"
