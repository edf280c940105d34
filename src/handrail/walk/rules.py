"""The rules: which events may happen now, given the state. Pure, and the only place that says no.

`refusal(state, event)` gives the reason in words the screen can show, or None when the event may be recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from handrail.walk import events as e
from handrail.walk.attesting import format_refusal, number_refusal, pasted_refusal, time_refusal
from handrail.walk.plan import Planned
from handrail.walk.state import SETTLED, Phase, State, StepState

MACHINE = e.Begun | e.Acted | e.NotSent | e.RowsSending | e.RowsActed | e.Met | e.Missed
"""What the conductor records by itself; everything else of a step is an operator's."""
LEAVE = "leave"
"""The option of a choice by rows that leaves a row out of the batch."""
WAITS = frozenset({Phase.WAITING, Phase.MISSED})


def refusal(state: State, event: e.Event) -> str | None:
    """Why this event may not happen now; None when it may."""
    if state.ended:
        return "the run has ended; nothing more is recorded in it"
    if state.opened is None:
        return None if isinstance(event, e.Opened) else "the run is not opened"
    if isinstance(event, e.Opened):
        return "the run is opened already"
    if isinstance(event, e.Noted | e.Resumed):
        return None
    if isinstance(event, e.TookOver):
        return None
    if isinstance(event, e.Held):
        return "the run is held already" if state.held else None
    if state.handed_over is not None:
        return f"it was handed over to {state.handed_over.principal}, who goes on with it"
    if state.held:
        return "the run is held; resume it first"
    if isinstance(event, e.BriefRead):
        return None if state.brief_unread else "there is no brief to read"
    if isinstance(event, e.HandoverOffered | e.HandoverWithdrawn | e.HandedOver):
        return _handover_refusal(state, event)
    if isinstance(event, e.GuardLost | e.GuardBack | e.GuardAccepted):
        return _guard_refusal(state, event)
    if isinstance(event, e.Ended):
        return _end_refusal(state, event)
    if isinstance(event, e.OfStep):
        return _step_refusal(state, event)
    return f"{type(event).__name__} is not known to the rules"


def _handover_refusal(
    state: State, event: e.HandoverOffered | e.HandoverWithdrawn | e.HandedOver
) -> str | None:
    if isinstance(event, e.HandoverOffered):
        if state.brief_unread:
            return "read the brief first"
        return "it is offered already" if state.offered else None
    if not state.offered:
        return "the walk is not offered to anybody"
    if isinstance(event, e.HandedOver):
        return _second_person_refusal(state, event.principal, event.key, event.sha256)
    return None


def _second_person_refusal(state: State, principal: str, key: str, sha256: str) -> str | None:
    """Why this is no second person, or no new statement of theirs."""
    if principal in (state.principal, state.operator) or (key and key == state.principal):
        return "the second person must be somebody else than who walks"
    return "that statement was used already" if sha256 and sha256 in state.statements else None


def _guard_refusal(state: State, event: e.GuardLost | e.GuardBack | e.GuardAccepted) -> str | None:
    if event.guard not in {watched.key for watched in state.plan.guards}:
        return f"there is no guard {event.guard}"
    guard = state.guards.get(event.guard)
    lost = guard is not None and guard.lost
    if isinstance(event, e.GuardLost):
        return "the guard is lost already" if lost else None
    if not lost:
        return "the guard is not lost"
    if isinstance(event, e.GuardAccepted):
        if state.brief_unread:
            return "read the brief first"
        return "it is accepted already" if guard and guard.accepted else None
    return None


def _end_refusal(state: State, event: e.Ended) -> str | None:
    if event.how in ("aborted", "abandoned"):
        if any(step.phase is Phase.SENDING for step in state.steps.values()):
            return "an act is being sent; wait for its end"
        if not event.reason:
            return "say why"
        if event.how == "aborted" and not safe_point(state):
            return "this is not a safe point; it can only be abandoned"
        return None
    if state.brief_unread:
        return "read the brief first"
    if state.pointer is not None:
        return "there are steps left"
    best = best_end(state)
    return None if event.how == best else f"it can only end as {best}"


def best_end(state: State) -> Literal["complete", "complete-with-deferred"]:
    """How a walk with every step settled ends: with deferred when steps or a countersign are open."""
    return "complete-with-deferred" if state.deferred or state.unwitnessed else "complete"


def safe_point(state: State) -> bool:
    """Whether stopping here reaches a safe point: the section says so and nothing is undecided."""
    if any(step.phase in (Phase.SENDING, Phase.UNDECIDED) for step in state.steps.values()):
        return False
    return state.current is None or state.current.section.safe


def left_behind(state: State) -> str:
    """What stopping here leaves: the section's own word once something was sent in it, else its beginning."""
    current = state.current
    if current is None:
        return ""
    number = current.section_number
    here = [item for item in state.plan.steps if item.section_number == number]
    if any(state.step(item.key).intended and item.step.sends for item in here):
        return current.section.abort
    before = [item for item in state.plan.steps if item.section_number == number - 1]
    if not before:
        return current.section.abort
    return f"Nothing was sent in this section. Before it: {before[0].section.pause}"


def _step_refusal(state: State, event: e.OfStep) -> str | None:
    planned = state.plan.by_key.get(event.step)
    if planned is None:
        return f"there is no step {event.step}"
    now = state.step(event.step)
    if event.attempt != now.attempt:
        return f"that was attempt {event.attempt}; this is attempt {now.attempt}"
    operators = not isinstance(event, MACHINE)
    if operators and state.brief_unread:
        return "read the brief first"
    if isinstance(event, e.Retracted):
        return _retract_refusal(state, planned, now)
    if event.step != state.pointer:
        return "only the step the pointer is on can be acted upon"
    return _pointed_refusal(state, planned, now, event)


def _retract_refusal(state: State, planned: Planned, now: StepState) -> str | None:
    if now.phase not in SETTLED or now.phase is Phase.NOT_APPLICABLE:
        return "only a settled step can be taken back"
    if any(step.phase in (Phase.SENDING, Phase.UNDECIDED) for step in state.steps.values()):
        return "an act is undecided; decide it first"
    if planned.step.do and planned.step.repeat == "never" and now.intended:
        return "it was sent and must never be sent twice; it cannot be taken back"
    return None


def _pointed_refusal(state: State, planned: Planned, now: StepState, event: e.OfStep) -> str | None:
    step = planned.step
    match event:
        case e.Begun():
            return None if now.phase is Phase.TODO else "it has begun already"
        case e.Chosen():
            if not step.choice or now.phase is not Phase.NOW:
                return "there is nothing to choose"
            return _choice_refusal(state, planned, event)
        case e.Confirmed():
            return _confirm_refusal(state, planned, now, event)
        case e.Witnessed():
            if (
                not step.confirm
                or step.confirm.kind != "hold-point"
                or now.phase is not Phase.NOW
                or now.confirmed
            ):
                return "there is no hold point to sign for"
            return _second_person_refusal(state, event.principal, event.key, event.sha256)
        case e.Intended():
            return _send_refusal(state, planned, now)
        case e.NotSent() | e.Acted() | e.RowsSending() | e.RowsActed():
            return None if now.phase is Phase.SENDING else "nothing is being sent"
        case e.Met():
            if now.phase not in WAITS or (now.phase is Phase.MISSED and now.why.startswith("refused")):
                return "the step is not waiting"
            known = {way.name for way in step.ways()}
            return None if event.outcome in known else f"there is no outcome {event.outcome}"
        case e.Missed():
            return None if now.phase is Phase.WAITING else "the step is not waiting"
        case e.WaitedLonger():
            if now.phase is Phase.MISSED and step.ways() and not now.why.startswith("refused"):
                return None
            return "there is nothing to wait for"
        case e.Attested():
            return _attest_refusal(state, planned, now, event)
        case e.Branched():
            return _branch_refusal(planned, now, event)
        case e.Retried():
            if now.phase is not Phase.MISSED:
                return "only what was not obtained is tried again"
            if now.intended and step.repeat == "never" and not now.why.startswith("refused"):
                return "it was sent and must never be sent twice"
            return None
        case e.Skipped():
            return _skip_refusal(planned, now)
        case e.Deferred():
            if now.phase not in (Phase.NOW, Phase.WAITING, Phase.MISSED) or step.choice or step.killer:
                return "this step cannot be deferred"
            return None
        case e.Overrode():
            if state.opened and not state.opened.override_allowed:
                return "the site's policy forbids overrides (allow_override = false in the inventory)"
            return _override_refusal(planned, now, event)
        case e.Resolved():
            return _resolve_refusal(planned, now, event)
    return f"{event.__class__.__name__} is not known to the rules"


def _confirm_refusal(state: State, planned: Planned, now: StepState, event: e.Confirmed) -> str | None:
    confirm = planned.step.confirm
    if confirm is None or now.phase is not Phase.NOW or now.confirmed:
        return "there is nothing to confirm"
    if confirm.kind == "hold-point":
        return "this is a hold point: a second person signs, or it is overridden"
    if confirm.kind != event.how:
        return f"this step is confirmed by {confirm.kind}"
    if event.how == "target" and event.typed != planned.server:
        return f"type the server's name: {planned.server}"
    if event.how == "count" and " ".join(event.typed.split()) != (wanted := count_words(state, planned)):
        return f"type the count and the site: {wanted}"
    return None


def count_words(state: State, planned: Planned) -> str:
    """What is typed to confirm a batch: how many rows it has now, and the site's word."""
    return f"{len(rows_to_send(state, planned))} {state.opened.site if state.opened else ''}".strip()


def rows_of(state: State, planned: Planned, name: str | None) -> tuple[str, ...]:
    """The captured list of this name, of the step's own pair first; empty where none was kept."""
    if name is None:
        return ()
    own = state.lists.get(f"{name}@{planned.pair.name}")
    return own if own is not None else state.lists.get(name, ())


def rows_to_send(state: State, planned: Planned) -> tuple[str, ...]:
    """The rows a batch is sent for now: all of its list, without those done already or chosen to be left."""
    act = planned.step.do
    if act is None or act.rows is None:
        return ()
    done = {name for name, row in state.step(planned.key).rows.items() if row.result == "accepted"}
    options = row_options(state, planned)
    listed = rows_of(state, planned, act.rows)
    return tuple(name for name in listed if name not in done and options.get(name) != LEAVE)


def row_options(state: State, planned: Planned) -> Mapping[str, str]:
    """What was chosen for each row of the step's batch; empty where its act names no choice."""
    choice = planned.step.do.choice if planned.step.do else None
    if choice is None:
        return {}
    own = state.row_choices.get(f"{choice}@{planned.pair.name}")
    return own if own is not None else state.row_choices.get(choice, {})


def _choice_refusal(state: State, planned: Planned, event: e.Chosen) -> str | None:
    choice = planned.step.choice
    assert choice is not None  # noqa: S101 - the caller has seen it
    known = {option.name for option in choice.options}
    if choice.rows is None:
        return None if event.option in known else f"there is no option {event.option}"
    listed = rows_of(state, planned, choice.rows)
    if missing := [name for name in listed if name not in event.rows]:
        return f"nothing is chosen for {missing[0]}"
    if unknown := [option for option in event.rows.values() if option not in known]:
        return f"there is no option {unknown[0]}"
    return None


def _send_refusal(state: State, planned: Planned, now: StepState) -> str | None:
    if planned.step.do is None or now.phase is not Phase.NOW:
        return "there is nothing to send"
    if planned.step.confirm and not now.confirmed:
        return "confirm it first"
    if state.offered:
        return "the walk is offered to a colleague; keep it, or wait until they have taken it"
    if planned.step.sends and state.open_guards:
        return f"guard lost: {', '.join(state.open_guards)}; nothing is sent before it is back or accepted"
    return None


def _attest_refusal(state: State, planned: Planned, now: StepState, event: e.Attested) -> str | None:
    attest = planned.step.attest
    if attest is None or now.phase is not Phase.MET:
        return "there is nothing to attest"
    if attest.kind == "choice" and event.value not in attest.options:
        return f"pick one of: {', '.join(attest.options)}"
    if attest.kind == "number":
        return number_refusal(attest, event.value)
    if attest.kind == "time":
        return time_refusal(attest, event.value)
    if attest.format is not None:
        if event.value in attest.options:
            return None
        return format_refusal(attest.format, event.value)
    if attest.parser is not None:
        product = state.plan.procedure.product
        return pasted_refusal(product, attest, event.value, lambda name: rows_of(state, planned, name))
    return None


def _branch_refusal(planned: Planned, now: StepState, event: e.Branched) -> str | None:
    if now.phase not in (Phase.NOW, Phase.WAITING, Phase.MISSED, Phase.MET):
        return "there is no if-not to take now"
    if event.number > len(planned.step.if_not):
        return f"there is no if-not {event.number}"
    chosen = planned.step.if_not[event.number - 1]
    if chosen.goto is None:
        return "that if-not leads nowhere; do what it says"
    return None if chosen.goto == event.to else f"it leads to {chosen.goto}"


def _skip_refusal(planned: Planned, now: StepState) -> str | None:
    step = planned.step
    if now.phase not in (Phase.NOW, Phase.WAITING, Phase.MISSED, Phase.MET):
        return "it cannot be skipped now"
    if step.killer:
        return "this step must not be skipped"
    if step.choice:
        return "a choice cannot be skipped; choose"
    if step.confirm and step.confirm.kind == "hold-point" and not now.confirmed:
        return "a hold point cannot be skipped, only overridden"
    return None


def _override_refusal(planned: Planned, now: StepState, event: e.Overrode) -> str | None:
    step = planned.step
    if step.on and event.typed != planned.server:
        return f"type the server's name: {planned.server}"
    if event.what == "hold-point":
        if (
            not step.confirm
            or step.confirm.kind != "hold-point"
            or now.phase is not Phase.NOW
            or now.confirmed
        ):
            return "there is no hold point to override"
        return None
    if now.phase not in WAITS:
        return "there is no expectation to override"
    return None


def _resolve_refusal(planned: Planned, now: StepState, event: e.Resolved) -> str | None:
    found_done = now.phase is Phase.NOW and planned.step.do is not None and event.how == "took-effect"
    if now.phase is not Phase.UNDECIDED and not found_done:
        return "there is nothing to decide"
    if found_done and not planned.step.already:
        return "this step has no way to tell that it was done already"
    if (
        found_done
        and planned.step.confirm
        and planned.step.confirm.kind == "hold-point"
        and not now.confirmed
    ):
        return "the hold point comes first"
    if event.how in ("took-effect", "did-not") and not planned.step.already:
        return "no reading can tell; state what you know"
    if event.how == "did-not" and planned.step.repeat == "never":
        return "it must never be sent twice, so a reading alone does not decide that it was not; state it"
    if event.how.startswith("stated") and not event.reason:
        return "say how you know"
    return None
