"""The screens before a walk: the library and the binding."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

from tests.screens import showing
from tests.screens.scenes import FROZEN, PAIR
from tests.tui.test_run_screen import until
from textual.app import App

from handrail.errors import UsageError
from handrail.procedure.loading import load
from handrail.text import safe
from handrail.tui.screens.binding import BindingScreen
from handrail.tui.screens.library import LibraryScreen, Picked
from handrail.tui.screens.pages import HelpPage, Page
from handrail.tui.sheet import Sheet
from handrail.tui.walking import OneScreenApp
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Looked, Preflight


def text_of(app: App[int]) -> str:
    """Everything on the screen on top."""
    return "\n".join(row.text for sheet in app.screen.query(Sheet) for row in sheet.rows)


async def test_the_open_run_is_first_and_enter_resumes_it() -> None:
    """Whoever comes back after a dropped line finds it under the pointer."""
    app = showing.library([showing.run_summary("live")])
    async with app.run_test(size=(80, 24)) as pilot:
        assert "RESUME LIVE" in text_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.answer is not None)
    assert app.answer == Picked("resume", run=showing.run_summary("live").path)


async def test_picking_a_drill_and_a_walk() -> None:
    """d drills, Enter walks live."""
    for key, what in (("d", "drill"), ("enter", "walk")):
        app = showing.library()
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("down", key)
            await until(pilot, lambda app=app: app.answer is not None)  # type: ignore[misc]
        assert app.answer == Picked(what, "artemis/delta-assessment")  # type: ignore[arg-type]


async def test_rows_that_do_not_fit_are_counted() -> None:
    """Would catch a list that ends in the middle as if that were all of it."""
    app = showing.library([showing.run_summary("live")] * 9)
    async with app.run_test(size=(80, 15)) as pilot:
        await pilot.pause()
        assert re.search(r"\.\. \d+ more below", text_of(app))
        await pilot.press("end")
        assert re.search(r"\.\. \d+ more above: ", text_of(app))
        await pilot.resize_terminal(80, 60)
        await until(pilot, lambda: " more " not in text_of(app))


async def test_searching_narrows_and_escape_shows_all() -> None:
    """Letters are words while one searches; q leaves only afterwards."""
    app = showing.library()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"rolling q")
        assert "Nothing contains these words" in text_of(app)
        await pilot.press("backspace", "backspace", "enter")
        assert "artemis/rolling-restart" in text_of(app)
        assert "artemis/delta-assessment" not in text_of(app)
        await pilot.press("escape")
        assert "artemis/delta-assessment" in text_of(app)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running or app.answer is None)


async def test_library_and_binding_have_help_and_reading() -> None:
    """? on every screen; v reads the procedure."""
    app = showing.library()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpPage)
        await pilot.press("escape", "v")
        assert isinstance(app.screen, Page)
        await pilot.press("escape", "ctrl+c")
        assert isinstance(app.screen, LibraryScreen)
        assert "Press q to leave." in text_of(app)


async def test_enter_is_off_while_looking_and_begins_when_all_is_well() -> None:
    """Nothing begins on what was not looked at."""
    answered = threading.Event()

    def look(_pairs: Sequence[BoundPair]) -> Preflight:
        answered.wait(10)
        return showing.PREFLIGHT_OK

    app = OneScreenApp(BindingScreen(load(FROZEN), "production-eu", [(PAIR,)], look))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter", "y")
        assert app.answer is None
        assert "Enter is off" in text_of(app)
        answered.set()
        await until(pilot, lambda: "Everything needed was found" in text_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.answer is not None)
    assert app.answer == ((PAIR,), showing.PREFLIGHT_OK)


async def test_something_wrong_is_first_and_is_asked_about() -> None:
    """Enter asks, Enter again does nothing, y begins; the mend is on the screen."""
    app = showing.binding(showing.PREFLIGHT_WRONG)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "mend: " in text_of(app))
        assert text_of(app).index("WRONG") < text_of(app).index(" ok ")
        await pilot.press("enter", "enter")
        assert app.answer is None
        assert "Begin all the same?" in text_of(app)
        await pilot.press("n", "x", "enter", "y")
        await until(pilot, lambda: app.answer is not None)


async def test_what_stops_every_walk_leaves_enter_off() -> None:
    """Would catch `begin all the same?` for a procedure that is not approved, and the reason after the screen."""
    stopped = Looked(
        safe("approval"), Finding.STOPS, safe("NOT APPROVED: it was changed"), safe("approve it")
    )
    app = showing.binding(Preflight((*showing.PREFLIGHT_WRONG.looked, stopped)))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "no walk can begin so" in text_of(app))
        assert text_of(app).index("NOT APPROVED") < text_of(app).index("WRONG")
        await pilot.press("enter", "y")
        await pilot.pause()
        assert "Begin all the same" not in text_of(app)
        assert app.answer is None


async def test_a_look_that_fails_says_so_and_another_pair_can_be_looked_at() -> None:
    """An error of ours in the look does not end the screen either; a late answer of the first pair is dropped."""
    seen: list[str] = []

    def look(pairs: Sequence[BoundPair]) -> Preflight:
        seen.append(pairs[0].name)
        if len(seen) == 1:
            raise UsageError("the key file is readable by others", "chmod 600 it")
        if len(seen) == 2:
            raise ZeroDivisionError
        return showing.PREFLIGHT_OK

    other = BoundPair("prices", "replication", {"master": "broker-c", "slave": "broker-d"})
    app = OneScreenApp(BindingScreen(load(FROZEN), "production-eu", [(PAIR,), (other,)], look))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "chmod 600 it" in text_of(app))
        await pilot.press("enter")
        assert app.answer is None
        await pilot.press("r")
        await until(pilot, lambda: "error of its own" in text_of(app))
        await pilot.press("p")
        await until(pilot, lambda: "Everything needed was found" in text_of(app))
    assert seen == ["orders", "orders", "prices"]
