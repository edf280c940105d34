"""What is so on a simulated broker's host, by name, whether or not anybody can read it from outside."""

from __future__ import annotations

from collections.abc import Sequence

from handrail.products.artemis.state import World
from handrail.products.product import Truth


def of(world: World, name: str, copies: Sequence[str]) -> Truth:
    """`copies` is where somebody has copied its data directory to, the latest last."""
    broker = world.brokers[name]
    settings = broker.settings
    return {
        "runs": broker.runs,
        "linked": world.linked(broker.pair),
        "check-for-live": settings.check_for_live,
        "allow-failback": settings.allow_failback,
        "messages": sum(broker.journal.values()),
        "old-replicas": len(broker.saved),
        "old-replicas-deleted": len(broker.deleted),
        "data-copies": len(copies),
        "copied-to": copies[-1] if copies else "nowhere",
        "clients-left": sum(
            1 for client in world.clients.values() if client.pair == broker.pair and client.server is None
        ),
    }
