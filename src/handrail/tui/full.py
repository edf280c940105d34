"""The pages' contents: the step in full, the request alone, the keys, a procedure to read. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from handrail.procedure.loading import Loaded
from handrail.readings import measured
from handrail.text import amount
from handrail.tui.checklist import settled
from handrail.tui.keys import Key
from handrail.tui.paper import BLANK, Ink, Row, cut, folded, wrapped
from handrail.tui.step import box
from handrail.walk.row_words import all_rows, progress_words
from handrail.walk.view import CurrentStep, View

MARKS = (
    "Marks: v done, . now, - to do, x not obtained, ~ skipped, o overridden, d deferred, ? undecided. "
    "( ) is ticked by the readings and cannot be ticked by hand, [ ] is yours. "
    "Boxes of an expectation: (v) met, (.) so, but not for long enough yet, (x) not met, (?) cannot be told; "
    "what cannot be told never passes. "
    "Two dots behind a key's word: it asks before it acts; at the end of other text: it is cut, and v shows "
    "it whole. "
    "Escape leaves a question or a page and never ends a run. Ctrl+C ends nothing either."
)

STRIP = (
    "Line 2 has what must not be lost: ! it is lost, (expected) it is, as the procedure says, ? cannot be "
    "told. Counts: 5+? is 5 where it could be counted, and a server that could not be asked; "
    "? none is no count at all, and what else is read says none."
)


def in_full(view: View, width: int, epilogue: Sequence[str] = ()) -> list[Row]:
    """Everything about the current step: source, reasons, the whole request, every expectation, readings."""
    current = view.current
    if current is None or view.state.ended is not None:
        return [*settled(view, width, epilogue), *_readings(view, width)]
    step = current.planned.step
    where = f" on {current.server}" if current.server else ""
    rows = [*wrapped(f"{step.title}{where}", width, " ", ink=Ink.STRONG), BLANK]
    rows += wrapped(step.text, width, " ")
    for hazard in step.hazards:
        rows += wrapped(f"{hazard.level.upper()}: {hazard.text}", width, " ", "   ", Ink.CAUTION)
    if current.shown:
        rows += [BLANK, *request(current, width)]
    if current.in_drill and step.do and step.do.console:
        rows += [BLANK, Row(" In this drill it is typed at the console (c):", Ink.PLAIN)]
        rows += [row for line in step.do.console for row in folded(line, width, "   ")]
    for item in current.require:
        rows += [BLANK, *wrapped(f"Required: {box(item)} {item.expected}", width, " ", "   ")]
        rows += wrapped(f"now {item.now}", width, "   ", "     ")
    if progress := progress_words(current):
        rows += [BLANK, *wrapped(progress, width, " ", ink=Ink.STRONG)]
    if current.rows or current.state.rows:
        rows += [Row(cut(f"   {text}", width)) for text in all_rows(current)]
    rows += _expected(current, width)
    if step.if_not:
        rows += [BLANK, Row(" If not", Ink.STRONG)]
        for number, way in enumerate(step.if_not, 1):
            goto = f" (leads to {way.goto})" if way.goto else ""
            rows += wrapped(f"{way.text}{goto}", width, f"   {number}  ", "      ")
    if step.undo:
        rows += [BLANK, *wrapped(f"Way back: {step.undo}", width, " ", "   ")]
    if step.why:
        rows += [BLANK, Row(" Why", Ink.STRONG), *wrapped(step.why, width, "   ")]
    rows += [BLANK, *wrapped(f"From: {step.passage}", width, " ", "   ")]
    if step.documented:
        rows += wrapped(f'Documented wording: "{step.documented}"', width, " ", "   ")
    return [*rows, *_readings(view, width)]


def request(current: CurrentStep, width: int) -> list[Row]:
    """What is sent or done, exactly as it stands, every space kept; `+` marks a line that goes on."""
    to = f" to {current.server}" if current.server else ""
    word = "What is done by hand, whole" if current.by_hand else f"What is sent{to}, whole"
    rows = [Row(f" {word}", Ink.STRONG)]
    if current.rows_words and current.rows:
        each = f"For each of {current.rows_words}; this is the one for {current.rows[0]}, v lists them all."
        rows += wrapped(each, width, " ", " ", Ink.STRONG)
    for line in current.shown:
        rows += folded(line, width, "   ")
    return rows


def _expected(current: CurrentStep, width: int) -> list[Row]:
    rows: list[Row] = []
    for way in current.ways:
        rows += [BLANK, *wrapped(f"{way.title}: {way.verdict.value}", width, " ", "   ", Ink.STRONG)]
        for item in way.evidence:
            rows += wrapped(f"{box(item)} {item.expected}", width, "   ", "       ")
            age = f" ({item.age_s:.0f} s ago)" if item.age_s is not None else ""
            source = f" [{item.source}]" if item.source else ""
            rows += wrapped(f"now {item.now}{age}{source}", width, "       ", "         ")
    return rows


def _readings(view: View, width: int) -> list[Row]:
    rows = [BLANK, Row(" Readings", Ink.STRONG)]
    for (server, name), readings in sorted(view.situation.readings.items()):
        for reading in readings:
            label = f"{server} {name}{' ' + reading.row if reading.row else ''}"
            meaning = f" - {reading.meaning}" if reading.meaning else ""
            value = reading.value
            told = (reading.failure or "") if value is None else measured(value, reading.unit)
            rows += wrapped(f"{label:36}  {told}{meaning}", width, "   ", "       ")
    rows += [BLANK, Row(" Logs", Ink.STRONG)]
    for server, source in sorted(view.situation.sources.items()):
        detail = f": {source.detail}" if source.detail else ""
        read = amount(source.consumed, "line")
        rows += wrapped(f"{server}: {source.state.value}{detail}, {read}", width, "   ", "     ")
    if view.anchoring.pending:
        rows += wrapped(f"Anchor pending: {view.anchoring.pending}", width, " ", "   ", Ink.CAUTION)
    return [*rows, *wrapped(f"Record: {view.run_path}", width, " ", "   ")]


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def key_rows(keys: Sequence[Key], width: int) -> list[Row]:
    """What each key does, and what the marks say."""
    rows: list[Row] = []
    for key in keys:
        rows += wrapped(key.help, width, f" {key.name:6} ", " " * 8)
    return [*rows, BLANK, *wrapped(MARKS, width, " "), BLANK, *wrapped(STRIP, width, " ")]


def procedure_rows(loaded: Loaded, width: int) -> list[Row]:
    """A procedure to read: summary, sections, steps, hazards."""
    procedure = loaded.procedure
    rows = [*wrapped(procedure.summary, width, " "), BLANK]
    rows += wrapped(f"From: {procedure.document.name}, {procedure.document.passage}", width, " ", "   ")
    for role in procedure.roles:
        rows += wrapped(f"{role.name}: {role.what}", width, " ", "   ")
    for number, section in enumerate(procedure.sections, 1):
        rows += [BLANK, Row(cut(f" {number}. {section.title}", width), Ink.STRONG)]
        for place, step in enumerate(section.steps, 1):
            where = f" on the {step.on}" if step.on else ""
            rows += wrapped(f"{step.title}{where}", width, f"   {number}.{place}  ", "        ", Ink.STRONG)
            rows += wrapped(step.text, width, "        ")
            for hazard in step.hazards:
                rows += wrapped(f"{hazard.level.upper()}: {hazard.text}", width, "        ", ink=Ink.CAUTION)
        rows += wrapped(f"Pause point: {section.pause}", width, "   ", "     ")
    return rows
