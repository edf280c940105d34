"""The app: themes, the step from conductor views to screen messages, and leaving without losing anything."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import platformdirs
from rich.text import Text
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from handrail.text import amount, safe
from handrail.tui.sheet import Sheet
from handrail.walk.view import View

Answer = TypeVar("Answer")
THEME = "ansi-dark"
"""The terminal's own 16 colours: half the bytes of a theme, and nobody's contrast settings overruled."""
ENTER_AGAIN_S = 0.6
"""A held Enter key repeats; only the first counts until it has been let go for this long."""


def ahead_words(count: int) -> str:
    """What is said of keys that came too early."""
    return f"{amount(count, 'key')} typed before this was on the screen: not taken."


class Told(Message):
    """The conductor told a view. Later ones replace earlier ones that were not drawn yet."""

    def __init__(self, view: View) -> None:
        self.view = view
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest view matters to a screen."""
        return isinstance(message, Told)


class FaceScreen(Screen[Answer]):
    """A screen that opens one page at a time and is left once: keys come faster than screens do.

    A key that the terminal sent before what it would act upon was on the screen was meant for something
    else. It does nothing, and the screen says so.
    """

    _left = False
    _covered = False
    _over: FaceScreen[None] | None = None
    _beneath: FaceScreen[Any] | None = None
    ahead = 0
    """How many keys in a row came too early, the last of them just now."""

    def on_screen_resume(self) -> None:
        """Opened, or come back to."""
        self.anew()

    def anew(self) -> None:
        """From now on keys mean something else: those that count are pressed after this was drawn."""
        for sheet in self.query(Sheet):
            sheet.anew()

    def _on_screen_since(self) -> float:
        """When what keys mean now first came to the terminal, by the monotonic clock; infinite until then."""
        return min((sheet.drawn_at for sheet in self.query(Sheet)), default=float("inf"))

    def on_key(self, event: events.Key) -> None:
        """Pass a key on, unless it came too early."""
        event.stop()
        if self._left or self._covered or event.time < self._on_screen_since():
            self._seen_next().too_early()
        else:
            self.ahead = 0
            self.pressed(event)

    def _seen_next(self) -> FaceScreen[Any]:
        """The screen that will be seen: while one opens or leaves, keys still come to the other."""
        if self._left and self._beneath is not None:
            return self._beneath
        if self._covered and self._over is not None and not self._over._left:
            return self._over
        return self

    def pressed(self, event: events.Key) -> None:
        """A key that counts."""

    def too_early(self) -> None:
        """A key that does not."""
        self.ahead += 1
        self.draw()

    def draw(self) -> None:
        """Draw what is known now."""

    @property
    def covered(self) -> bool:
        """Whether a page was opened over it, though keys may still come here."""
        return self._covered

    def open(self, page: FaceScreen[None], then: Callable[[], None] = lambda: None) -> None:
        """Show a page over this screen; `then` once it was left."""

        def left(_: object) -> None:
            self._covered = False
            then()

        if not self._covered:
            self._covered, self._over, page._beneath = True, page, self
            self.app.push_screen(page, callback=left)

    def leave(self, answer: Answer | None = None) -> None:
        """Leave with this answer. Dismissing twice ends the app, and keys come faster than screens go."""
        if not self._left and self.is_current:
            self._left = True
            self.dismiss(answer)


@dataclass
class EnterOnce:
    """A held Enter acts once, on whatever screen it was pressed first."""

    clock: Callable[[], float] = time.monotonic
    at: float = float("-inf")

    def held(self) -> bool:
        """Note an Enter; true when it is only the same one, still held down."""
        now = self.clock()
        again = now - self.at < ENTER_AGAIN_S
        self.at = now
        return again

    def note(self, key: str) -> None:
        """Any other key in between: the next Enter is a new one."""
        if key != "enter":
            self.at = float("-inf")


class HandrailApp(App[int]):
    """Every screen's frame. The command palette and animations are off: a still screen sends no bytes."""

    CSS_PATH = Path(__file__).with_name("handrail.tcss")
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        # Both would leave a walk at one key; neither is to, on any screen.
        Binding("ctrl+c,ctrl+q", "explain", "Explain", show=False, priority=True),
    ]

    def __init__(self) -> None:
        wanted = THEME if os.environ.get("NO_COLOR") else os.environ.get("TEXTUAL_THEME", THEME)
        # Said before the toolkit chooses how to leave colours out: otherwise it would send greys.
        super().__init__(ansi_color=wanted.startswith("ansi") or None)
        self._wanted_theme = wanted if wanted in self.available_themes else THEME
        self.animation_level = "none"
        self.enter = EnterOnce()

    def on_mount(self) -> None:
        """Real absence of colour where it is asked for, and a quiet theme otherwise."""
        self.theme = self._wanted_theme

    def action_explain(self) -> None:
        """Say which keys leave, where Ctrl+C was expected to."""
        explain = getattr(self.screen, "explain", None)
        if explain is not None:
            explain()

    def _fatal_error(self) -> None:
        # The toolkit's own crash screen prints every local variable, a password among them.
        path = crash_file()
        self._exit_renderables.append(
            Text(
                f"handrail met an error of its own; it is described in {path}. A run is kept as it was saved."
            )
        )
        self._close_messages_no_wait()


def crash_file() -> Path:
    """Write the current exception without any value of a variable; returns where."""
    folder = platformdirs.user_state_path("handrail")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "crash.txt"
    kind, _, trace = sys.exc_info()
    frames = traceback.format_tb(trace) if trace else []
    text = "\n".join(safe(line, 400) for frame in frames for line in frame.splitlines()[:200])
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(f"{kind.__name__ if kind else 'unknown error'}\n{text}\n")
    return path
