"""Addresses, values and operations of the management model, and the JSON both sides of HTTP speak for them.

A value is what JSON can say; an expression such as ${name:default} is an object of one member. LONG and INT
are one kind here, as they are in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Dmr = bool | int | float | str | None | Sequence[Any] | Mapping[str, Any]
"""None is undefined."""
Address = tuple[tuple[str, str], ...]
"""Pairs of type and name, from the root: subsystem and messaging-activemq, server and default."""

ROOT: Address = ()
MESSAGING: Address = (("subsystem", "messaging-activemq"),)
EXPRESSION = "EXPRESSION_VALUE"
_RESERVED = ("operation", "address")


def server_address(name: str = "default") -> Address:
    """Where a messaging server stands."""
    return (*MESSAGING, ("server", name))


@dataclass(frozen=True, slots=True)
class Operation:
    """One management operation at one address."""

    name: str
    address: Address = ROOT
    parameters: Mapping[str, Dmr] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The request's body: parameters stand beside the operation and its address."""
        steps = [{key: name} for key, name in self.address]
        return {"operation": self.name, "address": steps, **self.parameters}


def composite(operations: Sequence[Operation]) -> Operation:
    """Several operations as one: all take effect, or none."""
    return Operation("composite", ROOT, {"steps": [operation.as_json() for operation in operations]})


def from_json(value: object) -> Operation:
    """The operation a request's body says; raises ValueError with what is wrong about it."""
    if not isinstance(value, dict):
        raise ValueError("an operation is a JSON object")
    name = value.get("operation")
    if not isinstance(name, str) or not name:
        raise ValueError("the member operation is missing")
    parameters = {str(key): item for key, item in value.items() if key not in _RESERVED}
    return Operation(name, address_from_json(value.get("address", [])), parameters)


def address_from_json(value: object) -> Address:
    """An address from a list of one-pair objects, or from a flat list of alternating types and names."""
    if value is None:
        return ROOT
    if not isinstance(value, list):
        raise ValueError("an address is a list")
    if all(isinstance(item, str) for item in value):
        if len(value) % 2:
            raise ValueError("a flat address has as many names as types")
        return tuple(zip(value[::2], value[1::2], strict=True))
    pairs: list[tuple[str, str]] = []
    for item in value:
        if not isinstance(item, dict) or len(item) != 1:
            raise ValueError("an address is a list of objects with one member each")
        [(key, name)] = item.items()
        if not isinstance(key, str) or not isinstance(name, str):
            raise ValueError("types and names of an address are strings")
        pairs.append((key, name))
    return tuple(pairs)


def quoted_address(address: Address) -> str:
    """An address as the product's own messages have it: one pair on one line, more on a line each."""
    pairs = [f'("{key}" => "{name}")' for key, name in address]
    return f"[{pairs[0] if pairs else ''}]" if len(pairs) < 2 else "[\n    " + ",\n    ".join(pairs) + "\n]"


def is_wildcard(address: Address) -> bool:
    """Whether the address stands for many resources."""
    return any(name == "*" for _, name in address)


def covers(pattern: Address, address: Address) -> bool:
    """Whether a wildcard address stands for this one."""
    return len(pattern) == len(address) and all(
        key == other and name in ("*", found)
        for (key, name), (other, found) in zip(pattern, address, strict=True)
    )
