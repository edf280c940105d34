"""An operation's answer as jboss-cli prints it: DMR, with `=>` and the suffix L of long numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from handrail.products.eap.dmr import EXPRESSION, Dmr
from handrail.products.eap.managing import Managed
from handrail.products.eap.resources import LONG_NAMES

_INT = 2**31


def answer(managed: Managed, process_state: str = "") -> list[str]:
    """The lines jboss-cli prints for an operation."""
    if managed.failure is not None:
        told: dict[str, Dmr] = {
            "outcome": "failed",
            "failure-description": managed.failure,
            "rolled-back": True,
        }
    else:
        told = {"outcome": "success"}
        if managed.result is not None:
            told["result"] = managed.result
    headers: dict[str, Dmr] = {"operation-requires-reload": True} if managed.reloads else {}
    if process_state:
        headers["process-state"] = process_state
    if headers:
        told["response-headers"] = headers
    return text(told).split("\n")


def text(value: Dmr, indent: int = 0, name: str = "") -> str:
    """A value, nested ones on lines of their own."""
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}L" if abs(value) >= _INT or name in LONG_NAMES else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    pad = "    " * (indent + 1)
    if isinstance(value, Mapping):
        if set(value) == {EXPRESSION}:
            return f"expression {json.dumps(str(value[EXPRESSION]))}"
        members = [f'{pad}"{key}" => {text(item, indent + 1, str(key))}' for key, item in value.items()]
        return "{\n" + ",\n".join(members) + "\n" + "    " * indent + "}" if members else "{}"
    assert isinstance(value, Sequence)  # noqa: S101 - nothing else is left
    items = [f"{pad}{text(item, indent + 1, name)}" for item in value]
    return "[\n" + ",\n".join(items) + "\n" + "    " * indent + "]" if items else "[]"
