"""What a simulated broker's Jolokia says of the world: attributes by release, operations, MBeans, errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handrail.procedure.versions import Version, parse_version
from handrail.products.artemis import wire
from handrail.products.artemis.state import AppClient, Broker, Mode, Phase, Role, World
from handrail.products.artemis.wire import Answered, Entry, Execute, Fault, Read, ReadSeveral, Search, Value

_REPLICA_LINKS = 3
"""Connections that a replica in sync holds to its live server; seen on 2.56.0."""

_NEWEST = Version(99)
_NO_INSTANCE = "javax.management.InstanceNotFoundException"
_NO_ATTRIBUTE = "javax.management.AttributeNotFoundException"


@dataclass(frozen=True, slots=True)
class Scene:
    """One server of the world at one moment, as its management sees it."""

    world: World
    broker: Broker
    epoch_ms: int
    """The broker's own clock, milliseconds since 1970."""

    @property
    def version(self) -> Version:
        """The release that answers."""
        return parse_version(self.broker.version) or _NEWEST

    @property
    def registered(self) -> bool:
        """Whether the broker's MBean is there; not while the server inside the process starts or restarts."""
        return self.broker.phase not in (Phase.DOWN, Phase.BOOTING, Phase.RESTARTING, Phase.STOPPING)

    @property
    def live(self) -> bool:
        """Whether it serves clients."""
        return self.broker.phase is Phase.LIVE

    @property
    def clients(self) -> list[AppClient]:
        """The clients that are on this server."""
        return [client for client in self.world.clients.values() if client.server == self.broker.name]

    @property
    def replica(self) -> Broker | None:
        """The replica of this server, if it is live and has one."""
        return self.world.replica_of(self.broker.name)


def answer(scene: Scene, entry: Entry | None) -> Answered:
    """One entry's answer; operations that change the world are not answered here."""
    if entry is None:
        return Fault(400, "java.lang.IllegalArgumentException", "Invalid request")
    if isinstance(entry, Search):
        found = scene.registered and entry.mbean in (wire.BROKER_SEARCH, f"{wire.DOMAIN}:*")
        return Value([wire.broker_mbean(scene.broker.name)] if found else [])
    if not scene.registered:
        return _missing(entry.mbean)
    if entry.mbean == wire.queues_mbean(scene.broker.name) and isinstance(entry, Read):
        return _queues(scene, entry)
    if entry.mbean == wire.acceptors_mbean(scene.broker.name) and isinstance(entry, Read):
        name = wire.acceptor_mbean(scene.broker.name, "artemis")
        runs = scene.broker.acceptor_open
        return Value({name: {"Started": runs}}) if scene.live else _missing(entry.mbean)
    if entry.mbean != wire.broker_mbean(scene.broker.name):
        return _missing(entry.mbean)
    if isinstance(entry, Execute):
        return _execute(scene, entry)
    if isinstance(entry, Read):
        return _attribute(scene, entry.attribute)
    return _several(scene, entry)


def _missing(mbean: str) -> Fault:
    return Fault(404, _NO_INSTANCE, f"{_NO_INSTANCE} : No MBean with pattern {mbean} found")


def _several(scene: Scene, entry: ReadSeveral) -> Answered:
    values: dict[str, Any] = {}
    for name in entry.attributes:
        answered = _attribute(scene, name)
        if isinstance(answered, Fault):
            return answered
        values[name] = answered.value
    return Value(values)


def _attribute(scene: Scene, name: str) -> Answered:
    since, tell = _ATTRIBUTES.get(name, (_NEWEST, None))
    if tell is None or scene.version < since:
        return Fault(404, _NO_ATTRIBUTE, f"{_NO_ATTRIBUTE} : No such attribute: {name}")
    return Value(tell(scene))


def _queues(scene: Scene, entry: Read) -> Answered:
    if not scene.live:
        return _missing(entry.mbean)
    return Value(
        {
            wire.queue_mbean(scene.broker.name, queue, "anycast", queue): {"MessageCount": count}
            for queue, count in {"DLQ": 0, "ExpiryQueue": 0, **scene.broker.journal}.items()
        }
    )


def _execute(scene: Scene, entry: Execute) -> Answered:
    operation = entry.operation.partition("(")[0]
    if operation == "listNetworkTopology":
        return Value(json.dumps(_topology(scene), separators=(",", ":")))
    if operation == "listConnections":
        rows = _connections(scene)
        return Value(json.dumps({"data": rows, "count": len(rows)}, separators=(",", ":")))
    error = f"No operation {operation} found on MBean {entry.mbean}"
    return Fault(404, "java.lang.IllegalArgumentException", f"java.lang.IllegalArgumentException : {error}")


def _topology(scene: Scene) -> list[dict[str, str]]:
    seen: list[dict[str, str]] = []
    for pair in scene.world.pairs:
        live = _live_as_seen(scene, pair)
        if live is None:
            continue
        entry = {"nodeID": live.node_id, "live": live.address}
        if scene.version >= Version(2, 32):
            entry["primary"] = live.address
        backup = scene.world.replica_of(live.name)
        if backup is not None and backup.announced:
            entry["backup"] = backup.address
        seen.append(entry)
    return seen


def _live_as_seen(scene: Scene, pair: str) -> Broker | None:
    """In a split brain each side sees itself; a server that is cut off sees nobody."""
    if pair != scene.broker.pair:
        return next(iter(scene.world.live(pair)), None)
    if scene.live:
        return scene.broker
    if scene.broker.phase in (Phase.WAITING, Phase.SYNCING) and not scene.world.linked(pair):
        return None
    return next(iter(scene.world.live(pair)), None)


def _connections(scene: Scene) -> list[dict[str, Any]]:
    rows = [_row(scene, client.name, "app", 1, client.since_s) for client in scene.clients]
    return rows + [_row(scene, f"replica-{number}", "", 0, 0.0) for number in range(_links(scene))]


def _row(scene: Scene, name: str, user: str, sessions: int, since_s: float) -> dict[str, Any]:
    created = scene.epoch_ms - int((scene.world.now_s - since_s) * 1000)
    return {
        "connectionID": f"{abs(hash_of(name)):08x}",
        "remoteAddress": f"/10.0.0.{hash_of(name) % 200 + 20}:{40000 + hash_of(name) % 20000}",
        "users": user,
        "creationTime": created,
        "implementation": "RemotingConnectionImpl",
        "protocol": "CORE",
        "clientID": "",
        "localAddress": f"tcp://{scene.broker.address}",
        "sessionCount": sessions,
    }


def hash_of(name: str) -> int:
    """A number that stays the same from one process to the next, as Python's own hash does not."""
    number = 0
    for character in name:
        number = (number * 131 + ord(character)) % 0xFFFFFFFB
    return number


def _links(scene: Scene) -> int:
    if not scene.live or scene.replica is None:
        return 0
    return _REPLICA_LINKS if scene.world.mode is Mode.REPLICATION else 1


def _in_sync(scene: Scene) -> bool:
    if scene.world.mode is Mode.SHARED_STORE:
        return False
    return scene.broker.phase is Phase.SYNCED or (scene.live and scene.replica is not None)


def _policy(scene: Scene) -> str:
    master = scene.broker.role is Role.MASTER
    if scene.world.mode is Mode.SHARED_STORE:
        words = ("Primary", "Backup") if scene.version >= Version(2, 32) else ("Master", "Slave")
        return f"Shared Store {words[0] if master else words[1]}"
    if scene.version < Version(2, 33):
        return "Replicated" if master else "Replica"
    return f"Replication {'Primary' if master else 'Backup'} w/quorum voting"


def _is_backup(scene: Scene) -> bool:
    return scene.broker.phase not in (Phase.LIVE, Phase.LOCK_WAITING)


def _uptime_ms(scene: Scene) -> int:
    return int((scene.world.now_s - scene.broker.started_s) * 1000)


_ATTRIBUTES: Mapping[str, tuple[Version, Callable[[Scene], Any]]] = {
    "Started": (Version(1), lambda scene: True),
    "Version": (Version(1), lambda scene: scene.broker.version),
    "Backup": (Version(1), _is_backup),
    "Clustered": (Version(1), lambda scene: True),
    "SharedStore": (Version(1), lambda scene: scene.world.mode is Mode.SHARED_STORE),
    "ReplicaSync": (Version(1), _in_sync),
    "FailoverOnServerShutdown": (Version(1), lambda scene: scene.broker.settings.failover_on_shutdown),
    "ConnectionCount": (Version(1), lambda scene: len(scene.clients) + _links(scene)),
    "TotalMessageCount": (
        Version(1),
        lambda scene: sum(scene.broker.journal.values()) if scene.live else 0,
    ),
    "UptimeMillis": (Version(1), _uptime_ms),
    "Uptime": (Version(1), lambda scene: f"{_uptime_ms(scene) / 1000:.3f} seconds"),
    "NodeID": (Version(2), lambda scene: scene.broker.node_id),
    "Active": (Version(2, 15), lambda scene: scene.live),
    "HAPolicy": (Version(2, 16), _policy),
    "Name": (Version(2, 23), lambda scene: scene.broker.name),
    "CurrentTimeMillis": (Version(2, 31), lambda scene: scene.epoch_ms),
}
