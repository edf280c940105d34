"""The conductor and a second person: what they signed is taken once, beside the record; a walk is given away whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.walk.staging import BEFORE_SEND, START, Staged, play
from tests.walk.test_conductor import BOTH_LIVE, HEALTHY, at, to_send

from handrail.ledger.keys import MemoryKey
from handrail.ledger.statement import Kind, Signed, Statement, request_hash, sign
from handrail.products.product import Answer, Result
from handrail.text import safe
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.asked import Asked
from handrail.walk.plan import Plan
from handrail.walk.recorder import Outside
from handrail.walk.second_person import Heard, Vouched
from handrail.walk.state import Phase

BEN = MemoryKey()


def signed(asked: Asked) -> Signed:
    """Ben's statement about exactly what is asked."""
    return sign(
        Statement(
            asked.kind, "run", 1, asked.step, asked.attempt, 1, "0" * 64, asked.request, "a2", "ben", START
        ),
        BEN,
    )


@dataclass
class Ben:
    """A second person who answers when `ready`; keeps what was asked."""

    ready: bool = False
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Heard] = lambda asked: Heard(Vouched(signed(asked), "ben@site"))

    def hear(self, asked: Asked) -> Heard:
        """As the outboxes would."""
        self.asked.append(asked)
        return self.answer(asked) if self.ready else Heard()


async def to_hold_point(stage: Staged) -> None:
    """Walk up to the step that two people pass."""
    await to_send(stage)
    stage.systems.values["a2", "active"] = False
    stage.submit(c.ReadAgain())
    await stage.until(lambda view: view.notice.text == "read again")
    stage.submit(c.Send("send", 1))
    await stage.until(at("never", Phase.NOW))


def test_a_witness_passes_the_hold_point_and_the_statement_lies_beside_the_record(
    plan: Plan, opened: e.Opened
) -> None:
    """Asked for exactly the request that the step's beginning tells; then the act may be sent."""
    ben = Ben()

    async def script(stage: Staged) -> None:
        await to_hold_point(stage)
        begun = stage.recorder.events[-1]
        assert isinstance(begun, e.Begun)
        assert begun.shown == ("a2: kill",)
        stage.submit(c.Send("never", 1))
        await stage.until(lambda view: view.notice.level == "refused")
        assert len(stage.systems.performed) == 1, "sent without a second person"
        ben.ready = True
        await stage.until(lambda view: view.state.step("never").confirmed)
        assert ben.asked[-1].request == request_hash(["a2: kill"])
        stage.submit(c.Send("never", 1))
        await stage.until(lambda _view: len(stage.systems.performed) == 2)

    stage = play(plan, opened, script, values=BOTH_LIVE, outside=Outside(hear=ben.hear))
    [witnessed] = [event for event in stage.recorder.events if isinstance(event, e.Witnessed)]
    assert (witnessed.principal, witnessed.key) == ("ben@site", signed(ben.asked[-1]).key)
    assert stage.recorder.files[witnessed.statement] == signed(ben.asked[-1]).data
    assert stage.recorder.files[f"{witnessed.statement}.sig"] == signed(ben.asked[-1]).signature


def test_nobody_is_asked_for_where_the_step_needs_nobody(plan: Plan, opened: e.Opened) -> None:
    """Outboxes are read only while somebody is waited for."""
    ben = Ben(ready=True)

    async def script(stage: Staged) -> None:
        await to_send(stage)
        await stage.rest(30)

    play(plan, opened, script, values=BOTH_LIVE, outside=Outside(hear=ben.hear))
    assert ben.asked == []


def test_a_statement_that_does_not_count_is_told_once_and_changes_nothing(
    plan: Plan, opened: e.Opened
) -> None:
    """The operator learns why; the record and the step stay as they were."""
    ben = Ben(ready=True, answer=lambda _asked: Heard(problem=safe("eve: nobody knows that key")))

    async def script(stage: Staged) -> None:
        await to_hold_point(stage)
        await stage.until(lambda view: "nobody knows that key" in view.notice.text)
        number = stage.view.notice.number
        await stage.rest(30)
        assert stage.view.notice.number == number
        assert not stage.view.state.step("never").confirmed

    stage = play(plan, opened, script, values=BOTH_LIVE, outside=Outside(hear=ben.hear))
    assert "witnessed" not in stage.recorder.kinds()


def test_the_same_statement_twice_is_taken_once(plan: Plan, opened: e.Opened) -> None:
    """Even if whoever hears did not notice: the rules know every statement that was used."""
    first: list[Signed] = []

    def always(asked: Asked) -> Heard:
        first[:] = first or [signed(asked)]
        return Heard(Vouched(first[0], "ben@site"))

    ben = Ben(ready=True, answer=always)

    async def script(stage: Staged) -> None:
        await to_hold_point(stage)
        await stage.until(lambda view: view.state.step("never").confirmed)
        assert stage.view.state.statements == {first[0].sha256}
        stage.systems.answer = Answer(Result.REFUSED, safe("no"))
        stage.submit(c.Send("never", 1))
        await stage.until(at("never", Phase.MISSED))
        stage.record(e.Retried(step="never", reason="again"))
        await stage.until(at("never", Phase.NOW))
        view = await stage.until(lambda view: "used already" in view.notice.text)
        assert not view.state.step("never").confirmed

    stage = play(plan, opened, script, values=BOTH_LIVE, outside=Outside(hear=ben.hear))
    assert stage.recorder.kinds().count("witnessed") == 1


def test_a_walk_is_handed_over_sealed_and_walked_no_more(plan: Plan, opened: e.Opened) -> None:
    """Offered with a brief, nothing sent meanwhile, accepted, sealed."""
    ben = Ben()

    async def script(stage: Staged) -> None:
        await to_send(stage)
        stage.record(e.HandoverOffered(brief=()))
        await stage.until(lambda view: view.state.offered)
        stage.submit(c.Send("send", 1))
        view = await stage.until(lambda view: view.notice.level == "refused")
        assert "offered to a colleague" in view.notice.text
        ben.ready = True
        await stage.until(lambda view: view.stopped)

    stage = play(plan, opened, script, values=BOTH_LIVE, outside=Outside(hear=ben.hear))
    offered = next(event for event in stage.recorder.events if isinstance(event, e.HandoverOffered))
    assert "Walked by ana: Every kind of step once" in offered.brief
    assert any("Send something" in line for line in offered.brief)
    assert ben.asked[-1].kind is Kind.ACCEPT
    assert ben.asked[-1].request == request_hash(offered.brief)
    assert stage.recorder.kinds()[-1] == "handed-over"
    assert stage.recorder.sealed
    assert stage.systems.performed == []


def test_a_walk_that_is_kept_goes_on_as_before(plan: Plan, opened: e.Opened) -> None:
    """The control of the one above: the same send is allowed once the offer is taken back."""
    ben = Ben()

    async def script(stage: Staged) -> None:
        await to_send(stage)
        stage.record(e.HandoverOffered(brief=()))
        await stage.until(lambda view: view.state.offered)
        stage.record(e.HandoverWithdrawn())
        await stage.until(lambda view: not view.state.offered)
        stage.submit(c.Send("send", 1))
        await stage.until(lambda _view: bool(stage.systems.performed))

    stage = play(plan, opened, script, values=BOTH_LIVE, outside=Outside(hear=ben.hear))
    assert not stage.recorder.sealed


def test_whoever_takes_over_reads_the_brief_first_and_an_act_in_flight_is_undecided(
    plan: Plan, opened: e.Opened
) -> None:
    """What the other had just sent is nobody's knowledge: it is decided, not assumed."""
    past = [
        opened,
        *BEFORE_SEND,
        e.Intended(step="send", shown=("stop",)),
    ]

    async def script(stage: Staged) -> None:
        stage.conductor.successor = e.TookOver(
            operator="ben", principal="ben-key", how="take-over", reason="her line is dead", away_s=0.0
        )
        view = await stage.until(lambda view: bool(view.brief))
        assert view.brief[0] == "You, ben, walk now (take-over)."
        assert (view.state.operator, view.state.principal) == ("ben", "ben-key")
        assert view.state.step("send").phase is Phase.UNDECIDED
        assert view.permits[next(do for do in view.permits if do.value == "decide")] == "read the brief first"

    stage = play(plan, None, script, values=HEALTHY, past=past)
    assert stage.recorder.kinds()[0] == "took-over"
