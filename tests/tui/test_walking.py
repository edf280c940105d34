"""A walk on the screen and what remains of it: the drill's brief, the end, the last words, the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.screens.moments import MOMENTS, brief, confirm, drill, ended
from tests.tui.test_run_screen import until

from handrail.drill.objectives import HEADING
from handrail.drill.playing import prepare
from handrail.drill.scenario import scenarios
from handrail.errors import LedgerError
from handrail.procedure.loading import find
from handrail.tui.paper import Row
from handrail.tui.sheet import Sheet
from handrail.tui.walking import WalkApp, drill_end, drill_opening, last_words, stop
from handrail.walk.session import Session, status

PROCEDURE = "artemis/split-brain-recovery"


def test_a_held_run_says_how_to_go_on() -> None:
    """The path is what one needs after the screen is gone."""
    words = last_words(brief().view())
    assert words[0].startswith("Run: /home/ana/")
    assert words[1].startswith("Held. To go on: handrail resume /home/ana/")


def test_a_drill_left_says_that_it_cannot_be_resumed() -> None:
    """Its servers ended with it."""
    assert "cannot be resumed" in last_words(drill().view())[-1]


def test_an_ended_run_leaves_its_verdict_as_the_last_line() -> None:
    """So that a script can take it from stdout."""
    words = last_words(ended().view(), lambda: ["", "Clients stranded: 0"])
    assert words[-1].startswith("SEALED")
    assert words[1] == "Clients stranded: 0"


def test_a_run_that_ended_unsealed_does_not_look_sealed() -> None:
    """The seal failed: no verdict."""
    scene = ended()
    scene.around["verdict"] = type(scene.around["verdict"])("")
    assert "not sealed" in last_words(scene.view())[-1]


def test_the_drills_opening_names_the_objectives() -> None:
    """The scenario's own, and those of every drill of its procedure."""
    scenario = scenarios(PROCEDURE)[0]
    opening = "\n".join(row.text for row in drill_opening(find(PROCEDURE), scenario, 79))
    assert scenario.title in opening
    assert scenario.objectives[0] in opening
    assert "One broker of each pair is live at the end" in opening


async def test_a_drill_from_its_brief_to_its_sealed_abort(tmp_path: Path) -> None:
    """The real conductor under the real screen: brief, first readings, an answer, the end, q."""
    loaded, scenario = find(PROCEDURE), scenarios(PROCEDURE)[0]
    app = WalkApp(
        lambda width: drill_opening(loaded, scenario, width),
        lambda: drill_end(walked),
        lambda step: walked.found(step),
    )
    walked = prepare(loaded, scenario, tmp_path / "ledger", app.tell, speed=4, incident="INC-1")
    app.session = walked.session

    def text() -> str:
        return "\n".join(row.text for sheet in app.screen.query(Sheet) for row in sheet.rows)

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "before it begins" in text())
        await pilot.pause(0.6)
        assert app.last_view is None, "nothing runs while the brief is read"
        assert text().startswith(" DRILL")
        await pilot.press("enter")
        await until(pilot, lambda: "FAILBACK SETTINGS" in text())
        await until(pilot, lambda: "Enter" in text().splitlines()[-2])
        await pilot.press("enter", "2", "enter")
        await until(pilot, lambda: "You said not both true" in text())
        await pilot.press("a", *"abort", "enter", *"enough", "enter")
        await until(pilot, lambda: "The run has ended: ABORTED" in text() and "Press q" in text())
        assert "SEALED" in text()
        assert "Clients stranded: " in text()
        assert HEADING in text()
        assert "3 NOT met, 1 met." in text()
        assert "- NOT met: The slave is in sync before the master is stopped." in text()
        await pilot.press("q")
    stop(walked.session, "the test is over")
    assert walked.session.error is None
    assert status(walked.session.state) == 10
    assert last_words(app.last_view)[-1].startswith("SEALED")


async def test_until_the_brief_is_left_there_is_no_run(tmp_path: Path) -> None:
    """Would catch records, a clock and injects that begin behind a page that says `before it begins`."""
    loaded, scenario = find(PROCEDURE), scenarios(PROCEDURE)[0]
    ledger = tmp_path / "ledger"

    def begin() -> Session:
        return prepare(loaded, scenario, ledger, app.tell, speed=60).session

    app = WalkApp(lambda width: drill_opening(loaded, scenario, width), prepare=begin)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_screen.covered)
        assert not ledger.exists()
        await pilot.press("enter")
        await until(pilot, lambda: app.last_view is not None)
        assert list(ledger.glob("2*"))
    assert app.session is not None
    stop(app.session, "the test is over")


async def test_a_drill_that_cannot_be_kept_leaves_with_the_reason(tmp_path: Path) -> None:
    """Would catch a screen that stays empty after Enter."""

    def begin() -> Session:
        raise LedgerError("the disk is full", "make room")

    app = WalkApp(lambda _width: [Row("the brief")], prepare=begin)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_screen.covered)
        await pilot.press("enter")
        await until(pilot, lambda: app.return_code is not None or not app.is_running)
    assert app.failed is not None
    assert app.failed.problem == "the disk is full"


async def test_hold_leaves_the_app_with_the_status_of_a_held_run(tmp_path: Path) -> None:
    """h and y: the run is held, the app leaves by itself."""
    loaded, scenario = find(PROCEDURE), scenarios(PROCEDURE)[0]
    app = WalkApp()
    walked = prepare(loaded, scenario, tmp_path / "ledger", app.tell, speed=4)
    app.session = walked.session
    async with app.run_test(size=(80, 24)) as pilot:
        await until(
            pilot, lambda: app.run_screen.latest is not None and bool(app.run_screen.latest.state.opened)
        )
        await pilot.press("h", "y")
        await until(pilot, lambda: walked.session.join(0))
        await until(pilot, lambda: app.return_code is not None or not app.is_running)
    assert status(walked.session.state) == 12


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_last_words_never_fail(moment: str) -> None:
    """Whatever the walk was at when the screen went."""
    assert last_words(MOMENTS[moment]().view())
    assert last_words(None) == ["Nothing was recorded."]
    assert confirm().view().state.ended is None
