"""As run against as written: what became of each step, when, on what evidence. Computed, never typed in.

Pure: entries and a plan in, an account out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handrail.review.run import Entry, RunRead
from handrail.review.timeline import DEVIATIONS
from handrail.walk import events as e
from handrail.walk.plan import Plan
from handrail.walk.state import MARKS, Phase, State, after

QUICK_S = 1.0
"""A confirmation given sooner than this after the step appeared was hardly read."""


@dataclass
class StepAccount:
    """One step as it was walked. Times are UTC; `None` where it did not happen."""

    key: str
    title: str
    section: str
    server: str
    phase: Phase = Phase.TODO
    why: str = ""
    attempts: int = 0
    begun: datetime | None = None
    settled: datetime | None = None
    sent: int = 0
    dwell_s: float | None = None
    """From the step's appearing to the first act of whoever walked then; a witness does not end it."""
    waited_s: float = 0.0
    outcome: str = ""
    attested: str = ""
    gate: tuple[e.Seen, ...] = ()
    """The evidence on which it was met, overridden or missed at last."""
    deviations: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """The mark of the screen."""
        return MARKS[self.phase]

    @property
    def took_s(self) -> float | None:
        """From its beginning to its end."""
        if self.begun is None or self.settled is None:
            return None
        return (self.settled - self.begun).total_seconds()


@dataclass(frozen=True, slots=True)
class Deviation:
    """One departure from the page: of which step, what kind, and the reason in the record."""

    at: datetime
    step: str
    kind: str
    reason: str
    number: int
    """The record that tells of it."""


@dataclass(frozen=True)
class Account:
    """A whole run against its procedure."""

    procedure: str
    steps: tuple[StepAccount, ...]
    deviations: tuple[Deviation, ...]
    order: tuple[str, ...]
    """Keys of the steps in the order they first began."""
    ended: e.Ended | None
    operators: tuple[str, ...]

    @property
    def out_of_order(self) -> tuple[str, ...]:
        """Steps begun after one that is written later."""
        places = {step.key: place for place, step in enumerate(self.steps)}
        highest, found = -1, []
        for key in self.order:
            if places[key] < highest:
                found.append(key)
            highest = max(highest, places[key])
        return tuple(found)


OPERATORS = (
    e.Chosen,
    e.Confirmed,
    e.Intended,
    e.Attested,
    e.Branched,
    e.Skipped,
    e.Overrode,
    e.Deferred,
    e.Resolved,
)
"""What an operator does at a step; the first of these ends the dwell. A witness is somebody else."""


def dwells(entries: Sequence[Entry]) -> dict[int, float]:
    """By the place of each thing an operator did: seconds since the record before it at the same step.

    That is how long what there was to decide had been before them; less than a second was hardly read. A
    witness who signs meanwhile changes nothing that is read; who takes over has it once the brief is read.
    """
    before: dict[str, datetime] = {}
    taken_up: datetime | None = None
    found: dict[int, float] = {}
    for place, entry in enumerate(entries):
        wall = entry.record.wall
        taken_up = _taken_up(entry, taken_up)
        if not isinstance(entry.event, e.OfStep) or isinstance(entry.event, e.Witnessed):
            continue
        step = entry.event.step
        if isinstance(entry.event, OPERATORS) and step in before:
            since = max(before[step], taken_up) if taken_up else before[step]
            found[place] = (wall - since).total_seconds()
        before[step] = wall
    return found


def _taken_up(entry: Entry, before: datetime | None) -> datetime | None:
    """Since when whoever walks now has the walk, where somebody else had it before; else None."""
    if isinstance(entry.event, e.TookOver) or (before is not None and isinstance(entry.event, e.BriefRead)):
        return entry.record.wall
    return before


def account(run: RunRead) -> Account | None:
    """The account of this run; None when its procedure cannot be read."""
    return account_of(run.plan, run.entries) if run.plan is not None else None


def account_of(plan: Plan, entries: Sequence[Entry]) -> Account:
    """The account of these entries of a walk over this plan."""
    steps = {
        item.key: StepAccount(item.key, item.step.title, item.section.title, item.server or "")
        for item in plan.steps
    }
    state = State(plan)
    order: list[str] = []
    taken_up: datetime | None = None
    for entry in entries:
        taken_up = _taken_up(entry, taken_up)
        if entry.event is None:
            continue
        state = after(state, entry.event)
        if isinstance(entry.event, e.OfStep) and entry.event.step in steps:
            _note(steps[entry.event.step], entry, entry.event, order, taken_up)
        _settle(steps, state, entry.record.wall)
    return Account(
        plan.procedure.id,
        tuple(steps.values()),
        tuple(_deviations(entries)),
        tuple(order),
        state.ended,
        tuple(dict.fromkeys(entry.record.operator for entry in entries)),
    )


def _note(
    step: StepAccount, entry: Entry, event: e.OfStep, order: list[str], taken_up: datetime | None
) -> None:
    wall = entry.record.wall
    if isinstance(event, e.Begun):
        if step.begun is None:
            step.begun = wall
            order.append(step.key)
        step.attempts = max(step.attempts, event.attempt)
    if isinstance(event, OPERATORS) and step.dwell_s is None and step.begun is not None:
        since = max(step.begun, taken_up) if taken_up else step.begun
        step.dwell_s = (wall - since).total_seconds()
    match event:
        case e.Intended():
            step.sent += 1
        case e.Met():
            step.outcome, step.gate = event.outcome, event.evidence
            step.waited_s += event.waited_s
        case e.Missed():
            step.gate = event.evidence
            step.waited_s += event.waited_s
        case e.Overrode():
            step.gate = event.evidence or step.gate
        case e.Attested():
            step.attested = event.words
        case _:
            pass
    if isinstance(event, DEVIATIONS):
        step.deviations.append(f"{event.kind}: {getattr(event, 'reason', '')}")


def _settle(steps: dict[str, StepAccount], state: State, wall: datetime) -> None:
    for key, now in state.steps.items():
        step = steps[key]
        if step.phase is not now.phase:
            step.phase, step.why = now.phase, now.why
            step.settled = wall if now.phase not in (Phase.TODO, Phase.NOW, Phase.WAITING) else None


def _deviations(entries: Sequence[Entry]) -> Iterator[Deviation]:
    for entry in entries:
        event = entry.event
        ended_early = isinstance(event, e.Ended) and event.how in ("aborted", "abandoned")
        if event is None or not (isinstance(event, DEVIATIONS) or ended_early):
            continue
        what = getattr(event, "what", "")
        yield Deviation(
            entry.record.wall,
            str(getattr(event, "step", "") or getattr(event, "guard", "") or "run"),
            f"{getattr(event, 'how', None) or event.kind}{f' ({what})' if what else ''}",
            str(getattr(event, "reason", "")),
            entry.record.number,
        )
