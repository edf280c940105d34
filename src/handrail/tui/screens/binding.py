"""Binding: which pair, who has which role, and everything looked at before the first step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult

from handrail.errors import HandrailError
from handrail.procedure.loading import Loaded
from handrail.text import safe
from handrail.tui.app import EnterOnce, FaceScreen, HandrailApp, crash_file
from handrail.tui.keys import Key
from handrail.tui.paper import BLANK, Ink, Row, cut, padded, wrapped
from handrail.tui.screens.pages import HelpPage
from handrail.tui.sheet import Sheet
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Preflight

INKS = {Finding.OK: Ink.PLAIN, Finding.NOTE: Ink.CAUTION, Finding.WRONG: Ink.ALERT, Finding.STOPS: Ink.ALERT}
Look = Callable[[Sequence[BoundPair]], Preflight]
BINDING_KEYS = (
    Key("enter", "Begin", "Begin the walk on what is shown; asks once more when something is wrong."),
    Key("p", "Next pair", "Choose another pair of the inventory."),
    Key("r", "Look again", "Look at every server, log and command again."),
    Key("Up Down", "Scroll", "Scroll; Space a page."),
    Key("q", "Leave", "Leave, as Escape does; nothing was recorded or sent."),
    Key("question_mark", "Keys", "This help."),
)
FRAME_ROWS = 5


class BindingScreen(FaceScreen[tuple[tuple[BoundPair, ...], Preflight] | None]):
    """Pairs to choose from, roles by configuration, and what was found. Enter begins the walk."""

    def __init__(
        self, loaded: Loaded, site: str, choices: Sequence[tuple[BoundPair, ...]], look: Look
    ) -> None:
        super().__init__()
        self._loaded = loaded
        self._site = site
        self._choices = choices
        self._look = look
        self._chosen = 0
        self._round = 0
        self._found: Preflight | None = None
        self._problem = ""
        self._sure = False
        self._top = 0
        self._enter = EnterOnce()

    def compose(self) -> ComposeResult:
        """Header, findings and the reserved line, keys."""
        yield Sheet(id="header")
        yield Sheet(id="body")
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Look at once."""
        if isinstance(self.app, HandrailApp):
            self._enter = self.app.enter
        self.look_again()

    def on_resize(self) -> None:
        """Wrap anew."""
        self.draw()

    def look_again(self) -> None:
        """Look at everything again; what an earlier look finds meanwhile counts no more."""
        self._found, self._problem, self._sure, self._top = None, "", False, 0
        self._round += 1
        self.draw()
        chosen, this_round = self._choices[self._chosen], self._round

        def look_once() -> None:
            try:
                found, problem = self._look(chosen), ""
            except HandrailError as error:
                found, problem = None, error.explain().replace("\n", " ")
            except Exception:  # a worker's error must reach the screen, not end it
                found, problem = None, f"handrail met an error of its own, described in {crash_file()}"
            self.app.call_from_thread(self._show, this_round, found, problem)

        self.run_worker(look_once, thread=True, exit_on_error=False)

    def _show(self, this_round: int, found: Preflight | None, problem: str) -> None:
        if this_round == self._round:
            self._found, self._problem = found, safe(problem)
            self.draw()

    def draw(self) -> None:
        """Draw what is known."""
        if not self.is_mounted or self.size.width == 0:
            return
        width = self.size.width
        title = cut(f" LIVE {safe(self._site)}  {self._loaded.procedure.id}: before the first step", width)
        rows = self._rows(width - 1)
        room = max(1, self.size.height - FRAME_ROWS)
        self._top = max(0, min(self._top, len(rows) - room))
        shown = rows[self._top : self._top + room]
        more = len(rows) > room
        reserved = wrapped(*self._reserved(), ink=self._reserved_ink())[:1] or [BLANK]
        place = f"   lines {self._top + 1}-{self._top + len(shown)} of {len(rows)}" if more else ""
        keys = (
            f" Enter Begin{'  p Next pair' * (len(self._choices) > 1)}  r Look again  q Leave  ? Keys{place}"
        )
        self.query_one("#header", Sheet).show([Row(padded(title, width), Ink.BAR), BLANK])
        self.query_one("#body", Sheet).show([*shown, *[BLANK] * (room - len(shown)), *reserved])
        self.query_one("#keys", Sheet).show([BLANK, Row(padded(keys, width), Ink.BAR)])

    def _rows(self, width: int) -> list[Row]:
        rows: list[Row] = []
        for pair in self._choices[self._chosen]:
            rows += wrapped(f"Pair {safe(pair.name)} ({safe(pair.mode)})", width, " ", ink=Ink.STRONG)
            for role in self._loaded.procedure.roles:
                text = f"{role.name}: {safe(pair.roles.get(role.name, '?'))}  -  {safe(role.what)}"
                rows += wrapped(text, width, "   ", "     ")
        if len(self._choices) > 1:
            rows += wrapped(
                f"Choice {self._chosen + 1} of {len(self._choices)}; p shows the next.", width, "   "
            )
        rows.append(BLANK)
        if self._problem:
            return rows + wrapped(self._problem, width, " ", "   ", Ink.ALERT)
        if self._found is None:
            return [*rows, Row(" Reading every server and log ...", Ink.STRONG)]
        # What is wrong stands first: it must not be below the edge of the screen.
        order = (Finding.STOPS, Finding.WRONG, Finding.NOTE, Finding.OK)
        for item in sorted(self._found.looked, key=lambda looked: order.index(looked.finding)):
            text = f"{item.finding.value:5} {item.subject}: {item.text}"
            rows += wrapped(text, width, " ", "       ", INKS[item.finding])
            rows += wrapped(f"mend: {item.mend}" if item.mend else "", width, "       ", "             ")
        return rows

    def _reserved(self) -> tuple[str, int, str]:
        width = self.size.width - 1
        if self._sure:
            return "Something is wrong above. Begin all the same?  y = yes, any other key = no", width, " "
        if self._problem:
            return "Enter is off. Mend it and press r, or q to leave.", width, " "
        if self._found is None:
            return "Enter is off until everything was looked at.", width, " "
        if self._found.stops:
            return "Enter is off: no walk can begin so. Mend it and press r, or q to leave.", width, " "
        if self._found.wrong:
            return "Something is wrong above; mend it and press r, or Enter to be asked.", width, " "
        return "Everything needed was found. Nothing has been recorded or sent yet.", width, " "

    def _reserved_ink(self) -> Ink:
        if self._sure:
            return Ink.ALERT
        wrong = self._problem or (self._found is not None and self._found.wrong)
        return Ink.CAUTION if wrong else Ink.PLAIN

    # --- keys ------------------------------------------------------------------------------------

    def pressed(self, event: events.Key) -> None:
        """One key, one meaning; after the question only y begins."""
        self._enter.note(event.key)
        if self._sure:
            self._answer(event)
            return
        match event.key:
            case "enter":
                self._begin()
            case "p" | "right" if len(self._choices) > 1:
                self._chosen = (self._chosen + 1) % len(self._choices)
                self.look_again()
            case "r":
                self.look_again()
            case "down" | "j":
                self._top += 1
            case "up" | "k":
                self._top -= 1
            case "space" | "pagedown":
                self._top += self.size.height - FRAME_ROWS - 1
            case "pageup":
                self._top -= self.size.height - FRAME_ROWS - 1
            case "escape" | "q":
                self.leave(None)
                return
            case "question_mark":
                self.open(HelpPage(BINDING_KEYS))
        self.draw()

    def explain(self) -> None:
        """Ctrl+C leaves the question; otherwise it changes nothing, as nothing has begun."""
        self._sure = False
        self.draw()

    def _answer(self, event: events.Key) -> None:
        if event.character == "y" and self._found is not None:
            self.leave((self._choices[self._chosen], self._found))
        elif event.key != "enter":
            self._sure = False
            self.draw()

    def _begin(self) -> None:
        if self._enter.held() or self._found is None or self._found.stops:
            return
        if self._found.wrong:
            self._sure = True
        else:
            self.leave((self._choices[self._chosen], self._found))
