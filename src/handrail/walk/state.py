"""State = fold(records): what a run is after these events. Pure; judges nothing and reads no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from handrail.procedure.filling import derived
from handrail.procedure.model import Condition
from handrail.readings import Value, value_words
from handrail.walk import events as e
from handrail.walk.plan import Plan, Planned
from handrail.walk.who import called, shared_names


class Phase(StrEnum):
    """Where one step stands."""

    TODO = "to do"
    NOW = "now"
    SENDING = "sending"
    WAITING = "waiting"
    MISSED = "not obtained"
    MET = "met"
    UNDECIDED = "undecided"
    DONE = "done"
    SKIPPED = "skipped"
    OVERRIDDEN = "overridden"
    DEFERRED = "deferred"
    NOT_APPLICABLE = "n/a"


SETTLED = frozenset({Phase.DONE, Phase.SKIPPED, Phase.OVERRIDDEN, Phase.DEFERRED, Phase.NOT_APPLICABLE})

MARKS: Mapping[Phase, str] = {
    Phase.TODO: "-",
    Phase.NOW: ".",
    Phase.SENDING: ".",
    Phase.WAITING: ".",
    Phase.MET: ".",
    Phase.MISSED: "x",
    Phase.UNDECIDED: "?",
    Phase.DONE: "v",
    Phase.SKIPPED: "~",
    Phase.OVERRIDDEN: "o",
    Phase.DEFERRED: "d",
    Phase.NOT_APPLICABLE: "n/a",
}
"""The marks of the screen and of every export, readable without colour."""


@dataclass(frozen=True, slots=True)
class RowState:
    """One row of a batch: what came of it in the latest attempt that sent it."""

    result: Literal["sending", "accepted", "refused", "unknown"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StepState:
    """One step so far, in its latest attempt."""

    attempt: int = 1
    phase: Phase = Phase.TODO
    confirmed: bool = False
    witness: str = ""
    overridden_hold: bool = False
    intended: bool = False
    """An intended record of this attempt is durable."""
    outcome: str = ""
    attested: str = ""
    typed: str = ""
    """What was attested as it was said, where it was understood as something else: a time."""
    extra_s: float = 0.0
    why: str = ""
    """Why it is skipped, overridden, deferred, not applicable or not obtained."""
    rows: Mapping[str, RowState] = field(default_factory=dict)
    """For a batch: the rows so far; those accepted are carried over to a new attempt."""


@dataclass(frozen=True, slots=True)
class GuardState:
    """One guard so far."""

    lost: bool = False
    accepted: bool = False


@dataclass(frozen=True)
class State:
    """A run after some events."""

    plan: Plan
    opened: e.Opened | None = None
    steps: Mapping[str, StepState] = field(default_factory=dict)
    pointer: str | None = None
    """Key of the one step that may be acted upon; None when every step is settled."""
    guards: Mapping[str, GuardState] = field(default_factory=dict)
    captured: Mapping[str, Value] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Captured names of rows."""
    choices: Mapping[str, str] = field(default_factory=dict)
    row_choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Per step with a choice by rows: row to option."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, e.Mark] = field(default_factory=dict)
    """Per server: where awaited log lines begin to count."""
    held: bool = False
    brief_unread: bool = False
    unwitnessed: bool = False
    offered: bool = False
    """The walk is offered to a colleague: nothing is sent until it is taken, or kept."""
    handed_over: e.HandedOver | None = None
    """Whom it was handed to; until they take it up nobody walks."""
    took_over: e.TookOver | None = None
    """Who walks it now, where that is not who opened it."""
    walkers: tuple[tuple[str, str], ...] = ()
    """Everybody who walked it so far: the name, and the key's fingerprint or `drill:name`."""
    statements: frozenset[str] = frozenset()
    """Hashes of the second persons' statements used so far."""
    ended: e.Ended | None = None
    count: int = 0

    def step(self, key: str) -> StepState:
        """The state of this step."""
        return self.steps.get(key, StepState())

    @property
    def current(self) -> Planned | None:
        """The step the pointer is on."""
        return self.plan.by_key[self.pointer] if self.pointer else None

    @property
    def operator(self) -> str:
        """Who walks it now, as handrail was told."""
        if self.took_over is not None:
            return self.took_over.operator
        return self.opened.operator if self.opened else ""

    @property
    def who(self) -> str:
        """Who walks it now, as they are told from everybody else who walked it."""
        return called(self.operator, self.principal, shared_names(self.walkers))

    @property
    def principal(self) -> str:
        """The key of whoever walks it now: a fingerprint, or `drill:name`."""
        if self.took_over is not None:
            return self.took_over.principal
        return self.opened.principal if self.opened else ""

    @property
    def deferred(self) -> list[str]:
        """Keys of the deferred steps."""
        return [key for key, step in self.steps.items() if step.phase is Phase.DEFERRED]

    @property
    def open_guards(self) -> list[str]:
        """Guards that are lost and were not accepted: nothing is sent meanwhile.

        One that is watched only further on is none of these: the walk has gone back to mend what it saw.
        """
        return [
            key
            for key, guard in self.guards.items()
            if guard.lost and not guard.accepted and not self.is_before(key)
        ]

    def is_before(self, guard: str) -> bool:
        """Whether the pointer is on a step before those at which this guard is watched."""
        current = self.current
        watched = next((item for item in self.plan.guards if item.key == guard), None)
        return current is not None and watched is not None and current.position < watched.first


def fold(plan: Plan, events: Iterable[e.Event]) -> State:
    """The state after these events, in order."""
    state = State(plan)
    for event in events:
        state = after(state, event)
    return state


def after(state: State, event: e.Event) -> State:
    """The state once this event is durable."""
    state = replace(state, count=state.count + 1)
    if isinstance(event, e.Opened):
        walkers = (*state.walkers, (event.operator, event.principal))
        return _pointed(replace(state, opened=event, marks=event.marks, walkers=walkers))
    if isinstance(event, e.OfStep):
        return _pointed(_step_event(state, event))
    return _run_event(state, event)


def _run_event(state: State, event: e.Event) -> State:
    match event:
        case e.GuardLost():
            return _guard(state, event.guard, GuardState(lost=True))
        case e.GuardBack():
            return _guard(state, event.guard, GuardState())
        case e.GuardAccepted():
            return _guard(state, event.guard, GuardState(lost=True, accepted=True))
        case e.Held():
            return replace(state, held=True)
        case e.Resumed():
            return replace(_undecided(state), held=False, brief_unread=True, offered=False)
        case e.HandoverOffered():
            return replace(state, offered=True)
        case e.HandoverWithdrawn():
            return replace(state, offered=False)
        case e.HandedOver():
            used = state.statements | {event.sha256}
            return replace(state, held=True, offered=False, handed_over=event, statements=used)
        case e.TookOver():
            state = _without_witnesses(_undecided(state))
            state = replace(state, held=False, brief_unread=True, offered=False)
            walkers = (*state.walkers, (event.operator, event.principal))
            return replace(state, handed_over=None, took_over=event, walkers=walkers)
        case e.BriefRead():
            return replace(state, brief_unread=False)
        case e.Ended():
            return replace(state, ended=event)
        case _:
            return state


def _step_event(state: State, event: e.OfStep) -> State:
    planned = state.plan.by_key[event.step]
    now = state.step(event.step)
    match event:
        case e.Begun():
            return _set(state, event.step, _opening(planned, now))
        case e.Chosen():
            state = _set(state, event.step, replace(now, phase=Phase.DONE, outcome=event.option))
            state = replace(
                state,
                choices={**state.choices, event.step: event.option},
                row_choices={**state.row_choices, event.step: event.rows}
                if event.rows
                else state.row_choices,
            )
            options = planned.step.choice.options if planned.step.choice else ()
            goto = next((option.goto for option in options if option.name == event.option), None)
            return _go(state, planned, goto, f"{planned.step.id} chose {event.option}")
        case e.Confirmed():
            return _set(state, event.step, _confirmed(planned, replace(now, confirmed=True)))
        case e.Witnessed():
            state = replace(state, statements=state.statements | {event.sha256})
            return _set(
                state, event.step, _confirmed(planned, replace(now, confirmed=True, witness=event.principal))
            )
        case e.Intended():
            state = replace(state, marks={**state.marks, **event.marks})
            return _set(state, event.step, replace(now, phase=Phase.SENDING, intended=True))
        case e.NotSent():
            back = replace(now, phase=Phase.NOW, intended=False, confirmed=False, witness="", why=event.why)
            return _set(state, event.step, back)
        case e.RowsSending():
            sending = dict.fromkeys(event.rows, RowState("sending"))
            return _set(state, event.step, replace(now, rows={**now.rows, **sending}))
        case e.RowsActed():
            ended = {item.row: RowState(item.result, item.detail) for item in event.ends}
            return _set(state, event.step, replace(now, rows={**now.rows, **ended}))
        case e.Acted():
            return _set(state, event.step, _acted(planned, now, event))
        case e.Met():
            return _met(state, planned, now, event)
        case e.Missed():
            return _set(state, event.step, replace(now, phase=Phase.MISSED, why=event.why))
        case e.WaitedLonger():
            return _set(
                state, event.step, replace(now, phase=Phase.WAITING, extra_s=now.extra_s + event.seconds)
            )
        case e.Attested():
            return _attested(state, planned, now, event)
        case e.Branched():
            state = _set(
                state, event.step, replace(now, phase=Phase.NOT_APPLICABLE, why=f"left for {event.to}")
            )
            return _go(state, planned, event.to, f"{planned.step.id} was not obtained")
        case e.Retried():
            return _set(state, event.step, _anew(now))
        case e.Retracted():
            return _retracted(state, planned, now)
        case e.Skipped():
            return _set(state, event.step, replace(now, phase=Phase.SKIPPED, why=event.reason))
        case e.Overrode():
            return _overrode(state, planned, now, event)
        case e.Deferred():
            why = f"{event.owner} by {event.until}: {event.reason}"
            return _set(state, event.step, replace(now, phase=Phase.DEFERRED, why=why))
        case e.Resolved():
            return _set(state, event.step, _resolved(planned, now, event))
        case _:
            return state


def _opening(planned: Planned, now: StepState) -> StepState:
    """What a step is the moment the pointer reaches it: waiting at once if it only reads."""
    step = planned.step
    if step.choice or step.do or step.confirm:
        return replace(now, phase=Phase.NOW)
    return replace(now, phase=_beyond_act(planned))


def _beyond_act(planned: Planned) -> Phase:
    """The phase once everything before `expect` is behind."""
    if planned.step.ways():
        return Phase.WAITING
    return Phase.MET if planned.step.attest else Phase.DONE


def _confirmed(planned: Planned, now: StepState) -> StepState:
    return now if planned.step.do else replace(now, phase=_beyond_act(planned))


def _acted(planned: Planned, now: StepState, event: e.Acted) -> StepState:
    if event.result == "accepted":
        return replace(now, phase=_beyond_act(planned), why="")
    if event.result == "refused":
        return replace(now, phase=Phase.MISSED, why=f"refused: {event.detail}")
    return replace(now, phase=Phase.UNDECIDED, why=event.detail)


def _met(state: State, planned: Planned, now: StepState, event: e.Met) -> State:
    phase = Phase.MET if planned.step.attest else Phase.DONE
    scoped = {state.plan.scoped(name, planned): value for name, value in event.captured.items()}
    state = _set(state, event.step, replace(now, phase=phase, outcome=event.outcome, why=""))
    state = replace(
        state,
        captured={**state.captured, **scoped, **_counts(state, planned, event)},
        lists={
            **state.lists,
            **{state.plan.scoped(name, planned): rows for name, rows in event.lists.items()},
        },
        outcomes={**state.outcomes, event.step: event.outcome},
    )
    state = _derived(state, planned)
    return state if planned.step.attest else _follow_outcome(state, planned, event.outcome)


def _attested(state: State, planned: Planned, now: StepState, event: e.Attested) -> State:
    attest = planned.step.attest
    if attest and attest.capture:
        name = state.plan.scoped(attest.capture, planned)
        value: Value = _number(event.value) if attest.kind == "number" else event.value
        state = _derived(replace(state, captured={**state.captured, name: value}), planned)
    if attest and not attest.lets_on(event.value):
        why = f"attested {event.value}"
        return _set(state, event.step, replace(now, phase=Phase.MISSED, attested=event.value, why=why))
    state = _set(state, event.step, replace(now, phase=Phase.DONE, attested=event.value, typed=event.typed))
    return _follow_outcome(state, planned, now.outcome)


def _counts(state: State, planned: Planned, event: e.Met) -> dict[str, Value]:
    """How many rows each kept list has, as `<name>-count`."""
    return {state.plan.scoped(f"{name}-count", planned): len(rows) for name, rows in event.lists.items()}


def _derived(state: State, planned: Planned) -> State:
    """With the values the step makes of captured ones; one whose parts are not there is not made."""
    captured = dict(state.captured)
    for derive in planned.step.derive:
        known = seen_from(captured, planned)
        value = derived(derive, known)
        if value is not None:
            captured[state.plan.scoped(derive.name, planned)] = value
    return replace(state, captured=captured)


def seen_from(captured: Mapping[str, Value], planned: Planned) -> dict[str, Value]:
    """Captured values by their plain names, those of the step's own pair first."""
    suffix = f"@{planned.pair.name}"
    plain = {name: value for name, value in captured.items() if "@" not in name}
    own = {name.removesuffix(suffix): value for name, value in captured.items() if name.endswith(suffix)}
    return {**plain, **own}


def _follow_outcome(state: State, planned: Planned, outcome: str) -> State:
    way = next((item for item in planned.step.ways() if item.name == outcome), None)
    return _go(state, planned, way.goto if way else None, f"{planned.step.id}: {way.title if way else ''}")


def _overrode(state: State, planned: Planned, now: StepState, event: e.Overrode) -> State:
    if event.what == "hold-point":
        passed = _confirmed(planned, replace(now, confirmed=True, overridden_hold=True))
        return replace(_set(state, event.step, passed), unwitnessed=True)
    return _set(state, event.step, replace(now, phase=Phase.OVERRIDDEN, why=event.reason))


def _resolved(planned: Planned, now: StepState, event: e.Resolved) -> StepState:
    if event.how in ("took-effect", "stated-took-effect"):
        return replace(now, phase=_beyond_act(planned), intended=True, why="")
    return _anew(now)


def _anew(now: StepState) -> StepState:
    """A new attempt; rows of a batch that were accepted are not done again."""
    done = {name: row for name, row in now.rows.items() if row.result == "accepted"}
    return StepState(attempt=now.attempt + 1, rows=done)


def _retracted(state: State, planned: Planned, now: StepState) -> State:
    """The step is to do again; branches decided after it are decided anew."""
    steps = dict(state.steps)
    steps[planned.key] = StepState(attempt=now.attempt + 1)
    for item in state.plan.steps[planned.position + 1 :]:
        later = state.step(item.key)
        if later.phase in (Phase.NOT_APPLICABLE, Phase.NOW) or (
            later.phase is Phase.WAITING and not later.intended
        ):
            steps[item.key] = StepState(attempt=later.attempt)
    choices = {key: value for key, value in state.choices.items() if key != planned.key}
    outcomes = {key: value for key, value in state.outcomes.items() if key != planned.key}
    return replace(state, steps=steps, choices=choices, outcomes=outcomes)


def _undecided(state: State) -> State:
    """After a crash or a hang-up, what was being sent is undecided."""
    steps = {
        key: replace(
            step,
            phase=Phase.UNDECIDED,
            why="the outcome was never recorded",
            rows={name: _row_undecided(row) for name, row in step.rows.items()},
        )
        if step.phase is Phase.SENDING
        else step
        for key, step in state.steps.items()
    }
    return replace(state, steps=steps)


def _without_witnesses(state: State) -> State:
    """When somebody else walks on, a witness whose hold point was not sent yet counts no more.

    It may be the witness who walks now, perhaps with another key than they signed with; and who watched saw
    somebody else about to send.
    """
    why = "the witness signed before the walk changed hands; a second person signs anew"
    steps = {
        key: replace(step, confirmed=False, witness="", why=why)
        if step.witness and step.phase is Phase.NOW
        else step
        for key, step in state.steps.items()
    }
    return replace(state, steps=steps)


def _row_undecided(row: RowState) -> RowState:
    return RowState("unknown", "the outcome was never recorded") if row.result == "sending" else row


def _go(state: State, planned: Planned, to: str | None, why: str) -> State:
    """Follow a goto: steps passed over become n/a, steps gone back to become new attempts."""
    target = state.plan.target(to, planned) if to else None
    if target is None:
        return state
    steps = dict(state.steps)
    if target.position > planned.position:
        for item in state.plan.steps[planned.position + 1 : target.position]:
            if state.step(item.key).phase not in SETTLED:
                steps[item.key] = replace(state.step(item.key), phase=Phase.NOT_APPLICABLE, why=why)
    else:
        for item in state.plan.steps[target.position : planned.position + 1]:
            steps[item.key] = StepState(attempt=state.step(item.key).attempt + 1)
    return replace(state, steps=steps)


def _pointed(state: State) -> State:
    """Move the pointer to the first step that is not settled, deciding conditions on the way."""
    steps = dict(state.steps)
    pointer: str | None = None
    for item in state.plan.steps:
        now = steps.get(item.key, StepState())
        if now.phase in SETTLED:
            continue
        if now.phase is Phase.TODO and item.step.when and not holds(item.step.when, state, item):
            steps[item.key] = replace(now, phase=Phase.NOT_APPLICABLE, why=condition_words(item.step.when))
            continue
        if now.phase is Phase.TODO and (why := _not_here(item, state)):
            steps[item.key] = replace(now, phase=Phase.NOT_APPLICABLE, why=why)
            continue
        pointer = item.key
        break
    return replace(state, steps=steps, pointer=pointer)


def foregone(item: Planned, state: State) -> str:
    """Why a step ahead will be n/a by what is settled already; empty where it may be walked."""
    if item.step.on and item.step.on not in item.pair.roles:
        return f"no {item.step.on} bound in {item.pair.name}"
    for condition in (item.step.when, item.section.when):
        if condition is not None and _settled(condition, state, item) and not holds(condition, state, item):
            return condition_words(condition)
    return ""


def ahead_words(item: Planned, state: State) -> str:
    """On what it still depends whether a step ahead is walked; empty for one that is walked anyway."""
    for condition in (item.step.when, item.section.when):
        if condition is not None and not _settled(condition, state, item):
            return condition_words(condition)
    return ""


def unbound(state: State) -> list[str]:
    """Optional roles that a pair of this run leaves open, in words."""
    return [
        f"no {role.name} bound in {pair.name}: its steps are n/a"
        for pair in state.plan.pairs
        for role in state.plan.procedure.roles
        if role.optional and role.name not in pair.roles
    ]


def _settled(condition: Condition, state: State, item: Planned) -> bool:
    """Whether everything a condition asks about is known, so that it will not become otherwise ahead."""
    return all(leaf.fact or _actual(leaf, state, item) is not None for leaf in condition.leaves())


def _not_here(item: Planned, state: State) -> str:
    """Why a step is n/a although it has no `when`: its section's, or a role no server has; else empty."""
    section = item.section.when
    if section and not holds(section, state, item):
        return condition_words(section)
    if item.step.on and item.step.on not in item.pair.roles:
        return f"no {item.step.on} bound in {item.pair.name}"
    return ""


def holds(condition: Condition, state: State, seen_from: Planned) -> bool:
    """Whether a `when` is true on what the run already holds. A thing not there makes it false."""
    if condition.any:
        return any(holds(part, state, seen_from) for part in condition.any)
    if condition.all:
        return all(holds(part, state, seen_from) for part in condition.all)
    actual = _actual(condition, state, seen_from)
    if actual is None:
        return condition.is_not is not None
    number = isinstance(actual, int | float) and not isinstance(actual, bool)
    return (
        (condition.is_ is None or _same(actual, condition.is_))
        and (condition.is_not is None or not _same(actual, condition.is_not))
        and (condition.at_least is None or (number and actual >= condition.at_least))  # type: ignore[operator]
        and (condition.at_most is None or (number and actual <= condition.at_most))  # type: ignore[operator]
    )


def condition_words(condition: Condition) -> str:
    """Why a branch was not taken, in words."""
    if condition.any or condition.all:
        joint = " or " if condition.any else " and "
        return joint.join(condition_words(part) for part in condition.any or condition.all)
    name = condition.choice or condition.outcome or condition.fact or condition.value or ""
    if condition.is_ is not None:
        return f"only when {name} is {value_words(condition.is_)}"
    if condition.is_not is not None:
        return f"only when {name} is not {value_words(condition.is_not)}"
    bounds = [f"at least {condition.at_least:g}"] if condition.at_least is not None else []
    bounds += [f"at most {condition.at_most:g}"] if condition.at_most is not None else []
    return f"only when {name} is {' and '.join(bounds)}"


def _actual(condition: Condition, state: State, seen_from: Planned) -> Value | None:
    if condition.choice is not None:
        return _near(state.choices, condition.choice, seen_from)
    if condition.outcome is not None:
        return _near(state.outcomes, condition.outcome, seen_from)
    if condition.fact is not None:
        if condition.fact == "ha-mode":
            return seen_from.pair.mode
        if condition.fact == "pairs":
            return len(state.plan.pairs)
        return seen_from.pair.facts.get(condition.fact)
    return _near(state.captured, condition.value or "", seen_from)


def _near(values: Mapping[str, Value] | Mapping[str, str], name: str, seen_from: Planned) -> Value | None:
    """The value of the same pair first, then the one of the whole run."""
    own: Value | None = values.get(f"{name}@{seen_from.pair.name}")
    return own if own is not None else values.get(name)


def _same(actual: Value, wanted: Value) -> bool:
    return isinstance(actual, bool) == isinstance(wanted, bool) and actual == wanted


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _set(state: State, key: str, step: StepState) -> State:
    return replace(state, steps={**state.steps, key: step})


def _guard(state: State, key: str, guard: GuardState) -> State:
    return replace(state, guards={**state.guards, key: guard})
