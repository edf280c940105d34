"""A person at a pty: sees the screen, presses keys, drops the line. Needs no program but Python.

The screen is rebuilt from what handrail sends: positions, text, and nothing else that moves.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence

from tests.tui.pty_terminal import SEQUENCE, PtyTerminal

POSITION = re.compile(rb"\x1b\[(\d*)(?:;(\d*))?H")
KEYS = {"Enter": b"\r", "Escape": b"\x1b", "Down": b"\x1b[B", "Space": b" "}


class Person:
    """The same words as `tests.terminal.Terminal`, so that a Walker can walk here, too."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], columns: int = 80, rows: int = 24
    ) -> None:
        self.terminal = PtyTerminal(command, environment, columns=columns, rows=rows)
        self._columns, self._rows = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._at = (0, 0)
        self._rest = b""

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self.terminal.__exit__(None, None, None)

    def screen(self) -> list[str]:
        """The lines now on the screen."""
        received = self.terminal.received
        data = self._rest + bytes(received)
        del received[: len(data) - len(self._rest)]
        self._rest = self._draw(data)
        return ["".join(row).rstrip() for row in self._cells]

    def press(self, *keys: str) -> None:
        """Press keys by name or as single letters."""
        for key in keys:
            self.terminal.send(KEYS.get(key, key.encode()))
            if key == "Escape":
                # An escape is told from an arrow key by what does not follow it.
                time.sleep(0.3)

    def type(self, text: str) -> None:
        """Type literal text."""
        self.terminal.send(text.encode())

    def wait_for(self, wanted: Callable[[list[str]], bool], limit_s: float = 30.0) -> list[str]:
        """The screen once it is as wanted; raises TimeoutError showing what it was instead."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            lines = self.screen()
            if wanted(lines):
                return lines
            time.sleep(0.05)
        raise TimeoutError("\n".join(self.screen()))

    def see(self, text: str, limit_s: float = 30.0) -> list[str]:
        """The screen once this text is on it."""
        return self.wait_for(lambda lines: any(text in line for line in lines), limit_s)

    def hang_up(self) -> None:
        """Drop the line."""
        self.terminal.hang_up()

    def gone(self, limit_s: float) -> int:
        """The exit status, which must come within this time."""
        return self.terminal.process.wait(limit_s)

    def _draw(self, data: bytes) -> bytes:
        """Put what came on the screen; returns what is not whole yet."""
        place = 0
        while place < len(data):
            if data[place] == 0x1B:
                found = SEQUENCE.match(data, place)
                if found is None:
                    return data[place:]
                if moved := POSITION.fullmatch(found.group()):
                    self._at = (int(moved.group(1) or 1) - 1, int(moved.group(2) or 1) - 1)
                place = found.end()
                continue
            end = data.find(b"\x1b", place)
            end = len(data) if end < 0 else end
            for character in data[place:end].decode("utf-8", "replace"):
                self._put(character)
            place = end
        return b""

    def _put(self, character: str) -> None:
        row, column = self._at
        if character == "\r":
            self._at = (row, 0)
        elif character == "\n":
            self._at = (min(row + 1, self._rows - 1), column)
        elif row < self._rows and column < self._columns:
            self._cells[row][column] = character
            self._at = (row, column + 1)
