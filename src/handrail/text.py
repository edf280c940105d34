"""SafeText: the only form in which text from outside reaches a screen or a record.

Control characters, C1 controls, bidirectional marks and other format characters become visible
escapes, so that a log line cannot move the cursor, set a title, write to the clipboard or reorder
what the operator reads.
"""

from __future__ import annotations

import re
import unicodedata

# Categories that must never reach a terminal raw: control, format, surrogate, private use,
# unassigned, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ASCII_SAFE = re.compile(r"[\x20-\x7e]*")


class SafeText(str):
    """A string that holds no character a terminal would act upon. Make one with `safe()`."""

    __slots__ = ()


class _Escapes(dict[int, str | int]):
    """A `str.translate` table filled as characters are met."""

    def __missing__(self, code: int) -> str | int:
        character = chr(code)
        value: str | int = escaped(character) if is_unsafe(character) else code
        self[code] = value
        return value


def is_unsafe(character: str) -> bool:
    """True when the terminal or the reader's eye could be misled by this one character."""
    return unicodedata.category(character) in _UNSAFE_CATEGORIES


def escaped(character: str) -> str:
    r"""The visible form of one character: \x1b, \u202e or \U000e0001."""
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"


_TABLE = _Escapes()


def safe(text: str, limit: int | None = None) -> SafeText:
    """Text from outside, made harmless; at most `limit` characters, the cut marked by `...`."""
    if limit is not None and len(text) > limit:
        text = text[: max(0, limit - 3)] + "..."
    if _ASCII_SAFE.fullmatch(text):
        return SafeText(text)
    return SafeText(text.translate(_TABLE))


def safe_bytes(data: bytes, limit: int | None = None) -> SafeText:
    r"""Bytes from outside as harmless text; bytes that are not UTF-8 show as \xNN."""
    return safe(data.decode("utf-8", "backslashreplace"), limit)


def amount(count: int, noun: str) -> str:
    """A count and what is counted: `1 run`, `2 runs`. For nouns whose plural is made with an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


NOTHING = SafeText("")
