"""The step graph of a procedure as edges, and which of them a recorded walk has taken. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handrail.procedure.model import Procedure
from handrail.walk import events as e
from handrail.walk.plan import Plan
from handrail.walk.state import SETTLED, Phase, State, after


class Kind(StrEnum):
    """What kind of way an edge is."""

    DONE = "done"
    """A step that only asks or acts is done."""
    OUTCOME = "outcome"
    CHOICE = "choice"
    IF_NOT = "if-not"
    NOT_TAKEN = "not taken"
    """A step with a `when` is passed over."""
    SECTION = "section"
    """A section's pause point is reached."""
    ABORT = "abort"
    """The walk is ended within a section."""
    COMPLETE = "complete"
    """The walk is complete and no step was skipped, overridden or deferred."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """One way through the step graph: at which step or section, and which one there."""

    kind: Kind
    at: str
    name: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind.value, self.at, self.name) if part)


def edges_of(procedure: Procedure) -> list[Edge]:
    """Every edge, in written order."""
    found: list[Edge] = []
    for section in procedure.sections:
        for step in section.steps:
            if step.choice:
                found += [Edge(Kind.CHOICE, step.id, option.name) for option in step.choice.options]
            elif step.ways():
                found += [Edge(Kind.OUTCOME, step.id, way.name) for way in step.ways()]
            else:
                found.append(Edge(Kind.DONE, step.id))
            if step.when:
                found.append(Edge(Kind.NOT_TAKEN, step.id))
            found += [Edge(Kind.IF_NOT, step.id, str(number)) for number in range(1, len(step.if_not) + 1)]
        found += [Edge(Kind.SECTION, section.id), Edge(Kind.ABORT, section.id)]
    return [*found, Edge(Kind.COMPLETE, procedure.id)]


def taken(plan: Plan, events: Sequence[e.Event]) -> set[Edge]:
    """The edges this walk took; if-nots that lead nowhere are not among them, as no event tells them."""
    found: set[Edge] = set()
    state = State(plan)
    for event in events:
        before, state = state, after(state, event)
        found |= set(_of_event(before, event))
        found |= set(_of_state(before, state))
    if state.ended and state.ended.how in ("aborted", "abandoned") and state.current:
        found.add(Edge(Kind.ABORT, state.current.section.id))
    if state.ended and state.ended.how == "complete" and not _deviated(events):
        found.add(Edge(Kind.COMPLETE, plan.procedure.id))
    return found


def _deviated(events: Iterable[e.Event]) -> bool:
    return any(isinstance(event, e.Skipped | e.Overrode | e.Deferred) for event in events)


def _of_event(before: State, event: e.Event) -> Iterator[Edge]:
    if not isinstance(event, e.OfStep):
        return
    step = before.plan.by_key[event.step].step
    if isinstance(event, e.Chosen):
        for option in dict.fromkeys(event.rows.values()) if event.rows else (event.option,):
            yield Edge(Kind.CHOICE, step.id, option)
    elif isinstance(event, e.Met):
        yield Edge(Kind.OUTCOME, step.id, event.outcome)
    elif isinstance(event, e.Branched):
        yield Edge(Kind.IF_NOT, step.id, str(event.number))


def _of_state(before: State, now: State) -> Iterator[Edge]:
    for key, step in now.steps.items():
        if step.phase is before.step(key).phase:
            continue
        planned = now.plan.by_key[key]
        if step.phase is Phase.DONE and not planned.step.ways() and not planned.step.choice:
            yield Edge(Kind.DONE, planned.step.id)
        elif step.phase is Phase.NOT_APPLICABLE and planned.step.when:
            yield Edge(Kind.NOT_TAKEN, planned.step.id)
    was, current = before.current, now.current
    if was is not None and (current is None or current.section_number != was.section_number):
        passed = [item for item in now.plan.steps if item.section_number == was.section_number]
        if all(now.step(item.key).phase in SETTLED for item in passed):
            yield Edge(Kind.SECTION, was.section.id)
