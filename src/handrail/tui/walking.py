"""Showing a walk on the screen: session and app together, hang-ups, the last words, and the exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from textual.screen import Screen

from handrail.drill.consoles import Consoles
from handrail.drill.objectives import objectives_of
from handrail.drill.playing import Drill, prepare
from handrail.drill.scenario import Scenario
from handrail.errors import HandrailError
from handrail.inventory.model import Site
from handrail.ledger.keys import allowed_signers_file
from handrail.procedure.loading import Loaded
from handrail.review.following import Following
from handrail.text import safe
from handrail.tui.app import FaceScreen, HandrailApp, Told
from handrail.tui.paper import BLANK, Ink, Row, wrapped
from handrail.tui.screens.binding import BindingScreen
from handrail.tui.screens.console import ConsoleScreen
from handrail.tui.screens.review import RunReview
from handrail.tui.screens.run import RunScreen
from handrail.walk import commands as c
from handrail.walk.live_run import open_live, resume_live
from handrail.walk.looking_before import look_at
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Preflight
from handrail.walk.session import Session, status
from handrail.walk.view import View

Answered = TypeVar("Answered")
HANG_UP_LIMIT_S = 900.0
"""Longest wait for an act in flight after a hang-up; acts have their own, shorter limits."""
ASK_AGAIN_S = 0.2
"""A conductor that is just being made hears nothing yet, so it is asked to stop until it has."""


class WalkApp(HandrailApp):
    """One walk on one screen."""

    def __init__(
        self,
        opening: Callable[[int], Sequence[Row]] | None = None,
        epilogue: Callable[[], Sequence[str]] = tuple,
        found: Callable[[str], str] = lambda _step: "",
        console: Callable[[str, Callable[[], View | None]], FaceScreen[None]] | None = None,
        prepare: Callable[[], Session] | None = None,
    ) -> None:
        super().__init__()
        self.session: Session | None = None
        self.failed: HandrailError | None = None
        """Why the walk could not be begun."""
        self.run_screen = RunScreen(
            self.submit, opening=opening, begin=self.begin, epilogue=epilogue, found=found, console=console
        )
        self._opens = opening is not None
        self._prepare = prepare
        self._begun = False
        self._early: View | None = None

    def tell(self, view: View) -> None:
        """Called on the conductor's thread; never blocks it."""
        self._early = view
        if self.run_screen.is_running:
            self.run_screen.post_message(Told(view))

    def on_mount(self) -> None:
        """Show the run screen, then begin to walk; what has an opening begins once that was left."""
        super().on_mount()
        self.push_screen(self.run_screen, callback=lambda _: self.exit(0))
        if not self._opens:
            self.begin()
        self.set_interval(0.5, self._check)

    def begin(self) -> None:
        """Prepare the session, unless that was done, and start it; leave if it cannot be."""
        try:
            if self.session is None and self._prepare is not None:
                self.session = self._prepare()
        except HandrailError as problem:
            self.failed = problem
            self.exit(0)
        if self.session is not None and not self._begun:
            self._begun = True
            self.session.start()

    def submit(self, command: c.Command) -> None:
        """Pass a command on."""
        if self.session is not None:
            self.session.submit(command)

    @property
    def last_view(self) -> View | None:
        """The last view the conductor told, drawn or not."""
        return self._early

    def _check(self) -> None:
        """Deliver a view that came before the screen was there; leave when the walk is held or has failed."""
        if self._early is not None and self.run_screen.latest is None and self.run_screen.is_running:
            self.run_screen.post_message(Told(self._early))
        if self.session is not None and self._begun and self.session.join(0):
            state = self.session.state
            if self.session.error is not None or state is None or state.ended is None:
                self.exit(0)


def show_drill(
    loaded: Loaded,
    scenario: Scenario,
    root: Path,
    *,
    speed: float,
    incident: str,
    two_person: bool = False,
) -> int:
    """Walk a drill on the screen; returns the exit status."""
    drills: list[Drill] = []

    def epilogue() -> Sequence[str]:
        return drill_end(drills[0]) if drills else ()

    consoles: list[Consoles] = []

    def console(server: str, latest: Callable[[], View | None]) -> FaceScreen[None]:
        return ConsoleScreen(consoles[0], server, latest)

    def found(step: str) -> str:
        return drills[0].found(step) if drills else ""

    def begin() -> Session:
        """Once the brief is left: until then there is no run, no clock moves, and nothing is caused."""
        drills.append(
            prepare(loaded, scenario, root, app.tell, speed=speed, incident=incident, two_person=two_person)
        )
        consoles.append(Consoles(drills[0]))
        return drills[0].session

    app = WalkApp(lambda width: drill_opening(loaded, scenario, width), epilogue, found, console, begin)
    return show(app, lambda: [*epilogue(), *drills[0].step_by_step()])


def drill_opening(loaded: Loaded, scenario: Scenario, width: int) -> list[Row]:
    """What one is told before a drill: the situation, the procedure, the objectives."""
    rows = [Row(f" {safe(scenario.title)}", Ink.STRONG), BLANK]
    rows += wrapped(safe(scenario.brief), width, " ", " ")
    rows += [BLANK, *wrapped(f"Procedure: {loaded.procedure.title}", width, " ", "   ")]
    if objectives := objectives_of(scenario, loaded.path.parent):
        rows += [BLANK, Row(" Objectives", Ink.STRONG)]
        for objective in objectives:
            rows += wrapped(safe(objective.says), width, "   - ", "     ")
    return rows


def drill_end(drill: Drill) -> list[str]:
    """What became of it, below the verdict."""
    return ["", *drill.end()]


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
        servers = list(dict.fromkeys(name for pair in pairs for name in pair.roles.values()))
        return look_at(site, servers, loaded, pairs, key)

    bound = ask(BindingScreen(loaded, site.site, choices, look))
    if bound is None:
        return 2
    pairs, found = bound
    app = WalkApp()
    app.session = open_live(
        loaded, site, pairs, root, app.tell, key=key, incident=incident, swapped=bool(found.swapped)
    ).session
    return show(app)


def show_resumed(run: Path, site: Site, root: Path, *, key: Path | None, take_over: str = "") -> int:
    """Take up a run again on the screen; returns the exit status."""
    app = WalkApp()
    app.session = resume_live(run, site, root, app.tell, key=key, take_over=take_over).session
    return show(app)


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


def show(app: WalkApp, epilogue: Callable[[], Sequence[str]] = tuple) -> int:
    """Run the app and its session until both have ended; a hang-up holds the run first.

    The screen is drawn on stderr; what became of the run is said on stdout. Raises what ended the walk, or
    kept it from beginning; 2 when it was left before the start.
    """

    def on_hangup(number: int, _frame: FrameType | None) -> None:
        # Only asks. The event loop of the screen may be blocked for good by a dead terminal.
        if app.session is not None:
            stop(app.session, f"hang-up ({signal.Signals(number).name})")
        os._exit(128 + number)

    before = {number: signal.signal(number, on_hangup) for number in (signal.SIGHUP, signal.SIGTERM)}
    try:
        app.run(mouse=False)
        if app.session is not None:
            stop(app.session, "the screen was closed")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if app.failed is not None:
        raise app.failed
    if (session := app.session) is None:
        sys.stdout.write(f"{last_words(None)[0]}\n")
        return 2
    if session.error is not None:
        raise session.error
    if app.last_view is not None and session.state is not None and session.state.handed_over is not None:
        look_on(Following(Path(app.last_view.run_path), allowed_signers_file(os.environ)))
    for line in last_words(app.last_view, epilogue):
        sys.stdout.write(f"{line}\n")
    return status(session.state)


def look_on(looking: Following) -> int:
    """Look on at a run on the screen until it is left; gives the status of its verdict then."""
    run = looking.newer()
    assert run is not None  # noqa: S101 - the first look always finds something new
    screen = RunReview(run, looking.newer, looking.age_s)
    ask(screen)
    return screen.run_now.verification.exit_status


def stop(session: Session, why: str) -> None:
    """Ask the conductor to hold the run until it has stopped, at most for the limit of the longest act."""
    waited = 0.0
    while not session.join(ASK_AGAIN_S if waited else 0) and waited < HANG_UP_LIMIT_S:
        session.submit(c.Stop(why))
        waited += ASK_AGAIN_S


def last_words(view: View | None, epilogue: Callable[[], Sequence[str]] = tuple) -> list[str]:
    """What stays in the terminal once the screen is gone: the run, its verdict, and how to go on."""
    if view is None or view.state.opened is None:
        return ["Nothing was recorded."]
    lines = [f"Run: {safe(view.run_path)}"]
    if view.state.handed_over is not None:
        lines.append(f"Handed over to {view.state.handed_over.principal}. To look on: handrail follow")
    elif view.state.ended is not None:
        lines += [text for text in epilogue() if text]
        lines.append(view.verdict or "The run has ended and is not sealed: see handrail verify.")
    elif view.state.opened.mode == "drill":
        lines.append("Held. A drill's servers end with it, so it cannot be resumed.")
    else:
        lines.append(f"Held. To go on: handrail resume {safe(view.run_path)}")
    return lines
