"""Nothing from outside reaches the terminal raw: every screen over hostile text, byte by byte on a pty."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from tests.tui import hostile
from tests.tui.pty_terminal import PtyTerminal, shapes, text_of

Start = Callable[..., PtyTerminal]
ALLOWED = {
    b"SGR",
    b"\x1b[N;NH",  # cursor
    b"\x1b[?Nh",  # alternate screen, cursor on and off, paste and focus reports
    b"\x1b[?Nl",
    b"\x1b[?N$p",  # what the terminal can do
    b"\x1b[>Nu",  # keyboard protocol on, and off
    b"\x1b[<u",
    b"\x1b]N;default\x07",  # the pointer's shape
}
"""What the toolkit itself sends; taken from the screens over ordinary text."""
OURS = {"\r", "\n"}


def examined(data: bytes) -> None:
    """Only allowed sequences, and no character in between that a terminal acts upon."""
    assert shapes(data) <= ALLOWED
    titles = [part for part in data.split(b"\x1b]")[1:] if not part.startswith(b"22;default\x07")]
    assert titles == []
    bad = {
        character
        for character in text_of(data)
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs") and character not in OURS
    }
    assert bad == set()


@pytest.mark.parametrize("kind", ["moment", "library"])
def test_ordinary_screens_send_no_more_than_is_allowed(child: Start, kind: str) -> None:
    """The control: the same examination over harmless text, so that the list is not too wide."""
    with child(kind, "near_miss") as terminal:
        terminal.wait_for(b"Keys")
        examined(terminal.quiet())


def test_the_run_screen_its_questions_and_its_pages_stay_harmless(child: Start) -> None:
    """Titles, texts, hazards, readings, logs, servers, sites and what is pasted, in every place they stand."""
    with child("hostile", "run") as terminal:
        terminal.wait_for(b"Keys")
        first = terminal.quiet()
        assert b"\\x1b]0;pwned\\x07" in first, "shown as escapes one can read"
        examined(first)
        for keys in (b"m", b"q", b"v", b" ", b" ", b" ", b" ", b"q", b"l", b"f", b"q", b"?", b"q"):
            examined(terminal.press(keys, 0.15))
        for question in (b"s", b"n", b"b", b"a", b"e"):
            examined(terminal.press(question, 0.15))
            pasted = hostile.EVIL.replace("\x1b[201~", "").encode("utf-8", "replace")
            examined(terminal.press(b"\x1b[200~" + pasted + b"\x1b[201~", 0.15))
            examined(terminal.press(b"\x1b", 0.3))


@pytest.mark.parametrize("name", ["library", "binding"])
def test_library_and_binding_stay_harmless(child: Start, name: str) -> None:
    """A ledger entry and a server's answer are from outside, too."""
    with child("hostile", name) as terminal:
        terminal.wait_for(b"Keys")
        terminal.wait_for(b"pwned")
        examined(terminal.quiet())
        for keys in (b"j", b"v", b" ", b"q", b"?", b"q", b"/", b"pwned", b"\r"):
            examined(terminal.press(keys, 0.15))


def test_the_attacks_hold_every_character_that_acts() -> None:
    """Guards the test itself: controls, formats and separators of all of Unicode are in the text."""
    assert len(hostile.CONTROLS) > 200
    assert set(hostile.CONTROLS) <= set(hostile.EVIL)
