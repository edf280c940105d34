"""SEMP v2 as the broker speaks it: targets, answers in their envelope, refusals by code, paging.

A refusal comes with HTTP 400 and a code of its own ("not found" too); `select` is strict; commas in it are
sent raw, a `#` in a path as %23; a page has at most 100 objects, and the answer names the next one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from handrail.products.strict_json import parse_json

ROOT = "/SEMP/v2"
PAGE = 100
"""The most objects one page can have."""
DEFAULT_PAGE = 10

_RAW = ",=!*#<>."


class Code(IntEnum):
    """The broker's own codes; its status words are for logs."""

    FAIL = 2
    NOT_FOUND = 6
    INVALID_PARAMETER = 11
    NOT_SUPPORTED = 14
    PARSE_ERROR = 27
    UNAUTHORIZED = 72
    NOT_ALLOWED = 89
    MISSING_PARAMETER = 228


@dataclass(frozen=True, slots=True)
class Told:
    """A good answer. `counts` are the sizes of an object's collections, by collection, object by object."""

    data: Any
    counts: tuple[Mapping[str, int], ...] = ()
    next_target: str | None = None

    @property
    def objects(self) -> list[Mapping[str, Any]]:
        """The objects, for one or for a list of them."""
        items = self.data if isinstance(self.data, list) else [self.data]
        return [item for item in items if isinstance(item, dict)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the broker would not do, and its code for it."""

    code: int
    description: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the broker understands it."""

    api: str
    path: tuple[str, ...]
    select: tuple[str, ...] = ()
    where: str = ""
    count: int = DEFAULT_PAGE
    cursor: str = ""
    unknown: tuple[str, ...] = field(default=())
    """Names of query parameters that it does not know."""


def target(api: str, *path: str, select: Sequence[str] = (), where: str = "", count: int = 0) -> str:
    """What stands after the host: api is config, monitor or action; parts of the path are escaped here.

    A part may be a composite key: its commas stay as they are.
    """
    parts = "/".join(quote(part, safe=",") for part in path)
    query = []
    if select:
        query.append(f"select={quote(','.join(select), safe=_RAW)}")
    if where:
        query.append(f"where={quote(where, safe=',=!*<>.')}")
    if count:
        query.append(f"count={count}")
    return f"{ROOT}/{api}/{parts}" + (f"?{'&'.join(query)}" if query else "")


def body(attributes: Mapping[str, object]) -> bytes:
    """The body of a PATCH or of an action."""
    return json.dumps(attributes, separators=(",", ":")).encode()


def decode(data: bytes) -> Told | Refusal:
    """An answer's body; raises ValueError when it is no SEMP v2 answer."""
    parsed = parse_json(data)
    meta = parsed.get("meta") if isinstance(parsed, dict) else None
    if not isinstance(parsed, dict) or not isinstance(meta, dict):
        raise ValueError("the answer has no SEMP envelope")
    error = meta.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        return Refusal(
            code if isinstance(code, int) and not isinstance(code, bool) else 0,
            str(error.get("description", ""))[:400],
            str(error.get("status", ""))[:40],
        )
    paging = meta.get("paging")
    following = paging.get("nextPageUri") if isinstance(paging, dict) else None
    return Told(
        parsed.get("data", {}),
        _counts(parsed.get("collections")),
        _target_of(following) if isinstance(following, str) else None,
    )


def decode_request(request_target: str) -> Asked | None:
    """What a target asks; None when it lies outside SEMP v2."""
    parts = urlsplit(request_target)
    if not parts.path.startswith(ROOT + "/"):
        return None
    api, _, rest = parts.path[len(ROOT) + 1 :].partition("/")
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    count = given.get("count", str(DEFAULT_PAGE))
    known = ("select", "where", "count", "cursor")
    return Asked(
        api,
        tuple(unquote(part) for part in rest.strip("/").split("/")) if rest.strip("/") else (),
        tuple(item for item in given.get("select", "").split(",") if item),
        given.get("where", ""),
        min(PAGE, int(count)) if count.isascii() and count.isdigit() and len(count) < 6 else DEFAULT_PAGE,
        given.get("cursor", ""),
        tuple(name for name in given if name not in known),
    )


def encode(
    method: str, uri: str, data: Any, counts: Sequence[Mapping[str, int]] = (), next_uri: str = ""
) -> bytes:
    """A good answer in its envelope; data None is that of an action or a list without data."""
    meta: dict[str, Any] = {"request": {"method": method, "uri": uri}, "responseCode": 200}
    whole: dict[str, Any] = {}
    if data is not None:
        whole["data"] = data
        whole["links"] = [{} for _ in data] if isinstance(data, list) else {}
    if counts:
        nested = [{name: {"count": number} for name, number in item.items()} for item in counts]
        whole["collections"] = nested if isinstance(data, list) else nested[0]
    if isinstance(data, list):
        meta["count"] = len(data)
    if next_uri:
        meta["paging"] = {"cursorQuery": urlsplit(next_uri).query, "nextPageUri": next_uri}
    return json.dumps({**whole, "meta": meta}).encode()


def encode_refusal(method: str, uri: str, refusal: Refusal, http: int = 400) -> bytes:
    """A refusal in its envelope."""
    error = {"code": refusal.code, "description": refusal.description, "status": refusal.status}
    meta = {"error": error, "request": {"method": method, "uri": uri}, "responseCode": http}
    return json.dumps({"meta": meta}).encode()


def _counts(collections: Any) -> tuple[Mapping[str, int], ...]:
    if collections is None:
        return ()
    items = collections if isinstance(collections, list) else [collections]
    return tuple(
        {
            name: item["count"]
            for name, item in (entry.items() if isinstance(entry, dict) else ())
            if isinstance(item, dict) and isinstance(item.get("count"), int)
        }
        for entry in items
    )


def _target_of(uri: str) -> str | None:
    """Path and query of the next page; another host's, or what is no SEMP address, is not followed."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if not parts.path.startswith(ROOT + "/") or not parts.query:
        return None
    return f"{parts.path}?{parts.query}"
