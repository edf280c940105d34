"""A sheet of rows: the one widget that draws text, line by line, sending only the columns that changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from handrail.text import safe
from handrail.tui.paper import BLANK, Ink, Row, padded

CURSOR = Style(reverse=True)


class Sheet(Widget):
    """Draws rows as they are, without markup. `show` repaints what differs and nothing else."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"sheet--{ink.value}" for ink in Ink}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's own word
        super().__init__(id=id)
        self._rows: list[Row] = []
        self.drawn_at = float("inf")
        """When it was first drawn since `anew`, by the monotonic clock; infinite until then."""

    def anew(self) -> None:
        """What is on the terminal now does not count as drawn any more; a cell at least is drawn again."""
        self.drawn_at = float("inf")
        self.refresh(Region(0, 0, 1, 1))

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows from the top; what does not fit below is not drawn."""
        before, self._rows = self._rows, list(rows)
        width = max(1, self.size.width)
        for y in range(max(len(before), len(self._rows))):
            old = before[y] if y < len(before) else BLANK
            new = self._rows[y] if y < len(self._rows) else BLANK
            if old != new:
                first, end = _differing(old, new, width)
                self.refresh(Region(first, y, end - first, 1))

    def render_line(self, y: int) -> Strip:
        """One row, padded to the width."""
        self.drawn_at = min(self.drawn_at, time.monotonic())
        width = self.size.width
        row = self._rows[y] if y < len(self._rows) else BLANK
        style = self.get_component_rich_style(f"sheet--{row.ink.value}")
        # Every character was made safe on its way in; this is the last gate before the terminal.
        text = padded(safe(row.text), width)
        if row.cursor is None or not 0 <= row.cursor < len(text):
            return Strip([Segment(text, style)], width)
        at = row.cursor
        return Strip(
            [Segment(text[:at], style), Segment(text[at], style + CURSOR), Segment(text[at + 1 :], style)],
            width,
        )


def _differing(old: Row, new: Row, width: int) -> tuple[int, int]:
    """From which column to which two rows differ; all of it where characters and columns may differ."""
    if old.ink != new.ink or not (old.text.isascii() and new.text.isascii()):
        return 0, width
    if old.cursor is not None or new.cursor is not None:
        return 0, width
    was, now = old.text.ljust(width)[:width], new.text.ljust(width)[:width]
    first = next((place for place in range(width) if was[place] != now[place]), 0)
    end = next((place for place in range(width, first, -1) if was[place - 1] != now[place - 1]), width)
    return first, end
