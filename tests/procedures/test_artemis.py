"""The Artemis procedures as they come: linted, walked on every edge, and what their order does to clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.recipes import recipes_beside, with_recipe
from handrail.drill.rehearsal import QuickDisk, Rehearser, play
from handrail.drill.scenario import Scenario, scenarios
from handrail.drill.stage import bound_pairs_of
from handrail.ledger.verify import Whole, verify
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import builtin_root, find
from handrail.products.artemis.scene import ClientPlan, PairPlan, make_world
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.walk import events as e
from handrail.walk.plan import lay_out
from handrail.walk.state import fold

IDS = (
    "artemis/split-brain-recovery",
    "artemis/rolling-restart",
    "artemis/full-restart",
    "artemis/delta-message-assessment",
)


@pytest.mark.parametrize("identity", IDS)
def test_each_procedure_has_a_straight_way_for_each_of_its_modes(identity: str) -> None:
    """A mode without a plain drill could not be practised without its traps."""
    procedure = find(identity).procedure
    straight = [item for item in scenarios(identity) if item.ends == "complete" and not item.injects]
    assert {item.mode for item in straight} == set(procedure.modes)
    assert all(item.objectives for item in scenarios(identity))


def walk(identity: str, scenario: Scenario, ledger: Path, route: Route | None = None) -> tuple[str, int]:
    """How the walk ended, and how many clients were stranded when it did."""
    drill = play(find(identity), scenario, ledger, Autopilot(scenario.finds, route or Route()))
    assert drill.session.error is None
    assert verify(drill.run_path, None, disk=QuickDisk()).whole is Whole.SEALED
    state = drill.session.state
    assert state is not None
    assert state.ended is not None
    return state.ended.how, len(drill.harmed)


def test_the_documented_order_leaves_no_client_stranded_after_a_split(tmp_path: Path) -> None:
    """Six steps with the waits between them bring everybody back."""
    scenario = scenarios("artemis/split-brain-recovery")[0]
    assert walk("artemis/split-brain-recovery", scenario, tmp_path) == ("complete", 0)


def test_restarting_only_the_slave_after_a_split_strands_its_clients(tmp_path: Path) -> None:
    """The wrong order: the pair is formed, and nobody does the two steps that free the slave's clients."""
    scenario = scenarios("artemis/split-brain-recovery")[0]
    on_slave = sum(group.count for group in scenario.clients if group.on == scenario.pairs[0].roles["slave"])
    how, stranded = walk("artemis/split-brain-recovery", scenario, tmp_path, Route(abort_at="stop-master"))
    assert (how, stranded) == ("aborted", on_slave)
    assert stranded > 0


def test_the_documented_order_of_a_full_restart_strands_nobody(tmp_path: Path) -> None:
    """Slaves down, masters down, masters up, slaves up."""
    scenario = scenarios("artemis/full-restart")[0]
    assert walk("artemis/full-restart", scenario, tmp_path) == ("complete", 0)


def restarted(order: Sequence[tuple[str, str]]) -> set[str]:
    """Who is stranded three minutes after a pair was restarted in this order; two applications join midway."""
    clients = [ClientPlan(f"app-{number}", "orders") for number in range(1, 6)]
    world = make_world([PairPlan("orders", "a", "b")], clients)
    pair = ArtemisSimulator(world, load_catalogue(builtin_root() / "artemis" / "messages.toml"))
    pair.advance(1.0)
    for number, (server, command) in enumerate(order, 1):
        assert pair.command(server, command).exit_status == 0
        pair.advance(40.0 * number)
        if number == 1:
            for client in ("app-1", "app-2"):
                pair.inject("restart-client", {"client": client})
            pair.advance(40.0 * number + 10.0)
    pair.advance(40.0 * len(order) + 180.0)
    assert [broker.name for broker in pair.world.live("orders")] == ["a"]
    return set(pair.world.stranded())


def test_masters_first_strands_those_that_joined_the_slave() -> None:
    """The same pair and clients in both orders: slaves first leaves nobody, masters first leaves newcomers."""
    documented = [("b", "stop"), ("a", "stop"), ("a", "start"), ("b", "start")]
    wrong = [("a", "stop"), ("b", "stop"), ("a", "start"), ("b", "start")]
    assert restarted(documented) == set()
    assert restarted(wrong) >= {"app-1", "app-2"}


def test_a_slave_that_was_live_last_is_found_before_anything_is_stopped(tmp_path: Path) -> None:
    """Stopping the slave first would throw the newer journal aside."""
    scenario = next(item for item in scenarios("artemis/full-restart") if item.id.endswith("wrong-order"))
    rehearser = Rehearser(find("artemis/full-restart"), tmp_path)
    walked = rehearser._walk(scenario, Route())
    order = [event.step for event in walked.events if isinstance(event, e.Intended)]
    assert order.index("fail-back-first@orders") < order.index("stop-slave@orders")


def test_rolling_restart_touches_the_second_pair_only_when_the_first_is_whole(tmp_path: Path) -> None:
    """Pair by pair, and no guard is lost on the straight way."""
    scenario = scenarios("artemis/rolling-restart")[0]
    walked = Rehearser(find("artemis/rolling-restart"), tmp_path)._walk(scenario, Route())
    steps = [event.step for event in walked.events if isinstance(event, e.Intended | e.Met)]
    done = max(number for number, step in enumerate(steps) if step.endswith("@orders"))
    begun = min(number for number, step in enumerate(steps) if step.endswith("@stock"))
    assert steps[done] == "pair-in-sync@orders"
    assert done < begun
    assert not any(isinstance(event, e.GuardLost) for event in walked.events), "one was live all the while"


def test_a_shared_store_left_at_its_defaults_is_handed_over_and_not_just_stopped(tmp_path: Path) -> None:
    """With failover-on-shutdown = false a clean stop would leave nobody live."""
    every = {item.id: item for item in scenarios("artemis/rolling-restart")}
    rehearser = Rehearser(find("artemis/rolling-restart"), tmp_path)
    default = rehearser._walk(every["rolling-restart-shared"], Route())
    failing_over = rehearser._walk(every["rolling-restart-shared-fails-over"], Route())
    sent = [
        {event.step for event in item.events if isinstance(event, e.Intended)}
        for item in (default, failing_over)
    ]
    assert "hand-over@orders" in sent[0]
    assert "stop-master@orders" not in sent[0]
    assert "hand-over@orders" not in sent[1]
    assert "stop-master@orders" in sent[1]


def test_a_replicated_pair_is_never_restarted_on_unset_failback_settings(tmp_path: Path) -> None:
    """Nothing at all is sent while the look at broker.xml says otherwise."""
    scenario = scenarios("artemis/rolling-restart")[0]
    finds = {**scenario.finds, "failback-settings": "not both true"}
    route = Route(abort_when_missed="failback-settings")
    walked = Rehearser(find("artemis/rolling-restart"), tmp_path)._walk(
        scenario.model_copy(update={"finds": finds}), route
    )
    assert not any(isinstance(event, e.Intended) for event in walked.events)
    assert walked.how.startswith("aborted")
    assert walked.problems == ()


@pytest.mark.parametrize(("step", "number", "again"), [("start-master", 2, "failback-settings")])
def test_a_split_that_is_back_is_mended_from_its_cause_on(
    step: str, number: int, again: str, tmp_path: Path
) -> None:
    """Would catch a way back that leaves standing what the split has made untrue."""
    loaded, scenario = find("artemis/split-brain-recovery"), scenarios("artemis/split-brain-recovery")[0]
    planned = next(
        item for item in lay_out(loaded.procedure, bound_pairs_of(scenario)).steps if item.step.id == step
    )
    recipe = recipes_beside(loaded.path)["check-for-live-off"]
    route = Route(if_not={step: number})
    walked = Rehearser(loaded, tmp_path)._walk(with_recipe(scenario, recipe, planned), route)
    back = next(place for place, event in enumerate(walked.events) if isinstance(event, e.Branched))
    assert any(isinstance(event, e.GuardLost) for event in walked.events[:back]), "the split was seen"
    begun = [event.step for event in walked.events[back:] if isinstance(event, e.Begun)]
    sent = [event.step for event in walked.events[back:] if isinstance(event, e.Intended)]
    assert begun[0] == again
    assert "stop-slave" in sent
    assert walked.how == "complete"


def test_the_guard_of_a_new_split_does_not_forbid_the_stop_that_its_words_demand() -> None:
    """Would catch a lost guard that can only be overruled: it is watched from the slave's start on."""
    loaded, scenario = find("artemis/split-brain-recovery"), scenarios("artemis/split-brain-recovery")[0]
    lost = fold(lay_out(loaded.procedure, bound_pairs_of(scenario)), [e.GuardLost(guard="two-live-again")])
    assert replace(lost, pointer="start-slave").open_guards == ["two-live-again"]
    assert replace(lost, pointer="complete").open_guards == ["two-live-again"]
    assert replace(lost, pointer="stop-slave").open_guards == []


def test_a_client_that_stays_without_a_broker_is_no_complete_recovery(tmp_path: Path) -> None:
    """Would catch a last step that takes any answer: somebody left behind needs a reason in the record."""
    loaded, scenario = find("artemis/split-brain-recovery"), scenarios("artemis/split-brain-recovery")[0]
    route = Route(attest={"complete": "some do not"}, abort_when_missed="complete")
    walked = Rehearser(loaded, tmp_path)._walk(scenario, route)
    assert walked.how.startswith("aborted")
    assert any("some do not" in text for text in walked.untrue)


def test_a_look_for_the_copy_shows_where_it_was_made_or_that_there_is_none() -> None:
    """Would catch a drill that shows a path to which nobody has copied anything."""
    sim = ArtemisSimulator(
        make_world([PairPlan("orders", "a", "b")], []),
        load_catalogue(builtin_root() / "artemis" / "messages.toml"),
    )
    assert sim.truth("b")["copied-to"] == "nowhere"
    sim.command("b", "stop")
    sim.advance(30)
    sim.console("b").enter("cp -r data /srv/backup/data")
    assert sim.truth("b")["copied-to"] == "/srv/backup/data"
