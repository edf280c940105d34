"""The autopilot does what an operator who does everything right would, and gives up what leads nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.screens.moments import MOMENTS

from handrail.drill.autopilot import ATTEMPTS, UNSAVED_S, Autopilot, Route
from handrail.drill.rehearsal import play
from handrail.drill.scenario import Inject, Scenario, scenarios
from handrail.ledger.disk import RealDisk
from handrail.ledger.examine import examine
from handrail.procedure.loading import find
from handrail.text import NOTHING
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.session import events_of

SPLIT = scenarios("artemis/split-brain-recovery")[0]


def walked(scenario: Scenario, tmp_path: Path, pilot: Autopilot) -> list[e.Event]:
    """The events of a walk of the scenario's procedure."""
    drill = play(find(scenario.procedure), scenario, tmp_path, pilot)
    assert drill.session.error is None
    watch = next(path for path in drill.run_path.iterdir() if path.is_dir())
    return events_of(examine(RealDisk(), watch).records)


def with_injects(*items: dict[str, object]) -> Scenario:
    """The split pair with more faults."""
    return SPLIT.model_copy(update={"injects": tuple(Inject.model_validate(item) for item in items)})


def test_it_types_the_names_of_servers_and_attests_what_would_be_found(tmp_path: Path) -> None:
    """Nothing is invented: finds are the scenario's."""
    events = walked(SPLIT, tmp_path, Autopilot(SPLIT.finds))
    typed = {event.step: event.typed for event in events if isinstance(event, e.Confirmed) and event.typed}
    assert typed == {
        "accept-loss": "broker-b",
        "stop-slave": "broker-b",
        "start-slave": "broker-b",
        "stop-master": "broker-a",
    }
    attested = {event.step: event.value for event in events if isinstance(event, e.Attested)}
    assert attested == SPLIT.finds


def test_it_takes_what_is_done_already_as_done(tmp_path: Path) -> None:
    """A colleague stopped the slave a moment before; nothing is sent twice."""
    scenario = with_injects({"name": "stop", "begun": "stop-slave", "arguments": {"server": "broker-b"}})
    pilot = Autopilot(scenario.finds, patience=1)
    events = walked(scenario, tmp_path, pilot)
    ended = events[-1]
    assert isinstance(ended, e.Ended)
    assert ended.how == "complete"


def test_an_undecided_step_is_decided_by_what_the_systems_show(tmp_path: Path) -> None:
    """The script failed and nothing was stopped: the readings say so, and it is tried once more."""
    arguments = {"server": "broker-b", "command": "stop"}
    scenario = with_injects({"name": "failing-command", "at": "0s", "arguments": arguments})
    events = walked(scenario, tmp_path, Autopilot(scenario.finds))
    resolved = [event for event in events if isinstance(event, e.Resolved)]
    assert [(event.step, event.how) for event in resolved] == [("stop-slave", "did-not")]
    assert isinstance(events[-1], e.Ended)
    assert events[-1].how == "complete"


def test_it_waits_longer_as_often_as_it_has_patience_and_then_aborts(tmp_path: Path) -> None:
    """A client that never comes holds up a walk for ever otherwise."""
    scenario = with_injects({"name": "behaviour", "at": "0s", "arguments": {"as": "last-only"}})
    events = walked(scenario, tmp_path, Autopilot(scenario.finds, patience=2))
    longer = [event for event in events if isinstance(event, e.WaitedLonger)]
    assert [event.step for event in longer] == ["clients-on-slave"] * 2
    assert isinstance(events[-1], e.Ended)
    assert events[-1].how == "aborted"


def test_a_blocked_step_is_remembered_and_left_after_a_while(tmp_path: Path) -> None:
    """The slave may not be stopped while the master cannot be seen to be live."""
    scenario = with_injects(
        {"name": "refuse-management", "begun": "stop-slave", "arguments": {"server": "broker-a"}}
    )
    pilot = Autopilot(scenario.finds, Route(abort_when_missed="stop-slave"))
    events = walked(scenario, tmp_path, pilot)
    assert pilot.blocked == {"stop-slave"}
    assert not any(isinstance(event, e.Intended) and event.step == "stop-slave" for event in events)
    assert isinstance(events[-1], e.Ended)
    assert events[-1].how == "aborted"


def test_it_stops_when_nothing_could_be_saved_for_two_minutes() -> None:
    """Would catch a drill on a full disk that never ends."""
    full, pilot = MOMENTS["not_saved"]().view(), Autopilot({})
    later = replace(full, now=full.now + timedelta(seconds=UNSAVED_S + 1))
    assert not isinstance(pilot.decide(full), c.Stop)
    assert isinstance(pilot.decide(later), c.Stop)
    saved = replace(later, unsaved=NOTHING)
    assert not isinstance(pilot.decide(saved), c.Stop)
    assert not isinstance(pilot.decide(later), c.Stop), "counted from the next time on"


def test_a_start_that_always_fails_is_given_up(tmp_path: Path) -> None:
    """A process that runs while nobody can see it: start fails, for ever."""
    scenario = next(
        item for item in scenarios("artemis/full-restart") if item.id == "full-restart-found-down"
    )
    hidden = Inject.model_validate(
        {"name": "refuse-management", "at": "0s", "arguments": {"server": "orders-a"}}
    )
    events = walked(
        scenario.model_copy(update={"injects": (hidden,)}), tmp_path, Autopilot(scenario.finds, patience=1)
    )
    assert max(event.attempt for event in events if isinstance(event, e.OfStep)) <= ATTEMPTS + 1
    assert isinstance(events[-1], e.Ended)
    assert events[-1].how in ("aborted", "abandoned")
