"""One look at live servers before a walk, from a thread without an event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from handrail.clock import SystemClock
from handrail.errors import HandrailError
from handrail.inventory.credentials import SecretMissing
from handrail.inventory.model import Site
from handrail.ledger.keys import allowed_signers_file
from handrail.procedure.loading import Loaded
from handrail.text import safe
from handrail.walk.approval import looked_at
from handrail.walk.live import live_systems
from handrail.walk.live_run import signing_key
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Looked, Preflight, look


def look_at(
    site: Site,
    servers: Sequence[str],
    loaded: Loaded | None = None,
    pairs: Sequence[BoundPair] = (),
    key: Path | None = None,
    *,
    thorough: bool = False,
) -> Preflight:
    """Look at these servers once, and whether the procedure may be walked; nothing that changes is sent.

    `key` is the one named on the command line, if any; with a procedure it is looked whether there is one to
    sign with, and nothing is signed. `thorough` waits until each server has shown whether its answers are of
    now, a second or so. A server whose secret cannot be had hides none of the others.
    """
    clock = SystemClock()
    missing: dict[str, SecretMissing] = {}
    systems = live_systems(site, servers, clock, missing=missing)
    there = [name for name in servers if name not in missing]
    whole = [pair for pair in pairs if not missing.keys() & set(pair.roles.values())]

    async def once() -> Preflight:
        try:
            procedure = loaded.procedure if loaded else None
            return await look(systems, there, clock, whole, procedure, site, thorough=thorough)
        finally:
            await systems.close()

    found = asyncio.run(once())
    before = [
        Looked(safe(name), Finding.STOPS, safe(f"not asked: {problem.problem}", 300), safe(problem.mend))
        for name, problem in missing.items()
    ]
    if loaded is not None:
        if site.approved is not None:
            approved = Path(site.approved).expanduser()
            before.append(looked_at(loaded, approved, allowed_signers_file(os.environ)))
        before.append(key_looked_at(key))
    return replace(found, looked=(*before, *found.looked))


def key_looked_at(named: Path | None) -> Looked:
    """Whether there is a key to sign with; without one no walk begins."""
    try:
        chosen = signing_key(named)
    except HandrailError as problem:
        return Looked(safe("key"), Finding.STOPS, safe(problem.problem, 300), safe(problem.mend))
    return Looked(safe("key"), Finding.OK, safe(f"{chosen.fingerprint} from {chosen.source}"))
