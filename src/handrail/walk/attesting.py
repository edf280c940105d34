"""Whether what an operator typed can be what was asked for: numbers in their range, addresses, paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_interface

from handrail.procedure.model import Attest
from handrail.products import pasting
from handrail.readings import Value, value_words

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63})*")
_DOTTED = re.compile(r"[0-9.]+")
"""What can only be meant as an IPv4 address."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def number_refusal(attest: Attest, text: str) -> str | None:
    """Why this is no number of the documented range, or None."""
    try:
        number = float(text)
    except ValueError:
        return "type a number"
    low, high = attest.at_least, attest.at_most
    if number != number or (low is not None and number < low) or (high is not None and number > high):
        bounds = [f"from {low:g}"] if low is not None else []
        bounds += [f"to {high:g}"] if high is not None else []
        return f"{text} is out of range: {' '.join(bounds)}"
    return None


def format_refusal(name: str, text: str) -> str | None:
    """Why this does not look like what was asked for, or None."""
    fits, mend = _FORMATS[name]
    return None if fits(text.strip()) else mend


def pasted_refusal(product: str, attest: Attest, text: str) -> str | None:
    """Why this pasted output does not do: it is none, or it does not show what it must; or None."""
    assert attest.parser is not None  # noqa: S101 - the caller has seen it
    try:
        told = pasting.read(product, attest.parser, text)
    except ValueError as problem:
        return f"this cannot be read as the output asked for: {problem}"
    for wanted in attest.shows:
        found = told.get(wanted.field)
        if found == wanted.is_ and isinstance(found, bool) == isinstance(wanted.is_, bool):
            continue
        shown = "nothing" if found is None or not isinstance(found, Value) else value_words(found)
        return f"the output shows {wanted.field} {shown}, and it must be {value_words(wanted.is_)}"
    return None


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


_FORMATS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "address": (lambda text: _parses(ip_address, text), "type an IP address, such as 192.0.2.10"),
    "address-with-prefix": (
        lambda text: "/" in text and _parses(ip_interface, text),
        "type an IP address with its prefix, such as 192.0.2.10/24",
    ),
    "host": (
        lambda text: _parses(ip_address, text) if _DOTTED.fullmatch(text) else bool(_HOST.fullmatch(text)),
        "type a host name or an IP address",
    ),
    "email": (lambda text: bool(_EMAIL.fullmatch(text)), "type an e-mail address"),
    "path": (lambda text: text.startswith("/"), "type a whole path, from / on"),
}
