"""One answer beside the value that is so: a number, a path, a moment, a vendor's output. Pure."""

from __future__ import annotations

from datetime import timedelta

from handrail import moments
from handrail.products import pasting
from handrail.readings import Value, value_words


def same(value: Value, said: str, *, until: Value | None = None, within_s: float = 0.0) -> bool:
    """Whether what was said is this value.

    Of a moment: or any later one up to `until`, and up to `within_s` seconds off.
    """
    if isinstance(value, str) and moments.is_written(said):
        return _in_time(value, said, str(until or value), within_s)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _plain(value_words(value)) == _plain(said)
    try:
        return float(said) == value
    except ValueError:
        return False


def output_differs(product: str, parser: str, printed: str, said: str) -> list[str] | None:
    """What pasted output shows otherwise than the system's own, by what is read of both; None if unreadable.

    Nobody pastes a table space by space: it is the values that are compared. What was left out is no lie.
    """
    try:
        own, pasted = pasting.told(product, parser, printed), pasting.told(product, parser, said)
    except ValueError:
        return None
    off: list[str] = []
    for row, fields in pasted.items():
        if row not in own:
            off.append(f"there is no {row}")
            continue
        of = f" of {row}" if row else ""
        off += [
            f"{name}{of} is {own[row].get(name, 'not there')}, not {value}"
            for name, value in fields.items()
            if own[row].get(name) != value
        ]
    return off


def _plain(text: str) -> str:
    """Without what makes no difference: the slash behind a directory."""
    return text.strip().rstrip("/")


def _in_time(first: str, said: str, last: str, within_s: float) -> bool:
    if not (moments.is_written(first) and moments.is_written(last)):
        return False
    off = timedelta(seconds=within_s)
    return moments.read(first) - off <= moments.read(said) <= moments.read(last) + off
