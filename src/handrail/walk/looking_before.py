"""One look at live servers before a walk, from a thread without an event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from handrail.clock import SystemClock
from handrail.inventory.model import Site
from handrail.ledger.keys import allowed_signers_file
from handrail.procedure.loading import Loaded
from handrail.walk.approval import looked_at
from handrail.walk.live import live_systems
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Preflight, look


def look_at(
    site: Site, servers: Sequence[str], loaded: Loaded | None = None, pairs: Sequence[BoundPair] = ()
) -> Preflight:
    """Look at these servers once, and whether the procedure may be walked; nothing that changes is sent."""
    clock = SystemClock()
    systems = live_systems(site, servers, clock)

    async def once() -> Preflight:
        try:
            return await look(systems, servers, clock, pairs, loaded.procedure if loaded else None, site)
        finally:
            await systems.close()

    found = asyncio.run(once())
    if loaded is None or site.approved is None:
        return found
    approved = Path(site.approved).expanduser()
    approval = looked_at(loaded, approved, allowed_signers_file(os.environ))
    return replace(found, looked=(approval, *found.looked))
