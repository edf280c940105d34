"""The checklist around the current step, the brief, the end, and the map of the whole procedure.

Pure: a view in, rows out. What must be readable without scrolling at 80x24 is decided here and in `step`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handrail.text import NOTHING
from handrail.tui.heading import alarms
from handrail.tui.paper import BLANK, Ink, Row, aligned, columns, cut, limited, padded, wrapped
from handrail.tui.step import current_step
from handrail.walk.rules import best_end
from handrail.walk.state import Phase
from handrail.walk.view import StepLine, View

LINE_ROWS = 8
"""Rows of one line of a log: a stack trace in one line must not fill screens."""
TALL = 26
"""Body rows from which more than one step before and two after are shown."""


def body(view: View, width: int, height: int, epilogue: Sequence[str] = (), found: str = "") -> list[Row]:
    """One step before, the current step whole, and the steps after, in at most `height` rows.

    `epilogue` is said once the run has ended; `found` is what a look shows in a drill.
    """
    if view.brief:
        return brief(view, width, height)
    alarm = alarms(view, width, whole=True)
    if view.current is None or view.state.ended is not None:
        leave = [BLANK, Row("   Press q to leave.", Ink.STRONG)] if view.stopped else []
        return [*limited([*alarm, *settled(view, width, epilogue)], height - len(leave)), *leave]
    place = next(index for index, line in enumerate(view.steps) if line.key == view.current.planned.key)
    before = [line for line in view.steps[:place] if line.phase is not Phase.NOT_APPLICABLE]
    after = [line for line in view.steps[place + 1 :] if line.phase is not Phase.NOT_APPLICABLE]
    shown_before, shown_after = before[-1:], after[:2]
    around = len(shown_before) + len(shown_after)
    if alarm and len(alarm) + around + len(current_step(view.current, width, height, found)) > height:
        # The step goes before the whole of an alarm's words.
        alarm = alarms(view, width)
    rows = current_step(view.current, width, max(3, height - len(alarm) - around), found)
    spare = height - len(alarm) - len(rows) - around
    if height >= TALL and spare > 3:
        shown_before = before[-max(1, min(len(before), spare // 3)) :]
        shown_after = after[: 2 + spare - 2 - len(shown_before)]
    head = [step_row(line, width) for line in shown_before]
    tail = [step_row(line, width) for line in shown_after]
    filler = [BLANK] * max(0, height - len(alarm) - len(head) - len(rows) - len(tail))
    return [*alarm, *head, *rows, *filler, *tail][:height]


def step_row(line: StepLine, width: int, pointer: bool = False) -> Row:
    """One step in the checklist: number, mark, title, remark.

    The mark stands in ( ) where the machine ticks it and in [ ] where the operator does.
    """
    mark = (
        line.mark
        if line.phase is Phase.NOT_APPLICABLE
        else f"({line.mark})"
        if line.sensed
        else f"[{line.mark}]"
    )
    left = f" {'>' if pointer else ' '} {line.section_number}.{line.number:<2} {mark} {line.title}"
    ink = Ink.STRONG if pointer else Ink.DIM if line.phase is Phase.NOT_APPLICABLE else Ink.PLAIN
    return Row(aligned(left, cut(line.remark, _remark_width(left, width)), width), ink)


def _remark_width(left: str, width: int) -> int:
    """A remark takes what the title leaves, and of a long title's line a third."""
    return max(width // 3, width - columns(left) - 2)


def brief(view: View, width: int, height: int) -> list[Row]:
    """What to know before going on after a resume; a long one is read to its end on a page first."""
    rows = brief_rows(view, width)
    if len(rows) + 3 <= height:
        last = "Press Enter when you have read it. Nothing else is accepted before."
        return [BLANK, *rows, BLANK, Row(cut(f"   {last}", width), Ink.STRONG)]
    last = "Enter opens the rest. Nothing is accepted before it was read to its end."
    return [
        BLANK,
        *limited(rows, height - 3, "press Enter"),
        BLANK,
        Row(cut(f"   {last}", width), Ink.STRONG),
    ]


def brief_is_long(view: View, height: int, width: int) -> bool:
    """Whether the brief does not fit the body."""
    return bool(view.brief) and len(brief_rows(view, width)) + 3 > height


def brief_rows(view: View, width: int) -> list[Row]:
    """The brief, whole."""
    rows = [Row(cut("   BRIEF: this run was left and is taken up again", width), Ink.STRONG), BLANK]
    for line in view.brief:
        rows += wrapped(line, width, "     " if line.startswith(" ") else "   ", "       ")
    return rows


def settled(view: View, width: int, epilogue: Sequence[str] = ()) -> list[Row]:
    """Every step is settled, or the run has ended: how, what is left behind, and the verdict."""
    ended = view.state.ended
    if ended is None:
        if view.state.opened is None:
            return [BLANK, Row("   Reading every server and log before the first step ...", Ink.STRONG)]
        how = best_end(view.state).replace("-", " ")
        text = f"Every step is settled. Press Enter to call the run {how}."
        return [BLANK, *wrapped(text, width, "   ", ink=Ink.STRONG), *_open_ends(view, width)]
    rows = [BLANK, Row(f"   The run has ended: {ended.how.replace('-', ' ').upper()}", Ink.STRONG)]
    rows += wrapped(ended.reason, width, "   Why:         ", " " * 16)
    rows += wrapped(ended.left, width, "   Left behind: ", " " * 16)
    rows += _open_ends(view, width)
    if view.verdict:
        rows += [BLANK, *wrapped(view.verdict, width, "   ", ink=Ink.STRONG)]
    elif not view.stopped:
        rows += [BLANK, Row("   Sealing the record ...", Ink.STRONG)]
    rows += wrapped(view.run_path, width, "   ")
    for text in epilogue:
        rows += wrapped(text, width, "   ", "     ") or [BLANK]
    return rows


def _open_ends(view: View, width: int) -> list[Row]:
    """What was left out, deferred, overridden or not witnessed: said at the end, not hidden in the record."""
    words = {Phase.SKIPPED: "skipped", Phase.OVERRIDDEN: "overridden", Phase.DEFERRED: "deferred"}
    rows: list[Row] = []
    for line in view.steps:
        if line.phase in words:
            rows += wrapped(f"{words[line.phase]}: {line.title} - {line.remark}", width, "   ", "     ")
    if view.state.unwitnessed:
        rows += wrapped("UNWITNESSED: a countersign stays open.", width, "   ", ink=Ink.CAUTION)
    return [BLANK, *rows] if rows else []


def whole_map(view: View, width: int) -> list[Row]:
    """Every step of the procedure, section by section; a branch not taken stays, and says why."""
    rows: list[Row] = []
    for text in view.unbound:
        rows += wrapped(text, width, " ", "   ", Ink.CAUTION)
    section = 0
    for line in view.steps:
        if line.section_number != section:
            section = line.section_number
            rows += [*([BLANK] if rows else []), Row(cut(f" {section}. {line.section}", width), Ink.STRONG)]
        rows.append(step_row(line, width, pointer=view.state.pointer == line.key))
        bare = step_row(replace(line, remark=NOTHING), width, view.state.pointer == line.key)
        if columns(line.remark) > _remark_width(bare.text.rstrip(), width):
            rows[-1] = bare
            rows += wrapped(line.remark, width, " " * 12, " " * 14, rows[-1].ink)
    return rows


def pointer_row(rows: Sequence[Row]) -> int:
    """Which row of the map has the pointer; 0 when none has."""
    return next((place for place, row in enumerate(rows) if row.text.startswith(" > ")), 0)


def beside(view: View, width: int, height: int) -> list[Row]:
    """The log pane of a wide terminal: the newest lines of every server, whole, newest below."""
    rows: list[Row] = []
    for line in reversed(view.log):
        found = log_rows(line.server, line.text, width)
        if len(rows) + len(found) > height - 1:
            break
        rows = [*found, *rows]
    return [Row(padded("Log of every server, newest below", width), Ink.STRONG), *rows]


def log_rows(server: str, text: str, width: int) -> list[Row]:
    """One line of a log; of a huge one the beginning, and how much of it is left out."""
    rows = wrapped(f"{server}: {text[: LINE_ROWS * width * 2]}", width, "", "    ") or [Row(f"{server}:")]
    if len(rows) <= LINE_ROWS:
        return rows
    shown = rows[: LINE_ROWS - 1]
    left = len(server) + 2 + len(text) - sum(len(row.text.strip()) + 1 for row in shown)
    return [*shown, Row(f"    ({left} more characters)", Ink.DIM)]
