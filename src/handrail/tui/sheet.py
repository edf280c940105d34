"""A sheet of rows: the one widget that draws text, line by line, sending only the lines that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from handrail.text import safe
from handrail.tui.paper import Ink, Row


class Sheet(Widget):
    """Draws rows as they are, without markup. `show` repaints the rows that differ and no others."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"sheet--{ink.value}" for ink in Ink}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - the toolkit's own word
        super().__init__(id=id)
        self._rows: list[Row] = []

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows from the top; what does not fit below is not drawn."""
        before, self._rows = self._rows, list(rows)
        for y in range(max(len(before), len(self._rows))):
            old = before[y] if y < len(before) else None
            new = self._rows[y] if y < len(self._rows) else None
            if old != new:
                self.refresh(Region(0, y, max(1, self.size.width), 1))

    def render_line(self, y: int) -> Strip:
        """One row, padded to the width."""
        width = self.size.width
        row = self._rows[y] if y < len(self._rows) else Row("")
        style = self.get_component_rich_style(f"sheet--{row.ink.value}")
        # Every character was made safe on its way in; this is the last gate before the terminal.
        return Strip([Segment(safe(row.text)[:width].ljust(width), style)], width)
