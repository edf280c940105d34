"""Pages over the run screen: map, step in full, log, help. They show; they ask for nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Log

from handrail.tui.keys import Key
from handrail.tui.paper import Ink, Row, wrapped
from handrail.tui.sheet import Sheet
from handrail.walk.view import View

CLOSE: list[BindingType] = [
    Binding("escape,q,enter", "close", "Close", tooltip="Back to the walk"),
    Binding("j,down", "lines(1)", "Down", show=False),
    Binding("k,up", "lines(-1)", "Up", show=False),
    Binding("space,pagedown", "lines(15)", "Page down", show=False),
    Binding("pageup", "lines(-15)", "Page up", show=False),
]
FOOT = " Escape back to the walk   Up, Down, Space scroll"


class Page(Screen[None]):
    """Rows under a title, drawn anew every second so that it never shows a stale walk."""

    BINDINGS: ClassVar[list[BindingType]] = CLOSE

    def __init__(self, title: str, rows: Callable[[int], Sequence[Row]]) -> None:
        super().__init__()
        self._title = title
        self._rows = rows
        self._shown: list[Row] = []

    def compose(self) -> ComposeResult:
        """Title, scrolling rows, keys."""
        yield Sheet(id="title")
        with VerticalScroll(classes="page", can_focus=False):
            yield Sheet(id="rows")
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Draw now and whenever something changed."""
        self.query_one("#title", Sheet).show([Row(f" {self._title}", Ink.BAR)])
        self.query_one("#keys", Sheet).show([Row(FOOT, Ink.BAR)])
        self.refresh_rows()
        self.set_interval(1.0, self.refresh_rows)

    def refresh_rows(self) -> None:
        """Draw the rows if they differ from what is shown."""
        rows = list(self._rows(max(20, self.size.width - 4)))
        if rows != self._shown:
            self._shown = rows
            sheet = self.query_one("#rows", Sheet)
            sheet.styles.height = max(1, len(rows))
            sheet.show(rows)

    def on_resize(self) -> None:
        """Wrap anew."""
        self.refresh_rows()

    def action_close(self) -> None:
        """Back to the walk."""
        self.dismiss()

    def action_lines(self, count: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=count, animate=False)


class HelpPage(Page):
    """The keys, made from their one declaration."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__("Keys", lambda width: _help_rows(keys, width))


def _help_rows(keys: Sequence[Key], width: int) -> list[Row]:
    rows: list[Row] = []
    for key in keys:
        name = {"question_mark": "?", "enter": "Enter"}.get(key.key, key.key)
        rows += wrapped(key.help, width, f" {name:6} ", " " * 8)
    rows += [Row("")]
    rows += wrapped(
        "Marks: v done, . now, - to do, x not obtained, ~ skipped, o overridden, d deferred, ? undecided. "
        "Boxes ( ) are sensed: they tick themselves and cannot be ticked by hand. "
        "Two dots after a word: it asks before it acts. "
        "Escape leaves a question or a page and never ends a run.",
        width,
        " ",
    )
    return rows


class LogPage(Screen[None]):
    """The servers' log lines as they come."""

    BINDINGS: ClassVar[list[BindingType]] = CLOSE

    def __init__(self, latest: Callable[[], View | None]) -> None:
        super().__init__()
        self._latest = latest
        self._shown: dict[str, int] = {}

    def compose(self) -> ComposeResult:
        """Title, lines, keys."""
        yield Sheet(id="title")
        yield Log(max_lines=5000, highlight=False)
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Fill, then follow."""
        self.query_one("#title", Sheet).show([Row(" Log of every server, newest below", Ink.BAR)])
        self.query_one("#keys", Sheet).show([Row(FOOT, Ink.BAR)])
        self.follow()
        self.set_interval(0.5, self.follow)

    def follow(self) -> None:
        """Write the lines that came since, all at once."""
        view = self._latest()
        if view is None:
            return
        fresh = [line for line in view.log if line.number > self._shown.get(line.server, 0)]
        if fresh:
            self.query_one(Log).write_lines([f"{line.server}  {line.text}" for line in fresh])
            for line in fresh:
                self._shown[line.server] = max(line.number, self._shown.get(line.server, 0))

    def action_close(self) -> None:
        """Back to the walk."""
        self.dismiss()

    def action_lines(self, count: int) -> None:
        """Scroll by lines."""
        self.query_one(Log).scroll_relative(y=count, animate=False)
