"""`handrail` alone: what is picked in the library is given to its command whole."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.cli import parser
from handrail.commands import drill, library, resume, run
from handrail.tui import walking
from handrail.tui.screens.library import Picked


@pytest.mark.parametrize(
    ("picked", "words"),
    [
        (Picked("drill", "artemis/split-brain-recovery"), ["drill"]),
        (Picked("walk", "artemis/split-brain-recovery"), ["run", "x"]),
        (Picked("resume", run=Path("x")), ["resume"]),
    ],
)
def test_a_picked_command_is_given_every_option_it_has_on_the_command_line(
    picked: Picked, words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Would catch an option that was added to a command and ends the library."""
    monkeypatch.setenv("HANDRAIL_LEDGER", str(tmp_path))
    answers: Iterator[Picked | None] = iter([picked, None])
    given: list[argparse.Namespace] = []
    monkeypatch.setattr(library, "terminal_fits", lambda: True)
    monkeypatch.setattr(walking, "ask", lambda _screen: next(answers))
    for module in (drill, run, resume):
        monkeypatch.setattr(module, "main", given.append)
    assert library.main(argparse.Namespace()) == 0
    wanted = vars(parser().parse_args(words)).keys() - {"command"}
    assert wanted <= vars(given[0]).keys()
