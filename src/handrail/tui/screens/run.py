"""The run screen: one step at a time, the strip above it, the reserved lines and the keys below it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal

from handrail.tui import keys
from handrail.tui.app import EnterOnce, FaceScreen, HandrailApp, Told, ahead_words
from handrail.tui.asking import IN_THE_STEP, Asking, ask
from handrail.tui.checklist import brief_rows
from handrail.tui.frame import WIDE, Asked, body_width, frame, must_read
from handrail.tui.full import in_full, request
from handrail.tui.keys import Key
from handrail.tui.paper import Ink, Row
from handrail.tui.screens.pages import HelpPage, LogPage, MapPage, Page
from handrail.tui.sheet import Sheet
from handrail.walk import commands as c
from handrail.walk.view import Do, View

TICK_S = 1.0
"""What only counts on, such as a waiting's seconds, is drawn this often."""


class RunScreen(FaceScreen[int]):
    """Draws views and turns keys into commands. It holds no rule of its own."""

    def __init__(
        self,
        submit: Callable[[c.Command], None],
        *,
        opening: Callable[[int], Sequence[Row]] | None = None,
        begin: Callable[[], None] = lambda: None,
        epilogue: Callable[[], Sequence[str]] = tuple,
        found: Callable[[str], str] = lambda _step: "",
        console: Callable[[str, Callable[[], View | None]], FaceScreen[None]] | None = None,
    ) -> None:
        super().__init__()
        self._submit = submit
        self._open_console = console
        self._opening = opening
        self._begin_drill = begin
        self._epilogue = epilogue
        self._found = found
        self._view: View | None = None
        self._asking: Asking | None = None
        self._answered: tuple[Do, int] | None = None
        self._remark: Row | None = None
        self._remark_count = -1
        self._read: frozenset[object] = frozenset()
        self._drawn: tuple[object, ...] = ()
        self._drawn_at = float("-inf")
        self._enter = EnterOnce()
        self._meant: tuple[object, ...] = ()
        """What keys mean as it was drawn last: the question that is open, or what Enter would do."""

    @property
    def latest(self) -> View | None:
        """The newest view, if there was one."""
        return self._view

    @property
    def asking(self) -> Asking | None:
        """The question that is open, if one is."""
        return self._asking

    def compose(self) -> ComposeResult:
        """Header, body (and the log beside it on a wide terminal), keys."""
        yield Sheet(id="header")
        with Horizontal(id="middle"):
            yield Sheet(id="body")
            yield Sheet(id="side")
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """A drill begins once its brief is left: nobody reads it against the clock."""
        if isinstance(self.app, HandrailApp):
            self._enter = self.app.enter
        if self._opening is not None:
            title = "DRILL  before it begins: nothing here touches a real server"
            self.open(Page(title, self._opening, foot="Enter begin the drill"), self._begin_drill)

    def on_resize(self) -> None:
        """Draw anew in the new size; a wide terminal shows the log beside the checklist."""
        self.set_class(self.size.width >= WIDE, "-wide")
        self.query_one("#body", Sheet).styles.width = body_width(self.size.width)
        self.draw()

    @on(Told)
    def show_view(self, message: Told) -> None:
        """Take the newest view; draw at once what has changed, and what only counts on once a second."""
        self._view = message.view
        if self._asking is not None and (why := self._asking.stale(message.view)):
            self._asking = None
            self._say(why, Ink.CAUTION)
        self._ask_again(message.view)
        now = time.monotonic()
        essence = _essence(message.view)
        if essence != self._drawn or now - self._drawn_at >= TICK_S:
            self._drawn, self._drawn_at = essence, now
            self.draw()

    def _ask_again(self, view: View) -> None:
        """Keep a question open whose typed answer was refused: the letters typed next must not be keys."""
        if self._answered is None or view.notice.number == self._answered[1]:
            return
        do, self._answered = self._answered[0], None
        if view.notice.level == "refused" and self._asking is None and view.permits.get(do) is None:
            self._begin(do, view)
            if self._asking is not None:
                self._asking.remark = view.notice.text

    def draw(self) -> None:
        """Draw the latest view."""
        view = self._view
        if view is None or not self.is_mounted or self.size.width == 0:
            return
        if (meant := self._meaning(view)) != self._meant:
            self._meant = meant
            self.anew()
        if self._remark_count != view.notice.number:
            self._remark = None
        epilogue = self._epilogue() if view.stopped else ()
        current = view.current
        found = self._found(current.planned.step.id) if current is not None else ""
        asked = Asked(self._asking, self._remark, self._read, epilogue, found)
        shown = frame(view, self.size.width, self.size.height, asked)
        self.query_one("#header", Sheet).show(shown.header)
        self.query_one("#body", Sheet).show(shown.body)
        self.query_one("#side", Sheet).show(shown.side)
        self.query_one("#keys", Sheet).show(shown.keys)

    def _meaning(self, view: View) -> tuple[object, ...]:
        if self._asking is not None:
            return (id(self._asking), len(self._asking.given), self._asking.is_yes)
        current = view.current
        step = (current.planned.key, current.state.attempt) if current is not None else ()
        return (*step, keys.primary(view), view.stopped)

    # --- keys ------------------------------------------------------------------------------------

    def pressed(self, event: events.Key) -> None:
        """One key, one meaning; while something is asked only the answer counts."""
        self._enter.note(event.key)
        if self._view is None:
            return
        if self._asking is not None:
            self._answer(event, self._asking, self._view)
            return
        if event.key == "enter" and self._enter.held():
            return
        if event.key == keys.LEAVE and self._view.stopped:
            self.leave(0)
            return
        for key in self._keys():
            if event.key == key.key:
                self._press(key, self._view)
                return
        if event.key.isdigit() and keys.primary(self._view) in IN_THE_STEP:
            # Not taken as the answer: it may be the rest of what was typed for another question.
            self._say("To answer press Enter first, then the number.", Ink.CAUTION)
            self.draw()

    def too_early(self) -> None:
        """Say where it is looked at that keys were not taken."""
        super().too_early()
        if self._asking is not None:
            self._asking.remark = ahead_words(self.ahead)
        else:
            self._say(ahead_words(self.ahead), Ink.CAUTION)
        self.draw()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes into an answer, and nowhere else."""
        event.stop()
        if self._asking is not None and not self._asking.is_yes:
            self._asking.typed.insert(event.text)
            self.draw()

    def explain(self) -> None:
        """What Ctrl+C does not do here."""
        if self._asking is not None:
            self._leave_question()
        elif self._view is not None and self._view.stopped:
            self._say("Press q to leave.", Ink.CAUTION)
        else:
            self._say(
                "Ctrl+C does nothing here: h holds the run and leaves, a ends it, ? shows the keys",
                Ink.CAUTION,
            )
        self.draw()

    def _keys(self) -> Sequence[Key]:
        opened = self._view.state.opened if self._view is not None else None
        known = keys.DRILL_KEYS if opened is not None and opened.mode == "drill" else keys.KEYS
        return known if self._open_console is None else (*known, keys.CONSOLE)

    def _press(self, key: Key, view: View) -> None:
        if not key.asks:
            self._show_page(key.key, view)
            return
        do = keys.wanted(key, view)
        if do is None:
            self._say(f"Not now: {keys.refused(key, view)}", Ink.CAUTION)
        elif key is keys.ENTER and (must := self._unread(view)) is not None:
            self._show_unread(must, view)
        else:
            self._begin(do, view)
        self.draw()

    def _begin(self, do: Do, view: View) -> None:
        asked = ask(do, view)
        if isinstance(asked, Asking):
            self._asking, self._remark = asked, None
        else:
            self._submit(asked)

    def _answer(self, event: events.Key, asking: Asking, view: View) -> None:
        if event.key == "escape":
            self._leave_question()
        elif asking.is_yes:
            if event.character == "y":
                self._asking = None
                self._submit(asking.yes(view))
            elif event.character == "p" and asking.passes_on(view):
                self._asking = None
                self._begin(Do.HAND_OVER, view)
            elif event.key != "enter":
                # A held or repeated Enter answers nothing, neither yes nor no.
                self._leave_question()
        elif event.key == "enter":
            if self._enter.held():
                return
            wanted = asking.enter(view)
            if wanted is not None:
                self._asking = None
                self._answered = (asking.do, view.notice.number)
                self._submit(wanted)
        else:
            asking.typed.press(event.key, event.character)
        self.draw()

    def _leave_question(self) -> None:
        self._asking = None
        self._say("Nothing was asked for.", Ink.PLAIN)

    def _say(self, text: str, ink: Ink) -> None:
        self._remark = Row(text, ink)
        self._remark_count = self._view.notice.number if self._view else -1

    # --- pages -----------------------------------------------------------------------------------

    def _unread(self, view: View) -> object | None:
        must = must_read(view, self.size.width, self.size.height)
        return must if must is not None and must not in self._read else None

    def _show_unread(self, must: object, view: View) -> None:
        """A brief or a request that must be seen to its end before Enter does anything else."""

        def rows(width: int) -> Sequence[Row]:
            if view.brief:
                return brief_rows(view, width)
            return request(view.current, width) if view.current is not None else ()

        def end_shown() -> None:
            self._read |= {must}

        title = "Brief" if view.brief else "The whole request: Enter is off until its end was shown"
        self.open(
            Page(title, rows, lambda: self._view, foot="Enter on to the end and back", on_end=end_shown),
            self.draw,
        )

    def _show_page(self, key: str, view: View) -> None:
        match key:
            case keys.CONSOLE.key if self._open_console is not None:
                server = view.current.server if view.current is not None else ""
                self.open(self._open_console(server, lambda: self._view), self.draw)
            case "l":
                self.open(LogPage(lambda: self._view))
            case "m":
                self.open(MapPage(lambda: self._view))
            case "v":
                must = self._unread(view)

                def end_shown() -> None:
                    if must is not None:
                        self._read |= {must}

                def rows(width: int) -> Sequence[Row]:
                    # The page follows the walk, but what counts as read is what it was opened on.
                    newest = self._view or view
                    return in_full(newest, width, self._epilogue() if newest.stopped else ())

                self.open(
                    Page("View: this step in full", rows, lambda: self._view, on_end=end_shown),
                    self.draw,
                )
            case _:
                self.open(HelpPage(self._keys(), lambda: self._view))


def _essence(view: View) -> tuple[object, ...]:
    """What is drawn the moment it changes: everything but what only counts on."""
    current = view.current
    judged: tuple[object, ...] = ()
    if current is not None:
        evidence = [*current.require, *(item for way in current.ways for item in way.evidence)]
        judged = (
            current.planned.key,
            current.state,
            current.shown,
            current.already,
            current.near_miss,
            current.log_state,
            tuple((item.verdict, item.expected, item.found) for item in evidence),
        )
    return (
        view.state.count,
        view.notice.number,
        view.busy,
        view.unsaved,
        view.stopped,
        view.verdict,
        view.brief,
        view.strip,
        view.guards,
        view.anchoring.pending,
        tuple(view.permits.items()),
        judged,
    )
