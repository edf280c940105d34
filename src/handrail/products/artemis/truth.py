"""What is so on a simulated broker's host, by name, whether or not anybody can read it from outside."""

from __future__ import annotations

from collections.abc import Sequence

from handrail.products.artemis.state import Broker, Phase, World
from handrail.products.product import Truth


def of(world: World, name: str, copies: Sequence[str]) -> Truth:
    """`copies` is where somebody has copied its data directory to, the latest last."""
    broker = world.brokers[name]
    settings = broker.settings
    return {
        "runs": broker.runs,
        "live": broker.phase is Phase.LIVE,
        "backs-up": broker.phase in (Phase.WAITING, Phase.SYNCING, Phase.SYNCED),
        "stands-by": _stands_by(world, broker),
        "clients-here": sum(client.server == name for client in world.clients.values()),
        "linked": world.linked(broker.pair),
        "check-for-live": settings.check_for_live,
        "allow-failback": settings.allow_failback,
        "messages": sum(broker.journal.values()),
        "old-replicas": len(broker.saved),
        "old-replicas-deleted": len(broker.deleted),
        "fullest-replica": _fullest(broker),
        "replica-messages": tuple(str(sum(held.values())) for held in broker.saved if held),
        "data-copies": len(copies),
        "copied-to": copies[-1] if copies else "nowhere",
        "clients-left": sum(
            1 for client in world.clients.values() if client.pair == broker.pair and client.server is None
        ),
    }


def _stands_by(world: World, broker: Broker) -> bool:
    """Whether the live server of its pair could be replaced by this one now."""
    return any(world.replica_of(live.name) == broker for live in world.live(broker.pair))


def _fullest(broker: Broker) -> str:
    """Whether the fullest journal that was ever moved aside is there still: kept, deleted or none."""
    kept = max((sum(held.values()) for held in broker.saved), default=0)
    gone = max((sum(held.values()) for held in (*broker.lost_before, *broker.deleted)), default=0)
    return "none" if not kept and not gone else "kept" if kept >= gone else "deleted"
