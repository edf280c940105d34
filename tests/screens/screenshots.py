"""Pictures for the README, taken from the running program: `python -m tests.screens.screenshots`.

A drill is walked by the autopilot; at each moment wanted the world stands still while the screen is drawn.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from textual.pilot import Pilot

from handrail.drill.autopilot import Autopilot
from handrail.drill.playing import prepare
from handrail.drill.scenario import scenarios
from handrail.procedure.loading import find, library
from handrail.tui.app import HandrailApp
from handrail.tui.screens.library import LibraryScreen
from handrail.tui.walking import OneScreenApp, WalkApp, drill_opening
from handrail.walk.state import Phase
from handrail.walk.view import View

FOLDER = Path(__file__).parents[2] / "screenshots"
SIZE = (80, 24)
PROCEDURE = "artemis/split-brain-recovery"
_UNIQUE = re.compile(r"terminal-\d+")
_PLACE = re.compile(rf"{re.escape(tempfile.gettempdir())}/[^<&]*")


@dataclass
class Moment:
    """When a picture is taken, and under which name; `key` opens a page first."""

    name: str
    wanted: Callable[[View], bool]
    key: str = ""
    reached: threading.Event = field(default_factory=threading.Event)
    drawn: threading.Event = field(default_factory=threading.Event)


def at(step: str, phase: Phase, *, confirmed: bool = False) -> Callable[[View], bool]:
    """The pointer is on this step in this phase."""

    def wanted(view: View) -> bool:
        current = view.current
        if current is None or current.planned.step.id != step or current.state.phase is not phase:
            return False
        waited = (current.waited_s or 0) >= 4 or phase is not Phase.WAITING
        return waited and current.state.confirmed is confirmed

    return wanted


def moments() -> list[Moment]:
    """The pictures, in the order of the walk."""
    return [
        Moment("run", at("stop-slave", Phase.NOW)),
        Moment("waiting", at("start-slave", Phase.WAITING, confirmed=True)),
        Moment("map", at("stop-master", Phase.NOW), key="m"),
        Moment("clients", at("clients-on-slave", Phase.WAITING)),
        Moment("sealed", lambda view: bool(view.verdict)),
    ]


async def walk(folder: Path) -> None:
    """Walk the drill and take every picture."""
    loaded, [scenario, *_] = find(PROCEDURE), scenarios(PROCEDURE)
    autopilot, left = Autopilot(scenario.finds), moments()
    app = WalkApp(lambda width: drill_opening(loaded, scenario, width))

    def tell(view: View) -> None:
        """On the conductor's thread: while this waits, the drill stands still."""
        app.tell(view)
        if left and left[0].wanted(view):
            moment = left[0]
            moment.reached.set()
            moment.drawn.wait(30)
        if (command := autopilot.decide(view)) is not None:
            drill.session.submit(command)

    with tempfile.TemporaryDirectory() as ledger:
        drill = prepare(loaded, scenario, Path(ledger), tell, speed=None, operator="ana", incident="INC-4711")
        app.session = drill.session
        async with app.run_test(size=SIZE) as pilot:
            await pilot.press("escape")
            for moment in list(left):
                await asyncio.to_thread(moment.reached.wait, 60)
                if moment.key:
                    await pilot.press(moment.key)
                await picture(app, pilot, folder / f"{moment.name}.svg")
                if moment.key:
                    await pilot.press("escape")
                left.pop(0)
                moment.drawn.set()
        drill.session.join(10)


async def show_library(folder: Path) -> None:
    """The library."""
    app = OneScreenApp(LibraryScreen(library()[0], []))
    async with app.run_test(size=SIZE) as pilot:
        await picture(app, pilot, folder / "library.svg")


async def picture(app: HandrailApp, pilot: Pilot[int], path: Path) -> None:
    """Write what is on the screen, without what differs each time."""
    for _ in range(5):
        await pilot.pause(0.1)
    svg = _UNIQUE.sub("terminal", app.export_screenshot(title="handrail"))
    svg = _PLACE.sub("~/.local/state/handrail/ledger/", svg)
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")
    print(path.name)


def main(folder: Path = FOLDER) -> None:
    """Everything."""
    folder.mkdir(exist_ok=True)
    asyncio.run(show_library(folder))
    asyncio.run(walk(folder))


if __name__ == "__main__":
    main()
