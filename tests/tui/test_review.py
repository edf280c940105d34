"""The review on the screen: the list with its verdicts, the slider, the screen as it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.review.conftest import walk
from tests.tui.test_run_screen import until
from textual.app import App

from handrail.clock import SystemClock
from handrail.ledger.disk import RealDisk
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify
from handrail.review.run import read_run
from handrail.tui.app import HandrailApp
from handrail.tui.screens.review import LedgerReview, RunReview
from handrail.tui.sheet import Sheet


def text(app: App[Any]) -> str:
    """What is on the screen."""
    return "\n".join(row.text for sheet in app.screen.query(Sheet) for row in sheet.rows)


async def test_a_run_is_reviewed_record_by_record(tmp_path: Path) -> None:
    """Slider, next departure, the screen as it was, the record whole, plots, search."""
    walked = walk(tmp_path / "ledger")
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(RunReview(read_run(walked.path, None, quick=True)))
        await until(pilot, lambda: "REVIEW  DRILL" in text(app))
        assert "SEALED, DRILL KEY" in text(app)
        assert "1/" in text(app).splitlines()[1]
        await pilot.press("n")
        await until(pilot, lambda: "network-mended: skipped" in text(app))
        await pilot.press("s")
        await until(pilot, lambda: "DRILL  split-brain-recovery" in text(app))
        await pilot.press("s", "v")
        await until(pilot, lambda: "Record" in text(app).splitlines()[0])
        await pilot.press("escape", "o")
        await until(pilot, lambda: "Readings over time" in text(app))
        await pilot.press("escape", "slash", *"ended", "enter")
        await until(pilot, lambda: ">" in text(app) and "ended complete" in text(app))
        await pilot.press("home", "w")
        await until(pilot, lambda: "not checked" in text(app))
        assert all(len(line) <= 80 for line in text(app).splitlines())


async def test_the_list_says_which_runs_are_broken(tmp_path: Path) -> None:
    """Verdicts come in the background; a filter finds the broken one."""
    walked = walk(tmp_path / "ledger")
    spoilt = walked.ledger / (walked.path.name[:-6] + "ffffff")
    shutil.copytree(walked.path, spoilt)
    runs = Ledger(walked.ledger, RealDisk(), SystemClock()).runs()
    app = HandrailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = LedgerReview(runs, lambda path: verify(path, None, seal_only=True).verdict, {})
        await app.push_screen(screen)
        await until(pilot, lambda: "all 2 verified, 1 BROKEN" in text(app))
        await pilot.press("slash", *"broken", "enter")
        await until(pilot, lambda: "1 of 2 runs" in text(app))
        assert len(screen.shown) == 1
        assert screen.shown[0].path == spoilt
