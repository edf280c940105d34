"""Binding: which pair, who has which role, and everything looked at before the first step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen

from handrail.errors import HandrailError
from handrail.procedure.loading import Loaded
from handrail.text import safe
from handrail.tui.paper import Ink, Row, cut, wrapped
from handrail.tui.screens.pages import Page
from handrail.tui.sheet import Sheet
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Preflight

INKS = {Finding.OK: Ink.PLAIN, Finding.NOTE: Ink.CAUTION, Finding.WRONG: Ink.ALERT}
Look = Callable[[Sequence[BoundPair]], Preflight]


class BindingScreen(Screen[tuple[tuple[BoundPair, ...], Preflight] | None]):
    """Pairs to choose from, roles by configuration, and what was found. Enter begins the walk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", tooltip="Begin the walk on what is shown"),
        Binding("y", "yes", "Yes", tooltip="Begin although something is wrong, after Enter asked"),
        Binding("right,p", "next_pair", "Next pair", tooltip="Choose another pair"),
        Binding("r", "again", "Look again", tooltip="Look at everything again"),
        Binding("j,down", "lines(1)", "Down", show=False),
        Binding("k,up", "lines(-1)", "Up", show=False),
        Binding("escape,q", "leave", "Leave", tooltip="Leave; nothing was recorded or sent"),
        Binding("question_mark", "keys", "Keys", tooltip="This help"),
    ]

    def __init__(
        self, loaded: Loaded, site: str, choices: Sequence[tuple[BoundPair, ...]], look: Look
    ) -> None:
        super().__init__()
        self._loaded = loaded
        self._site = site
        self._choices = choices
        self._look = look
        self._chosen = 0
        self._found: Preflight | None = None
        self._problem: HandrailError | None = None
        self._sure = False

    def compose(self) -> ComposeResult:
        """Title, findings, reserved line, keys."""
        yield Sheet(id="title")
        with VerticalScroll(classes="page", can_focus=False):
            yield Sheet(id="rows")
        yield Sheet(id="reserved")
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Look at once."""
        self.action_again()

    def action_again(self) -> None:
        """Look at everything again."""
        self._found, self._problem, self._sure = None, None, False
        self.draw()
        self.run_worker(self._look_once, thread=True, exclusive=True, exit_on_error=False)

    def _look_once(self) -> None:
        pairs = self._choices[self._chosen]
        try:
            found = self._look(pairs)
        except HandrailError as problem:
            self.app.call_from_thread(self._show, None, problem)
        else:
            self.app.call_from_thread(self._show, found, None)

    def _show(self, found: Preflight | None, problem: HandrailError | None) -> None:
        self._found, self._problem = found, problem
        self.draw()

    def on_resize(self) -> None:
        """Wrap anew."""
        self.draw()

    def draw(self) -> None:
        """Draw what is known."""
        width = self.size.width
        title = cut(f" LIVE {self._site}  {self._loaded.procedure.id}: before the first step", width)
        self.query_one("#title", Sheet).show([Row(title, Ink.BAR)])
        rows = self._rows(width - 3)
        sheet = self.query_one("#rows", Sheet)
        sheet.styles.height = max(1, len(rows))
        sheet.show(rows)
        self.query_one("#reserved", Sheet).show([self._reserved()])
        more = "  p Next pair" if len(self._choices) > 1 else ""
        keys = f" Enter Begin{more}  r Look again  Escape Leave  ? Keys"
        self.query_one("#keys", Sheet).show([Row(keys.ljust(width), Ink.BAR)])

    def _rows(self, width: int) -> list[Row]:
        rows = [Row("")]
        for pair in self._choices[self._chosen]:
            rows.append(Row(f" Pair {pair.name} ({pair.mode})", Ink.STRONG))
            for role in self._loaded.procedure.roles:
                rows += wrapped(
                    f"{role.name}: {pair.roles.get(role.name, '?')}  -  {role.what}", width, "   ", "     "
                )
        rows.append(Row(""))
        if self._problem is not None:
            return rows + wrapped(
                safe(self._problem.explain().replace("\n", " ")), width, " ", "   ", Ink.ALERT
            )
        if self._found is None:
            return [*rows, Row(" Reading every server and log ...", Ink.STRONG)]
        for item in self._found.looked:
            rows += wrapped(
                f"{item.finding.value:5} {item.subject}: {item.text}",
                width,
                " ",
                "       ",
                INKS[item.finding],
            )
            if item.mend:
                rows += wrapped(f"mend: {item.mend}", width, "       ", "             ")
        return rows

    def _reserved(self) -> Row:
        if self._sure:
            return Row(
                " Something is wrong above. Begin all the same?  y = yes, any other key = no", Ink.ALERT
            )
        if self._found is None:
            return Row("" if self._problem else " Enter is off until everything was looked at.")
        if self._found.wrong:
            return Row(" Something is wrong above; mend it and press r, or Enter to be asked.", Ink.CAUTION)
        return Row(" Everything needed was found. Nothing has been recorded or sent yet.")

    def action_begin(self) -> None:
        """Begin; ask once more where something is wrong."""
        if self._found is None:
            return
        if self._found.wrong and not self._sure:
            self._sure = True
            self.draw()
            return
        if not self._found.wrong:
            self.dismiss((self._choices[self._chosen], self._found))

    def action_yes(self) -> None:
        """Begin although something is wrong."""
        if self._sure and self._found is not None:
            self.dismiss((self._choices[self._chosen], self._found))

    def action_next_pair(self) -> None:
        """Choose another pair."""
        if len(self._choices) > 1:
            self._chosen = (self._chosen + 1) % len(self._choices)
            self.action_again()

    def action_leave(self) -> None:
        """Leave the question, or the screen."""
        if self._sure:
            self._sure = False
            self.draw()
        else:
            self.dismiss(None)

    def action_lines(self, count: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=count, animate=False)

    def action_keys(self) -> None:
        """Help."""
        self.app.push_screen(Page("Keys", self._key_rows))

    def _key_rows(self, width: int) -> list[Row]:
        rows: list[Row] = []
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.tooltip:
                rows += wrapped(binding.tooltip, width, f" {binding.key.split(',')[0]:10}", " " * 11)
        return rows
