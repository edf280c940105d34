"""What the record of a walk says of its batches: which rows were sent, and which were sent again.

Of each step by itself, on each pair: the same VPN may rightly be sent by several steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handrail.readings import Verdict
from handrail.text import NOTHING, SafeText, safe
from handrail.walk import events as e


def sent_once(events: Iterable[e.Event], steps: Sequence[str]) -> tuple[Verdict, SafeText]:
    """No row is sent again after it was accepted; not met where nothing was sent."""
    taken: set[tuple[str, str]] = set()
    sent = False
    for event in _of(events, steps):
        if isinstance(event, e.RowsActed):
            taken |= {(event.step, end.row) for end in event.ends if end.result == "accepted"}
            continue
        sent = True
        if twice := [row for row in event.rows if (event.step, row) in taken]:
            return Verdict.NOT_MET, safe(f"{twice[0]} had taken it and was sent again")
    return (Verdict.MET, NOTHING) if sent else (Verdict.NOT_MET, safe("nothing was sent"))


def sent_again(events: Iterable[e.Event], steps: Sequence[str]) -> tuple[Verdict, SafeText]:
    """Every row that was refused is sent again, until it is accepted; not met where none was refused."""
    last: dict[tuple[str, str], str] = {}
    refused: set[tuple[str, str]] = set()
    for event in _of(events, steps):
        if isinstance(event, e.RowsActed):
            last |= {(event.step, end.row): end.result for end in event.ends}
            refused |= {(event.step, end.row) for end in event.ends if end.result == "refused"}
    if not refused:
        return Verdict.NOT_MET, safe("none was refused")
    if left := sorted(row for step, row in refused if last[step, row] != "accepted"):
        return Verdict.NOT_MET, safe(f"refused, and not accepted later: {', '.join(left)}", 200)
    return Verdict.MET, NOTHING


def _of(events: Iterable[e.Event], steps: Sequence[str]) -> list[e.RowsSending | e.RowsActed]:
    return [
        event
        for event in events
        if isinstance(event, e.RowsSending | e.RowsActed) and event.step.split("@")[0] in steps
    ]
