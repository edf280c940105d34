"""Apps that show one screen over a situation made up, for pictures, pilots and terminals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.screens.scenes import FROZEN, PAIR, START

from handrail.ledger.runs import RunSummary
from handrail.procedure.loading import Loaded, load
from handrail.text import safe
from handrail.tui.app import HandrailApp, Told
from handrail.tui.screens.binding import BindingScreen
from handrail.tui.screens.library import LibraryScreen
from handrail.tui.screens.run import RunScreen
from handrail.tui.walking import OneScreenApp
from handrail.walk import commands as c
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Looked, Preflight
from handrail.walk.view import View


class Showing(HandrailApp):
    """The run screen over a view; what it submits is kept in `submitted`, nothing obeys."""

    def __init__(self, view: View, epilogue: Callable[[], Sequence[str]] = tuple) -> None:
        super().__init__()
        self.view = view
        self.submitted: list[c.Command] = []
        self.left: list[int | None] = []
        self.run_screen = RunScreen(self.submitted.append, epilogue=epilogue)

    async def on_mount(self) -> None:  # type: ignore[override]
        """Show the screen and tell it the view."""
        super().on_mount()
        await self.push_screen(self.run_screen, callback=self.left.append)
        self.tell(self.view)

    def tell(self, view: View) -> None:
        """Tell another view."""
        self.view = view
        self.run_screen.post_message(Told(view))


class Unanswered(BindingScreen):
    """The binding while everything is still being looked at."""

    def run_worker(self, *_arguments: object, **_options: object) -> None:  # type: ignore[override]
        """Nobody looks."""


PREFLIGHT_OK = Preflight(
    (
        Looked(safe("broker-a"), Finding.OK, safe("Artemis 2.44.0, live, not in sync, clock +0.1 s")),
        Looked(safe("broker-b"), Finding.OK, safe("Artemis 2.44.0, live, not in sync, clock +0.0 s")),
        Looked(safe("log of broker-a"), Finding.OK, safe("/var/log/artemis/artemis.log, read to its end")),
        Looked(
            safe("log of broker-b"), Finding.OK, safe("ssh broker-b tail -F artemis.log, read to its end")
        ),
        Looked(
            safe("commands"), Finding.OK, safe("start, stop and kill of both servers are in the inventory")
        ),
    )
)
PREFLIGHT_WRONG = Preflight(
    (
        *PREFLIGHT_OK.looked[:1],
        Looked(
            safe("broker-b"),
            Finding.WRONG,
            safe("refused: nobody listens on 10.1.2.4:8161"),
            safe("the process is down, or its console listens on another address or port: check url"),
        ),
        Looked(safe("pair orders"), Finding.NOTE, safe("roles are swapped: the configured slave is live")),
        *PREFLIGHT_OK.looked[2:],
    ),
    ("orders",),
)


def binding(preflight: Preflight | None) -> OneScreenApp:
    """The binding screen with this found, or with nothing found yet."""
    loaded, other = (
        load(FROZEN),
        BoundPair("prices", "replication", {"master": "broker-c", "slave": "broker-d"}),
    )
    choices = ((PAIR,), (other,))
    if preflight is None:
        return OneScreenApp(Unanswered(loaded, "production-eu", choices, lambda _pairs: PREFLIGHT_OK))
    return OneScreenApp(BindingScreen(loaded, "production-eu", choices, lambda _pairs: preflight))


def run_summary(mode: str) -> RunSummary:
    """An open run of the ledger."""
    name = "2026-03-28-231502-split-brain-41c2"
    return RunSummary(
        name,
        Path("/home/ana/.local/state/handrail/runs") / name,
        watches=1,
        mode=mode,
        procedure=safe("artemis/split-brain-recovery"),
        operator=safe("ana"),
        host=safe("bastion-1"),
        started=START,
        last=START,
        last_kind=safe("held"),
        records=17,
    )


def procedures() -> list[Loaded]:
    """A library of a few."""
    one = load(FROZEN)
    named = {
        "artemis/delta-assessment": "Assess what only the slave holds",
        "artemis/rolling-restart": "Restart pairs one broker at a time",
    }
    others = [
        replace(one, procedure=one.procedure.model_copy(update={"id": name, "title": title}))
        for name, title in named.items()
    ]
    return [one, *others]


def library(open_runs: Sequence[RunSummary] = (), remark: str = "") -> OneScreenApp:
    """The library."""
    return OneScreenApp(LibraryScreen(procedures(), open_runs, remark))
