"""A whole drill at a terminal, key by key: on a pty at 160x48, and in tmux at 80x24."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from tests.faults.person import Person
from tests.faults.simulated_site import ROOT
from tests.terminal import Terminal, Walker, available

from handrail.tui.frame import body_width

pytestmark = pytest.mark.faults

ANSWERS = {
    "failback settings": "both true",
    "data directory aside": "/srv/backup/broker-b-data",
}
LIMIT_S = 240.0
COMMAND = [sys.executable, "-m", "handrail.cli", "drill", "--speed", "10"]


def environment(home: Path) -> dict[str, str]:
    """An empty home."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "screen",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT / "src"),
    }


class Left(Person):
    """Sees the checklist and not the log beside it, so that a line is one thing."""

    def screen(self) -> list[str]:
        """The left part of every line."""
        return [line[: body_width(160)].rstrip() for line in super().screen()]


def walked(walker: Walker) -> None:
    """Walk to the sealed end; every screen said DRILL, and nobody is stranded."""
    last = walker.walk(LIMIT_S)
    text = "\n".join(last)
    assert "The run has ended: COMPLETE" in text
    assert "SEALED, DRILL KEY" in text
    assert "Clients stranded: 0" in text
    firsts = {screen.split("\n")[0] for screen in walker.seen if screen.strip()}
    assert all(first.startswith(" DRILL") for first in firsts), firsts


def test_a_drill_on_a_wide_pty(tmp_path: Path) -> None:
    """Exit status 0."""
    with Left(COMMAND, environment(tmp_path), 160, 48) as person:
        walked(Walker(cast(Any, person), ANSWERS))
        person.press("q")
        assert person.gone(10) == 0


def test_a_drill_in_tmux_at_80x24(tmp_path: Path) -> None:
    """In tmux with TERM=screen: sixteen colours, no synchronised output."""
    if why := available():
        pytest.skip(why)
    with Terminal(COMMAND, environment(tmp_path), tmp_path) as terminal:
        walked(Walker(terminal, ANSWERS))
        terminal.press("q")
        terminal.wait_for(lambda _lines: terminal.exit_status is not None, 10)
        assert terminal.exit_status == 0
        assert any(line.startswith("SEALED, DRILL KEY") for line in terminal.screen())
