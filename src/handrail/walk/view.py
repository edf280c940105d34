"""View = view(state, look, now): everything a face draws, and nothing it would have to decide.

Pure. The faces hold no rules: what may be pressed now, and why not, is in `permits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from handrail.observe.situation import Situation, Source
from handrail.procedure.filling import with_values
from handrail.readings import Evidence, Line, Verdict
from handrail.text import NOTHING, SafeText, safe
from handrail.walk import events as e
from handrail.walk.countdown import WindowFound
from handrail.walk.looking import Look, lost_words
from handrail.walk.plan import Planned
from handrail.walk.rules import best_end, count_words, refusal, rows_of, rows_to_send, safe_point
from handrail.walk.state import (
    MARKS,
    Phase,
    State,
    StepState,
    ahead_words,
    foregone,
    seen_from,
    unbound,
)


class Do(StrEnum):
    """Everything an operator can ask for. The words are those of the keys' help."""

    SEND = "send"
    DONE_BY_HAND = "done by hand"
    CONFIRM = "confirm"
    CHOOSE = "choose"
    ATTEST = "attest"
    AGAIN = "read again"
    WAIT_LONGER = "wait longer"
    IF_NOT = "if not"
    RETRY = "try again"
    RETRACT = "take back"
    SKIP = "skip"
    OVERRIDE = "override"
    OVERRIDE_HOLD = "override hold point"
    DEFER = "defer"
    ALREADY = "done already"
    DECIDE = "decide"
    ACCEPT_GUARD = "accept lost guard"
    READ_BRIEF = "brief read"
    NOTE = "note"
    HOLD = "hold"
    HAND_OVER = "hand over"
    KEEP = "keep"
    ABORT = "abort"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Notice:
    """The last thing the conductor said: saved, refused, or not saved. `number` grows with each."""

    number: int = 0
    text: SafeText = NOTHING
    level: str = "info"
    """info, refused, or NOT SAVED."""


@dataclass(frozen=True, slots=True)
class WayView:
    """One outcome awaited: its evidence now."""

    name: str
    title: SafeText
    verdict: Verdict
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class GuardView:
    """One lost guard, in a line, and what to do first."""

    key: str
    title: SafeText
    line: SafeText
    lost: SafeText
    accepted: bool


@dataclass(frozen=True, slots=True)
class StripItem:
    """One critical function on the second line."""

    name: str
    word: SafeText
    verdict: Verdict
    expected: bool = False
    """It does not hold, and the procedure expects that here: no alarm."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step in the checklist."""

    key: str
    mark: str
    title: SafeText
    section: SafeText
    section_number: int
    number: int
    of: int
    phase: Phase
    remark: SafeText
    """Why it is skipped or n/a; who and when for settled ones; `needs 2nd person` ahead of time."""
    sensed: bool
    """True when its box ticks itself."""


@dataclass(frozen=True, slots=True)
class CurrentStep:
    """The step the pointer is on, whole."""

    planned: Planned
    state: StepState
    server: str
    by_hand: bool
    """The act is done by a person: Enter begins it, and Enter again says that it is done."""
    shown: tuple[SafeText, ...]
    """The exact request or command, before it is sent."""
    ways: tuple[WayView, ...]
    require: tuple[Evidence, ...]
    require_verdict: Verdict
    already: Verdict
    already_evidence: tuple[Evidence, ...]
    waited_s: float | None
    limit_s: float
    next_read_s: float | None
    near_miss: SafeText
    log_state: SafeText
    """Empty while the awaited logs can be read; otherwise why not."""
    window: WindowFound | None = None
    """A countdown beside the step."""
    rows: tuple[str, ...] = ()
    """For a batch or a choice by rows: the rows it is for now."""
    rows_words: SafeText = NOTHING
    """For a batch: how many rows of what it is for, such as "300 Message VPNs"."""
    count_words: SafeText = NOTHING
    """What is typed to confirm a batch."""
    in_drill: bool = False


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How far the chain head was carried outside: sent up to this record, or pending and why."""

    sent_to: int = 0
    pending: SafeText = NOTHING


@dataclass(frozen=True)
class View:
    """Everything on a screen at one moment."""

    state: State
    now: datetime
    started: datetime | None
    situation: Situation
    steps: tuple[StepLine, ...]
    current: CurrentStep | None
    strip: tuple[StripItem, ...]
    guards: tuple[GuardView, ...]
    permits: Mapping[Do, str | None]
    """What may be asked for: None when it may, else the reason why not."""
    saved: int
    """Number of the last durable record."""
    unsaved: SafeText
    """Why the last append failed; empty when everything is saved."""
    notice: Notice
    brief: tuple[SafeText, ...]
    log: tuple[Line, ...]
    """The most recent lines of every log, in the order they came."""
    busy: SafeText
    """What is being done at this moment, such as an act in flight."""
    anchoring: Anchoring = field(default_factory=Anchoring)
    run_path: str = ""
    verdict: SafeText = NOTHING
    """After the end: the verdict line of verification."""
    stopped: bool = False
    """The conductor has stopped; nothing will change any more."""
    settled_at: Mapping[str, str] = field(default_factory=dict)
    unbound: tuple[SafeText, ...] = ()
    """Optional roles that stand for no server of this run, and what follows."""


@dataclass(frozen=True)
class Surroundings:
    """What the conductor knows beside the state: clocks, what is saved, what is in flight."""

    now: datetime
    started: datetime | None
    situation: Situation
    shown: tuple[SafeText, ...] = ()
    by_hand: bool = False
    waited_s: float | None = None
    limit_s: float = 0.0
    next_read_s: float | None = None
    near_miss: SafeText = NOTHING
    saved: int = 0
    unsaved: SafeText = NOTHING
    notice: Notice = field(default_factory=Notice)
    brief: tuple[SafeText, ...] = ()
    log: tuple[Line, ...] = ()
    busy: SafeText = NOTHING
    anchoring: Anchoring = field(default_factory=Anchoring)
    run_path: str = ""
    verdict: SafeText = NOTHING
    stopped: bool = False
    settled_at: Mapping[str, str] = field(default_factory=dict)


def view(state: State, look: Look, around: Surroundings, lines: tuple[StepLine, ...] | None = None) -> View:
    """Everything a face draws of this state and look; `lines` are the state's, if they are drawn already."""
    return View(
        state=state,
        now=around.now,
        started=around.started,
        situation=around.situation,
        steps=lines_of(state, around.settled_at) if lines is None else lines,
        current=_current(state, look, around),
        strip=tuple(StripItem(item.name, item.word, item.verdict, item.expected) for item in look.functions),
        guards=_guards(state, look),
        permits=permits(state, look, around),
        saved=around.saved,
        unsaved=around.unsaved,
        notice=around.notice,
        brief=around.brief if state.brief_unread else (),
        log=around.log,
        busy=around.busy,
        anchoring=around.anchoring,
        run_path=around.run_path,
        verdict=around.verdict,
        stopped=around.stopped,
        settled_at=around.settled_at,
        unbound=tuple(safe(text) for text in unbound(state)),
    )


def lines_of(state: State, settled_at: Mapping[str, str]) -> tuple[StepLine, ...]:
    """A line for each step of the plan; `settled_at` has the words beside those that are done."""
    return tuple(_line(state, planned, settled_at) for planned in state.plan.steps)


def newly_done(before: State, now: State) -> list[str]:
    """The steps that this event has settled as done."""
    return [
        key
        for key, step in now.steps.items()
        if step.phase is Phase.DONE and before.step(key).phase is not Phase.DONE
    ]


def settled_words(wall: datetime, operator: str) -> str:
    """What stands beside a step that is done: when (UTC) and who."""
    return f"{wall:%H:%M} {operator}".strip()


def permits(state: State, look: Look, around: Surroundings) -> dict[Do, str | None]:
    """Each thing an operator can ask for: None when it may be now, else why not."""
    found: dict[Do, str | None] = {}
    current = state.current
    if current is None:
        nothing = "every step is settled" if state.opened else "the run is not opened"
        for do in Do:
            found[do] = nothing
    else:
        found.update(_step_permits(state, look, current, around))
    found[Do.RETRACT] = None if _retractable(state) else "no settled step can be taken back"
    found[Do.AGAIN] = "the run has ended" if state.ended else None
    found[Do.READ_BRIEF] = refusal(state, e.BriefRead())
    found[Do.NOTE] = refusal(state, e.Noted(text="x"))
    found[Do.HOLD] = refusal(state, e.Held(why="x"))
    drill = state.opened is not None and state.opened.mode == "drill"
    found[Do.HAND_OVER] = (
        "a drill's servers end with it, so it cannot be handed over"
        if drill
        else refusal(state, e.HandoverOffered(brief=()))
    )
    found[Do.KEEP] = refusal(state, e.HandoverWithdrawn())
    how = "aborted" if safe_point(state) else "abandoned"
    found[Do.ABORT] = refusal(state, e.Ended(how=how, reason="x"))
    found[Do.COMPLETE] = refusal(state, e.Ended(how=best_end(state)))
    lost = state.open_guards
    found[Do.ACCEPT_GUARD] = (
        refusal(state, e.GuardAccepted(guard=lost[0], reason="x")) if lost else "no guard is lost"
    )
    if around.stopped:
        return dict.fromkeys(found, "this walk has stopped here")
    return found


def _step_permits(state: State, look: Look, current: Planned, around: Surroundings) -> dict[Do, str | None]:
    step, now = current.step, state.step(current.key)
    this = {"step": current.key, "attempt": now.attempt}
    server = current.server or ""
    required = None
    if look.require.verdict is not Verdict.MET:
        required = f"required first: {_first_unmet(look.require.evidence)}"
    send = refusal(state, e.Intended(**this, shown=())) or required
    already = refusal(state, e.Resolved(**this, how="took-effect"))
    if already is None and now.phase is Phase.NOW and look.already.verdict is not Verdict.MET:
        already = "the systems do not show it as done"
    branch = next((item.goto for item in step.if_not if item.goto), None)
    number = next((index for index, item in enumerate(step.if_not, 1) if item.goto), 1)
    return {
        Do.SEND: send,
        Do.DONE_BY_HAND: refusal(state, e.Acted(**this, result="accepted", detail=""))
        if around.by_hand
        else "not by hand",
        Do.CONFIRM: refusal(state, _confirmed(state, current, this, server)) or required,
        Do.CHOOSE: refusal(state, _chosen(state, current, this)),
        Do.ATTEST: None
        if step.attest and now.phase is Phase.MET and not state.brief_unread
        else refusal(state, e.Attested(**this, value="0")) or "there is nothing to attest",
        Do.WAIT_LONGER: refusal(state, e.WaitedLonger(**this, seconds=60, reason="x")),
        Do.IF_NOT: refusal(state, e.Branched(**this, number=number, to=branch))
        if branch
        else "no if-not leads elsewhere",
        Do.RETRY: refusal(state, e.Retried(**this, reason="x")),
        Do.SKIP: refusal(state, e.Skipped(**this, reason="x")),
        Do.OVERRIDE: refusal(state, e.Overrode(**this, what="expectation", typed=server, reason="x")),
        Do.OVERRIDE_HOLD: refusal(state, e.Overrode(**this, what="hold-point", typed=server, reason="x")),
        Do.DEFER: refusal(state, e.Deferred(**this, owner="x", until="x", reason="x")),
        Do.ALREADY: already if now.phase is Phase.NOW else "only before it is sent",
        Do.DECIDE: refusal(state, e.Resolved(**this, how="stated-did-not", reason="x"))
        if now.phase is Phase.UNDECIDED
        else "nothing is undecided",
    }


def _confirmed(state: State, current: Planned, this: dict[str, Any], server: str) -> e.Confirmed:
    """A confirmation as it would have to be."""
    kind = current.step.confirm.kind if current.step.confirm else ""
    if kind == "count":
        return e.Confirmed(**this, how="count", typed=count_words(state, current))
    return e.Confirmed(**this, how="target" if kind == "target" else "acknowledge", typed=server)


def _chosen(state: State, current: Planned, this: dict[str, Any]) -> e.Chosen:
    """A choice as it could be: the first option, for every row where it is by rows."""
    choice = current.step.choice
    if choice is None:
        return e.Chosen(**this, option="x")
    first = choice.options[0].name
    return e.Chosen(**this, option=first, rows=dict.fromkeys(rows_of(state, current, choice.rows), first))


def _retractable(state: State) -> bool:
    return any(
        refusal(state, e.Retracted(step=item.key, attempt=state.step(item.key).attempt, reason="x")) is None
        for item in state.plan.steps
    )


def _current(state: State, look: Look, around: Surroundings) -> CurrentStep | None:
    planned = state.current
    if planned is None:
        return None
    return CurrentStep(
        planned=replace(planned, step=with_values(planned.step, seen_from(state.captured, planned))),
        state=state.step(planned.key),
        server=planned.server or "",
        by_hand=around.by_hand,
        shown=around.shown,
        ways=tuple(
            WayView(way.name, safe(way.title), way.judgement.verdict, way.judgement.evidence)
            for way in look.ways
        ),
        require=look.require.evidence,
        require_verdict=look.require.verdict,
        already=look.already.verdict,
        already_evidence=look.already.evidence,
        waited_s=around.waited_s,
        limit_s=around.limit_s,
        next_read_s=around.next_read_s,
        near_miss=around.near_miss,
        log_state=_log_state(planned, around.situation),
        window=look.window,
        rows=_rows(state, planned),
        rows_words=_rows_words(state, planned),
        count_words=safe(count_words(state, planned)),
        in_drill=state.opened is not None and state.opened.mode == "drill",
    )


def _rows(state: State, planned: Planned) -> tuple[str, ...]:
    choice = planned.step.choice
    if choice is not None and choice.rows is not None:
        return rows_of(state, planned, choice.rows)
    return rows_to_send(state, planned)


def _rows_words(state: State, planned: Planned) -> SafeText:
    act = planned.step.do
    if act is None or act.rows is None:
        return NOTHING
    return safe(state.plan.rows_words(len(rows_to_send(state, planned)), act.rows))


def _log_state(planned: Planned, situation: Situation) -> SafeText:
    awaited = {
        planned.pair.roles.get(leaf.on or planned.step.on or "", "")
        for leaf in planned.step.expectations()
        if leaf.log is not None
    }
    for server in sorted(awaited):
        source = situation.sources.get(server)
        if source is None or source.state is not Source.READY:
            state = source.state.value if source else Source.NONE.value
            return safe(f"log of {server}: {state}{': ' + source.detail if source and source.detail else ''}")
    return NOTHING


def _line(state: State, planned: Planned, settled_at: Mapping[str, str]) -> StepLine:
    now = state.step(planned.key)
    phase = now.phase
    remark = now.why if now.phase not in (Phase.DONE, Phase.TODO) else ""
    if now.phase is Phase.DONE:
        remark = settled_at.get(planned.key, "")
    elif now.phase is Phase.TODO and planned.step.confirm and planned.step.confirm.kind == "hold-point":
        remark = "needs 2nd person"
    if now.phase is Phase.TODO and (gone := foregone(planned, state)):
        phase, remark = Phase.NOT_APPLICABLE, gone
    elif now.phase is Phase.TODO and (open_ := ahead_words(planned, state)):
        remark = open_
    return StepLine(
        key=planned.key,
        mark=MARKS[phase],
        title=safe(planned.step.title),
        section=safe(planned.section.title + (f" ({planned.pair.name})" if planned.section.repeat else "")),
        section_number=planned.section_number,
        number=planned.number,
        of=planned.of,
        phase=phase,
        remark=safe(remark),
        sensed=bool(planned.step.ways()) and not planned.step.attest,
    )


def _guards(state: State, look: Look) -> tuple[GuardView, ...]:
    found = []
    for item in look.guards:
        guard = state.guards.get(item.watched.key)
        if guard and guard.lost and not state.is_before(item.watched.key):
            found.append(
                GuardView(
                    item.watched.key,
                    safe(item.watched.guard.title),
                    lost_words(item.watched.guard, item.judgement.evidence),
                    safe(item.watched.guard.lost),
                    guard.accepted,
                )
            )
    return tuple(found)


def _first_unmet(evidence: tuple[Evidence, ...]) -> str:
    for item in evidence:
        if item.verdict is not Verdict.MET:
            return f"{item.expected} (now: {item.now})"
    return ""
