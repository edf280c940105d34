"""What handrail sends to an EAP server: lines of jboss-cli, held against documented bounds before they go."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from handrail.products.eap import cli_lines
from handrail.products.eap.cli_lines import NotALine
from handrail.products.eap.dmr import Dmr, Operation, composite, from_json
from handrail.products.eap.refusals import Refused, value_for
from handrail.products.eap.releases import EAP_8_1
from handrail.products.eap.resources import resource_type
from handrail.products.eap.tree import old_names
from handrail.readings import Value

CLI = "cli"
"""The one operation: its argument of this name holds the lines, the others stand where `{name}` stands."""
SECRET = "<secret>"  # noqa: S105  what stands for one
_MISSPELT = {"allow-fail-back": "allow-failback"}
"""As the document writes it in 30.5, and as the product's attribute is called."""
_NEWEST = EAP_8_1
_HIDDEN = re.compile(rb'("[a-z-]*password"\s*:\s*)("(?:[^"\\]|\\.)*"|\{[^{}]*\})')


class NotSendable(ValueError):
    """Lines that are not sent; the message says why, with the range where there is one."""


def prepared(arguments: Mapping[str, Value]) -> Operation:
    """The operation the lines become: the one there is, or several as a composite; raises NotSendable."""
    lines = arguments.get(CLI)
    if not isinstance(lines, str):
        raise NotSendable("there is no line to send")
    given = {name: value for name, value in arguments.items() if name != CLI}
    try:
        operations = cli_lines.parse_lines(lines, given)
    except NotALine as problem:
        raise NotSendable(f"no line of jboss-cli: {problem}") from None
    if not operations:
        raise NotSendable("there is no line to send")
    for operation in operations:
        check(operation)
    return operations[0] if len(operations) == 1 else composite(operations)


def check(operation: Operation) -> None:
    """Refuse what the model cannot take, while nothing is sent yet; raises NotSendable.

    Names are held only against types whose attributes are all known here, because HTTP takes an unknown
    parameter of `add` in silence, which the vendor's own command line would refuse.
    """
    kind = resource_type(old_names(operation.address))
    if kind is None:
        return
    for name, value in _assigned(operation):
        found = kind.attribute(name, _NEWEST)
        if found is None:
            if name in _MISSPELT:
                raise NotSendable(f"there is no attribute {name}: it is called {_MISSPELT[name]}")
            if kind.whole:
                known = ", ".join(item.name for item in kind.attributes if not item.runtime)
                raise NotSendable(f"there is no attribute {name}; known here: {known}")
            continue
        if value is None:
            continue
        try:
            value_for(found, value)
        except Refused:
            bounds = found.bounds or f"of type {found.kind.value}"
            raise NotSendable(f"{name} = {cli_lines.render_value(value)} cannot be: it is {bounds}") from None


def _assigned(operation: Operation) -> Sequence[tuple[str, Dmr]]:
    if operation.name == "add":
        return list(operation.parameters.items())
    if operation.name == "write-attribute":
        return [(str(operation.parameters.get("name")), operation.parameters.get("value"))]
    return []


def shown_lines(arguments: Mapping[str, Value]) -> list[str]:
    """The lines as they stand; where an argument has its place, with the value in it."""
    told: list[str] = []
    given = {name: value for name, value in arguments.items() if name != CLI}
    for line in str(arguments.get(CLI, "")).split("\n"):
        text = line.strip()
        if not text:
            continue
        try:
            operation = cli_lines.parse(text, given)
        except NotALine:
            told.append(text)
            continue
        masked = hidden(operation)
        told.append(cli_lines.render(masked) if masked != operation or cli_lines.has_places(text) else text)
    return told


def hidden(operation: Operation) -> Operation:
    """The operation with every password replaced."""
    parameters = {
        name: SECRET if name.endswith("password") and value is not None else value
        for name, value in operation.parameters.items()
    }
    if str(parameters.get("name", "")).endswith("password") and "value" in parameters:
        parameters["value"] = SECRET
    return Operation(operation.name, operation.address, parameters)


def hidden_json(operation: Operation) -> str:
    """The request's body for the screen, passwords replaced."""
    body = hidden(operation).as_json()
    steps = body.get("steps")
    if operation.name == "composite" and isinstance(steps, list):
        body["steps"] = [hidden(from_json(step)).as_json() for step in steps]
    members = ",\n".join(f" {json.dumps(key)}: {_laid_out(item)}" for key, item in body.items())
    return "{\n" + members + "\n}"


def _laid_out(value: Dmr) -> str:
    """A member on one line, a list of steps on one line each."""
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, dict) and "operation" in item for item in value)
    ):
        return "[\n" + ",\n".join(f"  {json.dumps(item)}" for item in value) + "\n ]"
    return json.dumps(value)


def hidden_bytes(body: bytes) -> bytes:
    """An answer kept as evidence, passwords replaced."""
    return _HIDDEN.sub(rb'\1"<secret>"', body)
