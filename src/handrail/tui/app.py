"""The app: themes, the step from conductor views to screen messages, and leaving without losing anything."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import platformdirs
from textual.app import App
from textual.message import Message

from handrail.text import safe
from handrail.walk.view import View


class Told(Message):
    """The conductor told a view. Later ones replace earlier ones that were not drawn yet."""

    def __init__(self, view: View) -> None:
        self.view = view
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest view matters to a screen."""
        return isinstance(message, Told)


class HandrailApp(App[int]):
    """Every screen's frame. The command palette and animations are off: a still screen sends no bytes."""

    CSS_PATH = "handrail.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__(ansi_color=False)
        self.animation_level = "none"

    def on_mount(self) -> None:
        """Real absence of colour where it is asked for, and a quiet theme otherwise."""
        self.theme = (
            "ansi-dark" if os.environ.get("NO_COLOR") else os.environ.get("TEXTUAL_THEME", "ansi-dark")
        )

    def _fatal_error(self) -> None:
        # Textual's own crash screen prints every local variable, a password among them.
        path = crash_file()
        self._exit_renderables.append(
            f"handrail met an error of its own; it is described in {path}. The run is kept."
        )
        self._close_messages_no_wait()


def crash_file() -> Path:
    """Write the current exception without any value of a variable; returns where."""
    folder = platformdirs.user_state_path("handrail")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "crash.txt"
    kind, _, trace = sys.exc_info()
    frames = "".join(traceback.format_tb(trace)) if trace else ""
    path.write_text(
        f"{kind.__name__ if kind else 'unknown error'}\n{safe(frames, 20000)}\n", encoding="utf-8"
    )
    path.chmod(0o600)
    return path
