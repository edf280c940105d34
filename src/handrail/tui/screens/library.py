"""The library: the open runs and every procedure; pick one to drill, to walk, or to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from textual import events
from textual.app import ComposeResult

from handrail.ledger.runs import RunSummary
from handrail.procedure.loading import Loaded
from handrail.text import safe
from handrail.tui.app import FaceScreen
from handrail.tui.full import procedure_rows
from handrail.tui.keys import Key
from handrail.tui.paper import BLANK, Ink, Row, columns, cut, padded, wrapped
from handrail.tui.screens.pages import HelpPage, Page
from handrail.tui.sheet import Sheet
from handrail.tui.typed import Typed
from handrail.walk.who import called, shared_names

SUMMARY_ROWS = 7
FRAME_ROWS = 4
LIBRARY_KEYS = (
    Key("enter", "Walk live", "Walk the marked procedure on live servers, or resume the marked run."),
    Key("d", "Drill", "Walk it in a drill, on simulated servers; nothing to set up."),
    Key("v", "Read", "Read the whole procedure."),
    Key("slash", "Search", "Show only what contains the words typed; Escape shows all again."),
    Key("j", "Down", "One row down; the Down key does the same, and k and Up go up."),
    Key("q", "Leave", "Leave handrail."),
    Key("question_mark", "Keys", "This help."),
)


@dataclass(frozen=True, slots=True)
class Picked:
    """What was picked: a procedure to walk or to drill, or an open run to resume."""

    what: Literal["walk", "drill", "resume"]
    procedure: str = ""
    run: Path | None = None


class LibraryScreen(FaceScreen[Picked | None]):
    """Open runs first, then the procedures; the summary of the marked one below."""

    def __init__(
        self, procedures: Sequence[Loaded], open_runs: Sequence[RunSummary], remark: str = ""
    ) -> None:
        super().__init__()
        self._procedures = procedures
        self._open_runs = open_runs
        self._shared_names = shared_names((str(run.operator), str(run.key)) for run in open_runs)
        self._remark = safe(remark)
        self._words = Typed()
        self._searching = False
        self._place = 0
        self._top = 0
        self._shown: list[Loaded | RunSummary] = []

    def compose(self) -> ComposeResult:
        """Header, list and summary, keys."""
        yield Sheet(id="header")
        yield Sheet(id="body")
        yield Sheet(id="keys")

    def on_resize(self) -> None:
        """Draw in this size."""
        self.draw()

    def draw(self) -> None:
        """Draw the list, the summary of the marked row, and the keys."""
        if not self.is_mounted or self.size.width == 0:
            return
        width = self.size.width
        self._shown = self._fitting()
        self._place = max(0, min(self._place, len(self._shown) - 1))
        room = self._room
        last_top = max(0, len(self._shown) - room)
        self._top = max(0, min(self._top, self._place, last_top), self._place - room + 1)
        listed = [
            self._listed(item, width, marked=place == self._place)
            for place, item in enumerate(self._shown[self._top : self._top + room], self._top)
        ]
        if not self._shown:
            listed = [BLANK, Row("   Nothing contains these words. Escape shows all.", Ink.CAUTION)]
        body = [*listed, *[BLANK] * (room - len(listed)), *self._summary(width)]
        self.query_one("#header", Sheet).show(self._header(width))
        self.query_one("#body", Sheet).show(body)
        self.query_one("#keys", Sheet).show(self._keys(width))

    @property
    def _room(self) -> int:
        return max(3, self.size.height - FRAME_ROWS - SUMMARY_ROWS)

    def _fitting(self) -> list[Loaded | RunSummary]:
        wanted = self._words.text.lower().split()
        runs = [run for run in self._open_runs if _fits(wanted, run.run, run.procedure, run.operator)]
        procedures = [
            item
            for item in self._procedures
            if _fits(wanted, item.procedure.id, item.procedure.title, item.procedure.summary)
        ]
        return [*runs, *procedures]

    def _header(self, width: int) -> list[Row]:
        count = len(self._procedures)
        text = f" handrail   {count} procedure{'s' * (count != 1)}"
        if runs := len(self._open_runs):
            text += f"   {runs} OPEN RUN{'S' * (runs != 1)}: first in the list"
        if len(self._shown) < count + runs:
            text += f"   {len(self._shown)} shown"
        return [Row(padded(text, width), Ink.BAR), BLANK]

    def _listed(self, item: Loaded | RunSummary, width: int, *, marked: bool) -> Row:
        pointer = ">" if marked else " "
        if isinstance(item, RunSummary):
            word = "RESUME LIVE" if item.mode == "live" else "open DRILL"
            when = f"{item.started:%Y-%m-%d %H:%M}Z" if item.started else ""
            who = called(item.operator, item.key, self._shared_names)
            text = f" {pointer} {word}  {item.procedure}  {when}  {who}"
        else:
            text = f" {pointer} {_column(item.procedure.id, 31)} {item.procedure.title}"
        return Row(cut(safe(text), width - 1), Ink.STRONG if marked else Ink.PLAIN)

    def _summary(self, width: int) -> list[Row]:
        rows = [Row("")]
        item = self._marked()
        if isinstance(item, RunSummary):
            rows += wrapped(f"Not ended. Last record: {item.last_kind}. {item.path}", width - 1, " ", " ")
            if item.mode != "live":
                rows += wrapped(
                    "A drill's servers end with its process: it cannot be resumed.", width - 1, " "
                )
        elif item is not None:
            rows += wrapped(safe(item.procedure.summary), width - 1, " ", " ")
            rows += [Row(cut(f" From: {safe(item.procedure.document.name)}", width - 1), Ink.DIM)]
        remark = wrapped(self._remark, width - 1, " ", " ", Ink.CAUTION)[:3]
        return [*rows[: SUMMARY_ROWS - len(remark)], *remark]

    def _keys(self, width: int) -> list[Row]:
        if self._searching:
            text = f" / {self._words.text}"
            typed = Row(padded(text, width), Ink.PLAIN, cursor=columns(text))
            return [typed, Row(padded(" Enter back to the list  Escape show all", width), Ink.BAR)]
        item = self._marked()
        enter = "Enter Resume" if isinstance(item, RunSummary) else "Enter Walk live"
        line = f" {enter}  d Drill  v Read  / Search  q Leave  ? Keys"
        return [Row(self._hidden(), Ink.CAUTION), Row(padded(line, width), Ink.BAR)]

    def _hidden(self) -> str:
        """How many rows stand above and below those on the screen."""
        above, below = self._top, len(self._shown) - self._top - self._room
        words = [f"{above} more above"] * (above > 0) + [f"{below} more below"] * (below > 0)
        return f" .. {', '.join(words)}: Up Down, Home End, / Search" if words else ""

    # --- keys ------------------------------------------------------------------------------------

    def pressed(self, event: events.Key) -> None:
        """One key, one meaning; letters are words while one searches."""
        if self._searching:
            self._search_key(event)
        else:
            self._list_key(event)
        self.draw()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted words are searched for."""
        event.stop()
        if self._searching:
            self._words.insert(event.text)
            self.draw()

    def explain(self) -> None:
        """Ctrl+C leaves the search, and otherwise says what leaves."""
        if self._searching:
            self._words, self._searching = Typed(), False
        else:
            self._remark = safe("Press q to leave.")
        self.draw()

    def _search_key(self, event: events.Key) -> None:
        if event.key == "escape":
            self._words, self._searching = Typed(), False
        elif event.key == "enter":
            self._searching = False
        elif event.key in ("down", "up"):
            self._place += 1 if event.key == "down" else -1
        else:
            self._words.press(event.key, event.character)

    def _list_key(self, event: events.Key) -> None:
        item = self._marked()
        match event.key:
            case "down" | "j":
                self._place += 1
            case "up" | "k":
                self._place -= 1
            case "home":
                self._place = 0
            case "end":
                self._place = len(self._shown)
            case "slash":
                self._searching = True
            case "escape":
                self._words = Typed()
            case "q":
                self.leave(None)
            case "question_mark":
                self.open(HelpPage(LIBRARY_KEYS))
            case "v" if isinstance(item, Loaded):
                title = f"{item.procedure.id}: {item.procedure.title}"
                self.open(Page(safe(title), lambda width: procedure_rows(item, width)))
            case "d" if isinstance(item, Loaded):
                self.leave(Picked("drill", item.procedure.id))
            case "enter" if isinstance(item, Loaded):
                self.leave(Picked("walk", item.procedure.id))
            case "enter" if isinstance(item, RunSummary):
                if item.mode == "live":
                    self.leave(Picked("resume", run=item.path))
                else:
                    self._remark = safe("A drill cannot be resumed.")
            case "v" | "d" if isinstance(item, RunSummary):
                self._remark = safe("That is a run; this key is for procedures.")

    def _marked(self) -> Loaded | RunSummary | None:
        return self._shown[self._place] if self._shown else None


def _column(text: str, width: int) -> str:
    return padded(cut(text, width), width)


def _fits(wanted: list[str], *texts: str) -> bool:
    everything = " ".join(texts).lower()
    return all(word in everything for word in wanted)
