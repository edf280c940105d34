"""Values of the management model as values of fields: the kind a field has, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handrail.products.eap.dmr import EXPRESSION
from handrail.products.eap.meaning import Unread
from handrail.readings import Failure, Value
from handrail.text import safe

UNDEFINED = "undefined"
"""How an attribute of text that is not set reads, as the command line shows it."""
LONGEST = 400
SHIPPED_PASSWORD = "CHANGE ME!!"  # noqa: S105  what the product ships with, as its own definition has it


def scalar(value: Any, kind: type) -> Value | Unread:
    """A value of the kind a field has; what is not set is text `undefined`, or says nothing."""
    if value is None:
        if kind is str:
            return UNDEFINED
        return Unread(Failure.NOT_APPLICABLE, safe("it is not set, and has no default"))
    if isinstance(value, Mapping) and set(value) == {EXPRESSION}:
        text = str(safe(str(value[EXPRESSION]), LONGEST))
        if kind is str:
            return text
        return Unread(Failure.NOT_READ, safe(f"it is set by the expression {text}: resolve it by hand", 200))
    if isinstance(value, list) and kind is str and all(isinstance(item, str) for item in value):
        return str(safe(",".join(value), LONGEST))
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, bool | int | float | str) and isinstance(value, kind):
        if isinstance(value, str):
            return str(safe(value, LONGEST))
        if not isinstance(value, bool) or kind is bool:
            return value
    return Unread(
        Failure.MALFORMED, safe(f"a {kind.__name__} was expected here: check url, or this release differs")
    )


def password_origin(value: Any) -> Value | Unread:
    """`property`, `configured` or `shipped`: where a password comes from, without a letter of it."""
    if isinstance(value, Mapping) and set(value) == {EXPRESSION}:
        return "property"
    if isinstance(value, str):
        return "shipped" if value == SHIPPED_PASSWORD else "configured"
    return Unread(Failure.NOT_READ, safe("the server does not show it to this user: look into its file"))
