"""Drawing a view of a walk: header, strip, checklist, current step. Pure: a view in, rows out.

What must be readable without scrolling at 80x24 is decided here, phase by phase.
"""

from __future__ import annotations

from handrail.procedure.model import Hazard
from handrail.readings import Evidence, Verdict
from handrail.tui.paper import Ink, Row, aligned, cut, limited, wrapped
from handrail.walk.state import Phase
from handrail.walk.view import CurrentStep, StepLine, View, WayView

BOXES = {Verdict.MET: "(v)", Verdict.NOT_MET: "(x)", Verdict.UNKNOWN: "(?)"}


def header(view: View, width: int) -> list[Row]:
    """The first two lines: what kind of run this is and where one is in it, and the critical functions.

    The first line gives way from its middle: the mode and the place are always whole.
    """
    opened = view.state.opened
    if opened is None:
        return [Row(" starting".ljust(width), Ink.BAR), strip(view, width)]
    mode = "DRILL" if opened.mode == "drill" else f"LIVE {opened.site}"
    current = view.current
    place = "every step settled"
    if current is not None:
        planned = current.planned
        place = f"Step {planned.number}/{planned.of} sec {planned.section_number}/{view.state.plan.sections}"
    right = f"{place}  {view.now:%H:%M}Z "
    left = f" {mode}"
    for part in (
        "UNWITNESSED" if view.state.unwitnessed else "",
        opened.procedure,
        opened.incident,
        opened.operator,
        f"v{opened.version} #{opened.sha256[:6]}",
    ):
        if part and len(left) + 2 + len(part) + 1 + len(right) <= width:
            left += f"  {part}"
    return [Row(aligned(left, right, width), Ink.BAR), strip(view, width)]


def strip(view: View, width: int) -> Row:
    """The critical functions, each a word; one that is lost is marked `!` and drawn as an alert."""
    text = " " + "   ".join(f"{item.name}={item.word}" for item in view.strip)
    lost = any(item.verdict is Verdict.NOT_MET for item in view.strip)
    return Row(cut(text, width), Ink.CAUTION if lost else Ink.STRONG)


def alarms(view: View, width: int) -> list[Row]:
    """At most one interrupting matter: what could not be saved, else a lost guard."""
    if view.unsaved:
        return wrapped(
            f"NOT SAVED: {view.unsaved}. Nothing is sent until it is.", width, " !! ", "    ", Ink.ALERT
        )[:2]
    for guard in view.guards:
        if not guard.accepted:
            return [
                *wrapped(f"{guard.line}", width, " !! ", "    ", Ink.ALERT)[:2],
                *wrapped(guard.lost, width, "    ", "    ", Ink.CAUTION)[:2],
            ]
    return []


def body(view: View, width: int, height: int) -> list[Row]:
    """One step before, the current step whole, and the steps after, in exactly `height` rows at most."""
    if view.brief:
        return limited(_brief(view, width), height)
    alarm = alarms(view, width)
    if view.current is None:
        return limited([*alarm, *_settled(view, width)], height)
    place = next(index for index, line in enumerate(view.steps) if line.key == view.current.planned.key)
    before = [line for line in view.steps[:place] if line.phase is not Phase.NOT_APPLICABLE][-1:]
    after = [line for line in view.steps[place + 1 :] if line.phase is not Phase.NOT_APPLICABLE][:2]
    rows = [*alarm, *(step_row(line, width) for line in before)]
    tail = [step_row(line, width) for line in after]
    room = height - len(rows) - len(tail) - 1
    rows += limited(current_step(view.current, width, room), room)
    filler = [Row("")] * max(0, height - len(rows) - len(tail))
    return [*rows, *filler, *tail]


def step_row(line: StepLine, width: int, pointer: bool = False) -> Row:
    """One step in the checklist: number, mark, title, remark."""
    left = f" {'>' if pointer else ' '} {line.section_number}.{line.number:<2} {line.mark:3} {line.title}"
    ink = Ink.STRONG if pointer else Ink.DIM if line.phase is Phase.NOT_APPLICABLE else Ink.PLAIN
    return Row(aligned(left, cut(line.remark, width // 3), width), ink)


def current_step(current: CurrentStep, width: int, height: int) -> list[Row]:
    """The step the pointer is on, with what this phase needs before anything else."""
    planned, step, phase = current.planned, current.planned.step, current.state.phase
    where = f" on {current.server}" if current.server else ""
    attempt = f" (attempt {current.state.attempt})" if current.state.attempt > 1 else ""
    title = f" > {planned.section_number}.{planned.number:<2} {'.':3} {step.title.upper()}{where}{attempt}"
    rows = [Row(""), Row(cut(title, width), Ink.STRONG)]
    if phase in (Phase.NOW, Phase.SENDING, Phase.MET):
        rows += wrapped(step.text, width, "     ")
    for hazard in step.hazards:
        if phase in (Phase.NOW, Phase.MET) or hazard.level == "warning":
            rows += _hazard(hazard, width)
    match phase:
        case Phase.NOW:
            rows += _before_sending(current, width)
        case Phase.SENDING:
            rows += [Row(""), *_shown(current, width)]
            if step.do and step.do.by_hand:
                rows.append(Row("     Started. Press Enter when you have done it.", Ink.STRONG))
            else:
                rows.append(Row("     Sent; waiting for its end.", Ink.STRONG))
        case Phase.WAITING | Phase.MISSED:
            rows += _waiting(current, width, height - len(rows))
        case Phase.MET:
            rows += _met(current, width)
        case Phase.UNDECIDED:
            rows += _undecided(current, width)
        case _:
            pass
    return rows


def _before_sending(current: CurrentStep, width: int) -> list[Row]:
    step = current.planned.step
    rows: list[Row] = [Row("")]
    rows += _shown(current, width)
    for item in current.require:
        rows += _evidence_rows("Required", item, width)
    if step.choice:
        rows += wrapped(step.choice.ask, width, "     ")
        for number, option in enumerate(step.choice.options, 1):
            rows += wrapped(f"{option.title}: {option.consequence}", width, f"     {number}  ", "        ")
    if step.confirm and not current.state.confirmed:
        rows += wrapped(step.confirm.text, width, "     Confirm  ", "              ")
    elif step.confirm:
        rows.append(Row("     Confirm  given"))
    if current.already is Verdict.MET:
        rows.append(
            Row("     The systems already show this as done: press k to take it as done.", Ink.CAUTION)
        )
    if current.log_state:
        rows += wrapped(current.log_state, width, "     ! ", "       ", Ink.CAUTION)
    if step.do:
        for way in current.ways[:1]:
            for item in way.evidence:
                rows += [Row(cut(f"     Then     {item.expected}", width), Ink.DIM)]
        for other in current.ways[1:]:
            rows += [Row(cut(f"     or       {other.title}", width), Ink.DIM)]
    rows += _if_not(current, width)
    return rows


def _shown(current: CurrentStep, width: int) -> list[Row]:
    if not current.shown:
        return []
    rows: list[Row] = []
    for index, line in enumerate(current.shown[:4]):
        rows += wrapped(
            line, width, "     Do       " if index == 0 else "              ", "              ", Ink.STRONG
        )
    if len(current.shown) > 4:
        rows.append(
            Row(
                f"              .. {len(current.shown) - 4} more lines: press v to read to the end",
                Ink.CAUTION,
            )
        )
    return rows


def _waiting(current: CurrentStep, width: int, height: int) -> list[Row]:
    rows: list[Row] = [Row("")]
    waited = current.waited_s or 0.0
    if current.state.phase is Phase.MISSED:
        rows += wrapped(f"NOT OBTAINED: {current.state.why}", width, "     ", ink=Ink.ALERT)
    best, others = _best(current.ways)
    if best is not None:
        if len(current.ways) > 1:
            rows += wrapped(f"{best.title}:", width, "     ", ink=Ink.STRONG)
        for item in best.evidence:
            rows += _evidence_rows("Expect", item, width)
    for way in others:
        met = sum(item.verdict is Verdict.MET for item in way.evidence)
        rows += wrapped(f"or {way.title} ({met} of {len(way.evidence)} met)", width, "     ", ink=Ink.DIM)
    if current.state.phase is Phase.WAITING:
        next_read = f"   next read in {current.next_read_s:.0f} s" if current.next_read_s is not None else ""
        rows.append(Row(f"     Waited   {waited:.0f} s of {current.limit_s:.0f} s{next_read}", Ink.STRONG))
    if current.near_miss:
        rows += wrapped(f"Near miss: {current.near_miss}", width, "     ", "       ", Ink.CAUTION)
    if current.log_state:
        rows += wrapped(current.log_state, width, "     ! ", "       ", Ink.CAUTION)
    hints = _if_not(current, width)
    if len(rows) + len(hints) > height:
        hints = limited(hints, max(1, height - len(rows)), "press m")
    return [*rows, *hints]


def _best(ways: tuple[WayView, ...]) -> tuple[WayView | None, list[WayView]]:
    """The outcome that is nearest to being met is shown whole, the others in a line each."""
    if not ways:
        return None, []
    ranked = sorted(
        ways,
        key=lambda way: sum(item.verdict is Verdict.MET for item in way.evidence) / max(1, len(way.evidence)),
        reverse=True,
    )
    return ranked[0], [way for way in ways if way is not ranked[0]]


def _met(current: CurrentStep, width: int) -> list[Row]:
    attest = current.planned.step.attest
    if attest is None:
        return []
    rows = [Row(""), *wrapped(attest.ask, width, "     ", ink=Ink.STRONG)]
    for number, option in enumerate(attest.options, 1):
        rows += wrapped(option, width, f"     {number}  ", "        ")
    return [*rows, *_if_not(current, width)]


def _undecided(current: CurrentStep, width: int) -> list[Row]:
    rows = [Row("")]
    rows += wrapped(f"UNDECIDED: {current.state.why}", width, "     ", ink=Ink.ALERT)
    rows += _shown(current, width)
    for item in current.already_evidence:
        rows += _evidence_rows("Done if", item, width)
    rows += wrapped("Read the state first, then press u to decide what happened.", width, "     ")
    return rows


def _evidence_rows(word: str, item: Evidence, width: int) -> list[Row]:
    """One expectation: box, what is expected, what is there now; on two lines where one is too short."""
    found = item.found
    if item.held_s is not None and item.verdict is not Verdict.MET and item.held_s > 0:
        found = type(found)(f"{found}, so for {item.held_s:.0f} s")
    age = f" ({item.age_s:.0f} s ago)" if item.age_s is not None and item.age_s >= 1.5 else ""
    left = f"     {word:8} {BOXES[item.verdict]} {item.expected}"
    right = f"now {found}{age}"
    ink = Ink.PLAIN if item.verdict is Verdict.MET else Ink.STRONG
    if len(left) + 3 + len(right) <= width:
        return [Row(f"{left}   {right}", ink)]
    return [Row(cut(left, width), ink), Row(cut(f"{'':18}{right}", width), ink)]


def _hazard(hazard: Hazard, width: int) -> list[Row]:
    ink = Ink.CAUTION if hazard.level != "note" else Ink.PLAIN
    sign = "!" if hazard.level != "note" else " "
    return wrapped(f"{hazard.level.upper()}: {hazard.text}", width, f"  {sign}  ", "     ", ink)


def _if_not(current: CurrentStep, width: int) -> list[Row]:
    rows: list[Row] = []
    for index, item in enumerate(current.planned.step.if_not):
        goto = f" [n: {item.goto}]" if item.goto else ""
        label = "     If not   " if index == 0 else "              "
        rows += wrapped(f"{item.text}{goto}", width, label, "              ", Ink.DIM)
    return rows


def _brief(view: View, width: int) -> list[Row]:
    rows = [Row(""), Row("   BRIEF: this run was left and is taken up again", Ink.STRONG), Row("")]
    for line in view.brief:
        rows += wrapped(line, width, "   ", "     ")
    return [
        *rows,
        Row(""),
        Row("   Press Enter when you have read it. Nothing else is accepted before.", Ink.STRONG),
    ]


def _settled(view: View, width: int) -> list[Row]:
    ended = view.state.ended
    rows = [Row("")]
    if ended is None:
        rows.append(Row("   Every step is settled. Press Enter to call the run complete.", Ink.STRONG))
    else:
        rows.append(Row(f"   The run has ended: {ended.how.replace('-', ' ')}.", Ink.STRONG))
        rows += wrapped(ended.reason, width, "   ")
        rows += wrapped(ended.left, width, "   Left behind: ", "   ")
        if view.verdict:
            rows += [Row(""), *wrapped(view.verdict, width, "   ", ink=Ink.STRONG)]
        rows += wrapped(view.run_path, width, "   ")
        if view.stopped:
            rows += [Row(""), Row("   Press q to leave.")]
    return rows


def whole_map(view: View, width: int) -> list[Row]:
    """Every step of the procedure, section by section."""
    rows: list[Row] = []
    section = 0
    for line in view.steps:
        if line.section_number != section:
            section = line.section_number
            rows += [Row(""), Row(cut(f" {section}. {line.section}", width), Ink.STRONG)]
        rows.append(step_row(line, width, pointer=view.state.pointer == line.key))
    return rows


def notice(view: View) -> Row:
    """What the conductor said last, on the reserved line."""
    level = view.notice.level
    if view.busy:
        return Row(f" {view.busy}", Ink.STRONG)
    if level == "info":
        return Row(f" {view.notice.text}")
    return Row(f" {level.upper()}: {view.notice.text}", Ink.ALERT if level == "NOT SAVED" else Ink.CAUTION)


def in_full(view: View, width: int) -> list[Row]:
    """Everything about the current step: source, reasons, the whole request, every expectation, readings."""
    current = view.current
    if current is None:
        return _settled(view, width)
    step = current.planned.step
    rows = [Row(cut(f" {step.title}", width), Ink.STRONG), Row("")]
    rows += wrapped(f"From: {step.passage}", width, " ", "   ")
    if step.documented:
        rows += wrapped(f'Documented wording: "{step.documented}"', width, " ", "   ")
    rows += wrapped(step.text, width, " ")
    if step.why:
        rows += [Row(""), Row(" Why", Ink.STRONG), *wrapped(step.why, width, "   ")]
    if current.shown:
        rows += [Row(""), Row(" What is sent, whole", Ink.STRONG)]
        for line in current.shown:
            rows += wrapped(line, width, "   ", "     ")
    for way in current.ways:
        rows += [Row(""), *wrapped(f"{way.title}: {way.verdict.value}", width, " ", ink=Ink.STRONG)]
        for item in way.evidence:
            rows += wrapped(f"{BOXES[item.verdict]} {item.expected}", width, "   ", "       ")
            rows += wrapped(
                f"now {item.found}" + (f" [{item.source}]" if item.source else ""),
                width,
                "       ",
                "       ",
            )
    rows += [Row(""), Row(" Readings", Ink.STRONG)]
    for (server, name), readings in sorted(view.situation.readings.items()):
        for reading in readings:
            value = reading.failure.value if reading.failure else reading.value
            label = f"{server} {name}{' ' + reading.row if reading.row else ''}"
            rows.append(Row(cut(f"   {label:40} {value}", width)))
    return rows
