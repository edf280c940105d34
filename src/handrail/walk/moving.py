"""Waiting until the answers of some servers have shown that they are of now, or that they are not."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from handrail.clock import Clock
from handrail.products.freshness import STOOD_STILL_S, UPTIME
from handrail.walk.systems import Systems

_ASK_EVERY_S: Final = 0.5


async def until_they_move(systems: Systems, servers: Collection[str], clock: Clock) -> None:
    """Ask each server its uptime until that goes on or is found stale; whoever tells none is not waited for.

    About a second for a healthy server; a little over STOOD_STILL_S for one whose answers are kept ones.
    """
    await asyncio.gather(*(_until_it_moves(systems, server, clock) for server in servers))


async def _until_it_moves(systems: Systems, server: str, clock: Clock) -> None:
    begun = clock.boot_ns()
    first = None
    while (clock.boot_ns() - begun) / 1e9 <= STOOD_STILL_S + 1:
        [told, *_] = await systems.read(server, [UPTIME])
        if told.failure is not None or (first is not None and told.value != first):
            return
        first = told.value
        await clock.sleep(_ASK_EVERY_S)
