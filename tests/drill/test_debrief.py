"""After a drill the operator hears what was said and was not so; during it a look shows what is."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.comparing import output_differs
from handrail.drill.debrief import Said, step_by_step, told
from handrail.drill.playing import Drill, prepare
from handrail.drill.recipes import recipes_beside, with_recipe
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
    if typing:  # who touches nothing looks at nothing either, and says what ought to be
        pilot.look = lambda: drills[0].stage.look
    drills[0].session.start()
    assert drills[0].session.join(100)
    assert drills[0].session.error is None
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
    assert "nothing was typed at the console of node-a during this step" in line


def test_a_copy_aside_that_was_not_made_is_told(tmp_path: Path) -> None:
    """The way back before a restore is worth a look: typed it is there, else it is not."""
    scenario = scenario_of("amlen/restore-ha-from-backup", "restore-ha-from-backup")
    assert "keep-own-files" not in not_so(walked(scenario, tmp_path / "a", typing=True))
    untouched = [item.line() for item in walked(scenario, tmp_path / "b", typing=False).said]
    assert any("kept-data of amlen-a = true: it is false" in line for line in untouched)
    assert any("copies-at of amlen-a is nothing" in line for line in untouched)


def test_a_copy_aside_is_looked_for_where_it_is_said_to_lie(tmp_path: Path) -> None:
    """What the console copied lies there and nowhere else; the backup has its own path."""
    scenario = scenario_of("amlen/restore-ha-from-backup", "restore-ha-from-backup")
    said = answering(scenario, keep_own_files="/backup/mine/", backup_file="/backup/other.tar")
    wrong = not_so(walked(said, tmp_path / "wrong", typing=True))
    assert 'you said "/backup/mine"; copies-at of amlen-a is /backup/own' in wrong["keep-own-files"]
    assert "backup-at of amlen-a is /backup/standby.tar or /backup/standby" in wrong["backup-file"]
    right = answering(scenario, keep_own_files="/backup/own/", backup_file="/backup/standby.tar")
    assert not_so(walked(right, tmp_path / "right", typing=True)) == {}


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
    assert rehearser._walk(scenario, Route()).untrue == ()
    assert "allow-failback of orders-b" in rehearser._walk(careless, Route()).untrue[0]


def answering(scenario: Scenario, **answers: str) -> Scenario:
    """The scenario in which somebody answers so; `_` in a step's id stands for `-`."""
    finds = {step.replace("_", "-"): value for step, value in answers.items()}
    return scenario.model_copy(update={"finds": {**scenario.finds, **finds}})


def test_a_time_that_no_log_shows_is_told_with_the_one_it_shows(tmp_path: Path) -> None:
    """Whose journal is the latest hangs on four times; each is compared, whatever way it was said."""
    scenario = scenario_of("eap/select-journal", "select-journal")
    right = answering(scenario, log_backup="10m ago", files_backup="10 minutes ago", files_live="20m ago")
    assert not_so(walked(right, tmp_path / "right", typing=True)) == {}
    wrong = not_so(walked(answering(scenario, log_backup="1h ago"), tmp_path / "wrong", typing=True))
    assert set(wrong) == {"log-backup"}
    assert "said as 1h ago" in wrong["log-backup"]
    assert "serving-line of node-b is 20" in wrong["log-backup"]


def test_of_a_server_that_was_killed_its_last_line_will_do_and_so_will_its_end(tmp_path: Path) -> None:
    """Its log says no end: the truth lies between the last line and the moment it was gone."""
    scenario = scenario_of("eap/select-journal", "select-journal")
    for number, said in enumerate(("21m ago", "20h ago")):
        drill = walked(answering(scenario, log_live=said), tmp_path / f"so-{number}", typing=True)
        assert "log-live" not in not_so(drill)
    for number, said in enumerate(("10m ago", "2d ago")):
        drill = walked(answering(scenario, log_live=said), tmp_path / f"not-{number}", typing=True)
        assert "log-live" in not_so(drill)


def test_the_older_journal_chosen_and_vouched_for_is_told_twice(tmp_path: Path) -> None:
    """The choice is wrong, and what came up lacks what the backup took alone."""
    found = scenario_of("eap/select-journal", "select-journal")
    wrong = not_so(walked(answering(found, latest="live", right_one="it is the one"), tmp_path, typing=True))
    assert "holds-latest of node-a = true: it is false" in wrong["latest"]
    assert "journal-latest of node-a" in wrong["right-one"]


def test_where_both_served_alone_the_journal_that_was_chosen_is_the_one(tmp_path: Path) -> None:
    """Neither has everything: no choice is wrong, but the other's journal is not what was meant."""
    scenario = scenario_of("eap/select-journal", "select-journal-restarted")
    assert not_so(walked(scenario, tmp_path / "backup", typing=True)) == {}
    assert not_so(walked(answering(scenario, latest="live"), tmp_path / "live", typing=True)) == {}
    untouched = not_so(walked(scenario, tmp_path / "untouched", typing=False))
    assert "right-one" in untouched, "the backup's journal was chosen, and nobody copied it"


def test_a_path_at_which_no_copy_lies_is_told_with_those_at_which_one_does(tmp_path: Path) -> None:
    """A copy in another place than was said is found by nobody later."""
    scenario = scenario_of("eap/select-journal", "select-journal")
    wrong = not_so(walked(answering(scenario, save_backup="/srv/backups"), tmp_path, typing=True))
    assert 'you said "/srv/backups"; copies-at of node-b is /srv/saved-backup or' in wrong["save-backup"]


@pytest.mark.parametrize(
    ("procedure", "name", "answers", "step", "line"),
    [
        (
            "eap/configure-shared-store",
            "configure-shared-store",
            {"file_system": "NFSv4 on RHEL"},
            "file-system",
            'you said "NFSv4 on RHEL"; a look there shows GFS2 on RHEL',
        ),
        (
            "solace/uncontrolled-failover",
            "uncontrolled-failover",
            {"outage": "long-term"},
            "outage",
            'you said "long-term"; the brief of this drill says short-term',
        ),
        (
            "solace/uncontrolled-failover",
            "uncontrolled-failover-complete",
            {"recovery": "own"},
            "recovery",
            'you said "own"; the brief of this drill says rebuilt',
        ),
        (
            "eap/assess-split-brain",
            "assess-split-brain",
            {"situation": "isolated"},
            "situation",
            'you said "isolated"; linked of node-a = false: it is true',
        ),
    ],
)
def test_an_answer_against_what_a_look_or_the_brief_says_is_told(
    procedure: str, name: str, answers: dict[str, str], step: str, line: str, tmp_path: Path
) -> None:
    """Nothing simulated tells, and yet the same screen has shown what is so there."""
    scenario, loaded = scenario_of(procedure, name), find(procedure)
    wanted = {key.replace("_", "-"): value for key, value in answers.items()}
    told_otherwise = play(loaded, scenario, tmp_path / "otherwise", Autopilot({**scenario.finds, **wanted}))
    assert line in not_so(told_otherwise)[step]
    as_found = play(loaded, scenario, tmp_path / "found", Autopilot(scenario.finds))
    assert not_so(as_found) == {}
    assert [item.agrees for item in as_found.said if item.step == step] == [True]


def test_names_in_other_words_than_the_scenario_has_are_nobodys_error(tmp_path: Path) -> None:
    """Who accepts it may be called otherwise than whoever wrote the drill thought."""
    scenario = scenario_of("eap/failback-shared-store", "failback-shared-store")
    pilot = Autopilot({**scenario.finds, "seen": "Kim of the night shift"})
    drill = play(find(scenario.procedure), scenario, tmp_path, pilot)
    assert [item.agrees for item in drill.said if item.step == "seen"] == [None]


TABLE = """Message VPN                      A C B R Q S M T
-------------------------------- - - - - - - - -
Trading_VPN                      U A - U U Y N A
Settlement_VPN                   U A - U U Y N A
Ledger VPN                       U A - U U Y N A"""


@pytest.mark.parametrize(
    ("pasted", "off"),
    [
        (TABLE, ""),
        (TABLE.replace("Ledger VPN                       U A - U U Y N A", ""), ""),
        (f"{TABLE}\nOrders_VPN                       U A - U U Y N A", "there is no Orders_VPN"),
        (TABLE.replace("U U Y N A", "D U Y N A", 1), "remote-bridge-up of Trading_VPN is true, not false"),
    ],
)
def test_a_pasted_table_is_held_against_what_the_broker_prints_itself(pasted: str, off: str) -> None:
    """Would catch a table made up at the keyboard: the rules see only that it shows what it must."""
    assert output_differs("solace", "replication", TABLE, pasted) == ([off] if off else [])


def test_a_table_that_was_made_up_is_told_after_the_drill(tmp_path: Path) -> None:
    """What it must show it shows; the rest is as the operator thought it would be, and not as it is."""
    rehearser = Rehearser(find("solace/uncontrolled-failover"), tmp_path)
    scenario = scenario_of("solace/uncontrolled-failover", "uncontrolled-failover")
    recipe = recipes_beside(rehearser.loaded.path)["failed-503-cli"]
    true = recipe.finds["spool-by-cli"]
    for pasted, wrong in ((true, False), (f"Redundancy Status : Down {true}", True)):
        route = Route(attest={"spool-by-cli": pasted}, if_not={"spool": 3})
        played = with_recipe(scenario, recipe, rehearser._planned(scenario, "spool"))
        pilot = Autopilot(scenario.finds, route, patience=1)
        drill = play(rehearser.loaded, played, tmp_path, pilot)
        said = [item for item in drill.said if item.step == "spool-by-cli"]
        assert [item.agrees for item in said] == [not wrong]


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


def test_a_slash_behind_a_directory_makes_no_other_directory(tmp_path: Path) -> None:
    """Would catch a look that says no, and paths written with two slashes that never read as expected."""
    scenario = scenario_of("eap/configure-shared-store", "configure-shared-store")
    drill = walked(answering(scenario, place="/srv/messaging/"), tmp_path, typing=True)
    assert not_so(drill) == {}
    assert [item.agrees for item in drill.said if item.step == "same-mount"] == [True]
