"""The library: the open runs and every procedure; pick one to drill, to walk, or to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Input

from handrail.ledger.runs import RunSummary
from handrail.procedure.loading import Loaded
from handrail.text import safe
from handrail.tui.paper import Ink, Row, cut, wrapped
from handrail.tui.screens.pages import Page
from handrail.tui.sheet import Sheet

SUMMARY_ROWS = 6
KEYS = " Enter Walk live  d Drill  v Read  / Search  q Leave  ? Keys"


@dataclass(frozen=True, slots=True)
class Picked:
    """What was picked: a procedure to walk or to drill, or an open run to resume."""

    what: Literal["walk", "drill", "resume"]
    procedure: str = ""
    run: Path | None = None


class LibraryScreen(Screen[Picked | None]):
    """Open runs first, then the procedures; the summary of the marked one below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "pick('drill')", "Drill", tooltip="Walk it on simulated servers"),
        Binding("v", "read", "Read", tooltip="Read the whole procedure"),
        Binding("slash", "search", "Search", tooltip="Show only what contains these words"),
        Binding("escape", "clear", "Clear", tooltip="Clear the search"),
        Binding("question_mark", "keys", "Keys", tooltip="This help"),
        Binding("j", "down", "Down", show=False),
        Binding("k", "up", "Up", show=False),
        Binding("q", "leave", "Leave", tooltip="Leave handrail"),
    ]

    def __init__(
        self, procedures: Sequence[Loaded], open_runs: Sequence[RunSummary], remark: str = ""
    ) -> None:
        super().__init__()
        self._procedures = procedures
        self._open_runs = open_runs
        self._remark = remark
        self._shown: list[Loaded | RunSummary] = []

    def compose(self) -> ComposeResult:
        """Title, table, summary, search line, keys."""
        yield Sheet(id="title")
        table: DataTable[Text] = DataTable(cursor_type="row", show_header=False)
        yield table
        yield Sheet(id="summary")
        yield Input(
            id="answer", compact=True, placeholder="words to search for, Enter to go back to the list"
        )
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Fill the table."""
        self.query_one("#answer", Input).cursor_blink = False
        self.query_one("#summary", Sheet).styles.height = SUMMARY_ROWS
        count = len(self._open_runs)
        runs = f"   {count} open run{'' if count == 1 else 's'}" if count else ""
        self.query_one("#title", Sheet).show(
            [Row(f" handrail   {len(self._procedures)} procedures{runs}", Ink.BAR)]
        )
        self.query_one("#keys", Sheet).show([Row(KEYS.ljust(200), Ink.BAR)])
        table = self.query_one(DataTable)
        table.add_column("what", width=10)
        table.add_column("which", width=34)
        table.add_column("title")
        self._fill("")
        table.focus()

    def _fill(self, words: str) -> None:
        table = self.query_one(DataTable)
        table.clear()
        wanted = words.lower().split()
        self._shown = [run for run in self._open_runs if _fits(wanted, run.run, run.procedure)]
        self._shown += [
            item
            for item in self._procedures
            if _fits(wanted, item.procedure.id, item.procedure.title, item.procedure.summary)
        ]
        for item in self._shown:
            if isinstance(item, RunSummary):
                what = "RESUME" if item.mode == "live" else "open drill"
                when = f"{item.started:%Y-%m-%d %H:%M}Z" if item.started else ""
                table.add_row(Text(what), Text(safe(item.procedure)), Text(safe(f"{when} {item.operator}")))
            else:
                table.add_row(Text("procedure"), Text(item.procedure.id), Text(safe(item.procedure.title)))
        if not self._shown:
            self.query_one("#summary", Sheet).show(
                [Row(" Nothing contains these words. Escape shows all.", Ink.CAUTION)]
            )

    def on_data_table_row_highlighted(self, _message: DataTable.RowHighlighted) -> None:
        """Show the summary of the marked row."""
        item = self._marked()
        width = self.size.width - 2
        if item is None:
            return
        if isinstance(item, RunSummary):
            rows = [Row(""), *wrapped(f"Not ended. Last record: {item.last_kind}. {item.path}", width, " ")]
            if item.mode != "live":
                rows += wrapped("A drill's servers end with its process: it cannot be resumed.", width, " ")
        else:
            rows = [Row(""), *wrapped(item.procedure.summary, width, " ")]
            rows.append(Row(cut(f" From: {item.procedure.document.name}", width), Ink.DIM))
        if self._remark:
            rows = [*rows[: SUMMARY_ROWS - 1], Row(cut(f" {self._remark}", width), Ink.CAUTION)]
        self.query_one("#summary", Sheet).show(rows[:SUMMARY_ROWS])

    def on_data_table_row_selected(self, _message: DataTable.RowSelected) -> None:
        """Enter: resume the run, or walk the procedure live."""
        item = self._marked()
        if isinstance(item, RunSummary):
            if item.mode == "live":
                self.dismiss(Picked("resume", run=item.path))
        elif item is not None:
            self.dismiss(Picked("walk", item.procedure.id))

    def on_input_changed(self, message: Input.Changed) -> None:
        """Narrow the list as one types."""
        self._fill(message.value)

    def on_input_submitted(self, _message: Input.Submitted) -> None:
        """Back to the list, narrowed."""
        self.query_one(DataTable).focus()

    def action_search(self) -> None:
        """Open the search line."""
        self.add_class("-asking")
        self.query_one("#answer", Input).focus()

    def action_clear(self) -> None:
        """Close the search line and show everything."""
        self.query_one("#answer", Input).value = ""
        self.remove_class("-asking")
        self.query_one(DataTable).focus()

    def action_pick(self, what: Literal["walk", "drill"]) -> None:
        """Drill the marked procedure."""
        item = self._marked()
        if item is not None and not isinstance(item, RunSummary):
            self.dismiss(Picked(what, item.procedure.id))

    def action_read(self) -> None:
        """Read the marked procedure."""
        item = self._marked()
        if item is not None and not isinstance(item, RunSummary):
            self.app.push_screen(Page(item.procedure.title, lambda width: read_rows(item, width)))

    def action_keys(self) -> None:
        """Help."""
        self.app.push_screen(Page("Keys", self._key_rows))

    def action_down(self) -> None:
        """One row down."""
        self.query_one(DataTable).action_cursor_down()

    def action_up(self) -> None:
        """One row up."""
        self.query_one(DataTable).action_cursor_up()

    def action_leave(self) -> None:
        """Leave handrail."""
        self.dismiss(None)

    def _marked(self) -> Loaded | RunSummary | None:
        row = self.query_one(DataTable).cursor_row
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _key_rows(self, width: int) -> list[Row]:
        rows = wrapped(
            "Walk the marked procedure on live servers, or resume the marked run.", width, " Enter  ", " " * 8
        )
        for binding in self.BINDINGS:
            if isinstance(binding, Binding) and binding.tooltip:
                name = {"slash": "/", "question_mark": "?"}.get(binding.key, binding.key)
                rows += wrapped(binding.tooltip, width, f" {name:7}", " " * 8)
        return rows


def read_rows(loaded: Loaded, width: int) -> list[Row]:
    """A procedure to read: summary, sections, steps, hazards."""
    procedure = loaded.procedure
    rows = [*wrapped(procedure.summary, width, " "), Row("")]
    rows += wrapped(f"From: {procedure.document.name}, {procedure.document.passage}", width, " ", "   ")
    for number, section in enumerate(procedure.sections, 1):
        rows += [Row(""), Row(f" {number}. {section.title}", Ink.STRONG)]
        for place, step in enumerate(section.steps, 1):
            where = f" on the {step.on}" if step.on else ""
            rows += wrapped(f"{step.title}{where}", width, f"   {number}.{place}  ", "        ")
            rows += wrapped(step.text, width, "        ", ink=Ink.DIM)
            for hazard in step.hazards:
                rows += wrapped(f"{hazard.level.upper()}: {hazard.text}", width, "        ", ink=Ink.CAUTION)
        rows += wrapped(f"Pause point: {section.pause}", width, "   ")
    return rows


def _fits(wanted: list[str], *texts: str) -> bool:
    everything = " ".join(texts).lower()
    return all(word in everything for word in wanted)
