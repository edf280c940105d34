"""An event loop in virtual time: with nothing to run, its clock moves on instead of waiting.

At speed None it jumps straight to the next timer (autopilot, tests); at a finite speed it waits real time
divided by the speed (a person in a drill). It never moves while work on a thread is pending, such as a
ledger write, so nothing overtakes what is being made durable.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

Args = TypeVarTuple("Args")
Result = TypeVar("Result")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop whose `time()` is virtual. `speed` may be changed while it runs."""

    def __init__(self, speed: float | None = None) -> None:
        self.speed = speed
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
        self._pending_work += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._work_done)
        return future

    def _work_done(self, _future: asyncio.Future[Any]) -> None:
        self._pending_work -= 1

    def pass_time(self, selector: selectors.BaseSelector, timeout: float | None) -> Any:
        """Wait for input or let virtual time pass; called where a real loop would block."""
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
