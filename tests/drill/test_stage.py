"""On stage: injects happen at their moment, and commands go wrong as they are told to."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from handrail.clock import LoopClock
from handrail.drill.scenario import Inject, Scenario
from handrail.drill.stage import BLOCKED_S, COMMAND_FAULTS, Stage, set_stage
from handrail.drill.virtual_loop import VirtualLoop
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.fields import load_fields
from handrail.procedure.loading import builtin_root, find
from handrail.procedure.model import Act
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.products.artemis.state import Phase as World
from handrail.products.product import Result
from handrail.walk import events as e
from handrail.walk.plan import lay_out
from handrail.walk.state import State, fold

FOLDER = builtin_root() / "artemis"
CATALOGUE = load_catalogue(FOLDER / "messages.toml")
FIELDS = load_fields(FOLDER / "fields.toml")
START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
SCENARIO = Scenario.model_validate(
    {
        "schema": 1,
        "id": "one",
        "title": "One",
        "procedure": "artemis/full-restart",
        "brief": "A pair.",
        "version": "2.44.0",
        "mode": "replication",
        "pairs": ({"name": "orders", "roles": {"master": "a", "slave": "b"}},),
        "clients": ({"pair": "orders", "on": "a", "count": 2},),
    }
)


def staged(loop: VirtualLoop, *injects: dict[str, object]) -> Stage:
    """The scenario with these injects on stage."""
    placed = tuple(Inject.model_validate(item) for item in injects)
    scenario = SCENARIO.model_copy(update={"injects": placed})
    return set_stage(scenario, CATALOGUE, FIELDS, LoopClock(START, loop))


def state_of(stage: Stage, *events: e.Event) -> State:
    """A walk of the full restart after these events."""
    plan = lay_out(find("artemis/full-restart").procedure, stage.pairs)
    opened = e.Opened(
        procedure="artemis/full-restart",
        version=1,
        sha256="0",
        mode="drill",
        site="DRILL",
        operator="x",
        principal="x",
        program="x",
        pairs=(),
    )
    return fold(plan, [opened, *events])


def phase(stage: Stage, server: str) -> World:
    """What the simulated server does now."""
    simulator = stage.simulator.now()
    assert isinstance(simulator, ArtemisSimulator)
    return simulator.world.brokers[server].phase


def play(*injects: dict[str, object]) -> tuple[VirtualLoop, Stage]:
    """A loop and a stage in it."""
    loop = VirtualLoop(None)
    return loop, staged(loop, *injects)


def test_an_inject_at_a_moment_waits_for_it() -> None:
    """Not a second early, and only once."""
    loop, stage = play({"name": "kill", "at": "30s", "arguments": {"server": "b"}})
    state = state_of(stage)

    async def body() -> list[World]:
        found = []
        for _ in range(4):
            stage.follow(state)
            found.append(phase(stage, "b"))
            await asyncio.sleep(12)
        return found

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(body()) == [World.SYNCED] * 3 + [World.DOWN]


@pytest.mark.parametrize(
    ("moment", "events"),
    [
        ("begun", ()),
        ("missed", (e.Begun(step="whole@orders"), e.Missed(step="whole@orders", waited_s=60, why="x"))),
    ],
)
def test_an_inject_at_a_step_waits_for_what_is_recorded_of_it(
    moment: str, events: tuple[e.Event, ...]
) -> None:
    """A repeated step counts by its own id, whatever the pair."""
    loop, stage = play({"name": "kill", moment: "whole", "arguments": {"server": "b"}})
    with asyncio.Runner(loop_factory=lambda: loop):
        if events:
            stage.follow(state_of(stage))
            assert phase(stage, "b") is World.SYNCED
        stage.follow(state_of(stage, *events))
        assert phase(stage, "b") is World.DOWN


def test_a_step_that_stands_still_counts_as_missed() -> None:
    """What is required and not so holds up a walk without any record of it; its mend must come all the same."""
    loop, stage = play({"name": "kill", "missed": "stop-slave", "arguments": {"server": "b"}})
    steps = [item.key for item in state_of(stage).plan.steps]
    before = [e.Skipped(step=key, reason="x") for key in steps[: steps.index("stop-slave@orders")]]
    state = state_of(stage, *before, e.Begun(step="stop-slave@orders"))
    assert state.pointer == "stop-slave@orders"

    async def body() -> list[World]:
        found = []
        for _ in range(2):
            stage.follow(state, blocked=True)
            found.append(phase(stage, "b"))
            await asyncio.sleep(BLOCKED_S + 1)
        stage.follow(state, blocked=True)
        return [*found, phase(stage, "b")]

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(body()) == [World.SYNCED, World.DOWN, World.DOWN]


def test_who_only_thinks_misses_no_fault() -> None:
    """A fault that lasts until a step was not obtained is still there for a person who reads for a while."""
    loop, stage = play({"name": "kill", "missed": "whole", "arguments": {"server": "b"}})
    state = state_of(stage)

    async def body() -> World:
        for _ in range(3):
            stage.follow(state)
            await asyncio.sleep(BLOCKED_S + 1)
        stage.follow(state)
        return phase(stage, "b")

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(body()) is World.SYNCED


@pytest.mark.parametrize("fault", COMMAND_FAULTS)
def test_a_spoilt_command_goes_wrong_once_and_in_its_own_way(fault: str) -> None:
    """Slow: it works later. Lost: it says it worked. Failing: it says it did not. The next one works."""
    loop, stage = play(
        {"name": fault, "at": "0s", "arguments": {"server": "b", "command": "stop", "seconds": 100}}
    )
    stop = Act(command="stop")

    async def body() -> tuple[Result, World, World, Result]:
        stage.follow(state_of(stage))
        first = await stage.systems.perform("b", stop, {})
        await asyncio.sleep(20)
        soon = phase(stage, "b")
        await asyncio.sleep(200)
        late = phase(stage, "b")
        again = await stage.systems.perform("b", stop, {})
        return first.result, soon, late, again.result

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        first, soon, late, again = runner.run(body())
    assert first is (Result.UNKNOWN if fault == "failing-command" else Result.ACCEPTED)
    assert soon is World.SYNCED
    assert (late is World.DOWN) == (fault == "slow-command")
    assert again is (Result.UNKNOWN if fault == "slow-command" else Result.ACCEPTED)
