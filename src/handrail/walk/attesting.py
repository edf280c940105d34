"""Whether what an operator typed can be what was asked for: numbers in their range, addresses, paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_interface

from handrail import fingerprint, moments
from handrail.hosts import is_address, is_host
from handrail.procedure.model import Attest, Pasted
from handrail.products import pasting
from handrail.readings import Value, value_words

FINGERPRINT = "fingerprint"
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


def time_refusal(attest: Attest, text: str) -> str | None:
    """Why this is neither a moment as it is recorded nor one of the words in its place, or None."""
    if text in attest.options or moments.is_written(text):
        return None
    return f"a time such as {moments.EXAMPLES}"


def format_refusal(name: str, text: str) -> str | None:
    """Why this does not look like what was asked for, or None."""
    if name == FINGERPRINT:
        return fingerprint.refusal(text)
    fits, mend = _FORMATS[name]
    return None if fits(text.strip()) else mend


def as_kept(attest: Attest, text: str) -> str:
    """What is kept of an answer: a fingerprint in its one form, so that equal ones read the same.

    So is a path, without the slash behind it: what is put together from it then has one slash.
    """
    if attest.format == "path" and format_refusal("path", text) is None:
        return text.strip().rstrip("/") or "/"
    if attest.format == FINGERPRINT and fingerprint.refusal(text) is None:
        return fingerprint.canonical(text)
    return text


def pasted_refusal(
    product: str, attest: Attest, text: str, rows: Callable[[str], Sequence[str]] = lambda _list: ()
) -> str | None:
    """Why this pasted output does not do: it is none, or it does not show what it must; or None.

    `rows` gives the rows of a captured list, for output that is a table; a list without rows shows nothing.
    """
    assert attest.parser is not None  # noqa: S101 - the caller has seen it
    try:
        if attest.shows[0].every is not None:
            return _rows_refusal(attest, pasting.read_rows(product, attest.parser, text), rows)
        told = pasting.read(product, attest.parser, text)
    except ValueError as problem:
        return f"this cannot be read as the output asked for: {problem}"
    for wanted in attest.shows:
        if not _shown(wanted, told):
            return f"the output shows {_unlike(wanted, told)}"
    return None


def _rows_refusal(
    attest: Attest, table: Mapping[str, pasting.Row], rows: Callable[[str], Sequence[str]]
) -> str | None:
    """The first row that is not there or shows something else, and how many more there are."""
    wrong: list[str] = []
    for name in dict.fromkeys(wanted.every for wanted in attest.shows if wanted.every):
        listed = rows(name)
        if not listed:
            return f"the list {name} has no rows, so no output can show anything of them"
        for row in listed:
            if row not in table:
                wrong.append(f"the output has no row {row}")
                continue
            told = table[row].fields
            off = [item for item in attest.shows if item.every == name and not _shown(item, told)]
            wrong += [f"the output shows for {row} {_unlike(item, told)}" for item in off[:1]]
    if not wrong:
        return None
    more = f"; and so for {len(wrong) - 1} more of its rows" if len(wrong) > 1 else ""
    return f"{wrong[0]}{more}"


def _shown(wanted: Pasted, told: Mapping[str, object]) -> bool:
    found = told.get(wanted.field)
    return found == wanted.is_ and isinstance(found, bool) == isinstance(wanted.is_, bool)


def _unlike(wanted: Pasted, told: Mapping[str, object]) -> str:
    found = told.get(wanted.field)
    shown = "nothing" if found is None or not isinstance(found, Value) else value_words(found)
    return f"{wanted.field} {shown}, and it must be {value_words(wanted.is_)}"


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


_FORMATS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "address": (is_address, "type an IP address, such as 192.0.2.10"),
    "address-with-prefix": (
        lambda text: "/" in text and _parses(ip_interface, text),
        "type an IP address with its prefix, such as 192.0.2.10/24",
    ),
    "host": (is_host, "type a host name or an IP address"),
    "email": (lambda text: bool(_EMAIL.fullmatch(text)), "type an e-mail address"),
    "path": (lambda text: text.startswith("/"), "type a whole path, from / on"),
}
