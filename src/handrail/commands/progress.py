"""How far a long command is, for whoever waits at a terminal; a pipe or a file never sees it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

EVERY_S = 0.25
"""Seldom enough for a slow line, often enough to see that it goes on."""
_CLEAR = "\r\x1b[K"

T = TypeVar("T")


def counted(items: Sequence[T], doing: str) -> Iterator[T]:
    """The items, one after the other, with `doing 340 of 2000` on standard error meanwhile."""
    if not sys.stderr.isatty():
        yield from items
        return
    shown = time.monotonic()
    told = False
    try:
        for number, item in enumerate(items, start=1):
            yield item
            if time.monotonic() - shown >= EVERY_S:
                shown, told = time.monotonic(), True
                print(f"{_CLEAR}{doing} {number} of {len(items)}", end="", file=sys.stderr, flush=True)
    finally:
        if told:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
