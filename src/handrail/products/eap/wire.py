"""The management protocol over HTTP: bodies of POST /management and answers, as both sides have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from handrail.products.eap.dmr import Dmr, Operation, from_json
from handrail.products.product import Response
from handrail.products.strict_json import parse_json

PATH: Final = "/management"
JSON: Final = "application/json"
RETRY_AFTER_S: Final = 2
_QUOTED = 400


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to one operation."""

    success: bool
    result: Any = None
    failure: str = ""
    """The failure description in words: of a composite those of its failed steps."""
    process_state: str = ""
    """reload-required or restart-required, where a change waits for it."""
    steps: Mapping[str, Any] = field(default_factory=dict)
    """Of a failed composite: what became of each step."""


def encode_request(operation: Operation) -> bytes:
    """The body of a request."""
    return json.dumps(operation.as_json(), separators=(",", ":")).encode()


def decode_request(body: bytes) -> Operation:
    """The operation of a body; raises ValueError."""
    return from_json(parse_json(body))


def encode_answer(
    result: Dmr, failure: Dmr = None, *, reloads: bool = False, process_state: str = ""
) -> Response:
    """The answer to a POST: 200, or 500 with a failure description."""
    failed = failure is not None
    body: dict[str, Any] = {"outcome": "failed" if failed else "success"}
    if result is not None or not failed:
        body["result"] = result
    if failed:
        body["failure-description"] = failure
        body["rolled-back"] = True
    headers: dict[str, Any] = {"operation-requires-reload": True} if reloads and not failed else {}
    if process_state:
        headers["process-state"] = process_state
    if headers:
        body["response-headers"] = headers
    return json_response(500 if failed else 200, body)


def json_response(status: int, value: object) -> Response:
    """JSON as the management interface sends it."""
    body = json.dumps(value, separators=(", ", " : ")).encode()
    return Response(status, {"content-type": f"{JSON}; charset=utf-8"}, body)


def decode_answer(body: bytes) -> Answered:
    """What an answer says; raises ValueError for one that is none of the management interface."""
    value = parse_json(body)
    if not isinstance(value, dict) or value.get("outcome") not in ("success", "failed"):
        raise ValueError("the answer has no outcome: something else answers there")
    headers = value.get("response-headers")
    state = headers.get("process-state") if isinstance(headers, dict) else None
    told = state if isinstance(state, str) else ""
    if value["outcome"] == "success":
        return Answered(True, value.get("result"), process_state=told)
    steps = value.get("result")
    return Answered(
        False,
        failure=_words(value.get("failure-description")),
        process_state=told,
        steps=steps if isinstance(steps, dict) else {},
    )


def _words(failure: Any) -> str:
    """A failure description in one line; the product sometimes nests the steps' own in objects."""
    if isinstance(failure, str):
        return " ".join(failure.split())[:_QUOTED] or "no reason given"
    if isinstance(failure, dict):
        parts = [f"{key}: {_words(item)}" if item else str(key) for key, item in failure.items()]
        return " ".join("; ".join(parts).split())[:_QUOTED]
    return "no reason given"
