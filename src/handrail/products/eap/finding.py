"""Which messaging server finds which: a backup its live server, a returning live server its node id."""

from __future__ import annotations

from handrail.products.eap.state import Broker, Key, Phase
from handrail.products.eap.turn import Turn

_SERVING = (Phase.LIVE, Phase.PROMOTING)


def live_of_node(turn: Turn, key: Key) -> Broker | None:
    """The other live server of this one's node id, if there is one in reach."""
    broker = turn.broker(key)
    own = broker.node_id or turn.directory(broker.journal).node_id
    for other in turn.world.brokers.values():
        if (
            other.key != key
            and other.phase in _SERVING
            and own
            and other.node_id == own
            and turn.reachable(key, other.key)
        ):
            return other
    return None


def live_for(turn: Turn, broker: Broker) -> Broker | None:
    """The live server this waiting one may replicate, if there is one."""
    for live in turn.world.live():
        if live.key == broker.key or not live.policy.replicates or not turn.reachable(broker.key, live.key):
            continue
        if not _same_cluster(broker, live) or turn.world.replica_of(live.key) is not None:
            continue
        if any(
            other.follows == live.key and other.phase is Phase.SYNCING
            for other in turn.world.brokers.values()
        ):
            continue
        wanted = live.policy.group_name == broker.policy.group_name
        if broker.policy.backup and wanted and not live.policy.backup:
            return live
        if not broker.policy.backup and live.node_id == broker.node_id:
            return live
    return None


def _same_cluster(one: Broker, other: Broker) -> bool:
    if not one.cluster.connections or not other.cluster.connections:
        return False
    named = one.policy.cluster_name
    return one.cluster.channel == other.cluster.channel and (
        named is None or named in one.cluster.connections
    )
