"""One look at live servers before a walk, from a thread without an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from handrail.clock import SystemClock
from handrail.inventory.model import Site
from handrail.procedure.loading import Loaded
from handrail.walk.live import live_systems
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Preflight, look


def look_at(
    site: Site, servers: Sequence[str], loaded: Loaded | None = None, pairs: Sequence[BoundPair] = ()
) -> Preflight:
    """Look at these servers once; nothing is sent that changes anything."""
    clock = SystemClock()
    systems = live_systems(site, servers, clock)

    async def once() -> Preflight:
        try:
            return await look(systems, servers, clock, pairs, loaded.procedure if loaded else None, site)
        finally:
            await systems.close()

    return asyncio.run(once())
