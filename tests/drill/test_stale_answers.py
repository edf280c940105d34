"""On stage a server gives kept answers: every product that tells an uptime is caught at it, and no other is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from handrail.clock import LoopClock
from handrail.commands.simulate import FIRST
from handrail.drill.scenario import load
from handrail.drill.stage import Stage, set_stage
from handrail.drill.virtual_loop import VirtualLoop
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.fields import load_fields
from handrail.procedure.loading import builtin_root
from handrail.readings import Failure, Reading
from handrail.walk.preflight import ALIVE, FIELDS

START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
TELL_AN_UPTIME = ("artemis", "amlen", "solace", "eap")


def staged(loop: VirtualLoop, product: str) -> tuple[Stage, str]:
    """The first drill of the product on stage, and one of its servers that is up."""
    folder = builtin_root() / product
    scenario = load(folder / "drills" / f"{FIRST[product]}.toml")
    catalogue, fields = load_catalogue(folder / "messages.toml"), load_fields(folder / "fields.toml")
    stage = set_stage(scenario, catalogue, fields, LoopClock(START, loop))
    up = [name for name in scenario.servers() if stage.simulator.listens(name)]
    return stage, up[-1]


def alive(readings: Sequence[Reading]) -> Reading:
    """What shows that the server answers."""
    told = [reading for reading in readings if reading.field in ALIVE]
    return next(reading for reading in told if reading.failure is not Failure.NOT_SUPPORTED)


def watched(product: str, *moments: tuple[float, str]) -> list[Reading]:
    """What one server says of itself at each moment, in seconds, after the inject named with it."""
    loop = VirtualLoop(None)

    async def body() -> list[Reading]:
        stage, server = staged(loop, product)
        found = []
        for moment, inject in moments:
            await asyncio.sleep(moment - stage.clock.elapsed())
            if inject:
                stage.simulator.inject(inject, {"server": server})
            found.append(alive(await stage.systems.read(server, FIELDS)))
        await stage.systems.close()
        return found

    try:
        return loop.run_until_complete(body())
    finally:
        loop.close()


@pytest.mark.parametrize("product", TELL_AN_UPTIME)
def test_a_kept_answer_is_stale_as_soon_as_its_uptime_has_stood_still(product: str) -> None:
    """Would catch a value of a moment past that passes for one of now, and one that stays stale once healed."""
    before, kept, still, after = watched(product, (10, ""), (11, "stale"), (17, ""), (18, "heal-management"))
    assert before.failure is None
    assert kept.failure is None, "one answer alone does not show it"
    assert (still.value, still.failure) == (None, Failure.STALE)
    assert "uptime stood at" in still.meaning
    assert "cache or a proxy" in still.meaning, "what it means"
    assert "ask the server itself" in still.meaning, "how it is mended"
    assert after.failure is None


@pytest.mark.parametrize("product", TELL_AN_UPTIME)
def test_answers_of_now_are_not_stale_however_often_they_are_asked_for(product: str) -> None:
    """The control: would catch a healthy server called stale."""
    moments = [(10 + 0.5 * number, "") for number in range(40)]
    assert {reading.failure for reading in watched(product, *moments)} == {None}


@pytest.mark.parametrize("product", TELL_AN_UPTIME)
def test_a_failure_between_two_answers_begins_anew(product: str) -> None:
    """After a failure the process may be another one: the same uptime again would prove nothing."""
    told = watched(product, (10, "stale"), (12, "refuse-management"), (14, "stale"), (18, ""), (20, ""))
    assert told[1].failure is Failure.REFUSED
    assert told[3].failure is None, "four seconds after the failure"
    assert told[4].failure is Failure.STALE


def test_a_product_without_an_uptime_is_read_as_it_is() -> None:
    """AMM's page carries nothing that moves: no staleness is made up for it."""
    told = watched("amm", (10, "stale"), (20, ""), (30, ""))
    assert [reading.value for reading in told] == [True, True, True]
