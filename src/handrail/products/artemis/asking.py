"""Which question each field of fields.toml becomes, and how its answers are understood."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from handrail.procedure.versions import Version
from handrail.products.artemis import mbeans
from handrail.products.artemis.meaning import Unread, of_fault
from handrail.products.artemis.wire import Answered, Entry, Execute, Fault, Read, Value
from handrail.products.strict_json import parse_json
from handrail.readings import Failure
from handrail.readings import Value as Scalar
from handrail.text import safe

CONNECTIONS_READ = 1000
"""More connections than this are not told apart; `connections` counts them all the same."""

DEFAULT_CLUSTER_USER = "ACTIVEMQ.CLUSTER.ADMIN.USER"

_LONGEST = 1000
_EVERYTHING = json.dumps({"field": "", "operation": "", "value": "", "sortOrder": "", "sortColumn": ""})
_ACTIVE_SINCE = Version(2, 15)

Kind = TypeVar("Kind", bool, int, str)
Rows = Mapping[str, int]
Told = Scalar | Rows | Unread


@dataclass(frozen=True, slots=True)
class Question:
    """Entries to send, how to understand their answers, and what the source is called."""

    entries: tuple[Entry, ...]
    understand: Callable[[Sequence[Answered]], Told]
    source: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The broker a question goes to; `version` is None until the broker has told it."""

    broker: str
    version: Version | None = None
    cluster_user: str = DEFAULT_CLUSTER_USER
    """The user of the cluster's own connections, which are no application's."""

    @property
    def mbean(self) -> str:
        """The object name of the broker."""
        return mbeans.broker_mbean(self.broker)


def question(field: str, asked: Asked) -> Question:
    """The question for one field of a broker; raises KeyError for a field without one."""
    if field in _ATTRIBUTES:
        return _attribute(asked, *_ATTRIBUTES[field])
    return _BUILDERS[field](asked)


def _attribute(asked: Asked, attribute: str, kind: type[bool] | type[int] | type[str]) -> Question:
    def understand(got: Sequence[Answered]) -> Told:
        if kind is bool:
            return _scalar(got[0], bool)
        return _scalar(got[0], int) if kind is int else _scalar(got[0], str)

    return Question((Read(asked.mbean, attribute),), understand, attribute)


def fields() -> frozenset[str]:
    """Every field that has a question."""
    return frozenset(_ATTRIBUTES) | frozenset(_BUILDERS)


_ATTRIBUTES: Mapping[str, tuple[str, type[bool] | type[int] | type[str]]] = {
    "started": ("Started", bool),
    "backup": ("Backup", bool),
    "node-id": ("NodeID", str),
    "version": ("Version", str),
    "ha-policy": ("HAPolicy", str),
    "failover-on-shutdown": ("FailoverOnServerShutdown", bool),
    "connections": ("ConnectionCount", int),
    "total-messages": ("TotalMessageCount", int),
    "clock-ms": ("CurrentTimeMillis", int),
}


def _name(asked: Asked) -> Question:
    def understand(got: Sequence[Answered]) -> Told:
        told = _scalar(got[0], str)
        old = isinstance(told, Unread) and told.failure is Failure.NOT_SUPPORTED
        return str(safe(asked.broker, _LONGEST)) if old else told

    return Question((Read(asked.mbean, "Name"),), understand, "Name")


def _uptime(asked: Asked) -> Question:
    def understand(got: Sequence[Answered]) -> Told:
        milliseconds = _scalar(got[0], int)
        return milliseconds // 1000 if isinstance(milliseconds, int) else milliseconds

    return Question((Read(asked.mbean, "UptimeMillis"),), understand, "UptimeMillis")


def _active(asked: Asked) -> Question:
    told_by_attribute = asked.version is not None and asked.version >= _ACTIVE_SINCE
    if told_by_attribute:
        return Question((Read(asked.mbean, "Active"),), lambda got: _scalar(got[0], bool), "Active")

    def understand(got: Sequence[Answered]) -> Told:
        active = _scalar(got[0], bool)
        if not isinstance(active, Unread) or active.failure is not Failure.NOT_SUPPORTED:
            return active
        backup = _scalar(got[1], bool)
        if not isinstance(backup, bool):
            return backup
        return not backup and _any_acceptor_runs(got[2])

    entries = (
        Read(asked.mbean, "Active"),
        Read(asked.mbean, "Backup"),
        Read(mbeans.acceptors_mbean(asked.broker), "Started"),
    )
    return Question(entries, understand, "Active, or Backup and acceptors")


def _any_acceptor_runs(answered: Answered) -> bool:
    if isinstance(answered, Fault) or not isinstance(answered.value, dict):
        return False
    return any(
        isinstance(attributes, dict) and attributes.get("Started") is True
        for attributes in answered.value.values()
    )


def _replica_sync(asked: Asked) -> Question:
    def understand(got: Sequence[Answered]) -> Told:
        if isinstance(got[1], Value) and got[1].value is True:
            return Unread(
                Failure.NOT_SUPPORTED, safe("a shared store is one journal: there is nothing to synchronise")
            )
        return _scalar(got[0], bool)

    return Question(
        (Read(asked.mbean, "ReplicaSync"), Read(asked.mbean, "SharedStore")), understand, "ReplicaSync"
    )


def ha_mode_of(policy: str) -> str | None:
    """The mode a HAPolicy stands for; the words changed with 2.18.0, 2.32.0 and 2.33.0."""
    words = policy.lower()
    if "colocated" in words:
        return "colocated"
    if words in ("live only", "primary only"):
        return "live-only"
    if "shared store" in words:
        return "shared-store"
    if "lock manager" in words or "pluggable" in words or words in ("primary", "backup"):
        return "lock-manager"
    return "replication" if "repli" in words else None


def _ha_mode(asked: Asked) -> Question:
    def understand(got: Sequence[Answered]) -> Told:
        policy = _scalar(got[0], str)
        if isinstance(policy, str):
            mode = ha_mode_of(policy)
            return (
                Unread(Failure.MALFORMED, safe(f"unknown HAPolicy {policy}", 120)) if mode is None else mode
            )
        if policy.failure is not Failure.NOT_SUPPORTED:
            return policy
        shared, backup = _scalar(got[1], bool), _scalar(got[2], bool)
        if shared is True:
            return "shared-store"
        announced = _own_entry(got[3], got[4], "backup")
        if shared is False and (backup is True or (isinstance(announced, str) and announced)):
            return "replication"
        return Unread(Failure.NOT_SUPPORTED, safe("this release does not tell; say it in the inventory"))

    entries = (
        Read(asked.mbean, "HAPolicy"),
        Read(asked.mbean, "SharedStore"),
        Read(asked.mbean, "Backup"),
        *_topology_entries(asked.mbean),
    )
    return Question(entries, understand, "HAPolicy")


def _topology_entries(mbean: str) -> tuple[Entry, Entry]:
    return Execute(mbean, "listNetworkTopology()"), Read(mbean, "NodeID")


def _topology(key: str) -> Callable[[Asked], Question]:
    def build(asked: Asked) -> Question:
        return Question(
            _topology_entries(asked.mbean), lambda got: _own_entry(got[0], got[1], key), "listNetworkTopology"
        )

    return build


def _own_entry(topology: Answered, node_id: Answered, key: str) -> str | Unread:
    """The address under `key` of this server's own node; empty when there is none."""
    members = _json_inside(topology)
    if isinstance(members, Unread):
        return members
    own = _scalar(node_id, str)
    if not isinstance(members, list):
        return Unread(Failure.MALFORMED, safe("the topology is no list"))
    for member in members:
        if isinstance(member, dict) and isinstance(own, str) and member.get("nodeID") == own:
            names = ("primary", "live") if key == "live" else ("backup",)
            address = next((member[name] for name in names if isinstance(member.get(name), str)), "")
            return str(safe(address, _LONGEST))
    return ""


def _messages(asked: Asked) -> Question:
    def understand(got: Sequence[Answered]) -> Told:
        if isinstance(got[0], Fault):
            unread = of_fault(got[0])
            if unread.failure is Failure.MBEAN_MISSING:
                return Unread(
                    unread.failure,
                    safe("no queue is open here: a passive backup or a stopped server has none"),
                )
            return unread
        found = got[0].value
        if not isinstance(found, dict):
            return Unread(Failure.MALFORMED, safe("the queues are no map"))
        rows: dict[str, int] = {}
        for name, attributes in found.items():
            queue = mbeans.property_of(name, "queue")
            count = attributes.get("MessageCount") if isinstance(attributes, dict) else None
            if queue is None or not isinstance(count, int) or isinstance(count, bool):
                return Unread(Failure.MALFORMED, safe("a queue without a name or a count"))
            row = str(safe(queue, _LONGEST))
            rows[row] = rows.get(row, 0) + count
        return rows or Unread(Failure.MBEAN_MISSING, safe("this server has no queue"))

    return Question(
        (Read(mbeans.queues_mbean(asked.broker), "MessageCount"),), understand, "MessageCount of queues"
    )


def _client_connections(asked: Asked) -> Question:
    def understand(got: Sequence[Answered]) -> Told:
        listed = _json_inside(got[0])
        if isinstance(listed, Unread):
            return listed
        rows = listed.get("data") if isinstance(listed, dict) else None
        count = listed.get("count") if isinstance(listed, dict) else None
        if not isinstance(rows, list) or not isinstance(count, int) or isinstance(count, bool):
            return Unread(Failure.MALFORMED, safe("the connections are no list"))
        if count > len(rows):
            return Unread(
                Failure.NOT_READ, safe(f"{count} connections are too many to tell apart; see connections")
            )
        return sum(1 for row in rows if _is_application(row, asked.cluster_user))

    operation = "listConnections(java.lang.String,int,int)"
    entry = Execute(asked.mbean, operation, (_EVERYTHING, 1, CONNECTIONS_READ))
    return Question((entry,), understand, "listConnections")


def _is_application(row: Any, cluster_user: str) -> bool:
    """A connection of a user other than the cluster's; without users, one that has a session.

    Measured: links of replication and of the cluster have no user and no session, or the cluster's user.
    """
    if not isinstance(row, dict):
        return False
    users = {user.strip() for user in str(row.get("users", "")).split(",")} - {"", "null"}
    if users:
        return bool(users - {cluster_user})
    return str(row.get("sessionCount", "0")) not in ("0", "")


def _scalar(answered: Answered, kind: type[Kind]) -> Kind | Unread:
    """The value, if it has this type; text is made safe."""
    if isinstance(answered, Fault):
        return of_fault(answered)
    value = answered.value
    if kind is str and isinstance(value, str):
        value = str(safe(value, _LONGEST))
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    if value is None:
        return Unread(Failure.NOT_READ, safe("the broker has no value for it yet"))
    return Unread(Failure.MALFORMED, safe(f"{kind.__name__} awaited, {type(value).__name__} came"))


def _json_inside(answered: Answered) -> Any:
    """Some operations answer JSON as a string inside the JSON."""
    if isinstance(answered, Fault):
        return of_fault(answered)
    if not isinstance(answered.value, str):
        return Unread(Failure.MALFORMED, safe("text awaited"))
    try:
        return parse_json(answered.value.encode("utf-8", "replace"))
    except ValueError as problem:
        return Unread(Failure.MALFORMED, safe(str(problem), 160))


_BUILDERS: Mapping[str, Callable[[Asked], Question]] = {
    "name": _name,
    "uptime-s": _uptime,
    "active": _active,
    "replica-sync": _replica_sync,
    "ha-mode": _ha_mode,
    "topology-live": _topology("live"),
    "topology-backup": _topology("backup"),
    "messages": _messages,
    "client-connections": _client_connections,
}
