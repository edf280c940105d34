"""The rules against a second interpreter, and the laws no sequence of events may break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.walk.reference import FINAL, Reference, ahead
from tests.walk.staging import BEFORE_SEND

from handrail.walk import events as e
from handrail.walk.plan import Plan
from handrail.walk.rules import refusal
from handrail.walk.state import Phase, State, after, fold

MANY = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Walked:
    """A random walk: what was taken, and the state after each event."""

    taken: list[e.Event]
    states: list[State]
    reference: Reference


def signed(draw: Any) -> dict[str, str]:
    """Somebody's statement: a stranger's or the walker's own, new or seen before."""
    return {
        "principal": draw(st.sampled_from(["ben-key", "ana-key", "ana"])),
        "statement": "w.txt",
        "sha256": draw(st.sampled_from(["", "first", "second"])),
    }


def candidates(plan: Plan, state: State, draw: Any) -> e.Event:
    """One event that might be meant now: usually on the pointer, sometimes anywhere, sometimes stale."""
    item = state.current or plan.steps[0]
    if draw(st.integers(0, 9)) == 0:
        item = plan.steps[draw(st.integers(0, len(plan.steps) - 1))]
    now = state.step(item.key)
    attempt = max(1, now.attempt - (1 if draw(st.integers(0, 19)) == 0 else 0))
    this: dict[str, Any] = {"step": item.key, "attempt": attempt}
    typed = item.server or ""
    if draw(st.integers(0, 9)) == 0:
        typed = "somebody-else"
    step = item.step
    likely: dict[Phase, list[e.Event]] = {
        Phase.TODO: [e.Begun(**this)],
        Phase.NOW: [
            *(
                e.Chosen(**this, option=option.name)
                for option in (step.choice.options if step.choice else ())
            ),
            e.Confirmed(**this, how="target", typed=typed),
            e.Confirmed(**this, how="acknowledge"),
            e.Witnessed(**this, **signed(draw)),
            e.Overrode(**this, what="hold-point", typed=typed, reason="alone"),
            e.Intended(**this, shown=("stop",)),
            e.Resolved(**this, how="took-effect"),
        ],
        Phase.SENDING: [
            e.Acted(**this, result=draw(st.sampled_from(["accepted", "refused", "unknown"])), detail="said"),
            e.NotSent(**this, why="no longer true"),
        ],
        Phase.WAITING: [
            *(e.Met(**this, outcome=way.name, waited_s=1.0) for way in step.ways()),
            e.Missed(**this, waited_s=60.0, why="not obtained in 60 s"),
            e.Overrode(**this, what="expectation", typed=typed, reason="seen elsewhere"),
        ],
        Phase.MISSED: [
            e.WaitedLonger(**this, seconds=60, reason="slow"),
            e.Retried(**this, reason="again"),
            e.Met(**this, outcome=step.ways()[0].name if step.ways() else "met", waited_s=1.0),
            *(e.Branched(**this, number=i, to=w.goto or "") for i, w in enumerate(step.if_not, 1)),
        ],
        Phase.MET: [e.Attested(**this, value=draw(st.sampled_from(["well", "badly", "7", "x"])))],
        Phase.UNDECIDED: [
            e.Resolved(**this, how=how, reason=draw(st.sampled_from(["", "I looked"])))
            for how in ("took-effect", "did-not", "stated-took-effect", "stated-did-not")
        ],
    }
    pool = likely.get(now.phase, [])
    rare: list[e.Event] = [
        e.Skipped(**this, reason="does not apply here"),
        e.Deferred(**this, owner="ben", until="2026-02-01", reason="later"),
        e.Retracted(**this, reason="wrong one"),
        e.Retracted(step=plan.steps[0].key, attempt=state.step(plan.steps[0].key).attempt, reason="wrong"),
        e.Begun(**this),
        e.Intended(**this, shown=("stop",)),
        e.Met(**this, outcome="met", waited_s=0.0),
        e.Held(why="asked for"),
        e.Resumed(away_s=10.0),
        e.HandoverOffered(brief=("here",)),
        e.HandoverOffered(brief=("here",)),
        e.HandoverWithdrawn(),
        e.HandedOver(**signed(draw), key=""),
        e.TookOver(
            operator="ben",
            principal="ben-key",
            how=draw(st.sampled_from(["handover", "take-over"])),
            away_s=1.0,
        ),
        e.BriefRead(),
        e.Noted(text="a remark"),
        e.GuardLost(guard="one-live@alpha"),
        e.GuardBack(guard="one-live@alpha"),
        e.GuardAccepted(guard="one-live@alpha", reason="known"),
        *(
            e.Ended(how=how, reason="enough")
            for how in ("complete", "complete-with-deferred", "aborted", "abandoned")
            if draw(st.integers(0, 11)) == 0 or state.pointer is None
        ),
    ]
    if pool and draw(st.integers(0, 3)):
        return draw(st.sampled_from(pool))  # type: ignore[no-any-return]
    return draw(st.sampled_from(rare))  # type: ignore[no-any-return]


def random_walk(plan: Plan, opened: e.Opened, draw: Any) -> Walked:
    """Up to 120 random events, each judged by both interpreters."""
    reference, state = Reference(plan), State(plan)
    walked = Walked([], [], reference)
    pending: list[e.Event] = [opened]
    for _ in range(draw(st.integers(10, 120))):
        event = pending.pop() if pending else candidates(plan, state, draw)
        why = refusal(state, event)
        assert (why is None) == reference.allows(event), (event, why, state.pointer, reference.steps)
        if why is not None:
            continue
        state = after(state, event)
        reference.take(event)
        walked.taken.append(event)
        walked.states.append(state)
        assert state.pointer == reference.pointer(), event
        for key, step in reference.steps.items():
            assert state.step(key).phase.value == step["phase"], (key, event)
            assert state.step(key).attempt == step["attempt"], (key, event)
            assert state.step(key).confirmed == step["confirmed"], (key, event)
    return walked


class TestAgainstTheReference:
    """Two interpreters, one set of rules; every random walk below is judged by both."""

    def test_a_reference_without_the_hold_point_differs(self, plan: Plan, opened: e.Opened) -> None:
        """The control: with one rule taken out of the reference, a difference is found."""

        class Careless(Reference):
            def allows_step(self, event: e.OfStep, now: dict[str, Any]) -> bool:
                if isinstance(event, e.Skipped):
                    return bool(now["phase"] == "now")
                return super().allows_step(event, now)

        state = fold(plan, [opened, e.Begun(step="read")])
        state = after(state, e.Met(step="read", outcome="met", waited_s=0))
        state = after(state, e.Begun(step="choose"))
        careless = Careless(plan)
        for event in (
            opened,
            e.Begun(step="read"),
            e.Met(step="read", outcome="met", waited_s=0),
            e.Begun(step="choose"),
        ):
            careless.take(event)
        skip = e.Skipped(step="choose", reason="x")
        assert refusal(state, skip) is not None
        assert careless.allows(skip)


Law = Callable[[Plan, e.Opened, Walked], None]


def nothing_is_sent_without_an_intended_record(_plan: Plan, _opened: e.Opened, walked: Walked) -> None:
    """An act is announced, durably, before its end is recorded."""
    announced: set[tuple[str, int]] = set()
    for event in walked.taken:
        if isinstance(event, e.Intended):
            announced.add((event.step, event.attempt))
        if isinstance(event, e.Acted):
            assert (event.step, event.attempt) in announced


def no_hold_point_without_a_foreign_signature_or_an_override(
    _plan: Plan, opened: e.Opened, walked: Walked
) -> None:
    """A hold point is passed by somebody else or by an override, which marks the run."""
    passed: set[tuple[str, int]] = set()
    overridden, walker, used = False, (opened.principal, opened.operator), set()
    for event in walked.taken:
        if isinstance(event, e.TookOver):
            walker = (event.principal, event.operator)
        if isinstance(event, e.Witnessed | e.HandedOver):
            assert event.principal not in walker
            assert event.sha256 not in used
            used |= {event.sha256} - {""}
        if isinstance(event, e.Witnessed):
            passed.add((event.step, event.attempt))
        if isinstance(event, e.Overrode) and event.what == "hold-point":
            passed.add((event.step, event.attempt))
            overridden = True
        if isinstance(event, e.Intended) and event.step == "never":
            assert (event.step, event.attempt) in passed
    if overridden:
        assert walked.states[-1].unwitnessed
        ended = walked.states[-1].ended
        assert ended is None or ended.how != "complete"


def nobody_sends_what_they_witnessed(_plan: Plan, opened: e.Opened, walked: Walked) -> None:
    """Two people passed it: a witness who walks on is none, and neither is one who saw somebody else walk."""
    witnesses: dict[tuple[str, int], str] = {}
    walker = opened.principal
    for event in walked.taken:
        if isinstance(event, e.TookOver):
            walker = event.principal
        if isinstance(event, e.Witnessed):
            witnesses[event.step, event.attempt] = event.principal
        if isinstance(event, e.Intended):
            assert witnesses.get((event.step, event.attempt)) != walker


def nothing_follows_an_end(_plan: Plan, _opened: e.Opened, walked: Walked) -> None:
    """The end is the last record."""
    ends = [index for index, event in enumerate(walked.taken) if isinstance(event, e.Ended)]
    assert not ends or ends == [len(walked.taken) - 1]


def every_deviation_has_a_reason(_plan: Plan, _opened: e.Opened, walked: Walked) -> None:
    """No deviation is silent."""
    for event in walked.taken:
        if isinstance(event, e.Skipped | e.Overrode | e.Deferred | e.Retried | e.Retracted | e.WaitedLonger):
            assert event.reason


def what_must_never_be_sent_twice_is_not(_plan: Plan, _opened: e.Opened, walked: Walked) -> None:
    """A second send needs a refusal, or somebody who states that the first had no effect."""
    open_send = False
    for event in walked.taken:
        if not isinstance(event, e.OfStep) or event.step != "never":
            continue
        if isinstance(event, e.Intended):
            assert not open_send
            open_send = True
        excused = isinstance(event, e.NotSent) or (isinstance(event, e.Acted) and event.result == "refused")
        if excused or (isinstance(event, e.Resolved) and event.how == "stated-did-not"):
            open_send = False


def a_lost_guard_stops_sending(plan: Plan, _opened: e.Opened, walked: Walked) -> None:
    """Nothing that changes is sent while a guard is lost and nobody accepted it, but before its first step."""
    lost: dict[str, bool] = {}
    for event in walked.taken:
        if isinstance(event, e.GuardLost):
            lost[event.guard] = False
        if isinstance(event, e.GuardAccepted):
            lost[event.guard] = True
        if isinstance(event, e.GuardBack):
            del lost[event.guard]
        if isinstance(event, e.Intended) and plan.by_key[event.step].step.sends:
            assert all(accepted or ahead(plan, guard, event.step) for guard, accepted in lost.items())


def no_override_where_the_site_forbids_it(_plan: Plan, opened: e.Opened, walked: Walked) -> None:
    """A policy without exceptions."""
    if not opened.override_allowed:
        assert not any(isinstance(event, e.Overrode) for event in walked.taken)


def nothing_is_sent_while_the_walk_is_offered_or_handed_over(
    _plan: Plan, _opened: e.Opened, walked: Walked
) -> None:
    """Whoever accepts must find what the brief says, and nobody walks who has given the walk away."""
    offered = handed = False
    for event in walked.taken:
        if isinstance(event, e.HandoverOffered):
            offered = True
        if isinstance(event, e.HandoverWithdrawn | e.Resumed | e.TookOver):
            offered, handed = False, handed and not isinstance(event, e.TookOver)
        if isinstance(event, e.HandedOver):
            handed = True
        if isinstance(event, e.Intended):
            assert not offered
            assert not handed


LAWS: tuple[Law, ...] = (
    nothing_is_sent_while_the_walk_is_offered_or_handed_over,
    no_override_where_the_site_forbids_it,
    nothing_is_sent_without_an_intended_record,
    no_hold_point_without_a_foreign_signature_or_an_override,
    nobody_sends_what_they_witnessed,
    nothing_follows_an_end,
    every_deviation_has_a_reason,
    what_must_never_be_sent_twice_is_not,
    a_lost_guard_stops_sending,
)

_SENT = e.Intended(step="never", shown=("kill",))
_STOP = e.Intended(step="send", shown=("stop",))
_SIGNED = e.Witnessed(step="never", principal="ben-key", statement="w.txt", sha256="first")
_TAKEN = e.TookOver(operator="ben", principal="ben-key", how="handover", away_s=1.0)
BREACHES: dict[str, list[e.Event]] = {
    "nothing_is_sent_while_the_walk_is_offered_or_handed_over": [e.HandoverOffered(brief=()), _STOP],
    "no_override_where_the_site_forbids_it": [
        e.Overrode(step="read", what="expectation", typed="a1", reason="x")
    ],
    "nothing_is_sent_without_an_intended_record": [e.Acted(step="send", result="accepted", detail="")],
    "no_hold_point_without_a_foreign_signature_or_an_override": [_SENT],
    "nobody_sends_what_they_witnessed": [_SIGNED, _TAKEN, _SENT],
    "nothing_follows_an_end": [e.Ended(how="complete"), e.Noted(text="late")],
    "every_deviation_has_a_reason": [e.Skipped.model_construct(step="read", attempt=1, reason="")],
    "what_must_never_be_sent_twice_is_not": [_SENT, _SENT],
    "a_lost_guard_stops_sending": [e.GuardLost(guard="one-live@alpha"), _STOP],
}


class TestLaws:
    """What holds for every walk, whatever is pressed. One random walk is held against every law."""

    @given(data=st.data())
    @MANY
    def test_no_walk_breaks_a_law(self, plan: Plan, opened: e.Opened, data: st.DataObject) -> None:
        """Would catch a way around any of the laws below."""
        opened = opened.model_copy(update={"override_allowed": data.draw(st.integers(0, 3)) > 0})
        walked = random_walk(plan, opened, data.draw)
        for law in LAWS:
            law(plan, opened, walked)
        written = [e.from_table(e.to_table(event)) for event in walked.taken]
        place = data.draw(st.integers(1, len(written)))
        assert fold(plan, written[:place]) == walked.states[place - 1]

    @pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
    def test_each_law_can_be_broken(self, law: Law, plan: Plan, opened: e.Opened) -> None:
        """The control: a sequence that no rule allowed breaks the law."""
        taken, state = BREACHES[law.__name__], State(plan)
        if law is no_override_where_the_site_forbids_it:
            opened = opened.model_copy(update={"override_allowed": False})
        with pytest.raises(AssertionError):
            law(plan, opened, Walked([opened, *taken], [state], Reference(plan)))


def test_a_run_can_be_walked_to_its_end(plan: Plan, opened: e.Opened) -> None:
    """The shortest complete walk: the short branch, both pairs."""
    walk: list[e.Event] = [opened, e.Begun(step="read"), e.Met(step="read", outcome="met", waited_s=0)]
    walk += [e.Begun(step="choose"), e.Chosen(step="choose", option="short")]
    for pair in ("alpha", "beta"):
        walk += [e.Begun(step=f"count@{pair}"), e.Attested(step=f"count@{pair}", value="7")]
        walk += [
            e.Begun(step=f"confirm-each@{pair}"),
            e.Confirmed(step=f"confirm-each@{pair}", how="acknowledge"),
        ]
        walk += [e.Met(step=f"confirm-each@{pair}", outcome="met", waited_s=0)]
    walk += [e.Begun(step="last"), e.Confirmed(step="last", how="acknowledge"), e.Ended(how="complete")]
    state = State(plan)
    for event in walk:
        assert refusal(state, event) is None, event
        state = after(state, event)
    assert state.ended is not None
    assert {state.step(item.key).phase.value for item in plan.steps} <= FINAL
    assert state.captured["many@beta"] == 7


AT_THE_HOLD_POINT: tuple[e.Event, ...] = (
    *BEFORE_SEND,
    _STOP,
    e.Acted(step="send", result="accepted", detail="said"),
    e.Met(step="send", outcome="stopped", waited_s=1.0),
    e.Begun(step="never"),
)


@pytest.mark.parametrize("how", ["handover", "take-over"])
@pytest.mark.parametrize("key", ["ben-key", "bens-other-key", "cat-key"])
def test_a_witness_does_not_outlive_a_change_of_hands(
    plan: Plan, opened: e.Opened, how: str, key: str
) -> None:
    """Whoever goes on, by whatever key: two people pass the hold point anew, and then it may be sent."""
    before = fold(plan, [opened, *AT_THE_HOLD_POINT, _SIGNED])
    assert refusal(before, _SENT) is None
    handed = e.HandedOver(principal="ben@site", key="", statement="a.txt", sha256="accepted")
    given = [e.HandoverOffered(brief=()), handed] if how == "handover" else []
    took = e.TookOver.model_validate({"operator": "ben", "principal": key, "how": how, "away_s": 1.0})
    state = before
    for event in (*given, took, e.BriefRead()):
        assert refusal(state, event) is None
        state = after(state, event)
    assert refusal(state, _SENT) is not None
    assert not state.step("never").witness
    anew = e.Witnessed(step="never", principal="ana@site", statement="w.txt", key="ana-key", sha256="second")
    assert refusal(state, anew) is None
    assert refusal(after(state, anew), _SENT) is None


def test_one_who_comes_back_to_their_own_walk_keeps_the_witness(plan: Plan, opened: e.Opened) -> None:
    """The same hands: whoever witnessed saw this operator about to send."""
    events = [opened, *AT_THE_HOLD_POINT, _SIGNED, e.Held(why="gone"), e.Resumed(away_s=3.0), e.BriefRead()]
    assert refusal(fold(plan, events), _SENT) is None
