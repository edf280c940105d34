"""What a drill was for: each objective met or NOT met by what is so, and the rest left to people by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.drill.test_debrief import scenario_of, walked

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.objectives import (
    HEADING,
    Judged,
    Objective,
    Ruled,
    Watcher,
    check_objectives,
    objectives_of,
    told_objectives,
)
from handrail.drill.rehearsal import Rehearser, play
from handrail.drill.scenario import scenarios
from handrail.drill.sights import situation_of
from handrail.observe.situation import Situation
from handrail.procedure.loading import builtin_root, find, library
from handrail.procedure.model import Expectation
from handrail.readings import Value, Verdict
from handrail.walk.plan import BoundPair
from handrail.walk.state import Phase, StepState

ONE_EACH = [
    ("amm/setup-ha-pair", "setup-ha-pair", "The pair is formed: one primary, one secondary, and"),
    ("amm/setup-ha-pair", "setup-ha-pair", "The settings are saved on both: nothing typed is left unsaved."),
    ("amm/setup-ha-pair", "setup-ha-pair", "APPLY is pressed once on each server."),
    ("amm/tune-ha", "tune-ha", "Each variable is set on its own server."),
    ("amm/tune-ha", "tune-ha", "The failover delay is less than 180 s"),
    ("amm/teardown-ha", "teardown-ha", "Only the primary is changed."),
    ("amlen/restore-ha-from-backup", "restore-ha-from-backup", "What the primary serves at the end is the"),
    ("eap/recover-split-brain", "recover-split-brain", "The backup's journal is copied before it starts."),
    ("solace/uncontrolled-failover", "uncontrolled-failover", "New York is closed to clients before it is"),
]
"""For each product objectives that depend on what is done by hand."""

CLEANED = "Both stores are cleaned in State 9."
NOW = datetime(2026, 3, 1, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(("procedure", "name", "words"), ONE_EACH)
@pytest.mark.parametrize("typing", [True, False])
def test_an_objective_is_met_by_what_was_done_and_not_by_what_was_said(
    procedure: str, name: str, words: str, typing: bool, tmp_path: Path
) -> None:
    """Would catch an end that reads well although nobody touched a console, and one that calls good work bad."""
    drill = walked(scenario_of(procedure, name), tmp_path, typing=typing)
    line = next(line for line in drill.end() if words in line)
    assert line.startswith("- met: " if typing else "- NOT met: "), line


def test_clients_left_behind_are_an_objective_not_met(tmp_path: Path) -> None:
    """Artemis: who ends after the first half of a recovery has stranded the slave's clients."""
    scenario = scenarios("artemis/split-brain-recovery")[0]
    pilot = Autopilot(scenario.finds, Route(abort_at="stop-master"))
    end = play(find(scenario.procedure), scenario, tmp_path, pilot).end()
    assert any(line.startswith("Clients stranded: 3 (") for line in end), end
    assert "- NOT met: No client is stranded at the end. (Clients stranded: 3)" in end


def test_a_batch_that_is_left_half_done_is_told(tmp_path: Path) -> None:
    """Solace: seven of three hundred are busy; tried again they are met, given up they are NOT met."""
    scenario = scenario_of("solace/uncontrolled-failover", "uncontrolled-failover-hundreds")
    for route, word in ((Route(), "met"), (Route(abort_at="promote"), "NOT met")):
        pilot = Autopilot(scenario.finds, route)
        end = play(find(scenario.procedure), scenario, tmp_path / word.replace(" ", "-"), pilot).end()
        for words in scenario.objectives:
            assert any(line.startswith(f"- {word}: {words}") for line in end), end


def test_each_way_of_being_hurt_has_its_own_line(tmp_path: Path) -> None:
    """EAP: `Clients stranded or messages lost: 0` leaves open which."""
    scenario = scenario_of("eap/failback-shared-store", "failback-shared-store")
    end = play(find(scenario.procedure), scenario, tmp_path, Autopilot(scenario.finds)).end()
    assert end[:2] == ["Clients stranded: 0", "Messages lost: 0"]
    assert {"- met: No client is stranded at the end.", "- met: No message is lost."} <= set(end)


@pytest.mark.parametrize(
    ("name", "stays", "words"),
    [
        (
            "configure-shared-store",
            {"old-messages": "none"},
            (
                "No message is left behind. (left-behind of node-a = 0: it is 150)",
                "All four directories come along.",
            ),
        ),
        (
            "select-journal",
            {"latest": "live"},
            ("No message that node-b took alone is lost. (left-behind of node-b = 0: it is 17)",),
        ),
        (
            "colocate-shared-store",
            {"messages-one": "none"},
            ("No message is left behind, and both nodes' clients come back. (left-behind of node-a = 0",),
        ),
    ],
)
def test_messages_in_a_journal_nobody_serves_any_more_are_left_behind(
    name: str, stays: dict[str, str], words: tuple[str, ...], tmp_path: Path
) -> None:
    """EAP: a reload onto empty directories loses nothing for good, and yet nothing came along."""
    scenario = scenario_of(f"eap/{name}", name)
    loaded = find(scenario.procedure)
    left = play(loaded, scenario, tmp_path / "left", Autopilot({**scenario.finds, **stays})).end()
    brought = play(loaded, scenario, tmp_path / "brought", Autopilot(scenario.finds)).end()
    assert "Messages lost: 0" in left, "they can be brought still"
    for said in words:
        assert any(line.startswith(f"- NOT met: {said}") for line in left), left
        assert f"- met: {said.partition(' (')[0]}" in brought, brought


def test_what_no_rule_judges_is_left_to_people_by_name() -> None:
    """Would catch an objective nobody judged that reads like one that was met."""
    assert told_objectives([Judged("It is said who decides.", None)]) == [
        f"{HEADING}: 1 yours to judge.",
        "- yours to judge: It is said who decides.",
    ]
    assert told_objectives([]) == []


def test_every_drill_ends_with_something_that_was_judged() -> None:
    """And no product is left out."""
    for loaded in library((builtin_root(),))[0]:
        for scenario in scenarios(loaded.procedure.id):
            ruled = objectives_with_rules(scenario.id, loaded.path.parent, loaded.procedure.id)
            assert ruled, f"{scenario.id} has no objective that a rule judges"


def test_a_drill_that_does_not_meet_what_it_is_for_fails_its_rehearsal(tmp_path: Path) -> None:
    """Whoever writes a rule that the straight way does not meet hears of it."""
    scenario = scenario_of("amlen/restore-ha-from-backup", "restore-ha-from-backup")
    rehearser = Rehearser(find(scenario.procedure), tmp_path)
    assert rehearser._walk(scenario, Route()).unmet == ()
    wrong = scenario.model_copy(update={"objectives": (CLEANED,)})
    assert CLEANED in rehearser._walk(wrong, Route()).unmet[0]


def objectives_with_rules(name: str, folder: Path, procedure: str) -> list[Ruled]:
    """The objectives of this scenario that a rule judges."""
    return [item for item in objectives_of(scenario_of(procedure, name), folder) if item.rule]


# --- one rule after the other ------------------------------------------------------------------


class World:
    """A truth of two servers that a test changes."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, Value]] = {"a": {"live": True}, "b": {"live": False}}

    def truth(self) -> Situation:
        """As the simulator tells it."""
        return situation_of(self.values, Situation(at=NOW, boot_ns=0))


def is_live(role: str, *, live: bool = True) -> Expectation:
    """The server of this role is live, or is not."""
    return Expectation.model_validate({"on": role, "field": "live", "is": live})


def watched(rule: Objective) -> tuple[World, Watcher]:
    """A world, and a watcher of this rule."""
    world = World()
    pair = BoundPair("p", "replication", {"master": "a", "slave": "b"})
    return world, Watcher([Ruled(rule.says, rule)], [pair], world.truth)


def verdict(watcher: Watcher) -> Verdict | None:
    """As it stands now, with nobody hurt and nothing said."""
    [judged] = watcher.judged({}, (), {})
    return judged.verdict


def test_what_was_so_for_a_moment_was_so() -> None:
    """`never`: a slave that was live and is no more."""
    world, watcher = watched(Objective(says="x", never=(is_live("slave"),)))
    watcher.look()
    assert verdict(watcher) is Verdict.MET
    world.values["b"]["live"] = True
    watcher.look()
    world.values["b"]["live"] = False
    watcher.look()
    assert verdict(watcher) is Verdict.NOT_MET


@pytest.mark.parametrize(("order", "expected"), [("ba", Verdict.MET), ("ab", Verdict.NOT_MET)])
def test_the_order_of_two_things_counts(order: str, expected: Verdict) -> None:
    """`first` with `then`: what happened second does not mend it."""
    rule = Objective(says="x", first=(is_live("slave"),), then=(is_live("master", live=False),))
    world, watcher = watched(rule)
    watcher.look()
    for server in order:
        world.values[server]["live"] = server == "b"
        watcher.look()
    assert verdict(watcher) is expected


def test_an_order_that_was_not_come_to_is_not_met() -> None:
    """Would catch a drill left at its first step that has copied everything in time."""
    rule = Objective(says="x", first=(is_live("slave"),), then=(is_live("master", live=False),))
    _, watcher = watched(rule)
    watcher.look()
    assert verdict(watcher) is Verdict.NOT_MET


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ([Phase.DONE], Verdict.MET),
        ([Phase.DONE, Phase.NOT_APPLICABLE], Verdict.MET),
        ([Phase.DONE, Phase.SKIPPED], Verdict.NOT_MET),
        ([Phase.OVERRIDDEN], Verdict.NOT_MET),
        ([Phase.NOT_APPLICABLE], Verdict.NOT_MET),
        ([], Verdict.NOT_MET),
    ],
)
def test_a_step_that_was_passed_over_was_not_obtained(phases: list[Phase], expected: Verdict) -> None:
    """Would catch a line that was to be waited for and was skipped, and one nobody came to."""
    steps = {f"copy@pair-{number}": StepState(phase=phase) for number, phase in enumerate(phases)}
    _, watcher = watched(Objective(says="x", done=("copy",)))
    [judged] = watcher.judged({}, (), {"another": StepState(phase=Phase.DONE), **steps})
    assert judged.verdict is expected


def test_what_cannot_be_read_is_not_met() -> None:
    """A field the simulator does not have, a heading it does not count."""
    unknown = Expectation.model_validate({"on": "master", "field": "lives", "is": True})
    for rule in (Objective(says="x", met=(unknown,)), Objective(says="x", unharmed=("Horses lost",))):
        assert verdict(watched(rule)[1]) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('"amm/swap-ha-roles"', '"amm/swap"', "there is no procedure amm/swap"),
        ('said = ["roles-swapped"]', 'said = ["roles"]', "there is no step roles"),
        ('says = "Both get one size."', 'says = "Both get a size."', 'no drill says "Both get a size."'),
        ('unharmed = ["Pairs damaged"]', "", "say how it is judged"),
    ],
)
def test_lint_names_a_rule_that_fits_nothing(tmp_path: Path, before: str, after: str, problem: str) -> None:
    """A procedure, a step, words that are not there, and a rule that says nothing."""
    folder = tmp_path / "amm" / "drills"
    folder.mkdir(parents=True)
    for path in (builtin_root() / "amm").glob("*.toml"):
        (folder.parent / path.name).write_bytes(path.read_bytes())
    for path in (builtin_root() / "amm" / "drills").glob("*.toml"):
        (folder / path.name).write_bytes(path.read_bytes())
    text = (folder / "objectives.toml").read_text(encoding="utf-8")
    (folder / "objectives.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
    assert problem in " ".join(item.problem for item in check_objectives(folder / "objectives.toml"))
