"""What handrail can do to an Amlen server, how often each may be repeated, what is never sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from handrail.products.amlen import wire
from handrail.readings import Value


class NotSendable(Exception):
    """An argument is missing, unknown or out of its range; the message says which and the range."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it does, whether it may be sent again, where it goes and with which body."""

    meaning: str
    repeat: Literal["safe", "check-first", "never"]
    target: str
    body: Mapping[str, Any] = field(default_factory=dict)
    """As it is sent; for configure-ha it is made of the arguments."""


_SERVER = {"Service": "Server"}

OPERATIONS: Mapping[str, Operation] = {
    "maintenance-start": Operation(
        "restart into maintenance: messaging stops on this server",
        "check-first",
        wire.RESTART,
        {**_SERVER, "Maintenance": "start"},
    ),
    "maintenance-stop": Operation(
        "restart into production; a server already in production restarts as well",
        "check-first",
        wire.RESTART,
        {**_SERVER, "Maintenance": "stop"},
    ),
    "clean-store": Operation(
        "restart in the same mode and delete every message, subscription and client state on the way; "
        "the server does it in production too",
        "never",
        wire.RESTART,
        {**_SERVER, "CleanStore": True},
    ),
    "restart": Operation("restart in the same mode", "check-first", wire.RESTART, dict(_SERVER)),
    "configure-ha": Operation(
        "set properties of HighAvailability; they work from the next start on", "safe", wire.CONFIGURATION
    ),
}

_NUMBERS: Mapping[str, tuple[int, str]] = {
    "DiscoveryTimeout": (10, "s"),
    "HeartbeatTimeout": (1, "s"),
}
"""The least value of each, as the server refuses less."""
_BOOLEANS = frozenset({"EnableHA", "PreferredPrimary"})
_MODES = ("AutoDetect", "StandAlone")
_GROUP_MOST = 128


def body_of(operation: str, arguments: Mapping[str, Value]) -> Mapping[str, Any]:
    """The JSON an operation sends; raises KeyError for an unknown one, NotSendable for its arguments."""
    known = OPERATIONS[operation]
    if operation != "configure-ha":
        if arguments:
            raise NotSendable(f"{operation} takes no {sorted(arguments)[0]}")
        return known.body
    given = {name: _checked(name, value) for name, value in arguments.items()}
    # An empty address means that the server finds it by itself; it refuses one that is set empty.
    sent = {name: value for name, value in given.items() if value != ""}
    if not sent:
        raise NotSendable("configure-ha needs at least one property with a value")
    return {"HighAvailability": sent}


def _checked(name: str, value: Value) -> Value:
    if name not in wire.SETTINGS:
        raise NotSendable(f"{name} is no property of HighAvailability; known: {', '.join(wire.SETTINGS)}")
    if name in _NUMBERS:
        least, unit = _NUMBERS[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise NotSendable(f"{name} is a whole number of {unit}, {least} or more, not {value}")
        return value
    if name in _BOOLEANS:
        if not isinstance(value, bool):
            raise NotSendable(f"{name} is true or false, not {value}")
        return value
    if not isinstance(value, str):
        raise NotSendable(f"{name} is text, not {value}")
    if name == "StartupMode" and value not in _MODES:
        raise NotSendable(f"StartupMode is {' or '.join(_MODES)}, not {value}")
    if name == "Group" and not 0 < len(value) <= _GROUP_MOST:
        raise NotSendable(f"Group has 1 to {_GROUP_MOST} characters, not {len(value)}")
    return value
