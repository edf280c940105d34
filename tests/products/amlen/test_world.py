"""The simulated pair behaves as the live one did, on the right way and on the wrong ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.products.amlen.conftest import Lab

from handrail.products.amlen.scene import make_world
from handrail.products.setting import ClientStart, PairStart, Setting


def to_maintenance(pair: Lab, *servers: str) -> None:
    """One after the other."""
    for server in servers:
        pair.simulator.inject("restart", {"server": server, "maintenance": True})
        pair.go(15)


def to_production(pair: Lab, *servers: str, wait_s: float = 30) -> None:
    """At once."""
    for server in servers:
        pair.simulator.inject("restart", {"server": server, "maintenance": False})
    pair.go(wait_s)


def clean(pair: Lab, *servers: str) -> None:
    """Clean each store."""
    for server in servers:
        pair.simulator.inject("restart", {"server": server, "clean_store": True})
    pair.go(15)


def restore(pair: Lab, *parts: str) -> None:
    """What the operator does on the primary's host."""
    for part in parts:
        assert not pair.simulator.console("a").enter(f"cp -a /backup/standby/{part} /var/lib/amlen-server")


def right_addresses(pair: Lab) -> None:
    """Mend what the standby's configuration says of the primary's network."""
    settings = {"remote_discovery_nic": "10.1.11.212", "local_replication_nic": "10.1.12.87"}
    pair.simulator.inject(
        "settings",
        {"server": "a", "local_discovery_nic": "10.1.11.87", "preferred_primary": True, **settings},
    )


async def test_the_documented_way_with_the_store_restored(lab: Callable[..., Lab]) -> None:
    """Would catch a world in which the right way hurts, or does not bring the backup's data back."""
    pair = lab()
    to_maintenance(pair, "b", "a")
    restore(pair, "data", "store")
    pair.simulator.inject("restart", {"server": "a"})
    pair.go(15)
    right_addresses(pair)
    clean(pair, "b")
    to_production(pair, "a", "b")
    assert await pair.states() == [(1, "PRIMARY"), (10, "STANDBY")]
    assert pair.simulator.world.nodes["b"].store.messages == 900
    assert pair.simulator.harmed() == ()


async def test_the_documented_way_with_the_store_cleaned(lab: Callable[..., Lab]) -> None:
    """Would catch messages that survive a CleanStore."""
    pair = lab()
    to_maintenance(pair, "b", "a")
    restore(pair, "data")
    clean(pair, "a", "b")
    right_addresses(pair)
    to_production(pair, "a", "b")
    assert await pair.states() == [(1, "PRIMARY"), (10, "STANDBY")]
    assert pair.simulator.world.nodes["b"].store.messages == 0
    assert pair.simulator.harmed() == ()


async def test_primary_first_lets_the_standby_take_over_and_overwrite(lab: Callable[..., Lab]) -> None:
    """Would catch the trap missing: B serves 3.2 s later, and A returns as its standby, the restored data gone."""
    pair = lab()
    pair.simulator.inject("restart", {"server": "a", "maintenance": True})
    pair.go(3.3)
    told = await pair.read("b", "state", "role", "old-role", "active-nodes", "sync-nodes")
    assert list(told.values()) == [1, "PRIMARY", "STANDBY", 1, 1]
    assert '"STANDBY_TO_PRIMARY"' in pair.log("b")
    pair.go(12)
    restore(pair, "store")
    to_production(pair, "a")
    assert await pair.states() == [(10, "STANDBY"), (1, "PRIMARY")]
    assert pair.simulator.harmed() == ("the restored store of a was overwritten by that of b",)


async def test_a_restored_store_beside_an_uncleaned_standby_is_not_chosen_for_sure(
    lab: Callable[..., Lab],
) -> None:
    """Would catch CleanStore of the standby being optional: both stores hold data, neither was primary."""
    pair = lab()
    to_maintenance(pair, "b", "a")
    restore(pair, "store")
    to_production(pair, "a", "b")
    assert (await pair.read("a", "role"))["role"] != "PRIMARY"
    assert pair.simulator.harmed()


async def test_cleaning_a_restored_store_wipes_it(lab: Callable[..., Lab]) -> None:
    """Would catch the optional step done in the wrong branch without anybody being told."""
    pair = lab()
    to_maintenance(pair, "b", "a")
    restore(pair, "store")
    clean(pair, "a")
    assert pair.simulator.harmed() == ("the restored store of a was cleaned",)


async def test_cleaning_needs_no_maintenance(lab: Callable[..., Lab]) -> None:
    """Would catch a simulator kinder than the product: a primary in production loses all at once."""
    pair = lab()
    clean(pair, "a")
    assert pair.simulator.harmed() == ("the store of a was cleaned while it was the primary",)
    assert pair.simulator.world.nodes["a"].store.session >= 0


async def test_the_second_restart_too_late_ends_in_the_discovery_timeout(lab: Callable[..., Lab]) -> None:
    """Would catch a wait without end, or an error that is not the live one: state 9, 509, HADISABLED, reason 0."""
    pair = lab("both-in-maintenance", discovery_timeout=60)
    to_production(pair, "a", wait_s=60)
    assert await pair.states() == [(11, "UNSYNC"), (9, "UNKNOWN")]
    assert "6120" not in pair.log("a"), "waiting logs nothing"
    pair.go(15)
    told = await pair.read("a", "state", "role", "ha-status", "ha-enabled", "error-code", "reason-code")
    assert list(told.values()) == [9, "HADISABLED", "Inactive", True, 509, 0]
    assert pair.log("a").count("The error code is 509") == 2
    to_production(pair, "b", wait_s=20)
    assert (await pair.read("b", "state"))["state"] == 11, "the late one waits in vain as well"
    for server in ("a", "b"):
        pair.simulator.inject("restart", {"server": server})
    pair.go(30)
    assert await pair.states() == [(1, "PRIMARY"), (10, "STANDBY")], "a plain restart of both cures it"


async def test_the_timeout_in_the_words_of_the_documentation(lab: Callable[..., Lab]) -> None:
    """Would catch a drill that can only show one of the two forms."""
    pair = lab("both-in-maintenance", discovery_timeout=60)
    pair.simulator.inject("old-words", {})
    to_production(pair, "a", wait_s=75)
    told = await pair.read("a", "role", "reason-code", "reason", "error-code")
    assert list(told.values()) == ["UNSYNC_ERROR", 2, " - DISCOVERY_TIMEOUT", 509]


async def test_a_standalone_primary_does_not_wait(lab: Callable[..., Lab]) -> None:
    """Would catch a countdown where none is: StartupMode StandAlone looks for nobody."""
    pair = lab("both-in-maintenance", startup_mode="StandAlone")
    to_production(pair, "a", wait_s=12)
    assert await pair.states() == [(1, "PRIMARY"), (9, "UNKNOWN")]


async def test_the_standbys_addresses_keep_the_restored_primary_in_maintenance(
    lab: Callable[..., Lab],
) -> None:
    """Would catch a network check that does not matter: the backup is the standby's, with its addresses."""
    pair = lab()
    to_maintenance(pair, "b", "a")
    restore(pair, "data")
    assert (await pair.read("a", "local-discovery-nic"))["local-discovery-nic"] == "10.1.11.87", (
        "not read yet"
    )
    clean(pair, "a", "b")
    told = await pair.read("a", "local-discovery-nic", "preferred-primary")
    assert list(told.values()) == ["10.1.11.212", False]
    to_production(pair, "a", "b")
    told = await pair.read("a", "state", "error-code", "error-message")
    assert (told["state"], told["error-code"]) == (9, 510)
    assert "HA.LocalReplicationNIC value=10.1.12.212" in str(told["error-message"])


async def test_of_two_clean_stores_the_preferred_primary_is_chosen(lab: Callable[..., Lab]) -> None:
    """Would catch that both cleaned and none preferred leaves it to the node id: the other may become primary."""
    pair = lab("both-in-maintenance", preferred_primary=False)
    clean(pair, "a", "b")
    for server in ("a", "b"):
        pair.simulator.inject("settings", {"server": server, "preferred_primary": server == "b"})
    to_production(pair, "a", "b")
    assert await pair.states() == [(10, "STANDBY"), (1, "PRIMARY")]


async def test_a_cut_link_makes_two_primaries_and_mending_it_none(lab: Callable[..., Lab]) -> None:
    """Would catch a split brain that shows an error: both in maintenance, error 0, one word in the log."""
    pair = lab()
    pair.simulator.inject("cut-link", {"pair": "grp1"})
    pair.go(9)
    assert await pair.states() == [(1, "PRIMARY"), (10, "STANDBY")], "the heartbeat timeout is 10 s"
    pair.go(2)
    assert await pair.states() == [(1, "PRIMARY"), (1, "PRIMARY")]
    pair.simulator.inject("heal-link", {"pair": "grp1"})
    pair.go(8)
    assert await pair.states() == [(9, "HADISABLED"), (9, "HADISABLED")]
    assert (await pair.read("a", "error-code"))["error-code"] == 0
    assert pair.log("a").splitlines()[-1].endswith('"TERMINATE_STORE" is initiated.')
    for server in ("a", "b"):
        pair.simulator.inject("restart", {"server": server})
    pair.go(30)
    assert await pair.states() == [(10, "STANDBY"), (1, "PRIMARY")], "who took over has the later session"
    assert pair.simulator.harmed() == ("1200 messages that only a held discarded",)


async def test_a_failed_copy_is_a_disk_error_and_a_timeout(lab: Callable[..., Lab]) -> None:
    """Would catch the recorded failure missing: 506 on the sender, 509 on the other once its time is up."""
    pair = lab("both-in-maintenance", discovery_timeout=60)
    to_production(pair, "a", "b", wait_s=13)
    pair.simulator.inject("sync-fails", {"server": "a"})
    told = await pair.read("a", "state", "role", "error-code")
    assert list(told.values()) == [9, "HADISABLED", 506]
    pair.go(60)
    told = await pair.read("b", "state", "role", "error-code")
    assert list(told.values()) == [9, "HADISABLED", 509]


async def test_a_second_restart_while_stopping_does_no_more(lab: Callable[..., Lab]) -> None:
    """Would catch two restarts for two clicks; recorded: accepted again, one restart, two lines."""
    pair = lab()
    await pair.tell("b", "maintenance-start")
    pair.go(0.03)
    await pair.tell("b", "maintenance-start")
    pair.go(20)
    assert pair.log("b").count("CWLNA6005") == 2
    assert pair.log("b").count("CWLNA0900 N") == 1


async def test_maintenance_stop_in_production_restarts_the_standby(lab: Callable[..., Lab]) -> None:
    """Would catch a harmless second click: the standby is away for some 20 s."""
    pair = lab()
    await pair.tell("b", "maintenance-stop")
    pair.go(5)
    assert (await pair.read("a", "active-nodes"))["active-nodes"] == 1
    pair.go(20)
    assert await pair.states() == [(1, "PRIMARY"), (10, "STANDBY")]


async def test_a_large_store_takes_longer_and_tells_how_far_it_is(lab: Callable[..., Lab]) -> None:
    """Would catch a wait without progress."""
    pair = lab("both-in-maintenance", copy_seconds=100)
    to_production(pair, "a", "b", wait_s=60)
    percent = (await pair.read("a", "sync-percent"))["sync-percent"]
    assert isinstance(percent, int)
    assert 20 < percent < 70
    pair.go(80)
    assert await pair.states() == [(1, "PRIMARY"), (10, "STANDBY")]


async def test_a_killed_primary_is_missed_by_its_heartbeat(lab: Callable[..., Lab]) -> None:
    """Would catch a takeover sooner than the heartbeat timeout."""
    pair = lab()
    pair.simulator.command("a", "kill")
    pair.go(9)
    assert (await pair.read("b", "state"))["state"] == 10
    pair.go(2)
    assert (await pair.read("b", "state"))["state"] == 1
    pair.simulator.command("a", "start")
    pair.go(20)
    assert await pair.states() == [(10, "STANDBY"), (1, "PRIMARY")]


async def test_a_server_may_come_up_in_maintenance(lab: Callable[..., Lab]) -> None:
    """Would catch a drill that cannot show the reported case: in maintenance after a restart nobody asked it to."""
    pair = lab()
    pair.simulator.inject("into-maintenance", {"server": "b"})
    pair.simulator.command("b", "stop")
    pair.go(2)
    pair.simulator.command("b", "start")
    pair.go(5)
    assert (await pair.read("b", "state"))["state"] == 9


async def test_a_lost_restart_is_accepted_and_nothing_happens(lab: Callable[..., Lab]) -> None:
    """Would catch 6011 that can be trusted."""
    pair = lab()
    pair.simulator.inject("lost-restart", {"server": "b"})
    await pair.tell("b", "maintenance-start")
    pair.go(30)
    assert (await pair.read("b", "state"))["state"] == 10


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"roles": {"master": "a", "slave": "b"}}, "primary and standby"),
        ({"situation": "odd"}, "begins healthy"),
        ({"settings": {"discovery_time": 60}}, "no setting; known"),
        ({"settings": {"discovery_timeout": "60"}}, "is a int"),
    ],
)
def test_a_scenario_with_unknown_words_is_refused(changes: dict[str, object], words: str) -> None:
    """Would catch a typing error in a scenario that goes unnoticed."""
    plain: dict[str, object] = {"name": "p", "roles": {"primary": "a", "standby": "b"}}
    with pytest.raises(ValueError, match=words):
        make_world(
            Setting(version="1.1.0", mode="pair", pairs=(PairStart.model_validate({**plain, **changes}),))
        )


def test_clients_belong_to_no_scenario_of_amlen() -> None:
    """Would catch clients that are set and never seen."""
    pair = PairStart(name="p", roles={"primary": "a", "standby": "b"})
    clients = (ClientStart(pair="p", on="a"),)
    with pytest.raises(ValueError, match="clients"):
        make_world(Setting(version="1.1.0", mode="pair", pairs=(pair,), clients=clients))
