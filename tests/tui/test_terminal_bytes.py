"""What crosses the line: bytes are counted on a pty, and they do not depend on the machine's speed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from tests.tui.pty_terminal import PtyTerminal, shapes

Start = Callable[..., PtyTerminal]
FIRST_FRAME = 40_000
ONE_KEY = 2_200
ONE_LETTER = 400
ONE_PAGE = 9_000
ONE_TICK = 100


@pytest.mark.parametrize(("term", "still_s"), [("screen", 5.0), ("xterm-256color", 0.5), ("linux", 0.5)])
def test_the_first_frame_is_small_and_a_still_screen_sends_nothing(
    child: Start, term: str, still_s: float
) -> None:
    """A spinner, a blinking cursor or a clock with seconds would send bytes for ever."""
    with child("moment", "confirm", TERM=term) as terminal:
        terminal.wait_for(b"Abort")
        assert len(terminal.quiet(0.4)) < FIRST_FRAME
        time.sleep(still_s)
        assert terminal.quiet(0.0) == b""


def test_a_key_costs_little(child: Start) -> None:
    """On a line of 64 kbit/s a question opens in a quarter of a second, a letter in no time."""
    with child("moment", "confirm") as terminal:
        terminal.wait_for(b"Abort")
        terminal.quiet()
        assert 0 < len(terminal.press(b"s")) < ONE_KEY
        assert 0 < len(terminal.press(b"x")) < ONE_LETTER
        assert 0 < len(terminal.press(b"\x1b")) < ONE_KEY
        assert 0 < len(terminal.press(b"m")) < ONE_PAGE
        assert 0 < len(terminal.press(b"q")) < ONE_PAGE


def test_waiting_ticks_once_a_second_and_sends_only_what_changed(child: Start) -> None:
    """Told four times a second, the screen draws once, and of the line only the digits."""
    with child("waiting", "waiting") as terminal:
        terminal.wait_for(b"? Keys")
        time.sleep(0.2)
        terminal.quiet(0.0)
        time.sleep(3.0)
        sent = terminal.quiet(0.0)
        assert 2 * 20 < len(sent) < 4 * ONE_TICK


def test_the_library_moves_its_pointer_for_a_few_hundred_bytes(child: Start) -> None:
    """Only the two rows that change are sent."""
    with child("library") as terminal:
        terminal.wait_for(b"Walk live")
        terminal.quiet()
        assert 0 < len(terminal.press(b"j")) < ONE_LETTER


def test_no_color_sends_no_colour(child: Start) -> None:
    """With NO_COLOR the words remain and no colour is set: only weight, reverse and reset."""
    with child("moment", "guard_lost", NO_COLOR="1") as terminal:
        terminal.wait_for(b"GUARD LOST")
        colours = {
            number
            for sequence in shapes_of_sgr(terminal.quiet())
            for number in sequence.split(b";")
            if number not in (b"", b"0", b"1", b"2", b"7", b"22", b"27", b"39", b"49")
        }
        assert colours == set()


def shapes_of_sgr(data: bytes) -> list[bytes]:
    """The parameters of every SGR sequence."""
    import re

    assert b"SGR" in shapes(data)
    return re.findall(rb"\x1b\[([0-9;]*)m", data)
