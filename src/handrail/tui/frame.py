"""The run screen as rows: a view, a size and what is being asked in; header, body, side pane, keys out.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handrail.tui import keys
from handrail.tui.asking import FOOT, Asking
from handrail.tui.checklist import beside, body, brief_is_long
from handrail.tui.heading import header
from handrail.tui.paper import BLANK, Ink, Row, aligned, padded, wrapped
from handrail.tui.step import is_long
from handrail.walk.view import Do, View

WIDE = 120
"""Columns from which the log stands beside the checklist."""
LONGEST_LINE = 110
"""Columns of a line that is still read at a glance."""
HEADER_ROWS = 2
KEY_ROWS = 2
LEAST_BODY = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """Everything on the run screen at one moment."""

    header: Sequence[Row]
    body: Sequence[Row]
    side: Sequence[Row]
    keys: Sequence[Row]

    def lines(self, width: int) -> list[str]:
        """The screen as lines, for a test or a paper copy."""
        left = body_width(width)
        rows = [row.text for row in self.header]
        for place, row in enumerate(self.body):
            beside_it = self.side[place].text if place < len(self.side) else ""
            rows.append(f"{padded(row.text, left)} {beside_it}" if left < width else row.text)
        return [*rows, *(row.text for row in self.keys)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the screen itself knows beside the view."""

    asking: Asking | None = None
    remark: Row | None = None
    read: frozenset[object] = frozenset()
    """What was read to its end: long requests and briefs."""
    epilogue: Sequence[str] = ()
    found: str = ""
    """In a drill: what a look where no interface tells would show at this step."""


def body_width(width: int) -> int:
    """Columns of the checklist; the rest of a wide terminal is the log's."""
    return width if width < WIDE else max(79, width * 3 // 5)


def frame(view: View, width: int, height: int, asked: Asked) -> Frame:
    """The run screen in exactly this size."""
    left = min(body_width(width), LONGEST_LINE) - 1
    room = max(LEAST_BODY + 1, height - HEADER_ROWS - KEY_ROWS)
    unread = must_read(view, width, height) not in (None, *asked.read)
    if asked.asking is not None:
        below = asked.asking.rows(view, left, max(2, room - LEAST_BODY))
    else:
        below = _reserved(view, left, asked.remark)
    above = body(view, left, room - len(below), asked.epilogue, asked.found)
    rows = [*above, *[BLANK] * (room - len(below) - len(above)), *below]
    side = beside(view, width - body_width(width) - 3, room) if width >= WIDE else []
    return Frame(header(view, width), rows, side, _keys(view, width, asked.asking, unread))


def must_read(view: View, width: int, height: int) -> object | None:
    """What is to be read to its end before Enter does anything else; None when nothing is.

    Two things are: a brief that does not fit, and a request of more than four lines before it is confirmed
    or sent.
    """
    left = min(body_width(width), LONGEST_LINE) - 1
    if view.brief:
        room = height - HEADER_ROWS - KEY_ROWS - 1
        return ("brief", view.brief) if brief_is_long(view, room, left) else None
    current = view.current
    if current is None or keys.primary(view) not in (Do.CONFIRM, Do.SEND) or not is_long(current, left):
        return None
    return ("request", current.planned.key, current.state.attempt, current.shown)


def _reserved(view: View, width: int, remark: Row | None) -> list[Row]:
    """The line kept for what was said last: by the screen, else by the conductor."""
    if remark is not None:
        return wrapped(remark.text, width, " ", " ", remark.ink)[:3]
    if view.busy:
        return [Row(f" {view.busy} ...", Ink.STRONG)]
    level, text = view.notice.level, view.notice.text
    if level == "info":
        off = f"Enter is off: {why}" if (why := keys.enter_off(view)) else ""
        return [Row(aligned(f" {text}", off, width))]
    ink = Ink.ALERT if level == "NOT SAVED" else Ink.CAUTION
    return wrapped(text if level == "NOT SAVED" else f"{level.upper()}: {text}", width, " ", " ", ink)[:3]


def _keys(view: View, width: int, asking: Asking | None, unread: bool) -> list[Row]:
    first, second = (FOOT, "") if asking is not None else keys.lines(view, unread)
    return [Row(padded(first, width), Ink.BAR), Row(padded(second, width), Ink.BAR)]
