"""What simulated brokers put into the gaps of their log lines, as real ones were seen to."""

from __future__ import annotations

from handrail.products.artemis.releases import is_old
from handrail.products.artemis.state import Broker

PROTOCOLS = "CORE,MQTT,AMQP,STOMP,HORNETQ,OPENWIRE"
"""Of the acceptor on 61616 that every new instance has."""
OWN_STORE, SHARED_STORE = "data", "/var/lib/artemis/shared"
"""Where AMQ221000 says the data is: relative to the instance, or where both servers find it."""

_FACTORY = "org-apache-activemq-artemis-core-remoting-impl-netty-NettyConnectorFactory"


def uptime(seconds: float) -> str:
    """An uptime in words: `3.250 seconds` and `1 minute` as seen, longer ones after their manner."""
    if seconds < 60:
        return f"{seconds:.3f} seconds"
    minutes = int(seconds) // 60
    parts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    return " ".join(f"{count} {word}{'s' if count > 1 else ''}" for count, word in parts if count)


def topology_member(live: Broker, backup: Broker | None) -> str:
    """How AMQ222294 names a live server and its backup."""

    def connector(broker: Broker) -> str:
        gap = " " if is_old(broker.version) else ""
        host = broker.host.replace(".", "-")
        return f"TransportConfiguration(name=artemis, factory={_FACTORY}){gap}?port={broker.port}&host={host}"

    pair = f"Pair[a={connector(live)}, b={'null' if backup is None else connector(backup)}]"
    return (
        f"TopologyMember[id={live.node_id}, connector={pair}, backupGroupName=null, scaleDownGroupName=null]"
    )
