"""The console of a drill on the screen: typed, completed, recalled; and only in a drill."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.screens.moments import MOMENTS, confirm
from tests.tui.test_run_screen import until
from textual import events

from handrail.drill.consoles import Consoles
from handrail.drill.playing import Drill, prepare
from handrail.drill.scenario import scenarios
from handrail.procedure.loading import find
from handrail.tui.paper import columns
from handrail.tui.screens.console import FOOT, FOOT_HELP, ConsoleScreen
from handrail.tui.screens.run import RunScreen
from handrail.tui.sheet import Sheet
from handrail.tui.step import in_short
from handrail.tui.walking import WalkApp, stop
from handrail.walk import commands as c

PROCEDURE = "artemis/split-brain-recovery"


def test_the_console_says_how_to_leave_and_where_help_is() -> None:
    """Would catch a key line whose last key is cut off on the narrowest screen."""
    assert FOOT.endswith("Escape back")
    assert "Type help" in FOOT_HELP
    assert max(columns(FOOT), columns(FOOT_HELP)) <= 80


def drilled(tmp_path: Path) -> tuple[WalkApp, Drill, Consoles]:
    """A drill and the screens over it, its consoles among them."""
    consoles: list[Consoles] = []
    app = WalkApp(console=lambda server, latest: ConsoleScreen(consoles[0], server, latest))
    walked = prepare(
        find(PROCEDURE), scenarios(PROCEDURE)[0], tmp_path / "ledger", app.tell, speed=2, incident=""
    )
    consoles.append(Consoles(walked))
    app.session = walked.session
    return app, walked, consoles[0]


async def test_what_is_typed_at_the_console_happens_in_the_drill(tmp_path: Path) -> None:
    """History, completion, another server, and a word it does not know."""
    app, walked, console = drilled(tmp_path)

    def text() -> str:
        return shown(app)

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_screen.latest is not None)
        await pilot.press("c")
        await until(pilot, lambda: "DRILL  console of" in text())
        await pilot.press(*"ls data", "enter")
        await until(pilot, lambda: "large-messages" in text())
        await pilot.press(*"artemis-service sto", "tab")
        await until(pilot, lambda: "artemis-service stop" in text())
        await pilot.press("ctrl+c", *"rm -rf /", "enter")
        await until(pilot, lambda: "rm: not known here" in text())
        await pilot.press("up", "up")
        await until(
            pilot, lambda: "$ ls data" in text().splitlines()[-4:][0] or text().count("$ ls data") == 2
        )
        for _ in range(6):
            await pilot.press(*"help", "enter")
        await until(pilot, lambda: "edit stands in" in text())
        await pilot.press("pageup")
        await until(pilot, lambda: "newer rows: Page Down" in text())
        await pilot.press("pagedown")
        await until(pilot, lambda: "newer rows" not in text())
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "console of broker-b" in text())
        await pilot.press("escape")
        await until(pilot, lambda: "DRILL  console" not in text())
        await pilot.press("h", "y")
        await until(pilot, lambda: walked.session.join(0))
    stop(walked.session, "the test is over")
    assert console.enter("broker-a", "ls data") == ["the drill has ended; nothing was done"]
    assert "there is no server z" in console.enter("z", "ls")[0]


async def test_a_live_walk_has_no_console() -> None:
    """There one's own shell is the console."""
    app = WalkApp()
    app.tell(confirm().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_screen.latest is not None)
        await pilot.press("c")
        await pilot.pause()
        assert app.screen is app.run_screen
        await pilot.press("?")
        await pilot.pause()
        rows = [row.text for sheet in app.screen.query(Sheet) for row in sheet.rows]
        assert not any("consoles" in row for row in rows)


def shown(app: WalkApp) -> str:
    """What is on the screen."""
    return "\n".join(row.text for sheet in app.screen.query(Sheet) for row in sheet.rows)


def burst(app: WalkApp, *keys: str) -> None:
    """Keys that reach the program in one read, before anything they cause is on the screen."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_nothing_typed_ahead_answers_a_question() -> None:
    """Would catch `h` and `y` in one burst, the first two letters of nothing, that leave the walk."""
    asked: list[c.Command] = []
    app = WalkApp()
    app.run_screen = RunScreen(asked.append)
    app.tell(confirm().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_screen.latest is not None)
        burst(app, "h", "y", "y")
        await until(pilot, lambda: "2 keys typed before this was on the screen: not taken" in shown(app))
        assert app.run_screen.asking is not None, "the question is still open"
        assert asked == []
        await pilot.press("y")
        await until(pilot, lambda: asked == [c.Stop("asked for")])


async def test_what_was_typed_before_the_console_was_there_is_dropped_and_said(tmp_path: Path) -> None:
    """Would catch a command that arrives with its first letters missing and is run by the Enter behind it."""
    app, walked, console = drilled(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_screen.latest is not None and app.run_screen.latest.permits != {})
        burst(app, "c", *"ls", "enter")
        await until(pilot, lambda: "3 keys typed before this was on the screen: not taken" in shown(app))
        assert console.history == {}
        assert "BOTH BROKERS LIVE WITH ONE NODE ID" in shown(app), "the step stays in sight"
        burst(app, "escape", *"hy")
        await until(pilot, lambda: app.screen is app.run_screen)
        await until(pilot, lambda: "2 keys typed before this was on the screen: not taken" in shown(app))
        assert app.run_screen.asking is None
    stop(walked.session, "the test is over")


@pytest.mark.parametrize("moment", ["confirm", "done_by_hand"])
def test_a_step_in_short_keeps_its_place_and_what_is_to_be_done(moment: str) -> None:
    """Would catch a console that hides what is to be typed at it, or a long act that fills it."""
    view = MOMENTS[moment]().view()
    assert view.current is not None
    rows = in_short(view.current, 80)
    assert len(rows) <= 4
    text = " ".join(row.text for row in rows)
    assert f"{view.current.planned.section_number}.{view.current.planned.number}" in text
    assert view.current.planned.step.title.upper() in text
    assert view.current.shown[0].split()[0] in text
