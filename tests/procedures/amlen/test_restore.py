"""The restore as it is walked: the order of its acts, its gates, its two ways, its countdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.recipes import recipes_beside, with_recipe
from handrail.drill.rehearsal import QuickDisk, Walked, _as_recorded, play
from handrail.drill.scenario import Scenario, scenarios
from handrail.drill.stage import bound_pairs_of
from handrail.ledger.verify import Whole, verify
from handrail.procedure.loading import find
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.plan import lay_out
from handrail.walk.view import View

IDENTITY = "amlen/restore-ha-from-backup"
LOADED = find(IDENTITY)
SCENARIOS = {scenario.id.removeprefix("restore-ha-from-backup"): scenario for scenario in scenarios(IDENTITY)}


class Watching(Autopilot):
    """An autopilot that remembers the countdowns it was shown."""

    seen: list[tuple[str, float]]

    def decide(self, view: View) -> c.Command | None:
        """As ever, with an eye on the window."""
        current = view.current
        if current is not None and current.window is not None and current.window.left_s is not None:
            self.seen.append((current.planned.step.id, current.window.left_s))
        return super().decide(view)


def walk(
    scenario: Scenario, ledger: Path, route: Route | None = None, fault: tuple[str, str] | None = None
) -> tuple[Walked, Watching]:
    """One walk, perhaps with a fault (recipe, step); its run must be sealed."""
    plan = lay_out(LOADED.procedure, bound_pairs_of(scenario))
    if fault is not None:
        planned = next(item for item in plan.steps if item.step.id == fault[1])
        scenario = with_recipe(scenario, recipes_beside(LOADED.path)[fault[0]], planned)
    pilot = Watching(scenario.finds, route or Route(), patience=1)
    pilot.seen = []
    drill = play(LOADED, scenario, ledger, pilot)
    assert drill.session.error is None
    assert verify(drill.run_path, None, disk=QuickDisk()).whole is Whole.SEALED
    return _as_recorded(drill, plan, scenario, "", pilot), pilot


def sent(walked: Walked) -> list[tuple[str, str]]:
    """Steps whose act was sent, and what was shown before, in order."""
    not_sent = {(event.step, event.attempt) for event in walked.events if isinstance(event, e.NotSent)}
    return [
        (event.step.split("@")[0], "\n".join(event.shown))
        for event in walked.events
        if isinstance(event, e.Intended) and (event.step, event.attempt) not in not_sent
    ]


def order(walked: Walked) -> list[str]:
    """Steps whose act was sent."""
    return [step for step, _ in sent(walked)]


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_each_scenario_is_walked_to_its_end_and_nothing_is_lost(name: str, tmp_path: Path) -> None:
    """Would catch a straight way that ends elsewhere, hurts data, or loses a guard."""
    walked, _ = walk(SCENARIOS[name], tmp_path)
    assert walked.how == "complete"
    assert walked.harmed == ()
    assert not [event for event in walked.events if isinstance(event, e.GuardLost | e.Overrode | e.Skipped)]


def test_the_acts_go_in_the_documents_order(tmp_path: Path) -> None:
    """Would catch primary before standby on the way down, or standby before primary on the way up."""
    walked, _ = walk(SCENARIOS["-clean"], tmp_path)
    assert [step for step in order(walked) if step not in ("keep-own-files", "set-network")] == [
        "standby-maintenance",
        "primary-maintenance",
        "restore-data",
        "clean-primary",
        "clean-standby",
        "primary-production",
        "standby-production",
    ]


def test_a_restored_store_is_never_cleaned(tmp_path: Path) -> None:
    """Would catch CleanStore sent to the primary on the way on which the store was restored."""
    walked, _ = walk(SCENARIOS[""], tmp_path)
    cleaned = [shown for _, shown in sent(walked) if "CleanStore" in shown]
    assert len(cleaned) == 1
    assert cleaned[0].startswith("POST http://amlen-b:9089/")


def test_the_primary_is_not_stopped_while_the_standby_could_take_over(tmp_path: Path) -> None:
    """Would catch the gate missing: the standby came back into production right before."""
    walked, _ = walk(
        SCENARIOS[""],
        tmp_path,
        Route(if_not={"primary-maintenance": 1}),
        ("standby-back", "primary-maintenance"),
    )
    steps = order(walked)
    assert steps.count("standby-maintenance") == 2
    assert steps.index("primary-maintenance") > max(
        number for number, step in enumerate(steps) if step == "standby-maintenance"
    )
    assert (walked.how, walked.harmed) == ("complete", ())


def test_the_standbys_addresses_are_found_and_put_right(tmp_path: Path) -> None:
    """Would catch a network check that passes with the addresses of the backup's own host."""
    walked, _ = walk(SCENARIOS[""], tmp_path)
    met = {event.step.split("@")[0]: event.outcome for event in walked.events if isinstance(event, e.Met)}
    assert met["network"] == "of-the-standby"
    [shown] = [shown for step, shown in sent(walked) if step == "set-network"]
    assert '"LocalDiscoveryNIC": "10.1.11.87"' in shown
    assert '"PreferredPrimary": true' in shown


def test_the_countdown_runs_while_the_primary_waits(tmp_path: Path) -> None:
    """Would catch a countdown that is not shown, not counted down, or of another length than the setting."""
    _, pilot = walk(SCENARIOS[""], tmp_path)
    shown = [left for step, left in pilot.seen if step == "standby-production"]
    assert shown
    assert 100 < shown[0] <= 120
    assert shown == sorted(shown, reverse=True)


def test_too_late_is_seen_and_begun_again(tmp_path: Path) -> None:
    """Would catch the second restart sent to a pair whose primary has given up."""
    walked, _ = walk(
        SCENARIOS[""], tmp_path, Route(if_not={"standby-production": 1}), ("too-late", "standby-production")
    )
    steps = order(walked)
    assert steps[-3:] == ["primary-production", "primary-production", "standby-production"]
    assert walked.how == "complete"


def test_a_pair_that_cannot_meet_is_restarted_together(tmp_path: Path) -> None:
    """Would catch a Maintenance stop, or one server alone, as the cure of error 509."""
    walked, _ = walk(SCENARIOS["-apart"], tmp_path)
    assert order(walked)[-2:] == ["restart-primary", "restart-standby"]
    assert "Maintenance" not in sent(walked)[-1][1]


def test_a_server_in_maintenance_is_not_put_there_again(tmp_path: Path) -> None:
    """Would catch the impossible role check asked of a server in maintenance, or a restart for nothing."""
    walked, _ = walk(SCENARIOS["-maintenance"], tmp_path)
    assert {"standby-maintenance", "primary-maintenance"}.isdisjoint(order(walked))


def test_a_pair_that_had_failed_is_put_into_maintenance_all_the_same(tmp_path: Path) -> None:
    """Would catch State 9 taken for maintenance: a CleanStore there would restart it into production."""
    walked, _ = walk(SCENARIOS["-late"], tmp_path)
    assert order(walked)[:2] == ["standby-maintenance", "primary-maintenance"]


def test_a_backup_of_a_later_release_ends_the_walk_before_anything_is_stopped(tmp_path: Path) -> None:
    """Would catch a walk that goes on with it."""
    route = Route(attest={"backup-level": "later"}, abort_when_missed="backup-level")
    walked, _ = walk(SCENARIOS[""], tmp_path, route)
    assert walked.how.startswith("aborted")
    assert order(walked) == []


def test_both_losses_are_accepted_by_name_before_anything_is_stopped() -> None:
    """Would catch one of the document's five consequences left out, or told too late."""
    steps = {step.id: step for step in LOADED.procedure.sections[0].steps}
    named = [hazard.text for step in steps.values() for hazard in step.hazards if step.confirm]
    assert len(named) == 6
    for word in (
        "buffered in the store after",
        "sent after",
        "not marked duplicate",
        "come back",
        "quality of service",
    ):
        assert any(word in text for text in named), word


def test_a_backup_of_a_later_release_that_was_called_earlier_is_named(tmp_path: Path) -> None:
    """Would catch a debrief that cannot tell the lie by which a backup no server can read is restored."""
    scenario = scenarios("amlen/restore-ha-from-backup")[0]
    pair = scenario.pairs[0]
    later = pair.model_copy(update={"settings": {**pair.settings, "backup_version": "1.2.0"}})
    for pairs, lies in (((pair,), 0), ((later,), 1)):
        played = scenario.model_copy(
            update={"pairs": pairs, "finds": {**scenario.finds, "backup-level": "the same or earlier"}}
        )
        pilot = Autopilot(played.finds, Route(abort_at="what-is-restored"))
        drill = play(find(played.procedure), played, tmp_path / str(lies), pilot)
        assert len([item for item in drill.said if item.agrees is False]) == lies
