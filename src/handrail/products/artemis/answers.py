"""What a simulated broker's Jolokia says of the world: attributes by release, operations, MBeans, errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from handrail.procedure.versions import Version
from handrail.products.artemis import mbeans
from handrail.products.artemis.arguments import uptime
from handrail.products.artemis.releases import JOLOKIA_2, NEW_WORDS, release
from handrail.products.artemis.state import AppClient, Broker, Mode, Phase, Role, World
from handrail.products.artemis.wire import Answered, Entry, Execute, Fault, Read, ReadSeveral, Search, Value

_REPLICA_LINKS = 3
"""Connections that a replica in sync holds to its live server; seen on 2.56.0."""

_BACKUP_LINKS = 2
"""And an announced shared-store backup."""

_PLAIN_LOCAL = Version(2, 50)
"""From about this release on a connection's own end is told without tcp:///; 2.44.0 and 2.56.0 were seen."""
_NO_INSTANCE = "javax.management.InstanceNotFoundException"
_BAD_ARGUMENT = "java.lang.IllegalArgumentException"
NO_ATTRIBUTE = "javax.management.AttributeNotFoundException"


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
        return release(self.broker.version)

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
        return Fault(400, _BAD_ARGUMENT, f"{_BAD_ARGUMENT} : Invalid request")
    if isinstance(entry, Search):
        return Value([name for name in _mbeans(scene) if mbeans.covers(entry.mbean, name)])
    if isinstance(entry, Read | ReadSeveral) and mbeans.is_pattern(entry.mbean):
        return _many(scene, entry)
    found = _mbeans(scene).get(mbeans.canonical(entry.mbean))
    if found is None:
        return Fault(404, _NO_INSTANCE, f"{_NO_INSTANCE} : {entry.mbean}")
    if isinstance(entry, Execute):
        return _execute(scene, entry)
    if isinstance(entry, Read):
        return _attribute(found, entry.attribute)
    return _several(found, entry.attributes)


Attributes = Mapping[str, Callable[[], Any]]


def _mbeans(scene: Scene) -> Mapping[str, Attributes]:
    """Every MBean of the server by its canonical name; queues and acceptors only while it is live."""
    if not scene.registered:
        return {}
    own = {name: _bound(tell, scene) for name, (since, tell) in _ATTRIBUTES.items() if scene.version >= since}
    found: dict[str, Attributes] = {mbeans.broker_mbean(scene.broker.name): own}
    if scene.live:
        for queue, count in {"DLQ": 0, "ExpiryQueue": 0, **scene.broker.journal}.items():
            name = mbeans.queue_mbean(scene.broker.name, queue, "anycast", queue)
            found[mbeans.canonical(name)] = {"MessageCount": _bound(lambda given: given, count)}
        acceptor = mbeans.acceptor_mbean(scene.broker.name, "artemis")
        found[mbeans.canonical(acceptor)] = {
            "Started": _bound(lambda given: given, scene.broker.acceptor_open)
        }
    return found


def _bound(tell: Callable[[Any], Any], given: Any) -> Callable[[], Any]:
    return lambda: tell(given)


def _many(scene: Scene, entry: Read | ReadSeveral) -> Answered:
    wanted = (entry.attribute,) if isinstance(entry, Read) else entry.attributes
    values = {
        name: {key: tell() for key, tell in attributes.items() if key in wanted}
        for name, attributes in _mbeans(scene).items()
        if mbeans.covers(entry.mbean, name)
    }
    if not values:
        error = f"{_NO_INSTANCE} : No MBean with pattern {entry.mbean} found for reading attributes"
        return Fault(404, _NO_INSTANCE, error)
    return Value(values)


def _several(attributes: Attributes, wanted: tuple[str, ...]) -> Answered:
    values: dict[str, Any] = {}
    for name in wanted:
        answered = _attribute(attributes, name)
        if isinstance(answered, Fault):
            return answered
        values[name] = answered.value
    return Value(values)


def _attribute(attributes: Attributes, name: str) -> Answered:
    tell = attributes.get(name)
    if tell is None:
        return Fault(404, NO_ATTRIBUTE, f"{NO_ATTRIBUTE} : No such attribute: {name}")
    return Value(tell())


def _execute(scene: Scene, entry: Execute) -> Answered:
    operation = entry.operation.partition("(")[0]
    if operation == "listNetworkTopology":
        return Value(json.dumps(_topology(scene), separators=(",", ":")))
    if operation == "listConnections":
        rows = _connections(scene)
        return Value(json.dumps({"data": rows, "count": len(rows)}, separators=(",", ":")))
    error = f"No operation {operation} found on MBean {entry.mbean}"
    return Fault(400, _BAD_ARGUMENT, f"{_BAD_ARGUMENT} : {error}")


def _topology(scene: Scene) -> list[dict[str, str]]:
    seen: list[dict[str, str]] = []
    for pair in scene.world.pairs:
        live = _live_as_seen(scene, pair)
        if live is None:
            continue
        entry = {"nodeID": live.node_id, "live": live.address}
        if scene.version >= NEW_WORDS:
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
    rows = [_application(scene, client) for client in scene.clients]
    return rows + [_row(scene, f"replica-{number}", "", 0, 0.0) for number in range(_links(scene))]


def _application(scene: Scene, client: AppClient) -> dict[str, Any]:
    """A client's connection; it loses its client id when it changes servers."""
    row = _row(scene, client.name, "app", 1, client.since_s)
    return row if client.settled_s > client.since_s else {**row, "clientID": client.name}


def _row(scene: Scene, name: str, user: str, sessions: int, since_s: float) -> dict[str, Any]:
    created = datetime.fromtimestamp(scene.epoch_ms / 1000 - (scene.world.now_s - since_s), UTC)
    remote = f"10.0.0.{hash_of(name) % 200 + 20}:{40000 + hash_of(name) % 20000}"
    row = {
        "connectionID": f"{abs(hash_of(name)):08x}",
        "remoteAddress": remote if scene.version >= JOLOKIA_2 else f"/{remote}",
        "users": user,
        "creationTime": f"{created:%a %b %d %H:%M:%S UTC %Y}",
        "implementation": "RemotingConnectionImpl",
        "protocol": "CORE",
        "clientID": "",
        "localAddress": ("" if scene.version >= _PLAIN_LOCAL else "tcp:///") + scene.broker.address,
        "sessionCount": sessions,
    }
    return {**row, "proxyAddress": "", "proxyProtocolVersion": ""} if scene.version >= JOLOKIA_2 else row


def hash_of(name: str) -> int:
    """A number that stays the same from one process to the next, as Python's own hash does not."""
    number = 0
    for character in name:
        number = (number * 131 + ord(character)) % 0xFFFFFFFB
    return number


def _links(scene: Scene) -> int:
    if not scene.live or scene.replica is None:
        return 0
    return _REPLICA_LINKS if scene.world.mode is Mode.REPLICATION else _BACKUP_LINKS


def _in_sync(scene: Scene) -> bool:
    if scene.world.mode is Mode.SHARED_STORE:
        return False
    return scene.broker.phase is Phase.SYNCED or (scene.live and scene.replica is not None)


def _policy(scene: Scene) -> str:
    master = scene.broker.role is Role.MASTER
    if scene.world.mode is Mode.SHARED_STORE:
        words = ("Primary", "Backup") if scene.version >= NEW_WORDS else ("Master", "Slave")
        return f"Shared Store {words[0] if master else words[1]}"
    if scene.version < Version(2, 33):
        return "Replicated" if master else "Replica"
    return f"Replication {'Primary' if master else 'Backup'} w/quorum voting"


def _is_backup(scene: Scene) -> bool:
    return scene.broker.phase not in (Phase.LIVE, Phase.PROMOTING, Phase.LOCK_WAITING)


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
    "Uptime": (Version(1), lambda scene: uptime(_uptime_ms(scene) / 1000)),
    "NodeID": (Version(2), lambda scene: scene.broker.node_id),
    "Active": (Version(2, 15), lambda scene: scene.live),
    "HAPolicy": (Version(2, 16), _policy),
    "Name": (Version(2, 23), lambda scene: scene.broker.name),
    "SessionCount": (Version(2, 40), lambda scene: len(scene.clients)),
    "CurrentTimeMillis": (Version(2, 31), lambda scene: scene.epoch_ms),
}
