"""An event loop in virtual time: with nothing to run, its clock moves on instead of waiting.

At speed None it jumps straight to the next timer (autopilot, tests); at a finite speed it waits real time
divided by the speed (a person in a drill). It never moves while work on a thread is pending, such as a
ledger write, so nothing overtakes what is being made durable. A loop that is alone (a rehearsal's) has nobody
outside it to hear: what is meant for another thread is done where it stands, and input is never looked for.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple

Args = TypeVarTuple("Args")
Result = TypeVar("Result")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop whose `time()` is virtual. `speed` may be changed while it runs.

    `alone`: only what runs in the loop itself may ask it for anything.
    """

    def __init__(self, speed: float | None = None, *, alone: bool = False) -> None:
        self.speed = speed
        self._alone = alone
        self._virtual = 0.0
        self._pending_work = 0
        super().__init__(_VirtualSelector(self))

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Args], Result], *args: *Args
    ) -> asyncio.Future[Result]:
        """As always, but virtual time stands still until the work is done."""
        if self._alone:
            done: asyncio.Future[Result] = self.create_future()
            try:
                done.set_result(func(*args))
            except Exception as problem:
                done.set_exception(problem)
            return done
        self._pending_work += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._work_done)
        return future

    def call_soon_threadsafe(
        self, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.Handle:
        """As always; a loop that is alone need not be woken."""
        if self._alone:
            return self.call_soon(callback, *args, context=context)
        return super().call_soon_threadsafe(callback, *args, context=context)

    def _work_done(self, _future: asyncio.Future[Any]) -> None:
        self._pending_work -= 1

    def pass_time(self, selector: selectors.BaseSelector, timeout: float | None) -> Any:
        """Wait for input or let virtual time pass; called where a real loop would block."""
        if self._alone and timeout is not None:
            self._virtual += max(0.0, timeout)
            return []
        if timeout is not None and timeout <= 0:
            return selector.select(0)
        if self._pending_work or timeout is None:
            return selector.select(None)
        if self.speed is None:
            ready = selector.select(0)
            if not ready:
                self._virtual += timeout
            return ready
        before = time.monotonic()
        ready = selector.select(timeout / self.speed)
        passed = (time.monotonic() - before) * self.speed
        self._virtual += min(passed, timeout) if ready else timeout
        return ready


class _VirtualSelector(selectors.BaseSelector):
    """Hands everything to a real selector, except the waiting."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._real = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def select(self, timeout: float | None = None) -> Any:
        return self._loop.pass_time(self._real, timeout)

    def close(self) -> None:
        self._real.close()

    def get_map(self) -> Any:
        return self._real.get_map()
