"""Which of two starting servers becomes primary, and whether two servers find each other at all.

The rule is that of server_store/src/storeHighAvailability.c: who serves already; data before an empty store;
the store of the later session; PreferredPrimary; the node's id.
"""

from __future__ import annotations

from handrail.products.amlen.state import Node, Phase, World

UNRESOLVED = (514, "The store role of the server in the High Availability pair is unresolved.")
"""The number is the product's; its words are not quoted in any source at hand and stand for it."""


def find_each_other(world: World, one: Node, other: Node) -> bool:
    """Whether discovery can succeed: link whole, same group, and each looks where the other is."""
    if one.pair in world.cut or one.effective.group != other.effective.group:
        return False
    return _looks_at(one, other) and _looks_at(other, one)


def _looks_at(one: Node, other: Node) -> bool:
    remote = one.effective.remote_discovery_nic
    return not remote or remote in other.own_addresses


def bad_setting(node: Node) -> tuple[str, str] | None:
    """The first address of its settings that is none of this server's own, as parameter name and value.

    Measured: discovery and replication on one interface are refused so, with error 510. That an address of
    another host is refused in the same way is inferred.
    """
    settings = node.memory.settings
    if settings.local_discovery_nic and settings.local_discovery_nic == settings.local_replication_nic:
        return "HA.LocalDiscoveryNIC", settings.local_discovery_nic
    for name, value in (
        ("HA.LocalReplicationNIC", settings.local_replication_nic),
        ("HA.LocalDiscoveryNIC", settings.local_discovery_nic),
    ):
        if value and value not in node.own_addresses:
            return name, value
    return None


def elect(one: Node, other: Node) -> tuple[Node, Node] | None:
    """Primary and standby of two servers that have met; None when their stores do not tell."""
    if one.phase is Phase.PRODUCTION:
        return one, other
    if other.phase is Phase.PRODUCTION:
        return other, one
    if bool(one.store.session) != bool(other.store.session):
        return (one, other) if one.store.session else (other, one)
    if one.store.session != other.store.session:
        return (one, other) if one.store.session > other.store.session else (other, one)
    if one.store.was_primary != other.store.was_primary:
        return (one, other) if one.store.was_primary else (other, one)
    if one.store.session and not one.store.was_primary:
        return None
    mine, theirs = one.effective.preferred_primary, other.effective.preferred_primary
    if mine != theirs:
        return (one, other) if mine else (other, one)
    return (one, other) if one.node_id < other.node_id else (other, one)
