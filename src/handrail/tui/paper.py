"""Laying out text for a screen: wrapping, cutting and aligning, on SafeText and plain strings only.

Pure. A line is text and the name of its style; styles are doubled by words or signs, never colour alone.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import StrEnum


class Ink(StrEnum):
    """How a line is drawn. Two colours only: alert and caution; the rest is weight."""

    PLAIN = "plain"
    STRONG = "strong"
    DIM = "dim"
    ALERT = "alert"
    CAUTION = "caution"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the screen."""

    text: str
    ink: Ink = Ink.PLAIN


def wrapped(
    text: str, width: int, indent: str = "", hanging: str | None = None, ink: Ink = Ink.PLAIN
) -> list[Row]:
    """The text as rows of at most `width` columns."""
    if not text:
        return []
    lines = textwrap.wrap(
        text,
        max(10, width),
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=True,
    )
    return [Row(line, ink) for line in lines]


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, a cut marked by `..`."""
    if len(text) <= width:
        return text
    return text[: max(0, width - 2)] + ".."


def aligned(left: str, right: str, width: int) -> str:
    """Left and right text on one line of exactly `width`; the left one gives way."""
    room = max(0, width - len(right) - 1)
    return f"{cut(left, room):{room}} {right}"


def limited(rows: list[Row], height: int, more: str = "more: press v") -> list[Row]:
    """At most `height` rows; what is left out is said on the last one."""
    if len(rows) <= height:
        return rows
    if height <= 0:
        return []
    hidden = len(rows) - height + 1
    return [*rows[: height - 1], Row(f"   .. {hidden} more lines: {more}", Ink.DIM)]
