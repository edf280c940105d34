"""The EAP procedures walked: the traps are caught, the order holds, nobody is hurt on the straight way."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.rehearsal import Rehearser, Walked, _as_recorded, play
from handrail.drill.scenario import Scenario, scenarios
from handrail.drill.stage import bound_pairs_of
from handrail.procedure.loading import find
from handrail.products.eap.simulator import EapSimulator
from handrail.products.eap.state import World
from handrail.walk import events as e
from handrail.walk.plan import lay_out

WALKED = (
    "choose-ha-policy",
    "configure-replication",
    "configure-shared-store",
    "failback-replication",
    "failback-shared-store",
    "update-live-backup",
    "recover-replication-timeout",
    "remove-old-journals",
    "assess-split-brain",
    "recover-split-brain",
)
LOSSY = {"configure-shared-store-nfs"}
"""Its operator says that nothing in the queues is worth keeping."""


def of(name: str, scenario: str = "") -> Scenario:
    """A scenario of a procedure, the first one when none is named."""
    found = scenarios(f"eap/{name}")
    return next(item for item in found if item.id == scenario) if scenario else found[0]


@dataclass(frozen=True)
class Straight:
    """The straight way through a scenario: the world as it was left, and what the record tells."""

    world: World
    harmed: tuple[str, ...]
    walk: Walked
    logs: Mapping[str, str]
    """The whole log of each server."""


@cache
def straight(name: str, scenario: str = "") -> Straight:
    """Walked once for all tests; the record is read and removed."""
    loaded, chosen = find(f"eap/{name}"), of(name, scenario)
    with tempfile.TemporaryDirectory() as folder:
        pilot = Autopilot(chosen.finds, Route())
        drill = play(loaded, chosen, Path(folder), pilot)
        assert drill.session.error is None
        plan = lay_out(loaded.procedure, bound_pairs_of(chosen))
        walk = _as_recorded(drill, plan, chosen, "", pilot)
    inside = drill.stage.simulator.simulator
    assert isinstance(inside, EapSimulator)
    logs = {name: "\n".join(inside.lines(name, 0)) for name in inside.world.instances}
    return Straight(inside.world, drill.harmed, walk, logs)


def walked(name: str, scenario: Scenario, folder: Path, route: Route) -> Walked:
    """A walk that leaves the straight way, as its sealed record tells it."""
    return Rehearser(find(f"eap/{name}"), folder)._walk(scenario, route)


def sent(walk: Walked) -> list[str]:
    """The steps at which something was about to be sent, in order."""
    return [event.step for event in walk.events if isinstance(event, e.Intended)]


@pytest.mark.parametrize(
    ("name", "scenario"),
    [(name, item.id) for name in WALKED for item in scenarios(f"eap/{name}")],
)
def test_the_straight_way_hurts_nobody(name: str, scenario: str) -> None:
    """Would catch a documented order that strands a client or throws away a message nobody else has."""
    found = straight(name, scenario)
    assert found.walk.how == "complete"
    assert found.walk.problems == ()
    if scenario not in LOSSY:
        assert found.harmed == ()


@pytest.mark.parametrize("name", ["assess-split-brain"])
def test_an_assessment_sends_nothing(name: str) -> None:
    """Would catch an assessment that changes what it looks at."""
    for scenario in scenarios(f"eap/{name}"):
        assert sent(straight(name, scenario.id).walk) == []


def test_nothing_is_configured_across_two_data_centres(tmp_path: Path) -> None:
    """Would catch the Important of 30.3 passed over with a click."""
    route = Route(attest={"one-place": "two data centres"}, abort_when_missed="one-place")
    walk = walked("configure-replication", of("configure-replication"), tmp_path, route)
    assert sent(walk) == []
    assert walk.how.startswith("aborted")


def test_a_pair_is_configured_as_the_document_has_it() -> None:
    """Would catch a walk that ends well and leaves another configuration than the document's."""
    world = straight("configure-replication").world
    policies = {
        (name, address[-1][1]): values
        for name, process in world.instances.items()
        for address, values in process.running.items()
        if address and address[-1][0] == "ha-policy"
    }
    assert policies[("node-a", "replication-master")] == {
        "check-for-live-server": True,
        "cluster-name": "my-cluster",
        "group-name": "pair1",
    }
    assert (
        policies[("node-b", "replication-slave")].items()
        >= {
            "cluster-name": "my-cluster",
            "group-name": "pair1",
        }.items()
    )
    assert world.brokers["node-b/default"].phase.value == "in sync"


def test_the_messages_of_a_server_come_along_to_the_shared_store() -> None:
    """Would catch 30.4.1 followed by the letter: the new directories are empty."""
    world = straight("configure-shared-store").world
    live, backup = world.brokers["node-a/default"], world.brokers["node-b/default"]
    assert live.journal == backup.journal == "*:/srv/messaging/journal-A"
    assert sum(world.files[live.journal].messages.values()) == 150


def test_the_live_server_is_not_started_while_its_setting_is_not_known(tmp_path: Path) -> None:
    """Would catch the warning of 30.5: started without the look, both serve."""
    route = Route(attest={"read-file": "false"}, abort_when_missed="read-file")
    walk = walked("failback-replication", of("failback-replication"), tmp_path, route)
    assert not [step for step in sent(walk) if step.startswith("start-live")]


def test_a_backup_of_7_0_that_stays_stopped_is_started_by_hand() -> None:
    """Would catch the branch of table 30.2 that only old releases take."""
    found = straight("failback-replication", "failback-replication-old")
    steps = [step.split("@")[0] for step in sent(found.walk)]
    assert steps.index("write-check") < steps.index("start-live") < steps.index("reload-backup")
    assert found.world.brokers["node-b/default"].phase.value == "in sync"


def test_the_live_server_waits_for_the_lock_before_the_backup_is_killed() -> None:
    """Would catch a moment in which nobody would take the store."""
    walk = straight("failback-shared-store", "failback-shared-store-kill").walk
    steps = [step.split("@")[0] for step in sent(walk)]
    assert steps.index("start-live") < steps.index("kill-backup") < steps.index("start-backup")


def test_the_misspelt_attribute_is_shown_and_the_right_one_is_sent() -> None:
    """Would catch allow-fail-back of 30.5 sent as it stands."""
    procedure = find("eap/failback-shared-store").procedure
    lines = [line for step in procedure.steps() if step.do for line in step.do.cli]
    assert any("allow-failback" in line for line in lines)
    assert not any("allow-fail-back" in line for line in lines)
    assert any("allow-fail-back" in (step.documented or "") for step in procedure.steps())


def test_an_update_stops_all_backups_first_and_starts_all_live_servers_first() -> None:
    """Would catch pair by pair where the document has all by all (30.3.5)."""
    walk = straight("update-live-backup", "update-live-backup-two").walk
    steps = sent(walk)

    def places(name: str) -> list[int]:
        return [number for number, step in enumerate(steps) if step.startswith(f"{name}@")]

    assert len(places("stop-backup")) == len(places("start-live")) == 2
    assert max(places("stop-backup")) < min(places("stop-live"))
    assert max(places("stop-live")) < min(places("start-live"))
    assert max(places("start-live")) < min(places("start-backup"))
    assert not any(isinstance(event, e.GuardLost) for event in walk.events), "no backup was ever live"


def test_the_journal_of_a_split_backup_is_copied_before_it_starts() -> None:
    """Would catch a recovery that moves the only copy aside, where the next start deletes it."""
    found = straight("recover-split-brain")
    steps = [
        event.step.split("@")[0] for event in found.walk.events if isinstance(event, e.Attested | e.Intended)
    ]
    assert steps.index("copy-journal") < steps.index("start-backup")
    assert found.world.files["node-b:/srv/split-backup/journal"].messages["orders"] == 137


def test_a_recovery_on_7_0_writes_the_setting_before_anything_starts() -> None:
    """Would catch the default of 7.0 that splits the pair anew in the last step."""
    steps = [
        step.split("@")[0] for step in sent(straight("recover-split-brain", "recover-split-brain-old").walk)
    ]
    assert steps.index("check-setting") < steps.index("start-backup") < steps.index("start-live")


def test_replaced_journals_are_saved_before_the_restart_that_deletes_one() -> None:
    """Would catch a restart that costs the oldest replaced journal (AMQ221055)."""
    world = straight("recover-replication-timeout").world
    saved = [
        place for place in world.files if place.startswith("node-b:/srv/saved-activemq/journal/oldreplica.")
    ]
    assert sorted(place[-1] for place in saved) == ["1", "2"]
    assert "node-b:/opt/eap/standalone/data/activemq/journal/oldreplica.1" not in world.files
