"""The console of a drill's server: what a person does by hand is typed here. It touches no real server."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult

from handrail.drill.consoles import Consoles
from handrail.tui.app import FaceScreen, ahead_words
from handrail.tui.heading import page_header
from handrail.tui.paper import BLANK, Ink, Row, folded, padded
from handrail.tui.sheet import Sheet
from handrail.tui.step import in_short
from handrail.tui.typed import Typed
from handrail.walk.view import View

EVERY_S = 1.0
FRAME_ROWS = 4
FOOT = " Enter run  Tab complete  Up Down history  PgUp  Ctrl+N server  Escape back"
FOOT_HELP = " Type help to see what this server knows; Ctrl+C clears the line."


class ConsoleScreen(FaceScreen[None]):
    """One server's console at a time: lines printed, the prompt, and the line being typed."""

    def __init__(self, consoles: Consoles, server: str, latest: Callable[[], View | None]) -> None:
        super().__init__()
        self._consoles = consoles
        self._server = server if server in consoles.servers() else consoles.servers()[0]
        self._latest = latest
        self._typed = Typed()
        self._back = 0
        """How many lines of the history back the typed one is."""
        self._offered: tuple[str, ...] = ()
        self._room = 2
        """Rows for lines and prompt."""
        self._asks = False
        """Whether the prompt is a question, which nothing typed before it may answer."""
        self._above = 0
        """How many rows above the newest one the screen ends, after Page Up."""

    def compose(self) -> ComposeResult:
        """Header, lines, keys."""
        yield Sheet(id="header")
        yield Sheet(id="body")
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """The header's strip goes on while one types."""
        self.set_interval(EVERY_S, self.draw)

    def on_resize(self) -> None:
        """Fold anew."""
        self.draw()

    def draw(self) -> None:
        """The newest lines above the prompt."""
        if not self.is_mounted or self.size.width == 0:
            return
        width = self.size.width
        view = self._latest()
        current = view.current if view is not None else None
        step = [*in_short(current, width), BLANK] if current is not None else []
        self._room = room = max(2, self.size.height - FRAME_ROWS - len(step))
        rows = [
            row
            for line in self._consoles.shown.get(self._server, [])
            for row in folded(line, width, " ", at_blanks=True)
        ]
        rows += [row for text in self._offered for row in folded(text, width, "   ")]
        prompt = f" {self._consoles.prompt(self._server)}"
        self._above = max(0, min(self._above, len(rows) - (room - 1)))
        last = len(rows) - self._above
        rows = [*rows[max(0, last - (room - 1)) : last], self._line(prompt, width)]
        if self._above:
            rows[-1] = Row(f" .. {self._above} newer rows: Page Down", Ink.CAUTION)
        if self._asks != (asks := prompt.rstrip().endswith("?")):
            self._asks = asks
            self.anew()
        if self.ahead:
            rows[-1:] = [Row(f" {ahead_words(self.ahead)}", Ink.CAUTION), rows[-1]]
            rows = rows[-room:]
        title = f"console of {self._server}: nothing here touches a real server"
        self.query_one("#header", Sheet).show(page_header(view, title, width))
        # One types here what the step says, so it stays in sight.
        self.query_one("#body", Sheet).show([*step, *rows])
        self.query_one("#keys", Sheet).show([Row(padded(FOOT, width), Ink.BAR), Row(FOOT_HELP)])

    def _line(self, prompt: str, width: int) -> Row:
        """The prompt and what is typed, moved left where it is longer than the screen."""
        text, cursor = f"{prompt}{self._typed.text} ", len(prompt) + self._typed.at
        cut = max(0, cursor - width + 2)
        return Row(text[cut : cut + width], Ink.STRONG, cursor - cut)

    def pressed(self, event: events.Key) -> None:
        """Typing, history, completion, leaving."""
        offered, self._offered = self._offered, ()
        match event.key:
            case "escape":
                self.leave()
                return
            case "enter":
                self._consoles.enter(self._server, self._typed.text)
                self._typed, self._back = Typed(), 0
            case "tab":
                self._complete(offered)
            case "up":
                self._recall(1)
            case "down":
                self._recall(-1)
            case "pageup" | "pagedown":
                by = self._room - 2
                self._above += by if event.key == "pageup" else -by
                self.draw()
                return
            case "ctrl+n":
                servers = self._consoles.servers()
                self._server = servers[(list(servers).index(self._server) + 1) % len(servers)]
                self._typed, self._back = Typed(), 0
            case _:
                self._typed.press(event.key, event.character)
        self._above = 0
        self.draw()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is one line and is run only by Enter."""
        event.stop()
        self._typed.insert(event.text)
        self.draw()

    def explain(self) -> None:
        """Ctrl+C clears the line, as in a shell."""
        self._typed = Typed()
        self.draw()

    def _complete(self, offered: tuple[str, ...]) -> None:
        found = tuple(self._consoles.complete(self._server, self._typed.text))
        if not found:
            return
        common = found[0]
        for other in found[1:]:
            while not other.startswith(common):
                common = common[:-1]
        if len(common) > len(self._typed.text):
            self._typed = Typed(common, len(common))
        if len(found) > 1 and found != offered:
            self._offered = found

    def _recall(self, by: int) -> None:
        history = self._consoles.history.get(self._server, [])
        self._back = max(0, min(len(history), self._back + by))
        text = history[-self._back] if self._back else ""
        self._typed = Typed(text, len(text))
