"""Which reads each field of fields.toml needs, and how it is understood from what they told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handrail.products.eap.counting import connections_that, is_application, messages, total
from handrail.products.eap.facts import Attributes, Facts, Later, Source
from handrail.products.eap.meaning import Unread, of_failure
from handrail.products.eap.releases import counted_as
from handrail.products.eap.resources import POLICIES
from handrail.products.eap.understanding import LONGEST, password_origin, scalar
from handrail.readings import Failure, Value
from handrail.text import safe

_NODES = re.compile(r"nodes=(\d{1,6})\s+members=\d{1,6}")

_NO_PROCESS = Unread(
    Failure.MALFORMED, safe("the server does not tell it of itself: something else answers there; check url")
)

Told = Value | Unread | Mapping[str, "Value | Unread"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a field needs, and what it makes of it."""

    sources: tuple[Source, ...]
    understand: Callable[[Facts], Told]
    said: str
    """What the source is called on the screen."""
    later: tuple[Later, ...] = ()


def questions() -> Mapping[str, Question]:
    """Every field that has a question."""
    return _QUESTIONS


def _root(name: str) -> Question:
    def understand(facts: Facts) -> Told:
        root = facts.root()
        if isinstance(root, Unread):
            return root
        return scalar(root[name], str) if root.get(name) is not None else _NO_PROCESS

    return Question((Source.ROOT,), understand, name)


def _version(facts: Facts) -> Told:
    root = facts.root()
    if isinstance(root, Unread):
        return root
    return counted_as(str(root.get("product-name") or ""), _product_version(root)) or _NO_PROCESS


def _product_version(root: Attributes) -> str:
    return str(root.get("product-version") or root.get("release-version") or "")


def _product(facts: Facts) -> Told:
    root = facts.root()
    if isinstance(root, Unread):
        return root
    told = f"{root.get('product-name') or ''} {_product_version(root)}".strip()
    return str(safe(told, LONGEST)) if told else _NO_PROCESS


def _uptime(facts: Facts) -> Told:
    told = facts.answers[Source.UPTIME]
    milliseconds = told if isinstance(told, Unread) else scalar(told, int)
    return milliseconds // 1000 if isinstance(milliseconds, int) else milliseconds


def _runtime(name: str, kind: type) -> Question:
    def understand(facts: Facts) -> Told:
        found = facts.rows(Source.RUNTIME)
        if isinstance(found, Unread):
            return found
        return {names[0]: _told_by_server(told.get(name), kind) for names, told in found.items()}

    return Question((Source.RUNTIME,), understand, f"server=*: {name}")


def _told_by_server(value: Any, kind: type) -> Value | Unread:
    if value is None:
        return of_failure("WFLYMSGAMQ0054")
    return scalar(value, kind)


def _server(name: str, kind: type) -> Question:
    def understand(facts: Facts) -> Told:
        found = facts.rows(Source.TREE)
        if isinstance(found, Unread):
            return found
        return {names[0]: scalar(told.get(name), kind) for names, told in found.items()}

    return Question((Source.TREE,), understand, f"server=*: {name}")


def _password_from(facts: Facts) -> Told:
    """Where each server has its cluster password from; the password itself is never told."""
    found = facts.rows(Source.TREE)
    if isinstance(found, Unread):
        return found
    return {names[0]: password_origin(told.get("cluster-password")) for names, told in found.items()}


def _policy_kind(facts: Facts) -> Told:
    found = facts.policies()
    return found if isinstance(found, Unread) else {server: kind for server, (kind, _) in found.items()}


def _policy(name: str, kind: type) -> Question:
    def understand(facts: Facts) -> Told:
        found = facts.policies()
        if isinstance(found, Unread):
            return found
        return {server: _of_policy(policy, told, name, kind) for server, (policy, told) in found.items()}

    return Question((Source.TREE,), understand, f"ha-policy: {name}")


def _of_policy(policy: str, told: Attributes, name: str, kind: type) -> Value | Unread:
    known = POLICIES.get(policy)
    if name not in told and known is not None and name not in {item.name for item in known.attributes}:
        return Unread(Failure.NOT_APPLICABLE, safe(f"the policy {policy} has no {name}"))
    return scalar(told.get(name), kind)


def _in_sync(facts: Facts) -> Told:
    found = facts.policies()
    if isinstance(found, Unread):
        return found
    told: dict[str, Value | Unread] = {}
    for server, (kind, _) in found.items():
        answer = facts.later.get((Later.SYNC, server))
        if answer is None:
            told[server] = Unread(
                Failure.NOT_APPLICABLE, safe(f"the policy is {kind}: there is nothing to synchronise")
            )
        elif isinstance(answer, Unread):
            told[server] = _not_told(answer)
        else:
            told[server] = scalar(answer, bool)
    return told


def _not_told(unread: Unread) -> Unread:
    if unread.failure is not Failure.NOT_SUPPORTED:
        return unread
    return Unread(
        Failure.NOT_SUPPORTED,
        safe("before EAP 7.3 only the log tells: AMQ221024 on the backup, and AMQ2220xx since"),
    )


def _children(kinds: tuple[str, ...], name: str, kind: type) -> Question:
    def understand(facts: Facts) -> Told:
        found = facts.children(*kinds)
        if isinstance(found, Unread):
            return found
        return {"/".join(names): scalar(told.get(name), kind) for names, told in found.items()}

    return Question((Source.TREE,), understand, f"{kinds[0]}=*: {name}")


def _path(name: str) -> Question:
    def understand(facts: Facts) -> Told:
        found = facts.children("path")
        if isinstance(found, Unread):
            return found
        return {server: _whole(told) for (server, path), told in found.items() if path == name}

    return Question((Source.TREE,), understand, f"path={name}")


def _whole(told: Attributes) -> Value | Unread:
    path, base = scalar(told.get("path"), str), told.get("relative-to")
    if not isinstance(path, str) or path.startswith("/") or not isinstance(base, str):
        return path
    return str(safe(f"{base}/{path}", LONGEST))


def _of_cluster(name: str) -> Question:
    def understand(facts: Facts) -> Told:
        found = facts.rows(Source.CLUSTER)
        if isinstance(found, Unread):
            return found
        told: dict[str, Value | Unread] = {}
        for (server, *_), values in found.items():
            told.setdefault(server, _live_only(values.get(name), name))
        return told

    return Question((Source.CLUSTER,), understand, f"cluster-connection=*: {name}")


def _live_only(value: Any, name: str) -> Value | Unread:
    if value is None:
        return of_failure("WFLYMSGAMQ0066")
    text = scalar(value, str)
    if name != "topology" or not isinstance(text, str):
        return text
    nodes = _NODES.search(str(value))
    return (
        int(nodes.group(1))
        if nodes
        else Unread(Failure.NOT_READ, safe("the topology tells no number of nodes"))
    )


_FACTORY = ("connection-factory",)
_POOLED = ("pooled-connection-factory",)
_CLUSTER = ("cluster-connection",)
_QUESTIONS: Mapping[str, Question] = {
    "server-state": _root("server-state"),
    "running-mode": _root("running-mode"),
    "suspend-state": _root("suspend-state"),
    "node-name": _root("name"),
    "version": Question((Source.ROOT,), _version, "product-version"),
    "product": Question((Source.ROOT,), _product, "product-name, product-version"),
    "release": _root("release-version"),
    "uptime-s": Question((Source.UPTIME,), _uptime, "platform-mbean runtime: uptime"),
    "active": _runtime("active", bool),
    "started": _runtime("started", bool),
    "broker-version": _runtime("version", str),
    "journal-type": _server("journal-type", str),
    "journal-min-files": _server("journal-min-files", int),
    "elytron-domain": _server("elytron-domain", str),
    "cluster-user": _server("cluster-user", str),
    "cluster-password-from": Question((Source.TREE,), _password_from, "server=*: cluster-password"),
    "connection-ttl-override": _server("connection-ttl-override", int),
    "async-execution": _server("async-connection-execution-enabled", bool),
    "ha-policy": Question((Source.TREE,), _policy_kind, "ha-policy"),
    "check-for-live-server": _policy("check-for-live-server", bool),
    "cluster-name": _policy("cluster-name", str),
    "group-name": _policy("group-name", str),
    "sync-timeout-ms": _policy("initial-replication-sync-timeout", int),
    "allow-failback": _policy("allow-failback", bool),
    "restart-backup": _policy("restart-backup", bool),
    "max-saved-journals": _policy("max-saved-replicated-journal-size", int),
    "failover-on-shutdown": _policy("failover-on-server-shutdown", bool),
    "replica-sync": Question((Source.TREE,), _in_sync, "ha-policy: synchronized-with-*", (Later.SYNC,)),
    "cluster-address": _children(_CLUSTER, "cluster-connection-address", str),
    "cluster-connector": _children(_CLUSTER, "connector-name", str),
    "cluster-discovery": _children(_CLUSTER, "discovery-group", str),
    "call-timeout-ms": _children(_CLUSTER, "call-timeout", int),
    "node-id": _of_cluster("node-id"),
    "topology-nodes": _of_cluster("topology"),
    "bindings-path": _path("bindings-directory"),
    "journal-path": _path("journal-directory"),
    "large-messages-path": _path("large-messages-directory"),
    "paging-path": _path("paging-directory"),
    "http-acceptor": _children(("http-acceptor",), "http-listener", str),
    "http-connector": _children(("http-connector",), "endpoint", str),
    "remote-acceptor": _children(("remote-acceptor",), "socket-binding", str),
    "remote-connector": _children(("remote-connector",), "socket-binding", str),
    "broadcast-group": _children(("broadcast-group", "jgroups-broadcast-group"), "jgroups-cluster", str),
    "discovery-group": _children(("discovery-group", "jgroups-discovery-group"), "jgroups-cluster", str),
    "factory-ha": _children(_FACTORY, "ha", bool),
    "factory-connectors": _children(_FACTORY, "connectors", str),
    "factory-reconnects": _children(_FACTORY, "reconnect-attempts", int),
    "factory-ttl-ms": _children(_FACTORY, "connection-ttl", int),
    "factory-check-ms": _children(_FACTORY, "client-failure-check-period", int),
    "factory-retry-ms": _children(_FACTORY, "retry-interval", int),
    "factory-multiplier": _children(_FACTORY, "retry-interval-multiplier", float),
    "factory-max-retry-ms": _children(_FACTORY, "max-retry-interval", int),
    "factory-window": _children(_FACTORY, "confirmation-window-size", int),
    "pooled-connects": _children(_POOLED, "initial-connect-attempts", int),
    "pooled-rebalance": _children(_POOLED, "rebalance-connections", bool),
    "messages": Question((Source.QUEUES,), messages, "jms-queue=*: message-count"),
    "total-messages": Question((Source.QUEUES,), total, "jms-queue=*: message-count"),
    "connections": Question(
        (Source.TREE,), connections_that(lambda item: True), "list-connections-as-json", (Later.CONNECTIONS,)
    ),
    "client-connections": Question(
        (Source.TREE,),
        connections_that(is_application),
        "list-connections-as-json",
        (Later.CONNECTIONS,),
    ),
}
