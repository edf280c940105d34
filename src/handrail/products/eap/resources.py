"""What stands in the management model: resource types and attributes, as far as messaging HA needs them.

Names, types, defaults and bounds are those of the product's own definitions: HAAttributes, ServerDefinition,
ClusterConnectionDefinition, ConnectionFactoryAttributes and PathDefinition of messaging-activemq.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from handrail.products.eap.attributes import (
    Attribute,
    Kind,
    ResourceType,
    flag,
    milliseconds,
    number,
    text,
    told,
)
from handrail.products.eap.dmr import Address
from handrail.products.eap.releases import EAP_7_1, EAP_7_3

_SCALE_DOWN = (
    flag("scale-down", False),
    text("scale-down-cluster-name"),
    text("scale-down-group-name"),
    text("scale-down-discovery-group"),
    Attribute("scale-down-connectors", Kind.LIST),
)
_REPLICATION = (
    text("cluster-name"),
    text("group-name"),
    milliseconds("initial-replication-sync-timeout", 30000),
)
_SHUTDOWN = flag("failover-on-server-shutdown", False)
_MASTER = ResourceType(
    (
        flag("check-for-live-server", True),
        *_REPLICATION,
        told("synchronized-with-backup", Kind.BOOLEAN, EAP_7_3),
    ),
    whole=True,
)
_SLAVE = ResourceType(
    (
        flag("allow-failback", True),
        *_REPLICATION,
        number("max-saved-replicated-journal-size", 2),
        flag("restart-backup", True),
        *_SCALE_DOWN,
        told("synchronized-with-live", Kind.BOOLEAN, EAP_7_3),
    ),
    whole=True,
)
POLICIES: Mapping[str, ResourceType] = {
    "live-only": ResourceType(_SCALE_DOWN, whole=True),
    "replication-master": _MASTER,
    "replication-slave": _SLAVE,
    "shared-store-master": ResourceType((_SHUTDOWN,), whole=True),
    "shared-store-slave": ResourceType(
        (flag("allow-failback", True), _SHUTDOWN, flag("restart-backup", True), *_SCALE_DOWN), whole=True
    ),
}
RENAMED: Mapping[str, str] = {
    "replication-primary": "replication-master",
    "replication-secondary": "replication-slave",
    "shared-store-primary": "shared-store-master",
    "shared-store-secondary": "shared-store-slave",
}
"""The names since EAP 8 (WildFly 27), which still takes the old ones as aliases."""

DIRECTORIES: Mapping[str, str] = {
    "bindings-directory": "activemq/bindings",
    "journal-directory": "activemq/journal",
    "large-messages-directory": "activemq/largemessages",
    "paging-directory": "activemq/paging",
}
"""The path resources of a messaging server, and their default path below jboss.server.data.dir."""

_SERVER = ResourceType(
    (
        flag("persistence-enabled", True),
        text("cluster-user", "ACTIVEMQ.CLUSTER.ADMIN.USER"),
        text("cluster-password", "CHANGE ME!!"),
        Attribute("journal-type", Kind.STRING, "ASYNCIO", choices=("NIO", "ASYNCIO")),
        Attribute("journal-min-files", Kind.INT, 2, at_least=2),
        Attribute("journal-file-size", Kind.LONG, 10485760, at_least=1024),
        number("journal-pool-files", -1, endless=True),
        milliseconds("connection-ttl-override", -1, endless=True),
        flag("async-connection-execution-enabled", True),
        Attribute("statistics-enabled", Kind.BOOLEAN, False, reloads=False),
        number("thread-pool-max-size", 30, endless=True),
        number("scheduled-thread-pool-max-size", 5, endless=True),
        text("security-domain", "other"),
        Attribute("elytron-domain", Kind.STRING, since=EAP_7_1),
        told("active", Kind.BOOLEAN),
        told("started", Kind.BOOLEAN),
        told("version", Kind.STRING),
        told("runtime-journal-type", Kind.STRING, EAP_7_1),
    )
)
_CLUSTER_CONNECTION = ResourceType(
    (
        text("cluster-connection-address", required=True),
        text("connector-name", required=True),
        text("discovery-group"),
        Attribute("static-connectors", Kind.LIST),
        flag("allow-direct-connections-only", False),
        milliseconds("check-period", 30000),
        milliseconds("connection-ttl", 60000, endless=True),
        number("min-large-message-size", 102400),
        Attribute("call-timeout", Kind.LONG, 30000),
        Attribute("call-failover-timeout", Kind.LONG, -1),
        milliseconds("retry-interval", 500),
        Attribute("retry-interval-multiplier", Kind.DOUBLE, 1.0),
        milliseconds("max-retry-interval", 2000),
        number("initial-connect-attempts", -1, endless=True),
        number("reconnect-attempts", -1, endless=True),
        flag("use-duplicate-detection", True),
        Attribute(
            "message-load-balancing-type", Kind.STRING, "ON_DEMAND", choices=("OFF", "STRICT", "ON_DEMAND")
        ),
        number("max-hops", 1),
        number("confirmation-window-size", 1048576, endless=True),
        number("producer-window-size", -1, endless=True),
        number("notification-attempts", 2),
        milliseconds("notification-interval", 1000),
        told("node-id", Kind.STRING),
        told("topology", Kind.STRING),
        told("started", Kind.BOOLEAN),
    )
)
_CONNECTION_FACTORY = ResourceType(
    (
        Attribute("entries", Kind.LIST, required=True),
        Attribute("connectors", Kind.LIST),
        text("discovery-group"),
        flag("ha", False),
        flag("block-on-acknowledge", False),
        flag("block-on-durable-send", True),
        number("reconnect-attempts", 0),
        milliseconds("retry-interval", 2000),
        Attribute("retry-interval-multiplier", Kind.DOUBLE, 1.0),
        milliseconds("max-retry-interval", 2000),
        milliseconds("connection-ttl", 60000, endless=True),
        milliseconds("client-failure-check-period", 30000, endless=True),
        number("confirmation-window-size", -1, endless=True),
        milliseconds("call-timeout", 30000),
        Attribute("call-failover-timeout", Kind.LONG, -1),
        flag("failover-on-initial-connection", False),
    )
)
# The document sets initial-connect-attempts of a connection-factory; the product has it here only.
_POOLED_FACTORY = ResourceType(
    (
        Attribute("entries", Kind.LIST, required=True),
        Attribute("connectors", Kind.LIST),
        flag("ha", False),
        text("transaction", "xa"),
        number("reconnect-attempts", -1),
        number("initial-connect-attempts", 1),
        flag("rebalance-connections", False),
        milliseconds("retry-interval", 2000),
        milliseconds("connection-ttl", 60000, endless=True),
        milliseconds("client-failure-check-period", 30000, endless=True),
        number("min-pool-size", 0),
        number("max-pool-size", 20),
    )
)
_GROUP = (text("jgroups-cluster"), text("jgroups-channel"), text("socket-binding"))
_COUNTS = tuple(told(name, Kind.LONG) for name in ("message-count", "messages-added"))
_QUEUE = ResourceType(
    (
        Attribute("entries", Kind.LIST, required=True),
        flag("durable", True),
        text("selector"),
        *_COUNTS,
        told("consumer-count", Kind.INT),
    )
)
_TYPES: Mapping[tuple[str, ...], ResourceType] = {
    ("subsystem",): ResourceType(()),
    ("subsystem", "server"): _SERVER,
    ("subsystem", "server", "cluster-connection"): _CLUSTER_CONNECTION,
    ("subsystem", "server", "connection-factory"): _CONNECTION_FACTORY,
    ("subsystem", "server", "pooled-connection-factory"): _POOLED_FACTORY,
    ("subsystem", "server", "path"): ResourceType(
        (text("path", required=True), text("relative-to", "jboss.server.data.dir"))
    ),
    ("subsystem", "server", "http-acceptor"): ResourceType(
        (text("http-listener", required=True), flag("upgrade-legacy", True))
    ),
    ("subsystem", "server", "http-connector"): ResourceType(
        (text("endpoint", required=True), text("socket-binding", required=True), text("server-name"))
    ),
    ("subsystem", "server", "remote-acceptor"): ResourceType((text("socket-binding", required=True),)),
    ("subsystem", "server", "remote-connector"): ResourceType((text("socket-binding", required=True),)),
    ("subsystem", "server", "in-vm-acceptor"): ResourceType(
        (Attribute("server-id", Kind.INT, required=True),)
    ),
    ("subsystem", "server", "in-vm-connector"): ResourceType(
        (Attribute("server-id", Kind.INT, required=True),)
    ),
    ("subsystem", "server", "broadcast-group"): ResourceType(
        (Attribute("connectors", Kind.LIST), *_GROUP, milliseconds("broadcast-period", 2000))
    ),
    ("subsystem", "server", "discovery-group"): ResourceType(
        (*_GROUP, milliseconds("refresh-timeout", 10000), milliseconds("initial-wait-timeout", 10000))
    ),
    ("subsystem", "server", "jms-queue"): _QUEUE,
    ("socket-binding-group",): ResourceType((text("default-interface"), number("port-offset", 0))),
    ("socket-binding-group", "socket-binding"): ResourceType(
        (Attribute("port", Kind.INT, at_least=0, at_most=65535), text("interface"))
    ),
    ("core-service",): ResourceType(()),
    ("core-service", "type"): ResourceType((told("uptime", Kind.LONG), told("start-time", Kind.LONG))),
    (): ResourceType(
        tuple(
            told(name, Kind.STRING)
            for name in (
                "launch-type",
                "name",
                "process-type",
                "product-name",
                "product-version",
                "release-version",
                "running-mode",
                "server-state",
                "suspend-state",
            )
        )
    ),
}


LONG_NAMES = frozenset(
    item.name
    for kind in (*POLICIES.values(), *_TYPES.values())
    for item in kind.attributes
    if item.kind is Kind.LONG
)
"""Attributes that the command line shows with the suffix L."""


def resource_type(address: Address) -> ResourceType | None:
    """The type of the resource at an address, whether or not one is there; None where none can be."""
    keys = tuple(key for key, _ in address)
    if keys == ("subsystem", "server", "ha-policy"):
        return POLICIES.get(RENAMED.get(address[-1][1], address[-1][1]))
    if keys[:1] == ("subsystem",) and address[0][1] != "messaging-activemq":
        return None
    return _TYPES.get(keys)


def child_types(address: Address) -> tuple[str, ...]:
    """Which types of children resources of this address may have."""
    return _child_types(tuple(key for key, _ in address))


@cache
def _child_types(keys: tuple[str, ...]) -> tuple[str, ...]:
    found = [other[-1] for other in _TYPES if len(other) == len(keys) + 1 and other[:-1] == keys]
    return tuple(sorted([*found, "ha-policy"] if keys == ("subsystem", "server") else found))
