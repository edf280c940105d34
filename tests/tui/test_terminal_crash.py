"""An error of handrail's own: the terminal is given back, nothing secret is printed or kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.tui.pty_terminal import PtyTerminal

Start = Callable[..., PtyTerminal]


def test_a_crash_prints_no_values_and_says_where_it_is_described(child: Start, tmp_path: Path) -> None:
    """The toolkit's own crash screen would print local variables, a password among them."""
    with child("crash") as terminal:
        terminal.wait_for(b"Abort")
        terminal.send(b"\x03")
        terminal.wait_for(b"error of its own")
        terminal.process.wait(10)
        printed = terminal.quiet(0.3)
    described = tmp_path / "state" / "handrail" / "crash.txt"
    text = described.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert "terminal_child.py" in text
    for said in (printed.decode("utf-8", "replace"), text):
        assert "hunter2-opensesame" not in said
        assert "locals" not in said
    assert described.stat().st_mode & 0o077 == 0
    assert b"\x1b[?1049l" in printed, "the screen before is shown again"


@pytest.mark.parametrize("burst", [b"m\x1b\x1b\x1b", b"mqq?qq", b"l\r\r\r", b"????", b"smq\x1bmq"])
def test_keys_that_come_faster_than_screens_go_end_nothing(child: Start, burst: bytes) -> None:
    """Escape twice in a row on a page left the same page twice, and that ended the program."""
    with child("moment", "confirm") as terminal:
        terminal.wait_for(b"Abort")
        terminal.send(burst * 15)
        terminal.quiet(0.5)
        assert terminal.process.poll() is None
        assert b"error of its own" not in terminal.received
