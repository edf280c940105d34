"""Laying out text for a screen: wrapping, cutting and aligning, on SafeText and plain strings only.

Pure. A line is text and the name of its style; styles are doubled by words or signs, never colour alone.
Widths are columns of a terminal, not characters: some characters take two, some none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len

from handrail.text import amount

_WORDS = re.compile(r" +|[^ ]+")


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
    """One line of the screen; `cursor` is the column at which the typed text goes on, if it is typed."""

    text: str
    ink: Ink = Ink.PLAIN
    cursor: int | None = None


BLANK = Row("")


def columns(text: str) -> int:
    """How many columns the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def chopped(text: str, width: int) -> str:
    """As much of the text as fits into `width` columns."""
    if text.isascii():
        return text[: max(0, width)]
    taken = 0
    for place, character in enumerate(text):
        taken += columns(character)
        if taken > width:
            return text[:place]
    return text


def wrapped(
    text: str, width: int, indent: str = "", hanging: str | None = None, ink: Ink = Ink.PLAIN
) -> list[Row]:
    """The text as rows of at most `width` columns, broken between words where they fit.

    Words are never broken at a hyphen: half a server's name is another server's name.
    """
    if not text.strip(" "):
        return []
    after = indent if hanging is None else hanging
    lines = _lines(text.strip(" "), max(10, width - len(indent)), max(10, width - len(after)))
    return [Row((indent if place == 0 else after) + line, ink) for place, line in enumerate(lines)]


def folded(
    text: str, width: int, indent: str = "", ink: Ink = Ink.PLAIN, *, at_blanks: bool = False
) -> list[Row]:
    """The text exactly as it is, every space kept, broken at the edge only; for what is sent.

    `at_blanks` breaks behind a blank where there is one in the second half of a row; for what is read.
    """
    room = max(10, width - len(indent))
    rows: list[Row] = []
    while text:
        head = chopped(text, room) or text[0]
        blank = head.rfind(" ") + 1
        if at_blanks and len(head) < len(text) and text[len(head)] != " " and blank > len(head) // 2:
            head = head[:blank]
        rows.append(Row((indent if not rows else indent[:-2] + "+ ") + head, ink))
        text = text[len(head) :]
    return rows or [Row(indent, ink)]


def _lines(text: str, first: int, rest: int) -> list[str]:
    found: list[str] = []
    line, room = "", first
    for word in _WORDS.findall(text):
        if columns(line) + columns(word) <= room:
            line += word
            continue
        if line.strip(" "):
            found.append(line.rstrip(" "))
            line, room = "", rest
        if not word.strip(" "):
            continue
        while columns(word) > room:
            head = chopped(word, room) or word[0]
            found.append(head)
            word, room = word[len(head) :], rest
        line = word
    if line.strip(" "):
        found.append(line.rstrip(" "))
    return found


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, a cut marked by `..`."""
    if columns(text) <= width:
        return text
    return chopped(text, max(0, width - 2)) + ".."


def padded(text: str, width: int) -> str:
    """The text in exactly `width` columns."""
    text = chopped(text, width)
    return text + " " * (width - columns(text))


def aligned(left: str, right: str, width: int) -> str:
    """Left and right text on one line of exactly `width`; the left one gives way."""
    room = max(0, width - columns(right) - 1)
    return padded(f"{padded(cut(left, room), room)} {right}", width)


def limited(rows: Sequence[Row], height: int, more: str = "press v") -> list[Row]:
    """At most `height` rows; what is left out is said on the last one."""
    if len(rows) <= height:
        return list(rows)
    if height <= 0:
        return []
    hidden = len(rows) - height + 1
    return [*rows[: height - 1], Row(f"     .. {amount(hidden, 'more line')}: {more}", Ink.CAUTION)]


def clipped(rows: Sequence[Row], height: int, width: int) -> list[Row]:
    """At most `height` rows; where some are left out, the last one shown ends in `..`."""
    if len(rows) <= height or height <= 0:
        return list(rows[: max(0, height)])
    last = rows[height - 1]
    marked = f"{last.text} .."
    if columns(marked) > width:
        marked = chopped(last.text, width - 2) + ".."
    return [*rows[: height - 1], Row(marked, last.ink)]


CUT = "cut"
"""How a screen says that it is too short even for what never gives way."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together, and how readily they give way where room is short.

    `rank` 0 never gives way; of the others the highest goes first, down to `short`.
    """

    rows: Sequence[Row]
    rank: int = 0
    short: Sequence[Row] = ()

    @property
    def given_up(self) -> int:
        """How many rows with something on them are left out where only `short` is shown."""
        return sum(bool(row.text) for row in self.rows) - sum(bool(row.text) for row in self.short)


def fitted(blocks: Sequence[Block], height: int, more: str = "press v") -> list[Row]:
    """The blocks in at most `height` rows, those of the highest rank made short first.

    Whatever is left out is counted on one last row, which says so where even rows of rank 0 were cut.
    """
    shown = [list(block.rows) for block in blocks]
    order = sorted(
        (place for place, block in enumerate(blocks) if block.rank),
        key=lambda place: (blocks[place].rank, place),
        reverse=True,
    )
    if height <= 0:
        return []
    hidden = 0
    for place in order:
        if sum(map(len, shown)) + bool(hidden) <= height:
            break
        shown[place] = list(blocks[place].short)
        hidden += blocks[place].given_up
    # What a bigger block has made room for comes back, the most important first.
    for place in reversed(order):
        more_rows = len(blocks[place].rows) - len(shown[place])
        still = hidden - blocks[place].given_up
        if more_rows and sum(map(len, shown)) + more_rows + bool(still) <= height:
            shown[place], hidden = list(blocks[place].rows), still
    rows = [row for part in shown for row in part]
    if len(rows) + bool(hidden) > height:
        hidden += len(rows) - (height - 1)
        return [*rows[: height - 1], Row(f"     !! {amount(hidden, 'line')} {CUT}: {more}", Ink.ALERT)]
    return [*rows, Row(f"     .. {amount(hidden, 'more line')}: {more}", Ink.CAUTION)] if hidden else rows
