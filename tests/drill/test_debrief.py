"""After a drill the operator hears what was said and was not so; during it a look shows what is."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot
from handrail.drill.debrief import Said, step_by_step, told
from handrail.drill.playing import Drill, prepare
from handrail.drill.rehearsal import TICK_S, QuickDisk, Rehearser, play
from handrail.drill.scenario import Scenario, scenarios
from handrail.drill.sights import check_sights
from handrail.procedure.loading import builtin_root, find
from handrail.text import safe
from handrail.walk.view import View


def scenario_of(procedure: str, name: str) -> Scenario:
    """One of the scenarios that come with handrail."""
    return next(item for item in scenarios(procedure) if item.id == name)


def walked(scenario: Scenario, ledger: Path, *, typing: bool) -> Drill:
    """The drill walked by the autopilot; with `typing`, consoles are typed at, else nobody touches one."""
    pilot, drills = Autopilot(scenario.finds, patience=0), list[Drill]()

    def heard(view: View) -> None:
        if (command := pilot.decide(view)) is not None:
            drills[0].session.submit(command)

    loaded = find(scenario.procedure)
    drills.append(
        prepare(
            loaded, scenario, ledger, heard, speed=None, disk=QuickDisk(), tick_s=TICK_S, automatic=typing
        )
    )
    drills[0].session.start()
    assert drills[0].session.join(100)
    return drills[0]


def not_so(drill: Drill) -> dict[str, str]:
    """Step id to the line about what was said there and was not so."""
    return {item.step: item.line() for item in drill.said if item.agrees is False}


def test_what_was_said_to_be_done_by_hand_and_was_not_is_told(tmp_path: Path) -> None:
    """A drill that nobody touched may end complete; its debrief does not."""
    drill = walked(scenario_of("amm/setup-ha-pair", "setup-ha-pair"), tmp_path, typing=False)
    wrong = not_so(drill)
    assert "you said done by hand; panel-role of amm-a = primary: it is standalone" in wrong["primary-role"]
    assert 'you said "a draft, with these values"' in wrong["primary-save"]
    assert any("NOT SO: 2.1 HAServerRole primary on amm-a" in line for line in drill.debrief())
    assert " 0 NOT SO" not in drill.debrief()[0]


def test_a_drill_done_as_it_says_has_nothing_that_was_not_so(tmp_path: Path) -> None:
    """The control: the same walk with everything typed."""
    drill = walked(scenario_of("amm/setup-ha-pair", "setup-ha-pair"), tmp_path, typing=True)
    assert not_so(drill) == {}
    assert " 0 NOT SO" in drill.debrief()[0]


def test_nothing_typed_is_told_where_no_reading_tells(tmp_path: Path) -> None:
    """The lines a step says are to be typed were not, and no sight speaks of the step."""
    scenario = scenario_of("eap/update-live-backup", "update-live-backup")
    line = not_so(walked(scenario, tmp_path, typing=False))["update-live"]
    assert "nothing was typed at the console of node-a" in line


def test_a_copy_aside_that_was_not_made_is_told(tmp_path: Path) -> None:
    """The way back before a restore is worth a look: typed it is there, else it is not."""
    scenario = scenario_of("amlen/restore-ha-from-backup", "restore-ha-from-backup")
    assert "keep-own-files" not in not_so(walked(scenario, tmp_path / "a", typing=True))
    assert "kept-data of amlen-a" in not_so(walked(scenario, tmp_path / "b", typing=False))["keep-own-files"]


def test_a_wrong_value_is_told_with_the_right_one(tmp_path: Path) -> None:
    """A fingerprint pasted wrongly: the panel has another."""
    scenario = scenario_of("amm/setup-ha-pair", "setup-ha-pair")
    finds = {**scenario.finds, "read-primary-own": "192.0.2.99"}
    drill = walked(scenario.model_copy(update={"finds": finds}), tmp_path, typing=True)
    line = not_so(drill)["read-primary-own"]
    assert 'you said "192.0.2.99"; panel-address of amm-a is 192.0.2.11' in line


def test_a_look_shows_what_is_and_not_what_somebody_vouches_for(tmp_path: Path) -> None:
    """Somebody says both settings are on; whoever looks sees that they are not."""
    scenario = scenario_of("artemis/split-brain-recovery", "split-brain-recovery-settings")
    drills, seen = list[Drill](), list[str]()
    pilot = Autopilot(scenario.finds)

    def heard(view: View) -> None:
        if view.current is not None and view.current.planned.step.id == "failback-settings":
            seen.append(drills[0].found("failback-settings"))
        if (command := pilot.decide(view)) is not None:
            drills[0].session.submit(command)

    loaded = find(scenario.procedure)
    drills.append(
        prepare(
            loaded, scenario, tmp_path, heard, speed=None, disk=QuickDisk(), tick_s=TICK_S, automatic=True
        )
    )
    drills[0].session.start()
    assert drills[0].session.join(100)
    assert scenario.finds["failback-settings"] == "both true"
    assert "not both true" in seen


def test_the_autopilot_looks_where_the_scenario_leaves_it_open(tmp_path: Path) -> None:
    """How many messages an export holds depends on the moment: nobody can write it down before."""
    scenario = scenario_of("artemis/delta-message-assessment", "delta-message-assessment")
    drill = play(find(scenario.procedure), scenario, tmp_path, Autopilot(scenario.finds))
    export = [item for item in drill.said if item.step == "export" and item.said.startswith('"')]
    assert [item.agrees for item in export] == [True]


def test_a_rehearsal_fails_where_a_scenario_finds_what_is_not_there(tmp_path: Path) -> None:
    """Unless the scenario says that somebody is mistaken there."""
    scenario = scenario_of("artemis/rolling-restart", "rolling-restart-settings")
    rehearser = Rehearser(find(scenario.procedure), tmp_path)
    careless = scenario.model_copy(update={"mistaken": ()})
    from handrail.drill.autopilot import Route

    assert rehearser._walk(scenario, Route()).untrue == ()
    assert "allow-failback of orders-b" in rehearser._walk(careless, Route()).untrue[0]


def test_what_cannot_be_told_is_counted_apart() -> None:
    """Unknown is neither so nor not so."""
    one = Said("a", "1.1", safe("A"), "s", safe('"x"'), safe(""), agrees=True)
    other = Said("b", "1.2", safe("B"), "s", safe('"y"'), safe(""), agrees=None)
    assert told([one, other]) == ["What you said: 1 so, 0 NOT SO, 1 the simulator cannot tell."]
    assert told([]) == []


def test_everything_said_is_told_step_by_step() -> None:
    """So, not so, and what nothing tells, in the order of the walk."""
    one = Said("a", "1.1", safe("A"), "s", safe('"x"'), safe("y"), agrees=True)
    other = Said("b", "1.2", safe("B"), "", safe('"y"'), safe("z is 3"), agrees=False)
    third = Said("c", "1.3", safe("C"), "", safe('"w"'), safe(""), agrees=None)
    assert step_by_step([one, other, third]) == [
        "Step by step:",
        'so: 1.1 A on s: "x"',
        'NOT SO: 1.2 B: you said "y"; z is 3',
        'cannot be told: 1.3 C: you said "w"',
    ]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('step = "ha-status"', 'step = "ha-state"', "there is no step ha-state"),
        ('option = "stable"', 'option = "steady"', "steady is no option"),
        ('"amm/upgrade-ha-to-2.17.5"', '"amm/upgrade"', "there is no procedure amm/upgrade"),
    ],
)
def test_lint_names_a_sight_that_fits_nothing(tmp_path: Path, before: str, after: str, problem: str) -> None:
    """A step, an option, a procedure that are not there."""
    folder = tmp_path / "amm" / "drills"
    folder.mkdir(parents=True)
    for path in (builtin_root() / "amm").glob("*.toml"):
        (folder.parent / path.name).write_bytes(path.read_bytes())
    text = (builtin_root() / "amm" / "drills" / "truth.toml").read_text(encoding="utf-8")
    (folder / "truth.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
    assert problem in " ".join(item.problem for item in check_sights(folder / "truth.toml"))
