"""The step the pointer is on, phase by phase: what it says, what is sent, what is awaited, and if not.

Pure: a view in, blocks of rows out, each with how readily it gives way at 80x24.
"""

from __future__ import annotations

from handrail.procedure.model import Hazard
from handrail.readings import Evidence, Verdict
from handrail.text import amount
from handrail.tui.now_words import in_a_row
from handrail.tui.paper import BLANK, Block, Ink, Row, clipped, columns, cut, fitted, wrapped
from handrail.walk.row_words import open_rows, progress_words, window_words
from handrail.walk.state import MARKS, Phase
from handrail.walk.view import CurrentStep, WayView

_BOXES = {Verdict.MET: "(v)", Verdict.NOT_MET: "(x)", Verdict.UNKNOWN: "(?)"}
LONG_REQUEST = 4
"""A longer request opens as a page; it is confirmed and sent only after its end was shown."""
ROOMY = 90
"""Columns from which even what is met is shown whole."""
OLD_S = 5.0
"""Readings older than this show their age; younger ones would make the screen tick for nothing."""
LABEL = "     {:8} "


def box(item: Evidence) -> str:
    """The box of one expectation; what only has to last longer is neither met nor failed."""
    return "(.)" if item.holding else _BOXES[item.verdict]


HANGING = " " * 14

# How readily a block gives way; 0 never does.
AIR, THEN, DOCUMENTED, OTHER_WAYS, TEXT, WHOLE_EVIDENCE, HINTS, MILD_HAZARD = 9, 8, 7, 6, 5, 4, 3, 2


def current_step(current: CurrentStep, width: int, height: int, found: str = "") -> list[Row]:
    """The step, with what this phase needs before anything else, in at most `height` rows.

    `found` is what a look would show in a drill, where there is nothing to look at.
    """
    step, phase = current.planned.step, current.state.phase
    blocks = [Block([BLANK], AIR), Block(_title(current, width))]
    # What has been sent speaks for itself; the step's own words give way to what is read.
    blocks.append(Block(wrapped(step.text, width, "     "), 1 if phase in (Phase.NOW, Phase.MET) else TEXT))
    blocks += [
        Block(_hazard(hazard, width), 0 if hazard.level == "warning" else MILD_HAZARD)
        for hazard in step.hazards
        if phase in (Phase.NOW, Phase.MET) or hazard.level == "warning"
    ]
    if window := window_words(current):
        blocks.append(Block(wrapped(window, width, LABEL.format("Window"), HANGING, Ink.CAUTION)))
    if phase is not Phase.NOW or current.state.rows:
        blocks += _rows(current, width)
    match phase:
        case Phase.NOW:
            blocks += _before_sending(current, width)
        case Phase.SENDING:
            blocks += _sending(current, width)
        case Phase.WAITING | Phase.MISSED:
            blocks += _waiting(current, width)
        case Phase.MET:
            blocks += _met(current, width, found)
        case Phase.UNDECIDED:
            blocks += _undecided(current, width)
        case _:
            pass
    return fitted(blocks, height)


def _rows(current: CurrentStep, width: int) -> list[Block]:
    """How far a batch is, and the rows that stand in its way, a few of them where there is little room."""
    progress = progress_words(current)
    if not progress:
        return []
    rows = [row for text in open_rows(current) for row in wrapped(text, width, HANGING, HANGING, Ink.ALERT)]
    short = [*rows[:2], Row(f"{HANGING}.. all rows: press v", Ink.CAUTION)] if len(rows) > 3 else rows
    return [
        Block(wrapped(progress, width, LABEL.format("Rows"), HANGING, Ink.STRONG)),
        Block(short, HINTS, short[:1]),
    ]


def request_rows(current: CurrentStep, width: int) -> list[Row]:
    """The whole request as it stands beside `Do`."""
    rows: list[Row] = []
    for line in current.shown:
        rows += wrapped(line, width, LABEL.format("Do") if not rows else HANGING, HANGING, Ink.STRONG)
    return rows


def in_short(current: CurrentStep, width: int) -> list[Row]:
    """The step in at most four rows, for what is shown over it: its title, and what is to be done."""
    step = current.planned.step
    said = step.attest.ask if step.attest else step.text
    does = request_rows(current, width) or wrapped(said, width, "     ")
    return [*clipped(_title(current, width), 2, width), *clipped(does, 2, width)]


def is_long(current: CurrentStep, width: int) -> bool:
    """Whether the request must be read on a page of its own."""
    return len(request_rows(current, width)) > LONG_REQUEST


def _title(current: CurrentStep, width: int) -> list[Row]:
    planned = current.planned
    where = f" on {current.server}" if current.server else ""
    attempt = f" (attempt {current.state.attempt})" if current.state.attempt > 1 else ""
    place = f"{planned.section_number}.{planned.number:<2}"
    title = f" > {place}  {MARKS[current.state.phase]}  {planned.step.title.upper()}{where}{attempt}"
    if columns(title) <= width:
        return [Row(title, Ink.STRONG)]
    # The server is what must not be cut off.
    return wrapped(title.strip(), width, " ", " " * 12, Ink.STRONG)


def _before_sending(current: CurrentStep, width: int) -> list[Block]:
    step = current.planned.step
    blocks = [Block([BLANK], AIR), Block(_shown(current, width))]
    blocks += [_evidence("Required", item, width, required=True) for item in current.require]
    if current.rows_words:
        blocks.append(
            Block(wrapped(f"each of {current.rows_words}", width, LABEL.format("For"), HANGING, Ink.STRONG))
        )
    if step.choice:
        blocks.append(Block(wrapped(step.choice.ask, width, "     ", ink=Ink.STRONG)))
        for number, option in enumerate(step.choice.options, 1):
            text = f"{option.title}: {option.consequence}"
            blocks.append(Block(wrapped(text, width, f"     {number}  ", "        ")))
    if step.confirm and not current.state.confirmed:
        hold = step.confirm.kind == "hold-point"
        label = LABEL.format("HOLD" if hold else "Confirm")
        second = " A second person runs `handrail witness`, or o Override.." if hold else ""
        text = f"{step.confirm.text}{second}"
        blocks.append(Block(wrapped(text, width, label, HANGING)))
    elif step.confirm:
        blocks.append(Block([Row(f"{LABEL.format('Confirm')}given")]))
    if current.already is Verdict.MET:
        text = "The systems show this as done already: k Done already takes it as done."
        blocks.append(Block(wrapped(text, width, "     ", "     ", Ink.CAUTION)))
    blocks += _log_state(current, width)
    if current.state.why and not current.state.intended:
        blocks.append(
            Block(wrapped(f"Nothing was sent: {current.state.why}", width, "     ", ink=Ink.CAUTION))
        )
    if step.do:
        for way in current.ways[:1]:
            for item in way.evidence:
                blocks.append(
                    Block(wrapped(item.expected, width, LABEL.format("Then"), HANGING, Ink.DIM), THEN)
                )
        for other in current.ways[1:]:
            blocks.append(Block(wrapped(other.title, width, LABEL.format("or"), HANGING, Ink.DIM), THEN))
    return [*blocks, *_documented(current, width), *_if_not(current, width)]


def _shown(current: CurrentStep, width: int) -> list[Row]:
    rows = request_rows(current, width)
    if len(rows) <= LONG_REQUEST:
        return rows
    left = amount(len(rows) - LONG_REQUEST + 1, "more line")
    more = f"{HANGING}.. {left}. Enter opens the whole request first."
    return [*rows[: LONG_REQUEST - 1], Row(cut(more, width), Ink.CAUTION)]


def _sending(current: CurrentStep, width: int) -> list[Block]:
    drill = " In this drill: at the console, c." if current.in_drill else ""
    words = (
        f"Begun by hand. Do what stands above, then press Enter: done..{drill}"
        if current.by_hand
        else "Sent. Waiting for its end; nothing can be asked for meanwhile."
    )
    return [
        Block([BLANK], AIR),
        Block(_shown(current, width)),
        Block(wrapped(words, width, "     ", ink=Ink.STRONG)),
        *_if_not(current, width),
    ]


def _waiting(current: CurrentStep, width: int) -> list[Block]:
    missed = current.state.phase is Phase.MISSED
    blocks = [Block([BLANK], AIR)]
    if missed:
        why = current.state.why
        why = (
            f"NOT OBTAINED{why.removeprefix('not obtained')}"
            if why.startswith("not obtained")
            else (f"NOT OBTAINED: {why}")
        )
        blocks.append(Block(wrapped(why, width, "     ", ink=Ink.ALERT)))
    if current.state.attested:
        said = current.state.attested + (f", said as {current.state.typed}" if current.state.typed else "")
        blocks.append(Block(wrapped(said, width, LABEL.format("You said"), HANGING)))
    best, others = _best(current.ways)
    if best is not None:
        if len(current.ways) > 1:
            blocks.append(Block(wrapped(f"{best.title}:", width, "     ", ink=Ink.STRONG)))
        blocks += [_evidence("Expect", item, width) for item in best.evidence]
    for way in others:
        met = sum(item.verdict is Verdict.MET for item in way.evidence)
        text = f"or {way.title} ({met} of {len(way.evidence)} met)"
        blocks.append(Block(wrapped(text, width, "     ", "        ", Ink.DIM), OTHER_WAYS))
    if not missed:
        blocks.append(Block([Row(cut(_waited(current), width), Ink.STRONG)]))
    if current.near_miss:
        blocks.append(
            Block(wrapped(f"Near miss: {current.near_miss}", width, "     ", "       ", Ink.CAUTION))
        )
    return [*blocks, *_log_state(current, width), *_documented(current, width), *_if_not(current, width)]


def _waited(current: CurrentStep) -> str:
    waited = current.waited_s or 0.0
    progress = current.planned.step.progress
    label = LABEL.format("Waited")
    if progress is not None:
        return (
            f"{label}{waited:.0f} s, as long as {progress.field} moves towards {progress.to:g}; "
            f"over when still for {progress.stalled_after:g} s"
        )
    return f"{label}{waited:.0f} s of {current.limit_s:.0f} s"


def _best(ways: tuple[WayView, ...]) -> tuple[WayView | None, list[WayView]]:
    """The outcome that is wanted, which procedures name first, is shown whole, the others in a line each."""
    return (ways[0], list(ways[1:])) if ways else (None, [])


def _met(current: CurrentStep, width: int, found: str) -> list[Block]:
    attest = current.planned.step.attest
    if attest is None:
        return []
    blocks = [Block([BLANK], AIR), Block(wrapped(attest.ask, width, "     ", ink=Ink.STRONG))]
    for number, option in enumerate(attest.options, 1):
        blocks.append(Block(wrapped(option, width, f"     {number}  ", "        ")))
    drill = f"In this drill a look there shows: {found}" if found else ""
    blocks.append(Block(wrapped(drill, width, "     ", "       ")))
    return [*blocks, *_if_not(current, width)]


def _undecided(current: CurrentStep, width: int) -> list[Block]:
    blocks = [
        Block([BLANK], AIR),
        Block(wrapped(f"UNDECIDED: {current.state.why}", width, "     ", ink=Ink.ALERT)),
        Block(_shown(current, width)),
    ]
    blocks += [_evidence("Done if", item, width) for item in current.already_evidence]
    text = "Read the state first, then u Decide.. what became of it. Nothing else is sent before."
    return [*blocks, Block(wrapped(text, width, "     ")), *_if_not(current, width)]


def _evidence(word: str, item: Evidence, width: int, *, required: bool = False) -> Block:
    """One expectation: box, what is expected, what is there now, whole; cut to fit only when it is met."""
    old = item.age_s is not None and item.age_s >= OLD_S
    age = f" ({item.age_s:.0f} s ago)" if old else ""
    found = f"{item.now}{age}"
    met = item.verdict is Verdict.MET
    ink = Ink.PLAIN if met else Ink.ALERT if required else Ink.STRONG
    left = f"{LABEL.format(word)}{box(item)} {item.expected}"
    if columns(left) + 3 + columns(f"now {found}") <= width:
        return Block([Row(f"{left}   now {found}", ink)])
    expected = wrapped(item.expected, width, f"{LABEL.format(word)}{box(item)} ", " " * 18, ink)
    in_one = Row(f"{' ' * 18}now {in_a_row(item, width - 22 - len(age))}{age}", ink)
    if met and width < ROOMY:
        return Block([*expected, in_one], WHOLE_EVIDENCE, [Row(cut(left, width), ink)])
    whole = [*expected, *wrapped(f"now {found}", width, " " * 18, " " * 22, ink)]
    short = [Row(cut(left, width), ink)]
    return Block(whole, WHOLE_EVIDENCE, short if met else [*short, in_one])


def _log_state(current: CurrentStep, width: int) -> list[Block]:
    return [Block(wrapped(current.log_state, width, "  !  ", "     ", Ink.CAUTION))]


def _documented(current: CurrentStep, width: int) -> list[Block]:
    documented = current.planned.step.documented
    if not documented:
        return []
    text = f'the document says "{documented}"'
    return [Block(wrapped(text, width, LABEL.format("Wording"), HANGING, Ink.DIM), DOCUMENTED)]


def _hazard(hazard: Hazard, width: int) -> list[Row]:
    ink = Ink.CAUTION if hazard.level != "note" else Ink.PLAIN
    sign = "!" if hazard.level != "note" else " "
    return wrapped(f"{hazard.level.upper()}: {hazard.text}", width, f"  {sign}  ", "     ", ink)


def _if_not(current: CurrentStep, width: int) -> list[Block]:
    """The ways on when it is not obtained: together they give way to their first lines, never wholly."""
    rows: list[Row] = []
    for item in current.planned.step.if_not:
        goto = f" [n If-not..: to {item.goto}]" if item.goto else ""
        label = LABEL.format("If not") if not rows else f"{' ' * 12}- "
        rows += wrapped(f"{item.text}{goto}", width, label, HANGING)
    return [Block(rows) if len(rows) <= 2 else Block(rows, HINTS, rows[:1])]
