"""Jolokia as Artemis speaks it: requests and answers as bytes, in both directions.

A POST of a JSON array is a bulk: the answer is an array of the same length and order, each entry with
its own status, under HTTP 200. A refused Origin answers one object instead of the array.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from handrail.products.strict_json import parse_json

DEFAULT_PATH = "/console/jolokia/"

_KINDS = ("read", "write", "exec", "search", "list", "version", "notification")


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

    Raises ValueError when the bytes are no Jolokia request, in Jolokia's words where it has any.
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


def encode_answer(entry: Entry | None, answered: Answered, timestamp: int | None) -> dict[str, Any]:
    """One entry's answer, with Jolokia's keys in its order; Jolokia 2 (2.40.0 on) sends no timestamp."""
    answer: dict[str, Any] = {"request": {} if entry is None else _echo(entry)}
    if isinstance(answered, Value):
        answer |= {"value": answered.value, "status": 200}
        return answer if timestamp is None else {**answer, "timestamp": timestamp}
    return answer | {
        "error_type": answered.error_type,
        "error": answered.error,
        "status": answered.status,
    }


def _echo(entry: Entry) -> dict[str, Any]:
    """How Jolokia repeats a request: a list of one attribute as that attribute, no empty arguments."""
    if isinstance(entry, ReadSeveral) and len(entry.attributes) == 1:
        return {"mbean": entry.mbean, "attribute": entry.attributes[0], "type": "read"}
    sent = _as_json(entry)
    if not sent.get("arguments", True):
        del sent["arguments"]
    return {key: sent[key] for key in ("mbean", "attribute", "arguments", "type", "operation") if key in sent}


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
    if not isinstance(item, dict):
        return None
    kind = str(item.get("type", "")).lower()
    if kind not in _KINDS:
        raise ValueError(f"No type with name '{kind[:80]}' exists")
    if not isinstance(item.get("mbean"), str):
        return None
    mbean: str = item["mbean"]
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
