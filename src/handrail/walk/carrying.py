"""Carrying heads outside: in a thread, one after the other; a slow anchor holds up nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from handrail.text import safe
from handrail.walk.view import Anchoring

ANCHOR_LIMIT_S = 15.0
"""How long the end of a walk waits for heads that are still being carried."""


class Carrying:
    """Heads on their way; `anchoring` is what is known of them."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._tasks: set[asyncio.Task[None]] = set()
        self.anchoring = Anchoring()

    def carry(self, send: Callable[[], str | None], number: int) -> None:
        """Send the head of record `number`; `send` gives why it is pending, or None once it is outside."""
        task = asyncio.create_task(self._carry(send, number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, send: Callable[[], str | None], number: int) -> None:
        pending = await asyncio.get_running_loop().run_in_executor(self._thread, send)
        if pending is None:
            self.anchoring = Anchoring(number)
        else:
            self.anchoring = replace(self.anchoring, pending=safe(pending, 200))

    async def wait(self) -> None:
        """Wait for what is on its way, but not for ever."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=ANCHOR_LIMIT_S)
