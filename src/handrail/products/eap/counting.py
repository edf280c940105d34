"""Fields that are counts: messages in queues, connections of a live messaging server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from handrail.products.eap.facts import Attributes, Facts, Later, Source, connections
from handrail.products.eap.meaning import Unread, of_failure
from handrail.products.eap.understanding import scalar
from handrail.readings import Value

Rows = Mapping[str, "Value | Unread"] | Unread


def messages(facts: Facts) -> Rows:
    """The messages of each queue, by server/queue."""
    found = facts.rows(Source.QUEUES)
    if isinstance(found, Unread):
        return found
    return {"/".join(names): _count(told) for names, told in found.items()}


def _count(told: Attributes) -> Value | Unread:
    value = told.get("message-count")
    return of_failure("WFLYMSGAMQ0066") if value is None else scalar(value, int)


def total(facts: Facts) -> Rows:
    """The messages of each messaging server."""
    found = facts.rows(Source.QUEUES)
    if isinstance(found, Unread):
        return found
    totals: dict[str, Value | Unread] = {}
    for (server, *_), told in found.items():
        count, before = _count(told), totals.get(server, 0)
        if isinstance(count, Unread) or isinstance(before, Unread):
            totals[server] = count if isinstance(count, Unread) else before
        else:
            totals[server] = int(before) + int(count)
    return totals


def is_application(connection: Mapping[str, object]) -> bool:
    """Whether it is one that must find another server: it has sessions and came over a network.

    Connections within the process end with it, and its own transaction recovery opens one every two minutes
    (seen on WildFly 26.1.3: an address of invm with one session, gone a moment later).
    """
    local = str(connection.get("clientAddress", "")).startswith("invm")
    return not local and connection.get("sessionCount") not in (0, None)


def connections_that(counts: Callable[[Mapping[str, Any]], bool]) -> Callable[[Facts], Rows]:
    """The number of connections of each messaging server that count."""

    def understand(facts: Facts) -> Rows:
        if isinstance(found := facts.rows(Source.TREE), Unread):
            return found
        told: dict[str, Value | Unread] = {}
        for server in facts.servers():
            answer = facts.later.get((Later.CONNECTIONS, server))
            listed = answer if isinstance(answer, Unread) else connections(answer)
            told[server] = listed if isinstance(listed, Unread) else sum(1 for item in listed if counts(item))
        return told

    return understand
