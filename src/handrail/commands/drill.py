"""`handrail drill`: a procedure on simulated servers, with a person or the autopilot."""

from __future__ import annotations

import argparse
import sys

from handrail.commands.walking import terminal_fits, walk_plain
from handrail.drill.autopilot import Autopilot
from handrail.drill.consoles import Consoles
from handrail.drill.playing import prepare
from handrail.drill.scenario import Scenario, scenarios_in
from handrail.errors import UsageError
from handrail.places import ledger_root
from handrail.plain import standard
from handrail.procedure.loading import Loaded, find


def main(options: argparse.Namespace) -> int:
    """Walk the drill; on a terminal with the screen, elsewhere line by line."""
    if not 1 <= options.speed <= 60:
        raise UsageError(f"--speed {options.speed:g} is not between 1 and 60", "60 is a minute a second")
    loaded = find(options.procedure)
    scenario = _scenario(loaded, options.scenario)
    root = options.ledger or ledger_root()
    if options.autopilot or options.plain or not terminal_fits():
        # Without a terminal and without --plain nobody means to answer: the autopilot walks, time may jump.
        automatic = options.autopilot or not (options.plain or terminal_fits())
        face = standard()
        face.line(f"DRILL  {scenario.title}: {scenario.brief}")
        if not automatic and sys.stdin.isatty():
            face.line("Nothing runs yet. Enter begins the drill, and its clock.")
            sys.stdin.readline()
        drill = prepare(
            loaded,
            scenario,
            root,
            face.tell,
            speed=None if automatic else options.speed,
            incident=options.incident,
            automatic=automatic,
            two_person=options.two_person,
        )
        face.found = drill.found
        decide = Autopilot(scenario.finds, look=lambda: drill.stage.look).decide if automatic else None
        status = walk_plain(drill.session, face, decide, Consoles(drill).enter)
        for line in (*drill.end(), *drill.step_by_step()):
            face.line(line)
        if face.latest is not None and face.latest.verdict:
            face.line(face.latest.verdict)
        return status
    from handrail.tui.walking import show_drill

    return show_drill(
        loaded,
        scenario,
        root,
        speed=options.speed,
        incident=options.incident,
        two_person=options.two_person,
    )


def _scenario(loaded: Loaded, name: str | None) -> Scenario:
    """The scenario of this id, or the default one, from the folder drills/ beside the procedure's file."""
    procedure, folder = loaded.procedure.id, loaded.path.parent / "drills"
    found = scenarios_in(folder, procedure)
    if not found:
        raise UsageError(f"there is no scenario for {procedure}", f"put one into {folder}")
    for scenario in found:
        if name is None or scenario.id == name:
            return scenario
    known = ", ".join(scenario.id for scenario in found)
    raise UsageError(f"there is no scenario {name} for {procedure}", f"known: {known}")
