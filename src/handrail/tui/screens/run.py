"""The run screen: one step at a time, the strip above it, the reserved line and the keys below it."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from handrail.tui import drawing, keys
from handrail.tui.app import Told
from handrail.tui.keys import Key
from handrail.tui.paper import Ink, Row, cut, wrapped
from handrail.tui.screens.pages import HelpPage, LogPage, Page
from handrail.tui.sheet import Sheet
from handrail.walk import commands as c
from handrail.walk.asking import Input as Question
from handrail.walk.asking import NotUnderstood, command, inputs
from handrail.walk.view import Do, View

ENTER_AGAIN_S = 0.6
"""A held Enter key repeats; only the first counts until it has been let go for this long."""

ASK_YES = {
    Do.SEND: "Send this now?",
    Do.DONE_BY_HAND: "Is it done?",
    Do.COMPLETE: "Call the run complete?",
    Do.HOLD: "Rest here and leave?",
    Do.ALREADY: "Take it as done already?",
}
"""What is asked once more; the second key is y, never the first one again."""


class RunScreen(Screen[int]):
    """Draws views and turns keys into commands. It holds no rule of its own."""

    def __init__(self, submit: Callable[[c.Command], None]) -> None:
        super().__init__()
        self._submit = submit
        self._view: View | None = None
        self._asking: Do | None = None
        self._questions: tuple[Question, ...] = ()
        self._given: list[str] = []
        self._yes = False
        self._remark: Row | None = None
        self._remark_notice = -1
        self._enter_at = float("-inf")
        self._option_height = 0

    def compose(self) -> ComposeResult:
        """Header, body (and the log beside it on a wide terminal), options, reserved line, keys."""
        yield Sheet(id="header")
        with Horizontal(id="middle"):
            yield Sheet(id="body")
            yield Sheet(id="side")
        yield Sheet(id="options")
        yield Sheet(id="reserved")
        yield Input(id="answer", compact=True, select_on_focus=False)
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Nothing has the focus: letters are keys, not text."""
        self.query_one("#answer", Input).cursor_blink = False
        self.set_focus(None)

    def on_resize(self) -> None:
        """Draw anew in the new size; a wide terminal shows the log beside the checklist."""
        self.set_class(self.size.width >= 120, "-wide")
        self.draw()

    @on(Told)
    def show_view(self, message: Told) -> None:
        """Take the newest view."""
        self._view = message.view
        if self._asking is not None and self._view.permits.get(self._asking) is not None:
            self._remark_now(f"Not asked any more: {self._view.permits[self._asking]}", Ink.CAUTION)
            self._stop_asking()
        self.draw()

    def draw(self) -> None:
        """Draw the latest view."""
        view = self._view
        if view is None or not self.is_mounted:
            return
        width = self.size.width
        body = self.query_one("#body", Sheet)
        body_width = width if not self.has_class("-wide") else max(79, width * 3 // 5)
        if body.styles.width is None or body.styles.width.value != body_width:
            body.styles.width = body_width
        height = max(5, self.size.height - 4 - self._option_height - (1 if self.has_class("-asking") else 0))
        self._put("#header", drawing.header(view, width))
        self._put("#body", drawing.body(view, min(body_width, 110) - 1, height))
        if self.has_class("-wide"):
            self._put("#side", _log_rows(view, width - body_width - 3, height))
        self._put("#reserved", [self._reserved(view, width)])
        self._put("#keys", [Row(self._key_line(view, width), Ink.BAR)])

    def on_key(self, event: events.Key) -> None:
        """One key, one meaning; while something is asked only the answer counts."""
        if self._view is None:
            return
        if self._asking is not None:
            self._answer_key(event)
            return
        if event.key == "enter" and self._held_down():
            event.stop()
            return
        if event.key == "ctrl+c":
            self._remark_now(
                "Ctrl+C does nothing here: h holds the run, a ends it, ? shows the keys", Ink.CAUTION
            )
            event.stop()
            return
        if event.key == "q" and self._view.stopped:
            event.stop()
            self.dismiss(0)
            return
        pressed = event.character if event.character and event.key != "enter" else event.key
        for key in keys.KEYS:
            if event.key == key.key or pressed == key.key:
                event.stop()
                self._press(key, self._view)
                return

    @on(Input.Submitted, "#answer")
    def take_answer(self, message: Input.Submitted) -> None:
        """One answer on the reserved line; the last one makes the command."""
        message.stop()
        value = message.value.strip()
        if not value or self._asking is None:
            return
        self._given.append(value)
        self._enter_at = time.monotonic()
        self._go_on_asking()

    # --- asking ----------------------------------------------------------------------------------

    def _press(self, key: Key, view: View) -> None:
        if not key.asks:
            self._show_page(key.key)
            return
        do = keys.wanted(key, view)
        if do is None:
            self._remark_now(f"Not now: {keys.refused(key, view)}", Ink.CAUTION)
            return
        self._ask(do, view)

    def _ask(self, do: Do, view: View) -> None:
        self._asking, self._given, self._yes = do, [], False
        self._questions = inputs(do, view)
        if self._questions:
            self._go_on_asking()
        elif do in ASK_YES:
            self._yes = True
            self.draw()
        else:
            self._send(do, view)

    def _go_on_asking(self) -> None:
        view = self._view
        if view is None or self._asking is None:
            return
        if len(self._given) >= len(self._questions):
            self._send(self._asking, view)
            return
        answer = self.query_one("#answer", Input)
        answer.value = ""
        self.add_class("-asking")
        answer.focus()
        self._show_options(self._questions[len(self._given)])
        self.draw()

    def _show_options(self, question: Question) -> None:
        rows: list[Row] = []
        # What is chosen or attested stands in the step already.
        options = () if self._asking in (Do.CHOOSE, Do.ATTEST) else question.options
        for number, option in enumerate(options, 1):
            rows += wrapped(option, self.size.width - 2, f"   {number}  ", "      ")
        if question.free and question.options:
            rows.append(
                Row("   type a number and your own words, such as: 4 Ana from the network team", Ink.DIM)
            )
        self._option_height = len(rows)
        self.query_one("#options", Sheet).styles.height = len(rows)
        self.set_class(bool(rows), "-options")
        self._put("#options", rows)

    def _send(self, do: Do, view: View) -> None:
        try:
            wanted = command(do, view, self._given)
        except NotUnderstood as problem:
            self._remark_now(str(problem), Ink.CAUTION)
            self._stop_asking()
            return
        self._stop_asking()
        self._submit(wanted)

    def _stop_asking(self) -> None:
        self._asking, self._questions, self._given, self._yes = None, (), [], False
        self.remove_class("-asking", "-options")
        self._put("#options", [])
        self._option_height = 0
        self.set_focus(None)
        self.draw()

    def _answer_key(self, event: events.Key) -> None:
        if event.key in ("escape", "ctrl+c"):
            event.stop()
            self._remark_now("Nothing was asked for.", Ink.PLAIN)
            self._stop_asking()
        elif self._yes:
            event.stop()
            if event.key == "y" and self._asking is not None and self._view is not None:
                self._send(self._asking, self._view)
            elif event.key not in ("enter",):
                self._remark_now("Nothing was asked for.", Ink.PLAIN)
                self._stop_asking()

    def _held_down(self) -> bool:
        now = time.monotonic()
        again = now - self._enter_at < ENTER_AGAIN_S
        self._enter_at = now
        return again

    # --- showing ---------------------------------------------------------------------------------

    def _show_page(self, key: str) -> None:
        view = self._view
        if view is None:
            return
        if key == "l":
            self.app.push_screen(LogPage(lambda: self._view))
        elif key == "m":
            self.app.push_screen(
                Page("Map: the whole procedure", lambda width: drawing.whole_map(self._latest(), width))
            )
        elif key == "v":
            self.app.push_screen(
                Page("View: this step in full", lambda width: drawing.in_full(self._latest(), width))
            )
        else:
            self.app.push_screen(HelpPage(keys.KEYS))

    def _latest(self) -> View:
        assert self._view is not None  # noqa: S101 - pages open only over a drawn view
        return self._view

    def _remark_now(self, text: str, ink: Ink) -> None:
        self._remark = Row(f" {text}", ink)
        self._remark_notice = self._view.notice.number if self._view else -1
        self.draw()

    def _reserved(self, view: View, width: int) -> Row:
        if self._asking is not None and self._yes:
            question = ASK_YES[self._asking]
            if self._asking is Do.SEND and view.current is not None and view.current.shown:
                question = f"Send {view.current.shown[0]}?"
            return Row(f" {cut(question, width - 32)}  y = yes, any other key = no", Ink.STRONG)
        if self._asking is not None and len(self._given) < len(self._questions):
            prompt = self._questions[len(self._given)].prompt
            return Row(cut(f" {prompt.rstrip('?:')}? Type it, then Enter.", width), Ink.STRONG)
        if self._remark is not None and self._remark_notice == view.notice.number:
            return self._remark
        self._remark = None
        return drawing.notice(view)

    def _key_line(self, view: View, width: int) -> str:
        if self._asking is not None:
            return " Escape leaves the question. Nothing is done before it is answered.".ljust(width)
        return keys.line(view, width).ljust(width)

    def _put(self, selector: str, rows: list[Row]) -> None:
        self.query_one(selector, Sheet).show(rows)


def _log_rows(view: View, width: int, height: int) -> list[Row]:
    """The newest log lines of every server, for the side pane."""
    rows = [Row("Log", Ink.STRONG)]
    lines = [f"{line.server}: {line.text}" for line in view.log[-height:]]
    return [*rows, *(Row(text[:width]) for text in lines[-(height - 1) :])]
