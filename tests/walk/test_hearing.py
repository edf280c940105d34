"""A second person is looked for once a second, one look at a time, and what does not count is said once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from handrail.clock import LoopClock
from handrail.drill.virtual_loop import VirtualLoop
from handrail.ledger.statement import Kind
from handrail.text import safe
from handrail.walk.asked import Asked
from handrail.walk.hearing import HEAR_EVERY_S, HasHeard, Hearing
from handrail.walk.second_person import Heard

WANTED = Asked(Kind.WITNESS, "stop-slave", 1, "0" * 64, "SHA256:ana", "ana", frozenset())


@dataclass
class Listened:
    """A hearing, and what it told."""

    hearing: Hearing
    told: asyncio.Queue[HasHeard]


def listen(body: Callable[[Listened], object], hear: Callable[[Asked], Heard] | None) -> None:
    """Run the body with a hearing in virtual time that begins long after the clock did."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        told: asyncio.Queue[HasHeard] = asyncio.Queue()
        clock = LoopClock(datetime(2026, 1, 2, tzinfo=UTC), loop)
        await asyncio.sleep(60)
        with ThreadPoolExecutor(1) as thread:
            found = body(Listened(Hearing(hear, clock, thread, told.put_nowait), told))
            if asyncio.iscoroutine(found):
                await found

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(run())


def test_where_nobody_can_be_heard_nobody_is_looked_for() -> None:
    """Would catch a look that calls nothing."""

    def body(found: Listened) -> None:
        assert not found.hearing.due

    listen(body, None)


def test_one_look_at_a_time_and_the_next_a_second_later() -> None:
    """Would catch looks that pile up behind a slow directory, and one that is never repeated."""

    async def body(found: Listened) -> None:
        assert found.hearing.due
        found.hearing.look(WANTED)
        assert not found.hearing.due
        heard = await found.told.get()
        assert heard.wanted == WANTED
        found.hearing.ended(heard)
        assert not found.hearing.due
        await asyncio.sleep(HEAR_EVERY_S)
        assert found.hearing.due

    listen(body, lambda _asked: Heard())


def test_why_a_statement_does_not_count_is_said_once() -> None:
    """Would catch a line that is said anew each second, and one that is not said when it comes back."""
    problems = iter(["too old", "too old", "", "too old"])

    async def body(found: Listened) -> None:
        said = []
        for _ in range(4):
            await asyncio.sleep(HEAR_EVERY_S)
            found.hearing.look(WANTED)
            said.append(found.hearing.ended(await found.told.get()))
        assert said == ["too old", "", "", "too old"]

    listen(body, lambda _asked: Heard(problem=safe(next(problems))))
