"""Showing a walk on the screen: session and app together, hang-ups, and the exit status."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from textual.screen import Screen

from handrail.drill.playing import prepare
from handrail.drill.scenario import Scenario
from handrail.inventory.model import Site
from handrail.procedure.loading import Loaded
from handrail.tui.app import HandrailApp, Told
from handrail.tui.screens.binding import BindingScreen
from handrail.tui.screens.run import RunScreen
from handrail.walk import commands as c
from handrail.walk.live_run import open_live, resume_live
from handrail.walk.looking_before import look_at
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Preflight
from handrail.walk.session import Session
from handrail.walk.view import View

Answered = TypeVar("Answered")
HANG_UP_LIMIT_S = 900.0
"""Longest wait for an act in flight after a hang-up; acts have their own, shorter limits."""


class WalkApp(HandrailApp):
    """One walk on one screen."""

    def __init__(self) -> None:
        super().__init__()
        self.session: Session | None = None
        self.screen_of_run: RunScreen | None = None
        self._early: View | None = None

    def tell(self, view: View) -> None:
        """Called on the conductor's thread; never blocks it."""
        screen = self.screen_of_run
        if screen is None or not screen.is_running:
            self._early = view
            return
        screen.post_message(Told(view))

    def on_mount(self) -> None:
        """Show the run screen, then begin to walk."""
        super().on_mount()
        self.screen_of_run = RunScreen(self.submit)
        self.push_screen(self.screen_of_run, callback=lambda _: self.exit(0))
        if self.session is not None:
            self.session.start()
        self.set_interval(0.5, self._check)

    def submit(self, command: c.Command) -> None:
        """Pass a command on."""
        if self.session is not None:
            self.session.submit(command)

    def _check(self) -> None:
        """Deliver a view that came before the screen was there; leave when the conductor has failed."""
        if self._early is not None and self.screen_of_run is not None and self.screen_of_run.is_running:
            early, self._early = self._early, None
            self.screen_of_run.post_message(Told(early))
        if self.session is not None and self.session.join(0):
            state = self.session.state
            if self.session.error is not None or (state is not None and state.ended is None):
                self.exit(0)


def show_drill(loaded: Loaded, scenario: Scenario, root: Path, *, speed: float, incident: str) -> int:
    """Walk a drill on the screen; returns the exit status."""
    app = WalkApp()
    drill = prepare(loaded, scenario, root, app.tell, speed=speed, incident=incident)
    return show(app, drill.session)


def show_live(
    loaded: Loaded,
    site: Site,
    choices: Sequence[tuple[BoundPair, ...]],
    root: Path,
    *,
    key: Path | None,
    incident: str,
) -> int:
    """Bind, look, and walk live on the screen; returns the exit status; 2 when left before the start."""

    def look(pairs: Sequence[BoundPair]) -> Preflight:
        return look_at(
            site, list(dict.fromkeys(name for pair in pairs for name in pair.roles.values())), loaded, pairs
        )

    bound = ask(BindingScreen(loaded, site.site, choices, look))
    if bound is None:
        return 2
    pairs, found = bound
    app = WalkApp()
    live = open_live(
        loaded, site, pairs, root, app.tell, key=key, incident=incident, swapped=bool(found.swapped)
    )
    return show(app, live.session)


def show_resumed(run: Path, site: Site, root: Path, *, key: Path | None) -> int:
    """Take up a run again on the screen; returns the exit status."""
    app = WalkApp()
    return show(app, resume_live(run, site, root, app.tell, key=key).session)


def ask(screen: Screen[Answered]) -> Answered | None:
    """Show one screen until it is dismissed; returns what it was dismissed with."""
    app = OneScreenApp(screen)
    app.run(mouse=False)
    answer: Answered | None = app.answer
    return answer


class OneScreenApp(HandrailApp):
    """An app of a single screen that answers something."""

    def __init__(self, only: Screen[Answered]) -> None:
        super().__init__()
        self._only = only
        self.answer: Any = None

    def on_mount(self) -> None:
        """Show the screen; leave with its answer."""
        super().on_mount()
        self.push_screen(self._only, callback=self._answered)

    def _answered(self, answer: Any) -> None:
        self.answer = answer
        self.exit(0)


def show(app: WalkApp, session: Session, after: Callable[[], None] = lambda: None) -> int:
    """Run the app over a session until both have ended; a hang-up holds the run first."""
    from handrail.walk.session import status

    app.session = session
    hung_up: list[int] = []

    def on_hangup(number: int, _frame: FrameType | None) -> None:
        # Only asks. The event loop of the screen may be blocked for good by a dead terminal.
        hung_up.append(number)
        session.submit(c.Stop(f"hang-up ({signal.Signals(number).name})"))
        session.join(HANG_UP_LIMIT_S)
        os._exit(128 + number)

    signal.signal(signal.SIGHUP, on_hangup)
    signal.signal(signal.SIGTERM, on_hangup)
    app.run(mouse=False)
    if not session.join(0):
        session.submit(c.Stop("the screen was closed"))
        session.join(HANG_UP_LIMIT_S)
    after()
    if session.error is not None:
        raise session.error
    return status(session.state)
