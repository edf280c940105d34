"""A batch's rows and a step's countdown in words, the same for every face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from handrail.text import NOTHING, SafeText, amount, safe
from handrail.walk.countdown import WindowFound
from handrail.walk.view import CurrentStep

UNSEEN_S = 5.0
"""How much of a countdown's end may pass between two readings."""
MARKS = {"accepted": "v", "refused": "x", "unknown": "?", "sending": "."}
"""As the steps' own marks; a row not sent yet has a dash."""


def progress_words(current: CurrentStep) -> SafeText:
    """How far a batch is, in one line; empty for a step that is none."""
    rows = current.state.rows
    act = current.planned.step.do
    if act is None or act.rows is None or not (rows or current.rows):
        return NOTHING
    count = Counter(row.result for row in rows.values())
    left = sum(name not in rows for name in current.rows)
    words = [f"{count['accepted']} of {amount(len(rows) + left, 'row')} done"]
    words += [f"{count['sending']} in flight"] if count["sending"] else []
    words += [f"{count['refused']} refused"] if count["refused"] else []
    words += [f"{count['unknown']} unknown"] if count["unknown"] else []
    words += [f"{left} to send"] if left else []
    return safe(", ".join(words))


def open_rows(current: CurrentStep) -> Iterator[SafeText]:
    """The rows that were refused or whose end is unknown, each with why."""
    for name, row in current.state.rows.items():
        if row.result in ("refused", "unknown"):
            yield safe(f"{MARKS[row.result]} {name}: {row.detail or row.result}", 300)


def all_rows(current: CurrentStep) -> Iterator[SafeText]:
    """Every row with its mark, those that stand in the way first, those not sent yet with a dash."""
    sent = current.state.rows
    open_ones = [name for name, row in sent.items() if row.result in ("refused", "unknown")]
    for name in dict.fromkeys((*open_ones, *sent, *current.rows)):
        row = sent.get(name)
        detail = f": {row.detail}" if row and row.detail and row.result != "accepted" else ""
        yield safe(f"{MARKS[row.result] if row else '-'} {name}{detail}", 300)


def window_words(current: CurrentStep) -> SafeText:
    """The countdown beside the step; empty where there is none."""
    return NOTHING if current.window is None else countdown_words(current.window)


def countdown_words(window: WindowFound) -> SafeText:
    """A countdown in one line."""
    if window.left_s is None and window.began is not None and window.due is not None:
        return safe(
            f"{window.title}: began at {window.began:%H:%M:%S}Z to run out at {window.due:%H:%M:%S}Z; "
            f"{window.note}"
        )
    if window.left_s is None:
        return safe(f"{window.title}: {window.note or 'was not seen to begin'}")
    if window.ended is not None:
        began = window.ended - timedelta(seconds=window.lasted_s)
        # Readings come every few seconds, so the last of them may miss its last moments.
        if window.left_s <= UNSEEN_S:
            times = f"began at {began:%H:%M:%S}Z, RAN OUT at {window.ended:%H:%M:%S}Z"
            return safe(f"{window.title}: {times}. {window.over}")
        whole_s = window.lasted_s + window.left_s
        return safe(
            f"{window.title}: over since {window.ended:%H:%M:%S}Z, "
            f"after {window.lasted_s:.0f} of {whole_s:.0f} s"
        )
    if window.left_s <= 0:
        return safe(f"{window.title}: RAN OUT {-window.left_s:.0f} s ago. {window.over}")
    return safe(f"{window.title}: {window.left_s:.0f} s left")
