"""The console of a drill on the screen: typed, completed, recalled; and only in a drill."""

from __future__ import annotations

from pathlib import Path

from tests.screens.moments import confirm
from tests.tui.test_run_screen import until

from handrail.drill.consoles import Consoles
from handrail.drill.playing import prepare
from handrail.drill.scenario import scenarios
from handrail.procedure.loading import find
from handrail.tui.paper import columns
from handrail.tui.screens.console import FOOT, FOOT_HELP, ConsoleScreen
from handrail.tui.sheet import Sheet
from handrail.tui.walking import WalkApp, stop

PROCEDURE = "artemis/split-brain-recovery"


def test_the_console_says_how_to_leave_and_where_help_is() -> None:
    """Would catch a key line whose last key is cut off on the narrowest screen."""
    assert FOOT.endswith("Escape back")
    assert "Type help" in FOOT_HELP
    assert max(columns(FOOT), columns(FOOT_HELP)) <= 80


async def test_what_is_typed_at_the_console_happens_in_the_drill(tmp_path: Path) -> None:
    """History, completion, another server, and a word it does not know."""
    consoles: list[Consoles] = []
    app = WalkApp(console=lambda server, latest: ConsoleScreen(consoles[0], server, latest))
    walked = prepare(
        find(PROCEDURE), scenarios(PROCEDURE)[0], tmp_path / "ledger", app.tell, speed=2, incident=""
    )
    consoles.append(Consoles(walked))
    app.session = walked.session

    def text() -> str:
        return "\n".join(row.text for sheet in app.screen.query(Sheet) for row in sheet.rows)

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.run_screen.latest is not None)
        await pilot.press("c")
        await until(pilot, lambda: "DRILL console of" in text())
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
        await until(pilot, lambda: "DRILL console" not in text())
        await pilot.press("h", "y")
        await until(pilot, lambda: walked.session.join(0))
    stop(walked.session, "the test is over")
    assert consoles[0].enter("broker-a", "ls data") == ["the drill has ended; nothing was done"]
    assert "there is no server z" in consoles[0].enter("z", "ls")[0]


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
