"""Pages over a screen: map, step in full, request, log, keys. They show; they ask for nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from textual import events
from textual.app import ComposeResult

from handrail.tui.app import EnterOnce, FaceScreen, HandrailApp, ahead_words
from handrail.tui.checklist import log_rows, pointer_row, whole_map
from handrail.tui.full import key_rows
from handrail.tui.heading import page_header
from handrail.tui.keys import Key
from handrail.tui.paper import BLANK, Ink, Row, padded
from handrail.tui.sheet import Sheet
from handrail.walk.view import View

PAGE_KEYS = (
    Key("Escape", "Back", "Back to where one came from; q does the same."),
    Key("Up Down", "Line", "One line; k and j do the same."),
    Key("Space", "Page", "One page on; Page Down does the same, Page Up goes back."),
    Key("Home End", "Ends", "To the beginning, to the end."),
    Key("Enter", "On", "One page on, and back once the end was shown."),
    Key("f", "Filter", "On the log: one server after the other, then all again."),
)
FRAME_ROWS = 4
"""Header and keys."""


def nothing() -> View | None:
    """No walk beneath this page."""
    return None


class Page(FaceScreen[None]):
    """Rows under a title, drawn anew every second so that it never shows a stale walk."""

    every_s = 1.0

    def __init__(
        self,
        title: str,
        rows: Callable[[int], Sequence[Row]],
        latest: Callable[[], View | None] = nothing,
        *,
        foot: str = "Escape back",
        begin_at: Callable[[Sequence[Row]], int] = lambda _rows: 0,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._title = title
        self._make = rows
        self._latest = latest
        self._foot = foot
        self._begin_at = begin_at
        self._on_end = on_end
        self._rows: Sequence[Row] = ()
        self._top = 0
        self._begun = False
        self.end_shown = False
        """Whether the last row has been on the screen."""

    def compose(self) -> ComposeResult:
        """Header, rows, keys."""
        yield Sheet(id="header")
        yield Sheet(id="body")
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Draw whenever something may have changed."""
        self.set_interval(self.every_s, self.draw)

    def on_resize(self) -> None:
        """Wrap anew."""
        self.draw()

    @property
    def _room(self) -> int:
        return max(1, self.size.height - FRAME_ROWS)

    def draw(self) -> None:
        """Draw what is known now."""
        if not self.is_mounted or self.size.width == 0:
            return
        width = self.size.width
        self._rows = self._make(width - 1)
        last_top = max(0, len(self._rows) - self._room)
        if not self._begun:
            self._begun = True
            self._top = max(0, self._begin_at(self._rows) - self._room // 3)
        self._top = self._placed(min(self._top, last_top), last_top)
        self.query_one("#header", Sheet).show(page_header(self._latest(), self._title, width))
        self.query_one("#body", Sheet).show(self._rows[self._top : self._top + self._room])
        if self._top >= last_top and not self.end_shown:
            self.end_shown = True
            self._on_end()
        self.query_one("#keys", Sheet).show(self._key_rows(width))

    def _placed(self, top: int, _last_top: int) -> int:
        return top

    def _key_rows(self, width: int) -> list[Row]:
        end = min(len(self._rows), self._top + self._room)
        place = f"lines {self._top + 1}-{end} of {len(self._rows)}" if self._rows else "nothing yet"
        on = "" if self.end_shown else "  Space next page"
        early = Row(f" {ahead_words(self.ahead)}", Ink.CAUTION) if self.ahead else BLANK
        return [Row(padded(f" {self._foot}{on}  Up Down scroll  ? Keys   {place}", width), Ink.BAR), early]

    def pressed(self, event: events.Key) -> None:
        """Scrolling and leaving."""
        enter = self.app.enter if isinstance(self.app, HandrailApp) else EnterOnce()
        enter.note(event.key)
        match event.key:
            case "escape" | "q":
                self.leave()
            case "enter":
                if enter.held():
                    return
                if self.end_shown:
                    self.leave()
                else:
                    self._move(self._room - 1)
            case "down" | "j":
                self._move(1)
            case "up" | "k":
                self._move(-1)
            case "space" | "pagedown":
                self._move(self._room - 1)
            case "pageup":
                self._move(1 - self._room)
            case "home":
                self._move(-len(self._rows))
            case "end":
                self._move(len(self._rows))
            case "question_mark":
                self.help()
            case other:
                self.other_key(other)

    def other_key(self, key: str) -> None:
        """A key that only some pages know."""

    def help(self) -> None:
        """The keys of a page."""
        if not isinstance(self, HelpPage):
            self.open(HelpPage(PAGE_KEYS, self._latest))

    def explain(self) -> None:
        """Ctrl+C on a page leaves it, as Escape does."""
        self.leave()

    def _move(self, count: int) -> None:
        self._top = max(0, self._top + count)
        self.draw()


class HelpPage(Page):
    """The keys, made from their one declaration."""

    def __init__(self, keys: Sequence[Key], latest: Callable[[], View | None] = nothing) -> None:
        super().__init__("Keys", lambda width: key_rows(keys, width), latest)


class MapPage(Page):
    """The whole procedure, opened where the pointer is."""

    def __init__(self, latest: Callable[[], View | None]) -> None:
        def rows(width: int) -> Sequence[Row]:
            view = latest()
            return whole_map(view, width) if view is not None else ()

        super().__init__("Map: the whole procedure", rows, latest, begin_at=pointer_row)


class LogPage(Page):
    """The servers' log lines as they come; it follows unless one has scrolled up."""

    every_s = 0.5

    def __init__(self, latest: Callable[[], View | None]) -> None:
        super().__init__("Log of every server", self._lines, latest)
        self._only = ""
        self._follow = True

    def _lines(self, width: int) -> Sequence[Row]:
        view = self._latest()
        lines = view.log if view is not None else ()
        shown = (log_rows(line.server, line.text, width) for line in lines if self._only in ("", line.server))
        return list(chain.from_iterable(shown)) or [Row(" No line since the walk began.", Ink.DIM)]

    def _placed(self, top: int, last_top: int) -> int:
        return last_top if self._follow else top

    def _move(self, count: int) -> None:
        last_top = max(0, len(self._rows) - self._room)
        self._follow = self._top + count >= last_top
        super()._move(count)

    def other_key(self, key: str) -> None:
        """`f` shows one server after the other."""
        view = self._latest()
        if key != "f" or view is None:
            return
        servers = ["", *sorted(view.situation.sources)]
        place = servers.index(self._only) if self._only in servers else 0
        self._only = servers[(place + 1) % len(servers)]
        self._title = f"Log of {self._only}" if self._only else "Log of every server"
        self._follow = True
        self.draw()

    def _key_rows(self, width: int) -> list[Row]:
        shown = self._only or "all"
        follow = "newest below" if self._follow else "End follows again"
        text = f" Escape back  f Filter ({shown})  Up Down scroll  ? Keys   {follow}"
        return [Row(padded(text, width), Ink.BAR), BLANK]
