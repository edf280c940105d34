"""The conductor: durable before it takes effect, nothing sent that was not announced, nothing passed on unknown."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.walk.staging import START, MemoryRecorder, Staged, play

from handrail.procedure.loading import loads
from handrail.procedure.model import Act, Window
from handrail.products.product import Answer, Result
from handrail.readings import Failure, Verdict
from handrail.text import safe
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.countdown import SeenBefore, scope_of
from handrail.walk.plan import BoundPair, Plan, lay_out
from handrail.walk.recorder import Outside
from handrail.walk.state import Phase
from handrail.walk.view import Do, View

SMALL = Path(__file__).with_name("small.toml")
PAIRS = (
    BoundPair("alpha", "replication", {"master": "a1", "slave": "a2"}),
    BoundPair("beta", "replication", {"master": "b1", "slave": "b2"}),
)
HEALTHY = {
    (server, name): value
    for server in ("a1", "a2", "b1", "b2")
    for name, value in (("active", server.endswith("1")), ("connections", 4), ("version", "2.44.0"))
}
BOTH_LIVE = {**HEALTHY, ("a2", "active"): True}


def at(step: str, phase: Phase) -> Any:
    """The pointer is on this step in this phase."""

    def wanted(view: View) -> bool:
        return (
            view.current is not None
            and view.current.planned.key == step
            and view.current.state.phase is phase
        )

    return wanted


async def to_send(stage: Staged) -> None:
    """Walk up to the step that sends, confirmed."""
    await stage.until(at("choose", Phase.NOW))
    stage.record(e.Chosen(step="choose", option="long"))
    await stage.until(at("only-long", Phase.NOW))
    stage.record(e.Confirmed(step="only-long", how="acknowledge"))
    await stage.until(at("send", Phase.NOW))
    stage.record(e.Confirmed(step="send", how="target", typed="a2"))
    await stage.until(lambda view: view.current is not None and view.current.state.confirmed)


class TestSending:
    """Require, intend, require once more, send."""

    def test_intended_is_durable_before_the_first_byte_leaves(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch an act that is performed before, or without, its intended record."""
        kinds_when_performed: list[list[str]] = []

        async def script(stage: Staged) -> None:
            stage.systems.on_perform = lambda _s, _a: kinds_when_performed.append(stage.recorder.kinds())
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            await stage.until(lambda _view: "acted" in stage.recorder.kinds())

        play(plan, opened, script, values=BOTH_LIVE)
        assert kinds_when_performed
        assert kinds_when_performed[0][-1] == "intended"

    def test_nothing_is_sent_when_intended_cannot_be_saved(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch an act sent although its intention was not durable; says NOT SAVED, and works afterwards."""
        full = [False]
        recorder = MemoryRecorder(fail=lambda event: full[0] and event["kind"] == "intended")

        async def script(stage: Staged) -> None:
            await to_send(stage)
            full[0] = True
            stage.submit(c.Send("send", 1))
            view = await stage.until(lambda view: bool(view.unsaved))
            assert view.notice.level == "NOT SAVED"
            assert stage.systems.performed == []
            assert view.state.step("send").phase is Phase.NOW
            full[0] = False
            stage.submit(c.Send("send", 1))
            await stage.until(lambda view: bool(stage.systems.performed) and not view.unsaved)

        play(plan, opened, script, values=BOTH_LIVE, recorder=recorder)
        assert recorder.refused == ["intended"]

    def test_the_end_of_an_act_that_could_not_be_saved_is_recorded_first_when_it_can(
        self, plan: Plan, opened: e.Opened
    ) -> None:
        """Would catch an outcome that is lost, or overtaken by another record, after a full disk."""
        full = [True]
        recorder = MemoryRecorder(fail=lambda event: full[0] and event["kind"] in ("acted", "noted"))

        async def script(stage: Staged) -> None:
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            view = await stage.until(lambda view: bool(view.unsaved))
            assert view.state.step("send").phase is Phase.SENDING
            await stage.rest(30)
            full[0] = False
            await stage.until(
                lambda view: not view.unsaved and view.state.step("send").phase is not Phase.SENDING
            )

        play(plan, opened, script, values=BOTH_LIVE, recorder=recorder)
        kinds = recorder.kinds()
        assert kinds[kinds.index("intended") + 1] == "acted"

    def test_what_no_longer_holds_right_before_sending_stops_it(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a requirement that is read once and believed for ever."""

        async def script(stage: Staged) -> None:
            def changes_its_mind(event: Mapping[str, Any]) -> bool:
                if event["kind"] == "intended":
                    stage.systems.values[("a1", "active")] = False
                return False

            stage.recorder.fail = changes_its_mind
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            await stage.until(lambda _view: "not-sent" in stage.recorder.kinds())

        stage = play(plan, opened, script, values=BOTH_LIVE)
        assert stage.systems.performed == []

    @pytest.mark.parametrize("value", [False, Failure.TIMED_OUT, Failure.MALFORMED])
    def test_an_unmet_or_unknown_requirement_records_nothing(
        self, plan: Plan, opened: e.Opened, value: Any
    ) -> None:
        """Would catch sending on unknown: a requirement that cannot be read is not met."""

        async def script(stage: Staged) -> None:
            await to_send(stage)
            stage.systems.values[("a1", "active")] = value
            stage.submit(c.Send("send", 1))
            view = await stage.until(lambda view: view.notice.level == "refused")
            assert "required first" in view.notice.text

        stage = play(plan, opened, script, values=BOTH_LIVE)
        assert "intended" not in stage.recorder.kinds()
        assert stage.systems.performed == []

    def test_a_send_for_a_step_the_pointer_has_left_is_refused(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a late key press that sends the next step's act."""

        async def script(stage: Staged) -> None:
            await to_send(stage)
            stage.submit(c.Send("only-long", 1))
            stage.submit(c.Send("send", 2))
            await stage.rest(2)

        stage = play(plan, opened, script, values=BOTH_LIVE)
        assert stage.systems.performed == []

    def test_an_act_without_an_end_is_undecided(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a hanging command that blocks the walk or counts as done."""

        async def script(stage: Staged) -> None:
            stage.systems.takes_s = 10_000
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            view = await stage.until(at("send", Phase.UNDECIDED))
            assert view.permits[Do.DECIDE] is None
            assert view.permits[Do.SEND] is not None

        play(plan, opened, script, values=BOTH_LIVE)

    def test_undecided_is_decided_by_a_reading_only_if_it_agrees(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch `took effect` being believed against the systems."""

        async def script(stage: Staged) -> None:
            stage.systems.answer = Answer(Result.UNKNOWN, safe("the line broke off"))
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            await stage.until(at("send", Phase.UNDECIDED))
            stage.record(e.Resolved(step="send", how="took-effect"))
            view = await stage.until(lambda view: view.notice.level == "refused")
            assert "do not show" in view.notice.text
            stage.systems.values[("a2", "active")] = False
            stage.record(e.Resolved(step="send", how="took-effect"))
            await stage.until(lambda _view: "resolved" in stage.recorder.kinds())

        play(plan, opened, script, values=BOTH_LIVE)

    def test_an_unreadable_awaited_log_stops_the_send(self, opened: e.Opened) -> None:
        """Would catch an act sent although nobody could see the line that says how it went."""
        text = SMALL.read_text(encoding="utf-8")
        found = 'title = "Stopped", expect = [{ field = "active", is = false }]'
        assert found in text
        awaiting = text.replace(found, 'title = "Stopped", expect = [{ log = "x.gone" }]')
        plan = lay_out(loads(SMALL, awaiting.encode()).procedure, PAIRS)

        async def script(stage: Staged) -> None:
            await to_send(stage)
            stage.systems.logs["a2"].readable = False
            stage.submit(c.Send("send", 1))
            view = await stage.until(lambda view: view.notice.level == "refused")
            assert "cannot be read" in view.notice.text
            stage.systems.logs["a2"].readable = True
            stage.systems.logs["a2"].pending.append("!x.gone from before")
            stage.systems.values[("a2", "active")] = False
            await stage.rest(1)
            stage.submit(c.Send("send", 1))
            await stage.rest(20)
            assert stage.view.state.pointer == "send", "a line from before the mark does not count"
            stage.systems.logs["a2"].pending.append("!x.gone now")
            await stage.until(lambda view: view.state.step("send").outcome == "stopped")

        play(plan, opened, script, values=BOTH_LIVE)


class TestLooking:
    """Nothing passes on unknown; waiting has an end."""

    def test_an_answer_that_must_not_be_stands_although_the_readings_are_as_expected(
        self, opened: e.Opened
    ) -> None:
        """Would catch a step that is met again by its readings and asks anew, its if-not gone before it is read."""
        text = SMALL.read_text(encoding="utf-8")
        asked = 'changes = false\nattest = { ask = "How did it go"'
        assert asked in text
        awaiting = text.replace(asked, 'expect = [{ field = "version", is_not = "" }]\n' + asked)
        plan = lay_out(loads(SMALL, awaiting.encode()).procedure, PAIRS)

        async def script(stage: Staged) -> None:
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            await stage.until(at("by-hand", Phase.NOW))
            stage.submit(c.Send("by-hand", 1))
            await stage.until(at("by-hand", Phase.SENDING))
            stage.submit(c.DoneByHand("by-hand", 1, ""))
            await stage.until(at("by-hand", Phase.MET))
            stage.record(e.Attested(step="by-hand", value="badly"))
            await stage.until(at("by-hand", Phase.MISSED))
            await stage.rest(20)
            assert stage.view.state.step("by-hand").phase is Phase.MISSED
            stage.record(e.WaitedLonger(step="by-hand", seconds=60, reason="look again"))
            await stage.until(at("by-hand", Phase.MET))

        play(plan, opened, script, values=BOTH_LIVE)

    def test_unknown_is_waited_out_and_missed(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch unknown counting as met, and a wait without an end."""
        values = {**HEALTHY, ("a1", "active"): Failure.TIMED_OUT}

        async def script(stage: Staged) -> None:
            view = await stage.until(at("read", Phase.MISSED))
            assert view.current is not None
            assert view.current.ways[0].verdict is Verdict.UNKNOWN
            stage.record(e.WaitedLonger(step="read", seconds=60, reason="slow console"))
            await stage.until(at("read", Phase.WAITING))
            stage.systems.values[("a1", "active")] = True
            await stage.until(at("choose", Phase.NOW))

        stage = play(plan, opened, script, values=values)
        assert stage.recorder.kinds()[:4] == ["opened", "begun", "missed", "waited-longer"]

    def test_what_comes_late_still_counts(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a missed step that stays missed although it is obtained after all."""
        values = {**HEALTHY, ("a1", "active"): False}

        async def script(stage: Staged) -> None:
            await stage.until(at("read", Phase.MISSED))
            stage.systems.values[("a1", "active")] = True
            await stage.until(at("choose", Phase.NOW))

        play(plan, opened, script, values=values)

    def test_a_capture_that_cannot_be_read_holds_the_step(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a step that is met without the value it must keep."""
        values = {**HEALTHY, ("a1", "connections"): Failure.TIMED_OUT}

        async def script(stage: Staged) -> None:
            await stage.until(at("read", Phase.MISSED))
            stage.systems.values[("a1", "connections")] = 4
            view = await stage.until(at("choose", Phase.NOW))
            assert view.state.captured["count"] == 4

        play(plan, opened, script, values=values)

    def test_observation_goes_on_while_an_append_hangs(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a slow disk that stops the reading of brokers. Virtual time stands still meanwhile,
        so the reads are counted against a thread that really waits."""
        release = threading.Event()

        def slow(event: Mapping[str, Any]) -> bool:
            if event["kind"] == "noted":
                release.wait(2)
            return False

        async def script(stage: Staged) -> None:
            await stage.until(at("choose", Phase.NOW))
            stage.recorder.fail = slow
            stage.record(e.Noted(text="slow"))
            begin = time.monotonic()
            threading.Timer(0.3, release.set).start()
            await stage.until(lambda _view: "noted" in stage.recorder.kinds())
            assert time.monotonic() - begin >= 0.25

        play(plan, opened, script, values=HEALTHY)


class TestGuards:
    """A guard outlives its debounce before it is lost, stops sending, and comes back."""

    def test_a_lost_guard_is_recorded_and_stops_the_send_until_accepted(
        self, plan: Plan, opened: e.Opened
    ) -> None:
        """Would catch an act sent while nobody is live."""

        async def script(stage: Staged) -> None:
            await to_send(stage)
            stage.systems.values[("a1", "active")] = False
            stage.systems.values[("a2", "active")] = False
            view = await stage.until(lambda view: bool(view.guards))
            assert view.permits[Do.SEND] is not None
            assert "guard lost" in str(view.permits[Do.SEND])
            stage.systems.values[("a1", "active")] = True
            await stage.until(lambda view: not view.guards)

        stage = play(plan, opened, script, values=BOTH_LIVE)
        kinds = stage.recorder.kinds()
        assert kinds.index("guard-lost") < kinds.index("guard-back")

    def test_a_moment_shorter_than_the_debounce_is_no_loss(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch an alarm at every planned failover's half second."""

        async def script(stage: Staged) -> None:
            await to_send(stage)
            stage.systems.values[("a1", "active")] = False
            stage.systems.values[("a2", "active")] = False
            await stage.rest(2.5)
            stage.systems.values[("a1", "active")] = True
            await stage.rest(20)

        stage = play(plan, opened, script, values=BOTH_LIVE)
        assert stage.recorder.kinds().count("guard-lost") <= 1

    def test_a_guard_is_not_watched_before_its_first_step(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a guard that interrupts steps it does not belong to."""
        values = {**HEALTHY, ("b1", "active"): False}

        async def script(stage: Staged) -> None:
            await stage.until(at("choose", Phase.NOW))
            await stage.rest(30)

        assert "guard-lost" not in play(plan, opened, script, values=values).recorder.kinds()


class TestHoldingAndResuming:
    """A hang-up finishes what is in flight, records held, and stops; a resume says what changed."""

    def test_a_hang_up_waits_for_the_act_in_flight(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a process that dies between sending and recording the answer."""

        async def script(stage: Staged) -> None:
            stage.systems.takes_s = 40
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            await stage.until(lambda view: bool(view.busy))
            stage.submit(c.Stop("hang-up"))

        stage = play(plan, opened, script, values=BOTH_LIVE)
        kinds = stage.recorder.kinds()
        assert kinds[kinds.index("intended") + 1] == "acted"
        assert kinds[-1] == "held"

    def test_a_resume_finds_out_anew_whether_heads_arrive_outside(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch `Anchor=pending` that is gone after a resume though nothing arrives."""

        async def walk(stage: Staged) -> None:
            await to_send(stage)

        past = play(plan, opened, walk, values=BOTH_LIVE).recorder.events

        async def script(stage: Staged) -> None:
            await stage.until(lambda view: bool(view.brief) and view.anchoring.pending == "no syslog")

        play(plan, None, script, values=BOTH_LIVE, past=past, outside=Outside(lambda: lambda: "no syslog"))

    def test_what_was_being_sent_at_a_crash_is_undecided(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a resume that sends again, or believes that it was done."""

        async def walk(stage: Staged) -> None:
            await to_send(stage)
            stage.submit(c.Send("send", 1))
            await stage.until(lambda _view: "acted" in stage.recorder.kinds())

        before = play(plan, opened, walk, values=BOTH_LIVE).recorder.events
        crashed = before[: 1 + next(i for i, event in enumerate(before) if isinstance(event, e.Intended))]

        async def script(stage: Staged) -> None:
            view = await stage.until(at("send", Phase.UNDECIDED))
            assert any("not known" in line for line in view.brief)
            stage.submit(c.Send("send", 1))
            stage.record(e.Resolved(step="send", how="stated-took-effect", reason="I looked"))
            await stage.rest(2)
            assert stage.recorder.kinds() == ["resumed"]
            stage.record(e.BriefRead())
            await stage.until(lambda view: not view.brief)

        stage = play(plan, None, script, values=BOTH_LIVE, past=crashed)
        assert stage.systems.performed == []

    def test_a_countdown_that_ran_out_before_is_in_the_brief_and_beside_the_step(
        self, plan: Plan, opened: e.Opened
    ) -> None:
        """Would catch a window of an earlier watch that was "not seen to begin" after a resume."""
        window = {
            "title": "Wait",
            "on": "slave",
            "field": "active",
            "is": True,
            "length": "60s",
            "over": "Over.",
        }
        first = plan.steps[0]
        step = first.step.model_copy(update={"window": Window.model_validate(window)})
        steps = (replace(first, step=step), *plan.steps[1:])
        counting = replace(plan, steps=steps, by_key={planned.key: planned for planned in steps})
        began, over = START - timedelta(seconds=100), START - timedelta(seconds=38)
        assert step.window is not None
        seen = {scope_of(first.pair.name, step.window): SeenBefore(began, 60.0, over, over=True)}

        async def script(stage: Staged) -> None:
            view = await stage.until(lambda view: bool(view.brief))
            assert any("began at 03:12:20Z, RAN OUT at 03:13:22Z" in line for line in view.brief)
            assert view.current is not None
            assert view.current.window is not None
            assert view.current.window.ended == over

        past = [opened, e.Begun(step=first.key), e.Held(why="hang-up")]
        values = {**HEALTHY, ("a1", "active"): False}
        play(counting, None, script, values=values, past=past, past_windows=seen)

    def test_a_run_that_ended_is_sealed_and_takes_nothing_more(self, plan: Plan, opened: e.Opened) -> None:
        """Would catch a record after the seal."""

        async def script(stage: Staged) -> None:
            await stage.until(at("choose", Phase.NOW))
            stage.record(e.Ended(how="aborted", reason="wrong procedure", left="nothing"))
            await stage.until(lambda view: view.stopped)
            stage.record(e.Noted(text="late"))

        stage = play(plan, opened, script, values=HEALTHY)
        assert stage.recorder.sealed
        assert stage.recorder.kinds()[-1] == "ended"


def test_by_hand_begins_and_ends_by_the_operators_word(plan: Plan, opened: e.Opened) -> None:
    """Would catch a by-hand step that counts as done when it was only begun."""

    async def script(stage: Staged) -> None:
        await to_send(stage)
        stage.submit(c.Send("send", 1))
        await stage.until(at("by-hand", Phase.NOW))
        stage.submit(c.Send("by-hand", 1))
        view = await stage.until(at("by-hand", Phase.SENDING))
        assert view.permits[Do.DONE_BY_HAND] is None
        stage.submit(c.DoneByHand("by-hand", 1))
        await stage.until(at("by-hand", Phase.MET))
        stage.record(e.Attested(step="by-hand", value="badly"))
        await stage.until(at("by-hand", Phase.MISSED))

    stage = play(plan, opened, script, values=BOTH_LIVE)
    assert [server for server, _ in stage.systems.performed] == ["a2"]
    assert all(isinstance(act, Act) for _, act in stage.systems.performed)


def test_a_stop_does_not_wait_for_ever_for_a_full_disk(plan: Plan, opened: e.Opened) -> None:
    """Would catch a hang-up that leaves a process behind because nothing can be saved any more."""
    recorder = MemoryRecorder(fail=lambda event: event["kind"] in ("acted", "held"))

    async def script(stage: Staged) -> None:
        await to_send(stage)
        stage.submit(c.Send("send", 1))
        await stage.until(lambda view: bool(view.unsaved))
        stage.submit(c.Stop("hang-up"))

    stage = play(plan, opened, script, values=BOTH_LIVE, recorder=recorder)
    assert stage.view.stopped
    assert recorder.kinds()[-1] == "intended", "the outcome stays undecided"
