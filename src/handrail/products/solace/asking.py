"""The fields of a Solace broker: which source tells each, and how its answer becomes a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from handrail.products.solace import rows, rpc
from handrail.products.solace.meaning import Unread, no_rows, not_applicable
from handrail.readings import Failure, Value
from handrail.text import safe

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Told = Value | Unread | Mapping[str, Value | Unread]
"""A value, why there is none, or one of these for each row."""


class Source(StrEnum):
    """What is asked, as it is named beside a value."""

    RELEASE = "SEMP v1, head of the reply"
    VERSION = "SEMP v1 show version"
    REDUNDANCY = "SEMP v1 show redundancy"
    SPOOL = "SEMP v1 show message-spool detail"
    QUEUES = "SEMP v1 show queue, every VPN"
    ABOUT = "SEMP v2 monitor/about/api"
    MONITOR = "SEMP v2 monitor/"
    BROKER = "SEMP v2 config/"
    VPNS = "SEMP v2 monitor/msgVpns"
    SYNC = "SEMP v2 monitor/configSyncLocalDatabaseRows"
    CLIENTS = "SEMP v1 show client connected, every VPN"
    TRANSACTIONS = "SEMP v2 monitor/msgVpns/*/transactions"
    HEALTH = "health-check/guaranteed-active"


@dataclass(frozen=True, slots=True)
class Field:
    """How one field is asked and understood; `select` are the attributes it needs of its source."""

    source: Source
    understand: Callable[[Any], Told]
    select: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """The replication queue of one VPN, as `show queue detail` tells it."""

    vpn: str
    messages: int
    usage_mb: float
    quota_mb: float

    @property
    def percent(self) -> float:
        """How full it is."""
        return round(100 * self.usage_mb / self.quota_mb, 2) if self.quota_mb else 0.0


@dataclass
class Filling:
    """How long until a replication queue is full, if it goes on filling as it does.

    The rate is taken over at least RATE_OVER_S: a queue that gets and gives fills in steps.
    """

    _seen: list[tuple[int, Mapping[str, float]]] = field(default_factory=list)
    """Boot time and usage in MB of each VPN's queue, oldest first."""

    def soonest_s(self, queues: Sequence[Queue], boot_ns: int) -> Told:
        """Seconds until the first is full: (quota - usage) / rate; not applicable where none fills."""
        now = {queue.vpn: queue.usage_mb for queue in queues}
        self._seen.append((boot_ns, now))
        enough = [index for index, (then, _) in enumerate(self._seen) if boot_ns - then >= RATE_OVER_S * 1e9]
        if not enough:
            return not_applicable()
        del self._seen[: enough[-1]]
        then, before = self._seen[0]
        passed_s = (boot_ns - then) / 1e9
        left = [
            (queue.quota_mb - queue.usage_mb) / rate
            for queue in queues
            if (rate := (queue.usage_mb - before.get(queue.vpn, queue.usage_mb)) / passed_s) > 0
        ]
        return round(max(0.0, min(left))) if left else not_applicable()


@dataclass(frozen=True, slots=True)
class Found:
    """One object of a Message VPN: a client, a transaction."""

    vpn: str
    attributes: Mapping[str, Any]


RATE_OVER_S = 6.0
"""Seconds over which the rate of filling is taken, at least."""

Objects = Sequence[Mapping[str, Any]]


def fields() -> Mapping[str, Field]:
    """All of them, by name."""
    return _FIELDS


def _text(path: str) -> Callable[[Element], Told]:
    """The words at this path; an element that is left out says nothing."""

    def understand(shown: Element) -> Told:
        found = rpc.text(shown, path)
        return not_applicable() if found is None else safe(found, 200)

    return understand


def _flag(path: str) -> Callable[[Element], Told]:
    def understand(shown: Element) -> Told:
        found = rpc.text(shown, path)
        if found is None:
            return not_applicable()
        if found.lower() not in ("true", "false", "yes", "no", "up", "down"):
            return _odd(found)
        return found.lower() in ("true", "yes", "up")

    return understand


def _number(path: str) -> Callable[[Element], Told]:
    def understand(shown: Element) -> Told:
        found = rpc.text(shown, path)
        if found is None or found in ("-", "N/A"):
            return not_applicable()
        return int(found) if found.isascii() and found.isdigit() and len(found) < 20 else _odd(found)

    return understand


def _release(load: str) -> Told:
    return safe(rpc.release(load), 40) if load else _odd("nothing")


def _attribute(name: str, kind: type) -> Callable[[Objects], Told]:
    """One attribute of one object."""

    def understand(objects: Objects) -> Told:
        return _typed(objects[0].get(name), kind) if objects else _odd("no object")

    return understand


def _vpn_rows(name: str, kind: type, everywhere: bool = False) -> Callable[[Objects], Told]:
    """One attribute of each VPN that is replicated, or of every VPN."""

    def understand(objects: Objects) -> Told:
        chosen = [item for item in objects if everywhere or item.get("replicationEnabled") is True]
        if not chosen:
            return no_rows("Message VPN" if everywhere else "replicated Message VPN")
        return {_name(item): _typed(item.get(name), kind) for item in chosen}

    return understand


def _roles(role: str) -> Callable[[Objects], Told]:
    """How many replicated VPNs have this role; every one for an empty word."""

    def understand(objects: Objects) -> Told:
        replicated = [item for item in objects if item.get("replicationEnabled") is True]
        return sum(1 for item in replicated if role in ("", item.get("replicationRole")))

    return understand


def _ineligible(objects: Objects) -> Told:
    """How many active VPNs are not said to be eligible; what is left out is not said."""
    active = [item for item in objects if item.get("replicationEnabled") is True]
    active = [item for item in active if item.get("replicationRole") == "active"]
    return sum(1 for item in active if item.get("replicationSyncEligible") is not True)


def _queue_rows(value: Callable[[Queue], Value]) -> Callable[[Sequence[Queue]], Told]:
    def understand(queues: Sequence[Queue]) -> Told:
        return {item.vpn: value(item) for item in queues} if queues else no_rows("replication queue")

    return understand


def _sync_rows(name: str) -> Callable[[Objects], Told]:
    """Of each VPN's configuration table; the broker's own ("router") is none of these."""

    def understand(objects: Objects) -> Told:
        tables = [item for item in objects if item.get("type") == "vpn"]
        if not tables:
            return no_rows("Message VPN in config-sync")
        return {safe(str(item.get("name", "")), 80): _typed(item.get(name), str) for item in tables}

    return understand


def _found_rows(key: str, name: str, kind: type, what: str) -> Callable[[Sequence[Found]], Told]:
    def understand(found: Sequence[Found]) -> Told:
        if not found:
            return no_rows(what)
        return {
            rows.join(item.vpn, safe(str(item.attributes.get(key, "")), 200)): _typed(
                item.attributes.get(name), kind
            )
            for item in found
        }

    return understand


def _count_clients(found: Sequence[Found]) -> Told:
    return len(found)


def _typed(value: Any, kind: type) -> Value | Unread:
    """A value of this type; what is left out is not applicable, and never false."""
    if value is None:
        return not_applicable()
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        return _odd(str(value))
    if isinstance(value, str):
        return safe(value, 200)
    return value if isinstance(value, bool | int | float) else _odd(str(value))


def _odd(found: str) -> Unread:
    return Unread(Failure.MALFORMED, safe(f"the broker says {found!r}, which is no such value", 160))


def _name(item: Mapping[str, Any]) -> str:
    return safe(str(item.get("msgVpnName", "")), 80)


def _vpn(attribute: str, kind: type) -> Field:
    return Field(Source.VPNS, _vpn_rows(attribute, kind), (attribute,))


def _redundancy(path: str, take: Callable[[str], Callable[[Element], Told]] = _text) -> Field:
    return Field(Source.REDUNDANCY, take(f"redundancy/{path}"))


def _spool(path: str, take: Callable[[str], Callable[[Element], Told]] = _text) -> Field:
    return Field(Source.SPOOL, take(f"message-spool/message-spool-info/{path}"))


def _transaction(attribute: str, kind: type) -> Field:
    return Field(Source.TRANSACTIONS, _found_rows("xid", attribute, kind, "XA transaction"), (attribute,))


FULL_IN = "full-in-s"
"""The one field that needs more than one answer: the client keeps its Filling."""
_ROLE = ("replicationRole",)

_FIELDS: Mapping[str, Field] = {
    "version": Field(Source.RELEASE, _release),
    "uptime-s": Field(Source.VERSION, _number("version/uptime/total-secs")),
    "semp-version": Field(Source.ABOUT, _attribute("sempVersion", str)),
    "guaranteed": Field(
        Source.MONITOR,
        _attribute("guaranteedMsgingOperationalStatus", str),
        ("guaranteedMsgingOperationalStatus",),
    ),
    "guaranteed-active": Field(Source.HEALTH, lambda status: bool(status)),
    "msg-backbone": Field(
        Source.BROKER, _attribute("serviceMsgBackboneEnabled", bool), ("serviceMsgBackboneEnabled",)
    ),
    "redundancy-config": _redundancy("config-status"),
    "redundancy-status": _redundancy("redundancy-status"),
    "redundancy-mode": _redundancy("redundancy-mode"),
    "redundancy-role": _redundancy("active-standby-role"),
    "mate-name": _redundancy("mate-router-name"),
    "auto-revert": _redundancy("auto-revert", _flag),
    "mate-link-up": _redundancy("oper-status/adb-link-up", _flag),
    "mate-hello-up": _redundancy("oper-status/adb-hello-up", _flag),
    "primary-activity": _redundancy("virtual-routers/primary/status/activity"),
    "backup-activity": _redundancy("virtual-routers/backup/status/activity"),
    "primary-reported": _redundancy("virtual-routers/primary/status/priority-reported-by-mate/summary"),
    "spool-config": _spool("config-status"),
    "spool-status": _spool("operational-status"),
    "spool-sync": _spool("synchronization-status"),
    "spool-datapath": _spool("datapath-up", _flag),
    "spool-failure": _spool("last-failure-reason"),
    "xa-transactions": _spool("transactions-xa-used", _number),
    "replication-enabled": Field(
        Source.VPNS, _vpn_rows("replicationEnabled", bool, everywhere=True), ("replicationEnabled",)
    ),
    "vpns-replicated": Field(Source.VPNS, _roles("")),
    "vpns-active": Field(Source.VPNS, _roles("active"), _ROLE),
    "vpns-standby": Field(Source.VPNS, _roles("standby"), _ROLE),
    "vpns-ineligible": Field(Source.VPNS, _ineligible, (*_ROLE, "replicationSyncEligible")),
    "replication-role": _vpn("replicationRole", str),
    "vpn-enabled": _vpn("enabled", bool),
    "vpn-state": _vpn("state", str),
    "sync-eligible": _vpn("replicationSyncEligible", bool),
    "bridge-up": _vpn("replicationBridgeUp", bool),
    "bridge-bound": _vpn("replicationBridgeBoundToQueue", bool),
    "remote-bridge-up": _vpn("replicationRemoteBridgeUp", bool),
    "queue-bound": _vpn("replicationQueueBound", bool),
    "transaction-mode": _vpn("replicationTransactionMode", str),
    "reject-when-ineligible": _vpn("replicationRejectMsgWhenSyncIneligibleEnabled", bool),
    "reject-on-discard": _vpn("replicationQueueRejectMsgToSenderOnDiscardEnabled", bool),
    "queue-quota-mb": _vpn("replicationQueueMaxMsgSpoolUsage", int),
    "sync-transitions": _vpn("replicationActiveTransitionToSyncIneligibleCount", int),
    "async-queued": _vpn("replicationActiveAsyncQueuedMsgCount", int),
    "vpn-connections": _vpn("msgVpnConnections", int),
    "backlog": Field(Source.QUEUES, _queue_rows(lambda queue: queue.messages)),
    "queue-usage-mb": Field(Source.QUEUES, _queue_rows(lambda queue: queue.usage_mb)),
    "queue-percent": Field(Source.QUEUES, _queue_rows(lambda queue: queue.percent)),
    "backlog-total": Field(Source.QUEUES, lambda queues: sum(item.messages for item in queues)),
    "fullest-queue": Field(
        Source.QUEUES, lambda queues: max((float(item.percent) for item in queues), default=0.0)
    ),
    FULL_IN: Field(Source.QUEUES, lambda queues: Filling().soonest_s(queues, 0)),
    "config-sync": Field(Source.SYNC, _sync_rows("syncStatus")),
    "config-sync-role": Field(Source.SYNC, _sync_rows("role")),
    "app-clients": Field(Source.CLIENTS, _count_clients),
    "client-address": Field(Source.CLIENTS, _found_rows("name", "client-address", str, "application client")),
    "transaction-state": _transaction("state", str),
    "transaction-age-s": _transaction("timeInState", int),
    "transaction-client": _transaction("clientName", str),
    "transaction-replicated": _transaction("replicated", bool),
}
