"""Jolokia as Artemis speaks it: requests and answers as bytes, in both directions, and MBean names.

A POST of a JSON array is a bulk: the answer is an array of the same length and order, each entry with
its own status, under HTTP 200. A refused Origin answers one object instead of the array.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from handrail.products.strict_json import parse_json

DOMAIN = "org.apache.activemq.artemis"
DEFAULT_PATH = "/console/jolokia/"
BROKER_SEARCH = f"{DOMAIN}:broker=*"

_BROKER_NAME = re.compile(r'^org\.apache\.activemq\.artemis:broker=("(?:[^"\\]|\\.)*"|[^",=]+)$')
_PROPERTY = r'("(?:[^"\\]|\\.)*"|[^",=]*)'


@dataclass(frozen=True, slots=True)
class Read:
    """Read one attribute. With a `*` in the object name the value is a map from name to attributes."""

    mbean: str
    attribute: str


@dataclass(frozen=True, slots=True)
class ReadSeveral:
    """Read several attributes at once: it fails as a whole when the release lacks one of them."""

    mbean: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Execute:
    """Call one operation; `operation` carries its parameter types, as in `listConnectionIDs()`."""

    mbean: str
    operation: str
    arguments: tuple[str | int | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """List the object names that a pattern covers."""

    mbean: str


Entry = Read | ReadSeveral | Execute | Search


@dataclass(frozen=True, slots=True)
class Value:
    """An entry that succeeded."""

    value: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that failed: the status inside the JSON, and Java's words."""

    status: int
    error_type: str
    error: str


Answered = Value | Fault


def quoted(name: str) -> str:
    """A name as JMX quotes it inside an object name."""
    body = name.replace("\\", "\\\\").replace("\n", "\\n")
    for character in '"*?':
        body = body.replace(character, "\\" + character)
    return f'"{body}"'


def unquoted(value: str) -> str:
    """The name inside a quoted value of an object name; an unquoted value as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value[1:-1])


def broker_mbean(name: str) -> str:
    """The object name of the broker of this name, from 2.0.0 on."""
    return f"{DOMAIN}:broker={quoted(name)}"


def broker_name(mbean: str) -> str | None:
    """The broker's name in the object name of a broker itself; None for any other object name."""
    found = _BROKER_NAME.match(mbean)
    return unquoted(found.group(1)) if found else None


def queues_mbean(broker: str) -> str:
    """The pattern of all queues of a broker."""
    return f"{broker_mbean(broker)},component=addresses,address=*,subcomponent=queues,routing-type=*,queue=*"


def queue_mbean(broker: str, address: str, routing: str, queue: str) -> str:
    """The object name of one queue; `routing` is anycast or multicast."""
    return (
        f"{broker_mbean(broker)},component=addresses,address={quoted(address)},subcomponent=queues,"
        f"routing-type={quoted(routing)},queue={quoted(queue)}"
    )


def acceptors_mbean(broker: str) -> str:
    """The pattern of all acceptors of a broker."""
    return f"{broker_mbean(broker)},component=acceptors,name=*"


def acceptor_mbean(broker: str, acceptor: str) -> str:
    """The object name of one acceptor."""
    return f"{broker_mbean(broker)},component=acceptors,name={quoted(acceptor)}"


def property_of(mbean: str, key: str) -> str | None:
    """One property of an object name, unquoted; Jolokia may order the properties as it likes."""
    found = re.search(rf"[:,]{re.escape(key)}={_PROPERTY}(?:,|$)", mbean)
    return unquoted(found.group(1)) if found else None


def encode(entries: Sequence[Entry]) -> bytes:
    """A bulk request."""
    return json.dumps([_as_json(entry) for entry in entries], separators=(",", ":")).encode()


def decode_answers(body: bytes, count: int) -> list[Answered]:
    """The answers of a bulk of `count` entries, or one Fault for all of them.

    Raises ValueError when the bytes are no such answer.
    """
    parsed = parse_json(body)
    if isinstance(parsed, dict):
        whole = _answered(parsed)
        if isinstance(whole, Value):
            raise ValueError("one answer came where several were asked for")
        return [whole] * count
    if not isinstance(parsed, list) or len(parsed) != count:
        raise ValueError("the answer does not fit the question")
    return [_answered(item) for item in parsed]


def decode_request(body: bytes) -> tuple[list[Entry | None], bool]:
    """The entries of a request and whether it is a bulk; None for an entry Jolokia would not understand.

    Raises ValueError when the bytes are no Jolokia request.
    """
    parsed = parse_json(body)
    if isinstance(parsed, dict):
        return [_entry(parsed)], False
    if not isinstance(parsed, list):
        raise ValueError("neither an object nor an array")
    return [_entry(item) for item in parsed], True


def decode_path(target: str) -> Entry | None:
    """The entry of a GET, as curl sends it: .../read/<mbean>/<attributes>, .../exec/..., .../search/...

    `!/` stands for a slash inside a part and `!!` for the mark itself.
    """
    path = target.partition("?")[0].partition("/jolokia/")[2]
    parts = [
        unquote(part.replace("\0", "/").replace("\1", "!"))
        for part in path.replace("!!", "\1").replace("!/", "\0").strip("/").split("/")
    ]
    if len(parts) == 3 and parts[0] == "read":
        names = parts[2].split(",")
        return Read(parts[1], names[0]) if len(names) == 1 else ReadSeveral(parts[1], tuple(names))
    if len(parts) >= 3 and parts[0] == "exec":
        return Execute(parts[1], parts[2], tuple(parts[3:]))
    return Search(parts[1]) if len(parts) == 2 and parts[0] == "search" else None


def encode_answer(entry: Entry | None, answered: Answered, timestamp: int) -> dict[str, Any]:
    """One entry's answer, with Jolokia's keys in Jolokia's order."""
    request = {} if entry is None else _as_json(entry)
    if isinstance(answered, Value):
        return {"request": request, "value": answered.value, "status": 200, "timestamp": timestamp}
    return {
        "request": request,
        "error_type": answered.error_type,
        "error": answered.error,
        "status": answered.status,
    }


def _as_json(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Read):
        return {"type": "read", "mbean": entry.mbean, "attribute": entry.attribute}
    if isinstance(entry, ReadSeveral):
        return {"type": "read", "mbean": entry.mbean, "attribute": list(entry.attributes)}
    if isinstance(entry, Execute):
        return {
            "type": "exec",
            "mbean": entry.mbean,
            "operation": entry.operation,
            "arguments": list(entry.arguments),
        }
    return {"type": "search", "mbean": entry.mbean}


def _entry(item: Any) -> Entry | None:
    if not isinstance(item, dict) or not isinstance(item.get("mbean"), str):
        return None
    mbean: str = item["mbean"]
    kind = str(item.get("type", "")).lower()
    if kind == "read":
        attribute = item.get("attribute")
        if isinstance(attribute, list):
            return ReadSeveral(mbean, tuple(str(name) for name in attribute))
        return Read(mbean, attribute) if isinstance(attribute, str) else None
    if kind == "exec":
        arguments = item.get("arguments", [])
        operation = item.get("operation")
        if isinstance(operation, str) and isinstance(arguments, list):
            return Execute(
                mbean, operation, tuple(part for part in arguments if isinstance(part, str | int | bool))
            )
        return None
    return Search(mbean) if kind == "search" else None


def _answered(item: Any) -> Answered:
    if not isinstance(item, dict):
        raise ValueError("an entry of the answer is no object")
    status = item.get("status")
    if not isinstance(status, int) or isinstance(status, bool):
        raise ValueError("an entry of the answer has no status")
    if status == 200:
        if "value" not in item:
            raise ValueError("an entry of the answer has no value")
        return Value(item["value"])
    return Fault(status, str(item.get("error_type", ""))[:200], str(item.get("error", ""))[:500])
