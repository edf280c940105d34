"""Colocated servers, the choice of a journal, a backup made live: what these walks are for, held."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.procedures.eap.test_walks import of, sent, straight, walked

from handrail.drill.autopilot import Route
from handrail.drill.scenario import scenarios
from handrail.procedure.loading import find
from handrail.products.eap.state import Phase
from handrail.walk import events as e

WALKED = ("colocate-replication", "colocate-shared-store", "select-journal", "activate-backup-manually")


@pytest.mark.parametrize(
    ("name", "scenario"),
    [(name, item.id) for name in WALKED for item in scenarios(f"eap/{name}")],
)
def test_the_straight_way_hurts_nobody(name: str, scenario: str) -> None:
    """Would catch a walk that ends well on the screen with clients stranded or messages gone."""
    end = straight(name, scenario)
    assert end.walk.how.startswith("complete")
    assert end.harmed == ()
    assert end.world.lost == ()


def test_the_messages_of_both_nodes_come_along_to_the_crossed_store() -> None:
    """Would catch directories that are not crossed, and messages left behind or dropped for want of bindings."""
    world = straight("colocate-shared-store", "colocate-shared-store").world
    for own, other in (("node-a", "node-b"), ("node-b", "node-a")):
        live, backup = world.brokers[f"{own}/default"], world.brokers[f"{other}/backup"]
        assert live.phase is Phase.LIVE
        assert backup.phase is Phase.WAITING
        assert live.places == backup.places
    assert sum(world.files["*:/srv/messaging/journal-A"].messages.values()) >= 150
    assert not [place for place in world.files if place.startswith("*:") and place.count("journal") > 1]
    assert world.brokers["node-a/default"].journal != world.brokers["node-b/default"].journal


@pytest.mark.parametrize("scenario", ["colocate-replication", "colocate-replication-old"])
def test_each_colocated_backup_replicates_the_other_node(scenario: str) -> None:
    """Would catch groups that are not crossed, or a new server left with the shipped cluster password."""
    brokers = straight("colocate-replication", scenario).world.brokers
    for own, other in (("node-a", "node-b"), ("node-b", "node-a")):
        assert brokers[f"{own}/default"].phase is Phase.LIVE
        assert brokers[f"{own}/backup"].phase is Phase.SYNCED
        assert brokers[f"{own}/backup"].follows == f"{other}/default"
        assert brokers[f"{own}/backup"].cluster.password == brokers[f"{own}/default"].cluster.password
        assert not set(brokers[f"{own}/backup"].places) & set(brokers[f"{own}/default"].places[:3])


@pytest.mark.parametrize(
    ("name", "scenario"),
    [(name, item.id) for name in WALKED[:2] for item in scenarios(f"eap/{name}")],
)
def test_only_a_new_server_runs_with_the_shipped_password_and_none_after_the_reload(
    name: str, scenario: str
) -> None:
    """Would catch a drill whose log contradicts what its operator was made to look up."""
    for log in straight(name, scenario).logs.values():
        starts = log.split("AMQ221000")
        assert [number for number, lines in enumerate(starts) if "AMQ222007" in lines] == [2], log


def began(name: str, scenario: str = "") -> list[str]:
    """The steps that were reached on the straight way, in order."""
    return [event.step for event in straight(name, scenario).walk.events if isinstance(event, e.Begun)]


@pytest.mark.parametrize(
    ("scenario", "orders"),
    [
        ("select-journal", 137),
        ("select-journal-live", 120),
        ("select-journal-restarted", 137),
        ("select-journal-started", 137),
        ("select-journal-early", 137),
    ],
)
def test_the_pair_goes_on_with_the_latest_journal(scenario: str, orders: int) -> None:
    """Would catch 30.3's loss: the stale journal comes up and the backup gives its own up for it."""
    world = straight("select-journal", scenario).world
    live, backup = world.brokers["node-a/default"], world.brokers["node-b/default"]
    assert live.phase is Phase.LIVE
    assert backup.phase is Phase.SYNCED
    assert world.files[live.journal].messages["orders"] == orders
    assert world.files[backup.journal].messages["orders"] == orders
    assert world.stranded() == ()


@pytest.mark.parametrize("scenario", [item.id for item in scenarios("eap/select-journal")])
def test_both_journals_are_saved_before_anything_starts(scenario: str) -> None:
    """Would catch a start that moves the only copy of a journal aside, where the next one deletes it."""
    steps = began("select-journal", scenario)
    assert max(steps.index("save-live"), steps.index("save-backup")) < steps.index("start-live")
    assert steps.index("start-live") < steps.index("start-backup")
    files = straight("select-journal", scenario).world.files
    assert "node-a:/srv/saved-live/journal" in files
    assert "node-b:/srv/saved-backup/journal" in files


def test_servers_that_were_started_already_are_stopped_the_backup_first() -> None:
    """Would catch a live server stopped under a backup in sync, which then takes over the stale journal."""
    steps = sent(straight("select-journal", "select-journal-started").walk)
    assert steps.index("stop-backup") < steps.index("stop-live") < steps.index("save-live")
    assert "stop-backup" not in sent(straight("select-journal", "select-journal-early").walk)


def test_nothing_is_copied_where_the_live_servers_journal_is_the_latest() -> None:
    """Would catch the copy made by habit: 30.3 has no action for this case."""
    steps = began("select-journal", "select-journal-live")
    assert "put-aside" not in steps
    assert "bring" not in steps


def test_nothing_starts_while_a_process_still_runs(tmp_path: Path) -> None:
    """Would catch a refused management port taken as proof that no process holds the journal."""
    route = Route(attest={"stay-down": "a process runs"}, abort_when_missed="stay-down")
    walk = walked("select-journal", of("select-journal", "select-journal"), tmp_path, route)
    assert sent(walk) == []


@pytest.mark.parametrize(
    ("scenario", "orders"),
    [
        ("activate-backup-manually", 137),
        ("activate-backup-manually-timeout", 120),
        ("activate-backup-manually-down", 120),
    ],
)
def test_a_backup_made_live_serves_the_data_it_had(scenario: str, orders: int) -> None:
    """Would catch the trap of the Important in 30.3: a restarted backup made live has an empty journal."""
    world = straight("activate-backup-manually", scenario).world
    backup = world.brokers["node-b/default"]
    assert backup.phase is Phase.LIVE
    assert backup.policy.kind == "replication-master"
    assert world.files[backup.journal].messages["orders"] == orders


def test_the_old_live_server_comes_back_as_a_backup_or_not_at_all() -> None:
    """Would catch two live servers: the old one still is a master until somebody changes it."""
    back = straight("activate-backup-manually").world.brokers["node-a/default"]
    assert (back.policy.kind, back.phase) == ("replication-slave", Phase.SYNCED)
    fenced = straight("activate-backup-manually", "activate-backup-manually-timeout").world
    assert fenced.brokers["node-a/default"].phase is Phase.DOWN


@pytest.mark.parametrize("step", ["no-better", "fence-live", "in-sync-once"])
def test_a_backup_is_not_made_live_past_what_must_be_known_first(step: str, tmp_path: Path) -> None:
    """Would catch old data brought up although newer can be had, or beside a server that may come back."""
    found = next(item for item in find("eap/activate-backup-manually").procedure.steps() if item.id == step)
    assert found.killer
    assert found.attest is not None
    wrong = next(item for item in found.attest.options if item not in found.attest.must_be)
    route = Route(attest={step: wrong}, abort_when_missed=step)
    scenario = of("activate-backup-manually", "activate-backup-manually-timeout")
    assert "start-new-live" not in sent(walked("activate-backup-manually", scenario, tmp_path, route))


def test_a_backup_that_is_down_is_configured_without_its_journal_being_moved() -> None:
    """Would catch a start 'to have a look', which takes one of the two places for replaced journals."""
    files = straight("activate-backup-manually", "activate-backup-manually-down").world.files
    copies = [name for name in files if name.startswith("node-b:/opt/eap/") and "oldreplica.2" in name]
    assert copies == []


@pytest.mark.parametrize("name", ["colocate-replication", "colocate-shared-store"])
def test_a_new_server_gets_directories_of_its_own_in_the_request_that_adds_it(name: str) -> None:
    """Would catch 30.6.1's order: added alone it starts on the directories of `default`, and management hangs."""
    adding = [
        step.do.cli
        for step in find(f"eap/{name}").procedure.steps()
        if step.do and any("server=backup:add" in line for line in step.do.cli)
    ]
    assert len(adding) == 4
    for lines in adding:
        assert [line.partition("path=")[2].partition(":")[0] for line in lines[1:]] == [
            "bindings-directory",
            "journal-directory",
            "large-messages-directory",
            "paging-directory",
        ]


@pytest.mark.parametrize(("step", "lie"), [("where", "journal"), ("number", "1")])
def test_a_journal_that_lies_elsewhere_than_was_said_is_named(step: str, lie: str, tmp_path: Path) -> None:
    """Would catch a debrief that cannot tell a lie about the journal on which everything rests."""
    started = of("select-journal", "select-journal-started")
    lying = started.model_copy(update={"finds": {**started.finds, step: lie}})
    end = walked("select-journal", lying, tmp_path, Route(abort_at="both-served"))
    assert [text for text in end.untrue if lie in text]
    assert walked("select-journal", started, tmp_path, Route(abort_at="both-served")).untrue == ()
