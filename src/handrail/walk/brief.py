"""The brief after a run was left: how long, what was last settled, what is true now, what changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from handrail.procedure.model import Step
from handrail.readings import Reading
from handrail.text import SafeText, safe
from handrail.walk.looking import WayFound
from handrail.walk.observations import words
from handrail.walk.state import SETTLED, Phase, State, StepState

ALWAYS_MOVING = frozenset({"uptime-s", "clock-ms"})
"""Readings that differ at every look and say nothing."""

Values = Mapping[tuple[str, str, str], str]
"""(server, field, row) to a value or failure in words."""


def values_of(readings: Iterable[Reading]) -> dict[tuple[str, str, str], str]:
    """What readings say, in the words observations are kept in."""
    return {
        (reading.server, reading.field, reading.row): reading.failure.value
        if reading.failure
        else words(reading.value)
        for reading in readings
    }


def changes(before: Values, now: Values) -> list[str]:
    """What was read then and reads otherwise now, one line each."""
    return [
        f"{server}: {name}{f' [{row}]' if row else ''} was {was}, is {now[server, name, row]}"
        for (server, name, row), was in sorted(before.items())
        if now.get((server, name, row), was) != was and name not in ALWAYS_MOVING
    ]


def for_handover(state: State, functions: Sequence[str], ways: Sequence[WayFound]) -> tuple[SafeText, ...]:
    """The brief for whoever is to go on: where it stands, what is true now, what is open."""
    said = [f"Walked by {state.who}: {state.plan.procedure.title}"]
    said += _where(state)
    said += [f"Now: {', '.join(functions)}"] if functions else []
    current = state.current
    if current is not None and state.step(current.key).phase in (Phase.WAITING, Phase.MISSED):
        said += [
            f"Awaited: {item.expected}; now: {item.found}" for way in ways for item in way.judgement.evidence
        ]
    said += _open(state)
    return tuple(safe(line, 200) for line in said)


def _open(state: State) -> list[str]:
    """What whoever goes on answers for: what was left out, passed alone, put off, or is lost."""
    words = {Phase.SKIPPED: "Skipped", Phase.OVERRIDDEN: "Overridden", Phase.DEFERRED: "Deferred"}
    left = [
        f"{words[now.phase]}: {planned.step.title} ({now.why})"
        for planned in state.plan.steps
        if (now := state.step(planned.key)).phase in words
    ]
    lost = [f"Guard lost: {key}" for key, guard in state.guards.items() if guard.lost]
    unwitnessed = ["UNWITNESSED: a hold point was passed alone; a countersign is open"]
    return [*left, *lost, *(unwitnessed if state.unwitnessed else [])] or ["Nothing else is open."]


def lines(
    state: State, away_s: float, changed: Sequence[str], counted: Sequence[str] = ()
) -> tuple[SafeText, ...]:
    """The brief, for a person who was away; `counted` says what became of the step's countdown."""
    said = [f"Away for {duration(away_s)}. Nothing was watched meanwhile."]
    if state.took_over is not None:
        said.insert(0, f"You, {state.who}, walk now ({state.took_over.how}).")
    said += [*_where(state), *counted]
    said += (
        ["Changed meanwhile:", *(f"  {item}" for item in changed)] if changed else ["No reading has changed."]
    )
    return tuple(safe(line, 200) for line in said)


def _where(state: State) -> list[str]:
    """What was last settled, and the step it is at."""
    said = []
    settled = [
        planned
        for planned in state.plan.steps
        if state.step(planned.key).phase in SETTLED - {Phase.NOT_APPLICABLE}
    ]
    if settled:
        last = settled[-1]
        said.append(f"Last settled: {last.step.title} ({state.step(last.key).phase.value})")
    current = state.current
    if current is not None:
        now = state.step(current.key)
        said.append(f"Now at: {current.step.title} ({_waits_for(current.step, now)})")
        if now.phase is Phase.UNDECIDED:
            said.append("It is not known whether what was sent took effect. Decide that first.")
    return said


def _waits_for(step: Step, now: StepState) -> str:
    """What the step waits for: `met` would read as settled where its question is still to be answered."""
    match now.phase:
        case Phase.MET:
            return "waits for your answer"
        case Phase.NOW if step.choice is not None:
            return "waits for your choice"
        case Phase.NOW if step.confirm is not None and not now.confirmed:
            return "waits for a second person" if step.confirm.kind == "hold-point" else "not confirmed yet"
        case Phase.NOW:
            return "not begun yet" if step.do is not None else "waits for the readings"
        case Phase.SENDING if step.do is not None and step.do.by_hand is not None:
            return "begun by hand; waits for you to say that it is done"
        case Phase.WAITING:
            return "waits for what is expected"
        case Phase.MISSED:
            return "not obtained; waits for your decision"
        case phase:
            return phase.value


def duration(seconds: float) -> str:
    """Seconds as a person says them: 45 s, 3 min 20 s, 2 h 5 min."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
