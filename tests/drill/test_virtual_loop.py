"""Virtual time jumps only when nothing is runnable and no work on a thread is pending."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from handrail.drill.virtual_loop import VirtualLoop

Result = TypeVar("Result")


def run(body: Coroutine[Any, Any, Result], speed: float | None = None) -> Result:
    """The result of a coroutine in a virtual loop."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(speed)) as runner:
        return runner.run(body)


def test_an_hour_of_sleep_takes_no_time_and_counts_as_an_hour() -> None:
    """The clock moves by exactly what was slept."""

    async def body() -> float:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - before

    started = time.monotonic()
    assert run(body()) == 3600
    assert time.monotonic() - started < 5


def test_timers_fire_in_the_order_of_their_moments() -> None:
    """A jump must not leap over an earlier timer."""

    async def body() -> list[float]:
        loop = asyncio.get_running_loop()
        seen: list[float] = []

        async def wait(seconds: float) -> None:
            await asyncio.sleep(seconds)
            seen.append(loop.time())

        await asyncio.gather(*(wait(seconds) for seconds in (5, 0.5, 60, 2)))
        return seen

    assert run(body()) == [0.5, 2, 5, 60]


def test_time_stands_still_while_a_write_is_pending() -> None:
    """A ledger write takes as long as it takes; no time limit may run out meanwhile."""
    let_go = threading.Event()

    async def body() -> tuple[float, bool]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            write = loop.run_in_executor(pool, let_go.wait, 10.0)
            timer = asyncio.create_task(asyncio.sleep(30))
            threading.Timer(0.2, let_go.set).start()
            saved = await write
            at = loop.time()
            timer.cancel()
        return at, saved

    assert run(body()) == (0.0, True)


def test_at_a_speed_time_passes_that_much_faster() -> None:
    """A person's drill at 60x: six seconds in a tenth of one."""

    async def body() -> float:
        await asyncio.sleep(6)
        return asyncio.get_running_loop().time()

    started = time.monotonic()
    assert run(body(), speed=60) >= 6
    assert 0.08 <= time.monotonic() - started < 3


def test_a_call_from_another_thread_wakes_a_loop_that_waits() -> None:
    """A key pressed while the loop waits for the next timer is heard."""

    async def body() -> str:
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[str] = loop.create_future()
        threading.Timer(0.1, lambda: loop.call_soon_threadsafe(heard.set_result, "key")).start()
        return await heard

    assert run(body(), speed=1.0) == "key"


def test_a_loop_that_is_alone_does_the_work_of_threads_where_it_stands() -> None:
    """A rehearsal pays for no thread and no wake-up, and its results and errors come as they always do."""

    async def body() -> tuple[bool, str, float]:
        loop = asyncio.get_running_loop()
        here = await loop.run_in_executor(None, threading.get_ident)
        try:
            await loop.run_in_executor(None, int, "no number")
        except ValueError as problem:
            said = str(problem)
        called: asyncio.Future[None] = loop.create_future()
        loop.call_soon_threadsafe(called.set_result, None)
        await called
        await asyncio.sleep(3600)
        return here == threading.get_ident(), said, loop.time()

    with asyncio.Runner(loop_factory=lambda: VirtualLoop(alone=True)) as runner:
        same_thread, said, now = runner.run(body())
    assert same_thread
    assert "no number" in said
    assert now == 3600
