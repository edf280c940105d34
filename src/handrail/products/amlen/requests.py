"""How the simulated administration takes a request: what it accepts, and each refusal with its code.

Refusals are as a live server gave them; where its words for broken JSON are not known, the note `parse error`
stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handrail.products.amlen import status, wire
from handrail.products.amlen.files import set_settings
from handrail.products.amlen.state import Node, Printed, World
from handrail.products.amlen.wire import Told
from handrail.products.amlen.world import Change, restart
from handrail.products.product import Request
from handrail.products.strict_json import parse_json

_LOGGED = frozenset({"CWLNA0137", "CWLNA0112"})
"""Refusals the log was seen to tell of."""
_DONE = "The requested configuration change has completed successfully."
_LEAST = {"DiscoveryTimeout": 10, "HeartbeatTimeout": 1}
_BOOLEANS = frozenset({"EnableHA", "PreferredPrimary"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answered request: HTTP status, body, and the world after it."""

    http: int
    body: bytes
    change: Change


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.told = Told(code, message)


def answer(world: World, node: Node, request: Request, now: datetime) -> Outcome:
    """Answer one request to a server that listens; `now` is the wall time, UTC."""
    path = request.target.partition("?")[0].rstrip("/")
    try:
        if request.method == "GET" and (body := _get(world, node, path, now)) is not None:
            return Outcome(200, body, (world, ()))
        if request.method == "POST" and path == wire.RESTART.rstrip("/"):
            return _accepted(_restart(world, node, path, request.body))
        if request.method == "POST" and path in (wire.CONFIGURATION, wire.HA_CONFIGURATION):
            return _accepted(_configure(world, node, path, request.body))
        raise _invalid_call(path)
    except _Refused as refused:
        return Outcome(400, wire.encode_told(refused.told), (world, _logged(world, node, refused.told)))


def _get(world: World, node: Node, path: str, now: datetime) -> bytes | None:
    if path == wire.HA_CONFIGURATION:
        return status.ha_configuration(node)
    if path == wire.ENDPOINTS:
        return status.endpoints(node)
    base = wire.STATUS.rstrip("/")
    if path == base:
        return status.status(node, world, now)
    if path.startswith(base + "/"):
        return status.status(node, world, now, path.removeprefix(base + "/"))
    return None


def _restart(world: World, node: Node, path: str, body: bytes) -> Change:
    told = _json(path, body)
    if "Service" not in told:
        raise _invalid_call(path)
    for key in told:
        if key not in ("Service", "Maintenance", "CleanStore"):
            raise _Refused("CWLNA0115", f"An argument is not valid: Name: {key}.")
    if told["Service"] != "Server":
        raise _not_a_value("Service", told["Service"])
    if "Maintenance" in told and "CleanStore" in told:
        raise _invalid_call(body.decode("utf-8", "replace"))
    mode = told.get("Maintenance", None)
    if "Maintenance" in told and mode not in ("start", "stop"):
        raise _not_a_value("Maintenance", mode)
    if not isinstance(told.get("CleanStore", False), bool):
        raise _not_a_value("CleanStore", told["CleanStore"])
    maintenance = None if mode is None else mode == "start"
    return restart(world, node.name, maintenance=maintenance, clean_store=bool(told.get("CleanStore", False)))


def _configure(world: World, node: Node, path: str, body: bytes) -> Change:
    told = _json(path, body)
    given = told.get("HighAvailability")
    if set(told) != {"HighAvailability"} or not isinstance(given, dict):
        raise _invalid_call(path)
    changes: dict[str, Any] = {}
    for key, value in given.items():
        if key not in wire.SETTINGS:
            raise _Refused("CWLNA0115", f"An argument is not valid: Name: {key}.")
        changes[wire.SETTINGS[key]] = _setting(key, value)
    return set_settings(world, node.name, changes)


def _setting(key: str, value: Any) -> bool | int | str:
    if key in _BOOLEANS:
        if isinstance(value, bool):
            return value
    elif key in _LEAST:
        if isinstance(value, int) and not isinstance(value, bool) and value >= _LEAST[key]:
            return value
    elif isinstance(value, str):
        if key == "Group" and not 0 < len(value) <= 128:
            raise _bad_value(key, value)
        if key != "StartupMode" or value in ("AutoDetect", "StandAlone"):
            return value
    raise _bad_value(key, value)


def _json(path: str, body: bytes) -> Mapping[str, Any]:
    if not body.strip():
        raise _invalid_call(path)
    try:
        told = parse_json(body)
    except ValueError:
        raise _Refused("CWLNA6001", "parse error") from None
    if not isinstance(told, dict):
        raise _invalid_call(path)
    return told


def _invalid_call(what: str) -> _Refused:
    return _Refused("CWLNA0137", f"The REST API call: {what} is not valid.")


def _not_a_value(name: str, value: Any) -> _Refused:
    shown = value if isinstance(value, str) else json.dumps(value)
    words = "The value specified for the required property is invalid or null."
    return _Refused("CWLNA0134", f"{words} Property: {name} Value: {shown}.")


def _bad_value(name: str, value: Any) -> _Refused:
    shown = value if isinstance(value, str) else json.dumps(value)
    return _Refused("CWLNA0112", f'The property value is not valid: Property: {name} Value: "{shown}".')


def _accepted(change: Change) -> Outcome:
    return Outcome(200, wire.encode_told(Told(wire.ACCEPTED, _DONE)), change)


def _logged(world: World, node: Node, told: Told) -> tuple[Printed, ...]:
    if told.code not in _LOGGED or node.name in world.silent:
        return ()
    quoted = told.message.replace('"', '\\"')
    return (Printed(world.now_s, node.name, "request-refused", (str(int(told.code[-4:])), quoted)),)
