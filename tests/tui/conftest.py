"""Surroundings of the face's tests: no person's settings, and a terminal to start a child on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.tui.pty_terminal import PtyTerminal

ROOT = Path(__file__).parents[2]
Start = Callable[..., PtyTerminal]


@pytest.fixture(autouse=True)
def frozen_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No colour settings, themes or state of the person who runs the tests."""
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def child(tmp_path: Path) -> Start:
    """Starts `tests.tui.terminal_child` on a pty: kind, name, and the environment's extras."""

    def start(kind: str, name: str = "", **extra: str) -> PtyTerminal:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "TERM": "screen",
            "LANG": "C.UTF-8",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            **extra,
        }
        return PtyTerminal([sys.executable, "-m", "tests.tui.terminal_child", kind, name], environment)

    return start
