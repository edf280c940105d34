"""What is asked of a server at once, and what its answers come to: sure reads first, then what may fail.

The first reads never fail for a resource that is not there, because they ask for `*`. What a passive server
or an older release refuses is asked afterwards, each by itself when they fail together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from handrail.products.eap.dmr import MESSAGING, ROOT, Address, Operation, address_from_json
from handrail.products.eap.meaning import Unread
from handrail.products.eap.resources import RENAMED
from handrail.products.strict_json import parse_json
from handrail.readings import Failure
from handrail.text import safe

_ALL: Address = (*MESSAGING, ("server", "*"))
_RUNTIME = {"include-runtime": True, "attributes-only": True}


class Source(Enum):
    """The reads that are asked first."""

    ROOT = Operation("read-resource", ROOT, _RUNTIME)
    UPTIME = Operation(
        "read-attribute", (("core-service", "platform-mbean"), ("type", "runtime")), {"name": "uptime"}
    )
    TREE = Operation("read-resource", _ALL, {"recursive": True, "recursive-depth": 1})
    RUNTIME = Operation("read-resource", _ALL, _RUNTIME)
    CLUSTER = Operation("read-resource", (*_ALL, ("cluster-connection", "*")), _RUNTIME)
    QUEUES = Operation("read-resource", (*_ALL, ("jms-queue", "*")), _RUNTIME)


class Later(Enum):
    """The reads that may be refused, asked of each messaging server that the first reads found."""

    SYNC = "synchronized-with-"
    CONNECTIONS = "list-connections-as-json"


Attributes = Mapping[str, Any]
Rows = Mapping[tuple[str, ...], Attributes]


@dataclass
class Facts:
    """What the answers told so far."""

    answers: dict[Source, Any] = field(default_factory=dict)
    """Each source's result, or an Unread."""
    later: dict[tuple[Later, str], Any] = field(default_factory=dict)
    _rows: dict[Source, Rows | Unread] = field(default_factory=dict)
    """What `rows` made of an answer; nearly every question asks for it."""

    def root(self) -> Attributes | Unread:
        """The attributes of the process."""
        found = self.answers[Source.ROOT]
        return found if isinstance(found, Unread | Mapping) else _odd("the process")

    def rows(self, source: Source) -> Rows | Unread:
        """The resources of a source that asked for many, by their names below the subsystem."""
        found = self.answers[source]
        if isinstance(found, Unread):
            return found
        if source not in self._rows:
            try:
                self._rows[source] = dict(_rows(found))
            except ValueError:
                self._rows[source] = _odd(source.name.lower())
        return self._rows[source]

    def servers(self) -> Sequence[str]:
        """The messaging servers, `default` first; none where they could not be read."""
        found = self.rows(Source.TREE)
        return () if isinstance(found, Unread) else in_order([names[0] for names in found])

    def children(self, *kinds: str) -> Rows | Unread:
        """The configured children of these types, by messaging server and name."""
        found = self.rows(Source.TREE)
        if isinstance(found, Unread):
            return found
        rows: dict[tuple[str, ...], Attributes] = {}
        for (server, *_), told in found.items():
            for kind in kinds:
                inside = told.get(kind)
                for name, values in inside.items() if isinstance(inside, Mapping) else ():
                    rows[(server, str(name))] = values if isinstance(values, Mapping) else {}
        return rows

    def policies(self) -> Mapping[str, tuple[str, Attributes]] | Unread:
        """Each messaging server's ha-policy by EAP 7's names; live-only where none is configured."""
        found = self.children("ha-policy")
        if isinstance(found, Unread):
            return found
        told: dict[str, tuple[str, Attributes]] = {server: ("live-only", {}) for server in self.servers()}
        for (server, name), values in found.items():
            told[server] = (RENAMED.get(name, name), values)
        return told

    def questions(self, wanted: Sequence[Later]) -> Iterator[tuple[tuple[Later, str], Operation]]:
        """The second reads these fields need, given what the first told."""
        policies = self.policies()
        for server in self.servers():
            address: Address = (*MESSAGING, ("server", server))
            if Later.SYNC in wanted and not isinstance(policies, Unread):
                kind, _ = policies[server]
                if kind.startswith("replication-"):
                    name = f"synchronized-with-{'live' if kind.endswith('slave') else 'backup'}"
                    where = (*address, ("ha-policy", kind))
                    yield (Later.SYNC, server), Operation("read-attribute", where, {"name": name})
            if Later.CONNECTIONS in wanted:
                yield (Later.CONNECTIONS, server), Operation("list-connections-as-json", address)


def connections(told: object) -> list[Mapping[str, Any]] | Unread:
    """The connections in the answer of list-connections-as-json: JSON within a string."""
    try:
        found = parse_json(told.encode()) if isinstance(told, str) else None
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        return _odd("the connections")
    return found


def in_order(names: Sequence[str]) -> list[str]:
    """Names of messaging servers, `default` first: it is what is meant where no row is named."""
    return sorted(dict.fromkeys(names), key=lambda name: (name != "default", name))


def _rows(found: object) -> Iterator[tuple[tuple[str, ...], Attributes]]:
    if not isinstance(found, list):
        raise ValueError("not a list")
    for item in found:
        if not isinstance(item, dict):
            raise ValueError("not an object")
        address = address_from_json(item.get("address"))
        told = item.get("result")
        if len(address) < 2 or not isinstance(told, dict):
            continue
        yield tuple(name for _, name in address[1:]), told


def _odd(what: str) -> Unread:
    return Unread(
        Failure.MALFORMED, safe(f"the answer on {what} has not the shape it should have; check url")
    )
