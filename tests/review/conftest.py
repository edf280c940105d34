"""One walked drill for every test of the review: a note full of markup, a skipped step, a step tried again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot
from handrail.drill.playing import prepare
from handrail.drill.rehearsal import QuickDisk
from handrail.drill.scenario import scenarios
from handrail.procedure.loading import find
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.state import Phase
from handrail.walk.view import View

PROCEDURE = "artemis/split-brain-recovery"
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)> | `x` [a](javascript:b) \x1b]0;t\x07 \u202e"


@dataclass
class Walked:
    """A sealed run and the views told while it was walked."""

    path: Path
    ledger: Path
    views: dict[int, View] = field(default_factory=dict)
    """By the number of events the view knew of."""


@dataclass
class Deviating(Autopilot):
    """Leaves a note, and skips one step."""

    noted: bool = False

    def decide(self, view: View) -> c.Command | None:
        """As the autopilot, save for the two."""
        current = view.current
        if current is not None and not self.noted and view.state.opened:
            self.noted = True
            return c.Record(e.Noted(text=HOSTILE))
        if current is not None and current.planned.step.id == "network-mended":
            if current.state.phase is Phase.MET:
                return c.Record(
                    e.Skipped(step=current.planned.key, attempt=current.state.attempt, reason=HOSTILE)
                )
            return None
        return super().decide(view)


def walk(ledger: Path) -> Walked:
    """Walk the drill with its deviations."""
    scenario = scenarios(PROCEDURE)[0]
    pilot = Deviating(scenario.finds)
    views: dict[int, View] = {}

    def told(view: View) -> None:
        views[view.state.count] = view
        if (command := pilot.decide(view)) is not None:
            drill.session.submit(command)

    drill = prepare(
        find(PROCEDURE), scenario, ledger, told, speed=None, disk=QuickDisk(), tick_s=1.0, automatic=True
    )
    drill.session.start()
    assert drill.session.join(60)
    assert drill.session.error is None
    return Walked(drill.run_path, ledger, views)


@pytest.fixture(scope="session")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """A sealed drill; to be read, never changed."""
    return walk(tmp_path_factory.mktemp("review") / "ledger")
