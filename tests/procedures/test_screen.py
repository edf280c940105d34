"""What lint reckons is what the screen draws: every step of every straight walk fits 80x24 whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot
from handrail.drill.playing import Drill, prepare
from handrail.drill.rehearsal import TICK_S, QuickDisk
from handrail.drill.scenario import Scenario, scenarios
from handrail.procedure.filling import PLACE
from handrail.procedure.loading import find, library
from handrail.tui import checklist
from handrail.tui.paper import CUT
from handrail.walk.view import CurrentStep, View

SAME_STEPS = {"uncontrolled-failover-hundreds"}
"""Scenarios whose steps are another's, with hundreds of rows: walked by the rehearsal, too long to draw twice."""


def _drawn(current: CurrentStep) -> object:
    """What decides how many lines a step takes: a look that only counts on takes as many as the one before."""
    evidence = [*current.require, *(item for way in current.ways for item in way.evidence)]
    said = tuple((item.expected, item.verdict, len(item.found) // 10) for item in evidence)
    return (
        current.planned.key,
        repr(current.state),
        current.shown,
        said,
        current.near_miss,
        current.log_state,
    )


STRAIGHT = [
    scenario
    for item in library()[0]
    for scenario in scenarios(item.procedure.id)
    if scenario.id not in SAME_STEPS
]


@pytest.mark.parametrize("scenario", STRAIGHT, ids=lambda scenario: scenario.id)
def test_no_step_of_a_straight_walk_is_cut_at_80x24_or_shows_the_place_of_a_value(
    scenario: Scenario, tmp_path: Path
) -> None:
    """What never gives way is there to be seen; what does is counted, and a long request opens as a page."""
    pilot, drills = Autopilot(scenario.finds), list[Drill]()
    hidden, unfilled = dict[str, str](), dict[str, str]()
    drawn: set[object] = set()

    def told(view: View) -> None:
        if view.current is not None and not view.guards and (what := _drawn(view.current)) not in drawn:
            drawn.add(what)
            for row in checklist.body(view, 79, 20):
                if PLACE.search(row.text):
                    unfilled[f"{view.current.planned.key} {view.current.state.phase}"] = row.text
                if f" {CUT}: press v" in row.text:
                    hidden[f"{view.current.planned.key} {view.current.state.phase}"] = row.text
        if (command := pilot.decide(view)) is not None:
            drills[0].session.submit(command)

    loaded = find(scenario.procedure)
    drill = prepare(loaded, scenario, tmp_path, told, speed=None, disk=QuickDisk(), tick_s=TICK_S, short=True)
    drills.append(drill)
    drill.session.start()
    assert drill.session.join(100)
    assert drill.session.error is None
    assert unfilled == {}
    assert hidden == {}
