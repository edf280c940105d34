"""The lines of jboss-cli that make two servers a pair of a mode, or a colocated pair of pairs."""

from __future__ import annotations

from collections.abc import Mapping

from handrail.procedure.versions import Version
from handrail.products.eap import cli_lines
from handrail.products.eap.profile import CLUSTER, ELYTRON_DOMAIN
from handrail.products.eap.releases import EAP_8_0
from handrail.products.eap.state import Mode, World
from handrail.products.setting import PairStart


def in_order(pair: PairStart) -> tuple[str, str]:
    """The live server and the backup, or node one and node two."""
    roles = pair.roles
    if "live" in roles:
        return roles["live"], roles["backup"]
    return roles["node-one"], roles["node-two"]


def policies(pair: PairStart, world: World, release: Version) -> Mapping[str, list[str]]:
    """The lines of jboss-cli that make the pair what it is, by server."""
    first, second = in_order(pair)
    base = "/subsystem=messaging-activemq/server"
    if pair.situation == "plain":
        return {first: [], second: []}
    kind = world.mode.value
    master, slave = f"{kind}-master", f"{kind}-slave"
    live = _given(
        pair,
        ("check-for-live-server",) if world.mode is Mode.REPLICATION else ("failover-on-server-shutdown",),
    )
    own = ("allow-failback", "restart-backup")
    also = (
        ("max-saved-replicated-journal-size",)
        if world.mode is Mode.REPLICATION
        else ("failover-on-server-shutdown",)
    )
    backup = _given(pair, (*own, *also))
    if pair.situation == "colocated":
        return _colocated(pair, world, live, backup, release)
    group = f"cluster-name={CLUSTER},group-name={pair.name}"
    if world.mode is Mode.REPLICATION:
        live, backup = ",".join(filter(None, (group, live))), ",".join(filter(None, (group, backup)))
    paths = _shared_paths("default", pair.name, world.shared) if world.mode is Mode.SHARED_STORE else []
    return {
        first: [f"{base}=default/ha-policy={master}:add({live})", *paths],
        second: [f"{base}=default/ha-policy={slave}:add({backup})", *paths],
    }


def _colocated(
    pair: PairStart, world: World, live: str, backup: str, release: Version
) -> Mapping[str, list[str]]:
    first, second = in_order(pair)
    kind = world.mode.value
    login = f"(elytron-domain={ELYTRON_DOMAIN})" if release >= EAP_8_0 else ""
    told: dict[str, list[str]] = {}
    for own, letter, other in ((first, "A", "B"), (second, "B", "A")):
        base = "/subsystem=messaging-activemq/server"
        groups = world.mode is Mode.REPLICATION
        mine = ",".join(
            filter(None, (f"cluster-name={CLUSTER},group-name=group{letter}" if groups else "", live))
        )
        theirs = ",".join(
            filter(None, (f"cluster-name={CLUSTER},group-name=group{other}" if groups else "", backup))
        )
        told[own] = [
            f"{base}=default/ha-policy={kind}-master:add({mine})",
            f"{base}=backup:add{login}",
            f"{base}=backup/ha-policy={kind}-slave:add({theirs})",
            f"{base}=backup/http-acceptor=http-acceptor:add(http-listener=default)",
            f"{base}=backup/http-connector=http-connector:add(endpoint=http-acceptor,socket-binding=http)",
            f"{base}=backup/broadcast-group=bg-group1:add(connectors=[http-connector],jgroups-cluster=activemq-cluster)",
            f"{base}=backup/discovery-group=dg-group1:add(jgroups-cluster=activemq-cluster)",
            f"{base}=backup/cluster-connection={CLUSTER}:add(connector-name=http-connector,"
            "cluster-connection-address=jms,discovery-group=dg-group1)",
        ]
        if groups:
            told[own] += _paths("backup", "activemq/{}-B")
        else:
            told[own] += _shared_paths("default", letter, world.shared)
            told[own] += _shared_paths("backup", other, world.shared)
    return told


def _given(pair: PairStart, names: tuple[str, ...]) -> str:
    return ",".join(
        f"{name}={cli_lines.render_value(pair.settings[name])}" for name in names if name in pair.settings
    )


def _shared_paths(server: str, name: str, shared: str) -> list[str]:
    return _paths(server, f"{shared}/{{}}-{name}")


def _paths(server: str, pattern: str) -> list[str]:
    base = f"/subsystem=messaging-activemq/server={server}/path"
    kinds = (
        ("bindings-directory", "bindings"),
        ("journal-directory", "journal"),
        ("large-messages-directory", "largemessages"),
        ("paging-directory", "paging"),
    )
    return [f"{base}={name}:write-attribute(name=path,value={pattern.format(kind)})" for name, kind in kinds]
