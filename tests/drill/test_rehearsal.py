"""Edges are counted from records, never from what was meant to happen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.edges import Edge, Kind, edges_of, taken
from handrail.drill.rehearsal import QuickDisk, Rehearser, Walked, _other_guards, play
from handrail.drill.scenario import Scenario, scenarios
from handrail.drill.stage import bound_pairs_of
from handrail.ledger.verify import Whole, verify
from handrail.procedure.loading import find
from handrail.walk import events as e
from handrail.walk.plan import lay_out

LOADED = find("artemis/delta-message-assessment")
SCENARIO: Scenario = scenarios(LOADED.procedure.id)[0]
PLAN = lay_out(LOADED.procedure, bound_pairs_of(SCENARIO))


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """The straight way, walked once."""
    return Rehearser(LOADED, tmp_path_factory.mktemp("ledger"))._walk(SCENARIO, Route())


def test_every_edge_of_the_graph_is_listed_once() -> None:
    """An edge that is not listed is never missed."""
    found = edges_of(LOADED.procedure)
    assert len(found) == len(set(found))
    steps = list(LOADED.procedure.steps())
    assert sum(edge.kind is Kind.IF_NOT for edge in found) == sum(len(step.if_not) for step in steps)
    assert sum(edge.kind is Kind.ABORT for edge in found) == len(LOADED.procedure.sections)
    assert sum(edge.kind is Kind.NOT_TAKEN for edge in found) == sum(step.when is not None for step in steps)
    reached = {edge.at for edge in found if edge.kind in (Kind.DONE, Kind.OUTCOME, Kind.CHOICE)}
    assert reached == {step.id for step in steps}


def test_the_straight_way_takes_its_edges_and_no_others(straight: Walked) -> None:
    """What it did not do is not counted."""
    assert Edge(Kind.OUTCOME, "state", "split") in straight.edges
    assert Edge(Kind.OUTCOME, "state", "slave-down") not in straight.edges
    assert Edge(Kind.NOT_TAKEN, "old-replica") in straight.edges
    assert Edge(Kind.CHOICE, "what-to-do", "import") in straight.edges
    assert Edge(Kind.CHOICE, "what-to-do", "give-up") not in straight.edges
    assert Edge(Kind.COMPLETE, LOADED.procedure.id) in straight.edges
    assert not {edge for edge in straight.edges if edge.kind in (Kind.ABORT, Kind.IF_NOT)}
    assert {edge.at for edge in straight.edges if edge.kind is Kind.SECTION} >= {"count", "decide"}
    assert straight.edges <= set(edges_of(LOADED.procedure))


def test_no_prefix_of_a_walk_takes_what_only_the_whole_takes(straight: Walked) -> None:
    """Edges grow with the records, one by one, and the end counts only when it is recorded."""
    before: set[Edge] = set()
    for length in range(1, len(straight.events) + 1):
        found = taken(PLAN, straight.events[:length])
        assert before <= found
        before = found
    complete = Edge(Kind.COMPLETE, LOADED.procedure.id)
    assert complete not in taken(PLAN, straight.events[:-1])
    assert complete in before


def test_a_walk_with_a_skipped_step_is_not_the_whole_way(straight: Walked) -> None:
    """Skip-free completion is an edge of its own."""
    key = "keep-until"
    events = [
        e.Skipped(step=key, reason="x") if isinstance(event, e.Attested) and event.step == key else event
        for event in straight.events
    ]
    found = taken(PLAN, events)
    assert Edge(Kind.COMPLETE, LOADED.procedure.id) not in found
    assert Edge(Kind.DONE, key) not in found


def test_an_abort_counts_for_the_section_it_happened_in(tmp_path: Path) -> None:
    """And for no other."""
    walked = Rehearser(LOADED, tmp_path)._walk(SCENARIO, Route(abort_at="export"))
    aborts = [edge for edge in walked.edges if edge.kind is Kind.ABORT]
    assert aborts == [Edge(Kind.ABORT, "save")]
    assert walked.problems == ()


def test_the_same_walk_is_the_same_each_time(tmp_path: Path) -> None:
    """The autopilot answers in the walk's own loop: nothing depends on how fast this machine is."""
    walks = [Rehearser(LOADED, tmp_path / name)._walk(SCENARIO, Route()) for name in ("one", "two")]
    first, second = ([type(event).__name__ for event in walk.events] for walk in walks)
    assert first == second
    waits = [[event.waited_s for event in walk.events if isinstance(event, e.Met)] for walk in walks]
    assert waits[0] == waits[1]


def test_a_walk_whose_run_was_touched_does_not_pass(tmp_path: Path) -> None:
    """A rehearsal believes only records that verify."""
    rehearser = Rehearser(LOADED, tmp_path)
    drill = play(LOADED, SCENARIO, tmp_path, Autopilot(SCENARIO.finds))
    assert verify(drill.run_path, None, disk=QuickDisk()).whole is Whole.SEALED
    watch = next(path for path in drill.run_path.iterdir() if path.is_dir())
    record = sorted(watch.glob("*.toml"))[3]
    record.chmod(0o600)
    record.write_bytes(record.read_bytes().replace(b'"', b"'", 1))
    from handrail.drill.rehearsal import _as_recorded

    walked = _as_recorded(drill, PLAN, SCENARIO, "", Autopilot({}))
    assert walked.problems
    rehearser._result.walks.append(walked)
    assert not rehearser._result.passed


def test_a_guard_that_rings_although_nothing_makes_it_does_not_pass(straight: Walked) -> None:
    """An alarm on the straight way teaches that alarms are to be waved away."""
    rung = replace(straight, events=(*straight.events, e.GuardLost(guard="one-live@orders", evidence=())))
    assert _other_guards(SCENARIO, straight) == []
    assert "one-live is lost" in _other_guards(SCENARIO, rung)[0]
    told = SCENARIO.model_copy(update={"rings": ("one-live",)})
    assert _other_guards(told, rung) == []
    assert "one-live should be lost" in _other_guards(told, straight)[0]


def test_reloading_a_colocated_node_rings_no_guard(tmp_path: Path) -> None:
    """The walk's own reload ends what the guard watches for."""
    loaded = find("eap/colocate-replication")
    for scenario in scenarios(loaded.procedure.id):
        assert Rehearser(loaded, tmp_path / scenario.id)._walk(scenario, Route()).rang == set()
