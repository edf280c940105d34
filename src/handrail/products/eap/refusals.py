"""What the product says when it refuses an operation: its own codes and sentences.

The codes begin with WFLYCTL (wildfly-core's ControllerLogger) and WFLYMSGAMQ (the messaging subsystem).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from handrail.products.eap.attributes import Attribute, Kind
from handrail.products.eap.dmr import EXPRESSION, Address, Dmr, quoted_address

_FITS: Mapping[Kind, tuple[type, ...]] = {
    Kind.BOOLEAN: (bool,),
    Kind.INT: (int,),
    Kind.LONG: (int,),
    Kind.DOUBLE: (float, int),
    Kind.STRING: (str, int, float, bool),
    Kind.LIST: (list, tuple),
}
_MOST = {Kind.INT: 2**31 - 1, Kind.LONG: 2**63 - 1}


class Refused(Exception):
    """An operation the product refuses; the message is its failure description."""


def not_found(address: Address) -> Refused:
    """No resource is there."""
    return Refused(f"WFLYCTL0216: Management resource '{quoted_address(address)}' not found")


def no_such_type(address: Address) -> Refused:
    """No resource could ever be there."""
    return Refused(f"WFLYCTL0030: No resource definition is registered for address {quoted_address(address)}")


def no_such_operation(name: str, address: Address) -> Refused:
    """The resource knows no such operation."""
    return Refused(f"WFLYCTL0031: No operation named '{name}' exists at address {quoted_address(address)}")


def duplicate(address: Address) -> Refused:
    """There is one already."""
    return Refused(f"WFLYCTL0212: Duplicate resource {quoted_address(address)}")


def one_policy_only(names: Iterable[str]) -> Refused:
    """A messaging server has one ha-policy."""
    children = f"[{', '.join(sorted(names))}]"
    return Refused(
        f"WFLYMSGAMQ0078: Only one ha-policy child resource is allowed, found children: {children}"
    )


def no_legacy_security() -> Refused:
    """Without the legacy security subsystem the default security-domain, `other`, is not there."""
    return Refused(
        "WFLYCTL0369: Required capabilities are not available: "
        "org.wildfly.security.legacy-security-domain.other; "
        "There are no known registration points which can provide this capability."
    )


def unknown_attribute(name: str) -> Refused:
    """The resource has no such attribute."""
    return Refused(f"WFLYCTL0201: Unknown attribute '{name}'")


def not_writable(name: str) -> Refused:
    """The attribute tells what is; it cannot be set."""
    return Refused(f"WFLYCTL0048: Attribute {name} is not writable")


def missing(name: str) -> Refused:
    """A parameter that must be given is not."""
    return Refused(f"WFLYCTL0155: '{name}' may not be null")


def in_backup_mode(address: Address) -> Refused:
    """The messaging server is passive."""
    return Refused(
        f"WFLYMSGAMQ0066: Resource at the address {quoted_address(address)} can not be managed, "
        "the server is in backup mode"
    )


def not_installed(name: str) -> Refused:
    """There is no such messaging server running, as in admin-only mode."""
    return Refused(f"WFLYMSGAMQ0054: No ActiveMQ Server is available under name {name}")


def value_for(attribute: Attribute, value: Dmr) -> Dmr:
    """The value as the model keeps it; raises Refused for one it does not take."""
    if value is None:
        if attribute.required:
            raise missing(attribute.name)
        return None
    if isinstance(value, Mapping) and set(value) == {EXPRESSION}:
        return value
    if isinstance(value, str) and value.startswith("${") and value.endswith("}"):
        return {EXPRESSION: value}
    converted = _converted(attribute, value)
    if attribute.choices and converted not in attribute.choices:
        legal = ", ".join(attribute.choices)
        raise Refused(
            f"WFLYCTL0248: Invalid value {converted} for {attribute.name}; legal values are [{legal}]"
        )
    if isinstance(converted, int) and not isinstance(converted, bool):
        return _bounded(attribute, converted)
    return converted


def _bounded(attribute: Attribute, number: int) -> int:
    if attribute.infinite_or_positive:
        if number == 0 or number >= _MOST[attribute.kind]:
            raise Refused(f"WFLYMSGAMQ0036: Illegal value {number} for element {attribute.name}")
        return max(number, -1)
    for bound, code, word, beyond in (
        (
            attribute.at_least,
            "0117",
            "minimum",
            attribute.at_least is not None and number < attribute.at_least,
        ),
        (attribute.at_most, "0116", "maximum", attribute.at_most is not None and number > attribute.at_most),
    ):
        if beyond:
            raise Refused(
                f"WFLYCTL{code}: {number} is an invalid value for parameter {attribute.name}. "
                f"A {word} value of {bound} is required"
            )
    return number


def _converted(attribute: Attribute, value: Dmr) -> Dmr:
    """JSON's value as the attribute's type; text that reads as one is one, as the product has it."""
    if isinstance(value, str) and attribute.kind is not Kind.STRING:
        value = _from_text(attribute.kind, value)
    fits = isinstance(value, _FITS[attribute.kind])
    if fits and isinstance(value, bool) and attribute.kind not in (Kind.BOOLEAN, Kind.STRING):
        fits = False
    if fits and attribute.kind in _MOST and isinstance(value, int) and abs(value) > _MOST[attribute.kind]:
        fits = False
    if not fits:
        types = f"Expected [{attribute.kind.value}] but was {_kind(value)}"
        raise Refused(f"WFLYCTL0097: Wrong type for '{attribute.name}'. {types}")
    if attribute.kind is Kind.STRING:
        return "true" if value is True else "false" if value is False else str(value)
    return float(value) if attribute.kind is Kind.DOUBLE and isinstance(value, int) else value


def _from_text(kind: Kind, text: str) -> Dmr:
    if kind is Kind.BOOLEAN and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        if kind in (Kind.INT, Kind.LONG):
            return int(text) if len(text) <= 20 else text
        return float(text) if kind is Kind.DOUBLE else text
    except ValueError:
        return text


def _kind(value: Dmr) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "INT" if abs(value) < 2**31 else "LONG"
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, str):
        return "STRING"
    return "OBJECT" if isinstance(value, Mapping) else "LIST"
