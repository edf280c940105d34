"""A person at a real terminal: tmux holds the screen, keys are pressed by what the screen says.

Used by the tests that need the whole program: hang-ups, live brokers.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


def available() -> str | None:
    """Why tmux cannot be used here, or None."""
    return None if shutil.which("tmux") else "tmux is not installed"


@dataclass
class Terminal:
    """One program in one tmux window of its own server."""

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    columns: int = 80
    rows: int = 24
    socket: str = field(default_factory=lambda: f"handrail-test-{uuid.uuid4().hex[:12]}")

    def __enter__(self) -> Terminal:
        status = self.directory / "exit-status"
        script = self.directory / "start.sh"
        variables = "".join(
            f"export {name}={shlex.quote(value)}\n" for name, value in self.environment.items()
        )
        script.write_text(
            f"{variables}{shlex.join(self.command)} 2>&1\necho $? > {shlex.quote(str(status))}\nsleep 3600\n",
            encoding="utf-8",
        )
        self._tmux(
            "-f", os.devnull, "new-session", "-d", "-s", "t", "-x", str(self.columns), "-y", str(self.rows),
            f"sh {shlex.quote(str(script))}",
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal, as a dropped line does."""
        subprocess.run(
            ["tmux", "-L", self.socket, "kill-server"], check=False, capture_output=True, timeout=10
        )

    def screen(self) -> list[str]:
        """The lines now on the screen."""
        return self._tmux("capture-pane", "-p", "-t", "t").split("\n")[: self.rows]

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names (Enter, Escape) or as single letters."""
        for key in keys:
            self._tmux("send-keys", "-t", "t", key)

    def type(self, text: str) -> None:
        """Type literal text."""
        self._tmux("send-keys", "-l", "-t", "t", text)

    def wait_for(self, wanted: Callable[[list[str]], bool], limit_s: float = 30.0) -> list[str]:
        """The screen once it is as wanted; raises TimeoutError showing what it was instead."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            lines = self.screen()
            if wanted(lines):
                return lines
            time.sleep(0.15)
        raise TimeoutError("\n".join(self.screen()))

    @property
    def exit_status(self) -> int | None:
        """The program's exit status once it has ended."""
        try:
            return int((self.directory / "exit-status").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self.socket, *arguments], check=True, capture_output=True, timeout=20, text=True
        )
        return done.stdout


@dataclass
class Walker:
    """Presses what the key line offers, as an operator who does everything right would.

    `answers` maps words of a step's title to the answer typed there; anything else is answered `1`.
    `until` stops the walk on a screen; without it the walk goes on until the run has ended.
    `meanwhile` is what other people do: it is called again and again while the walk goes on.
    """

    terminal: Terminal
    answers: Mapping[str, str]
    until: Callable[[list[str]], bool] = lambda _lines: False
    meanwhile: Callable[[], None] = lambda: None
    seen: list[str] = field(default_factory=list)
    """Every different screen, for a test's assertions and for its failure message."""

    def walk(self, limit_s: float) -> list[str]:
        """Walk; returns the last screen. Raises TimeoutError when the walk stands still too long."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            lines = self.terminal.screen()
            text = "\n".join(lines)
            if not self.seen or self.seen[-1] != text:
                self.seen.append(text)
            if self.until(lines) or "The run has ended" in text:
                return lines
            self._act(lines)
            self.meanwhile()
            time.sleep(0.25)
        raise TimeoutError("\n".join(self.terminal.screen()))

    def _act(self, lines: list[str]) -> None:
        keys = next((line for line in lines[-3:] if line.startswith(" Enter ")), "")
        reserved = "\n".join(lines[-6:])
        if "y = yes" in reserved:
            self.terminal.press("y")
        elif re.search(r"then\s+Enter", reserved):
            self.terminal.type(self._answer(lines, reserved))
            time.sleep(0.2)
            self.terminal.press("Enter")
        elif keys:
            self.terminal.press("Enter")
            time.sleep(0.5)
        else:
            return
        self._settle("\n".join(lines))

    def _settle(self, before: str) -> None:
        """Wait a moment for the screen to answer; a held Enter counts once, so do not press it too soon."""
        end = time.monotonic() + 2.0
        while time.monotonic() < end and "\n".join(self.terminal.screen()) == before:
            time.sleep(0.1)
        time.sleep(0.7)

    def _answer(self, lines: list[str], reserved: str) -> str:
        title = next((line for line in lines if line.startswith(" > ")), "")
        if "server's name" in reserved:
            found = re.search(r" on (\S+?)(?: \(attempt \d+\))?$", title.rstrip())
            return found.group(1) if found else ""
        for words, answer in self.answers.items():
            if words.upper() in title.upper():
                return answer
        return "1"
