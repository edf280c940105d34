"""The simulated instances: configuring a pair, failing over and back, splitting, timing out, sharing a store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.products.eap.conftest import START, Lab

from handrail.products.eap import files
from handrail.products.eap.product import PRODUCT
from handrail.products.product import Result
from handrail.products.setting import Setting

MakeLab = Callable[..., Lab]
BASE = "/subsystem=messaging-activemq/server=default"
MASTER = f"{BASE}/ha-policy=replication-master:add(check-for-live-server=true,cluster-name=my-cluster,group-name=group1)"
SLAVE = f"{BASE}/ha-policy=replication-slave:add(cluster-name=my-cluster,group-name=group1)"


async def paired(lab: MakeLab, *more: str, slave: str = SLAVE, **options: Any) -> Lab:
    """Two servers of the profile as shipped, configured as the document's 30.3.1 has it, then reloaded."""
    pair = lab("plain", **options)
    assert (await pair.send("node-a", MASTER)).result is Result.ACCEPTED
    assert (await pair.send("node-b", slave, *more)).result is Result.ACCEPTED
    for name in ("node-a", "node-b"):
        assert (await pair.send(name, ":reload")).result is Result.ACCEPTED
        pair.go(10)
    return pair


async def test_the_documents_two_lines_and_a_reload_make_a_pair(lab: MakeLab) -> None:
    """Would catch a configuration that takes effect without its reload, or a backup that never synchronises."""
    pair = lab("plain")
    await pair.send("node-a", MASTER)
    await pair.send("node-b", SLAVE)
    pair.go(10)
    assert pair.phase("node-b/default") == "live", "nothing happens before the reload"
    for name in ("node-a", "node-b"):
        await pair.send(name, ":reload")
        pair.go(10)
    assert (pair.phase("node-a/default"), pair.phase("node-b/default")) == ("live", "in sync")
    assert pair.messages("node-a/default") == pair.messages("node-b/default")
    log = pair.log("node-b")
    for code in ("AMQ222162", "AMQ221109", "AMQ221024", "AMQ221031"):
        assert code in log, code
    assert log.index("AMQ221109") < log.index("AMQ221024")


async def test_a_backup_of_another_group_waits_in_silence(lab: MakeLab) -> None:
    """Would catch the trap of 30.3: a wrong group-name is no error, the backup stays at AMQ221109."""
    pair = await paired(lab, slave=SLAVE.replace("group1", "group2"))
    assert pair.phase("node-b/default") == "waiting for its live server"
    assert "AMQ221024" not in pair.log("node-b")


@pytest.mark.parametrize("name", ["cluster-user", "cluster-password"])
async def test_a_wrong_cluster_login_shows_in_both_logs(lab: MakeLab, name: str) -> None:
    """Would catch a pair that forms although its cluster user or password differ."""
    pair = await paired(lab, f"{BASE}:write-attribute(name={name},value=other)")
    assert pair.phase("node-b/default") == "refused by the cluster"
    assert "AMQ222186" in pair.log("node-a")
    assert "AMQ224058" in pair.log("node-b")


async def test_a_clean_stop_of_the_live_server_fails_over_and_its_start_fails_back(lab: MakeLab) -> None:
    """Would catch the order of WildFly's own failover test: active, synchronised, and back again."""
    pair = lab(clients=[{"pair": "pair1", "on": "node-a", "count": 2, "rate": 1.0}])
    pair.go(5)
    pair.simulator.command("node-a", "stop")
    pair.go(10)
    assert (await pair.read("node-b", "active", "replica-sync"))["active"] is True
    assert (await pair.read("node-b", "client-connections"))["client-connections"] == 2
    assert "AMQ221037" in pair.log("node-b")
    pair.simulator.command("node-a", "start")
    pair.go(30)
    assert await pair.read("node-a", "active", "replica-sync") == {"active": True, "replica-sync": True}
    assert await pair.read("node-b", "active", "replica-sync") == {"active": False, "replica-sync": True}
    assert (await pair.read("node-a", "client-connections"))["client-connections"] == 2
    assert "AMQ221039" in pair.log("node-b")
    assert pair.simulator.harmed() == ()


async def test_without_check_for_live_server_the_returning_server_splits_the_pair(lab: MakeLab) -> None:
    """Would catch the warning of 30.5 not coming true in a drill."""
    pair = lab("failed-over", settings={"check-for-live-server": False})
    pair.simulator.command("node-a", "start")
    pair.go(45)
    assert (pair.phase("node-a/default"), pair.phase("node-b/default")) == ("live", "live")
    told = [await pair.read(name, "node-id") for name in ("node-a", "node-b")]
    assert told[0] == told[1]
    assert pair.log("node-a").count("AMQ212034") >= 2, "it is logged again and again"
    assert "AMQ222294" in pair.log("node-a")


async def test_allow_failback_false_leaves_the_live_server_a_replica(lab: MakeLab) -> None:
    """Would catch a refused failback that looks like a broken server: AMQ224056, and then in sync."""
    pair = lab("failed-over", settings={"allow-failback": False})
    pair.simulator.command("node-a", "start")
    pair.go(30)
    assert "AMQ224056" in pair.log("node-a")
    assert (pair.phase("node-a/default"), pair.phase("node-b/default")) == ("in sync", "live")
    pair.simulator.command("node-b", "stop")
    pair.go(10)
    assert pair.phase("node-a/default") == "live"


def test_each_synchronisation_moves_the_journal_and_the_third_copy_goes(lab: MakeLab) -> None:
    """Would catch a count of failbacks instead of restarts: every start of a backup takes a place (AMQ221055)."""
    pair = lab(settings={"copies": 1})
    for _ in range(2):
        pair.simulator.command("node-b", "stop")
        pair.go(5)
        pair.simulator.command("node-b", "start")
        pair.go(15)
    kept = [
        name
        for name in pair.simulator.world.files
        if "/journal/oldreplica" in name and name.startswith("node-b")
    ]
    assert sorted(name.rpartition(".")[2] for name in kept) == ["2", "3"]
    assert "AMQ221055" in pair.log("node-b")
    assert pair.simulator.harmed() == (), "what was replicated is not lost"


def test_an_empty_directory_is_not_moved_so_the_numbers_of_the_four_differ(lab: MakeLab) -> None:
    """Would catch one N taken for all four: a backup that is started alone moves its journal, and little else."""
    pair = lab("backup-alone", settings={"copies": 1, "max-saved-replicated-journal-size": 9})
    pair.simulator.command("node-b", "stop")
    pair.go(5)
    pair.simulator.command("node-b", "start")
    pair.go(15)
    data = "node-b:/opt/eap/standalone/data/activemq"
    there = {kind: files.copies(pair.simulator.world.files, f"{data}/{kind}") for kind in files.KINDS}
    assert there == {"bindings": (1, 2), "journal": (1, 2, 3), "largemessages": (), "paging": (1, 2)}


def test_a_removed_copy_of_messages_nobody_else_has_is_a_loss(lab: MakeLab) -> None:
    """Would catch a drill that ends well although the messages of a split are gone for good."""
    pair = lab("split", settings={"delta": 17, "copies": 2})
    for _ in range(3):
        pair.simulator.command("node-b", "stop")
        pair.go(5)
        pair.simulator.command("node-b", "start")
        pair.go(15)
    assert any("17 messages" in loss for loss in pair.simulator.harmed())


@pytest.mark.parametrize(("version", "line"), [("7.0.0", False), ("7.1.0", True), ("7.4.0", True)])
def test_a_slow_backup_is_disconnected_and_stays_passive(lab: MakeLab, version: str, line: bool) -> None:
    """Would catch AMQ222207 awaited of EAP 7.0, which cannot print it, and a failover without a replica."""
    pair = lab(version=version)
    pair.simulator.inject("slow-replica", {"server": "node-b"})
    assert ("AMQ222207" in pair.log("node-a")) is line
    assert ("AMQ222092" in pair.log("node-a")) is not line
    pair.simulator.command("node-a", "kill")
    pair.go(20)
    assert pair.phase("node-b/default") == "passive without replication"
    pair.simulator.command("node-a", "start")
    pair.go(10)
    pair.simulator.command("node-b", "stop")
    pair.go(5)
    pair.simulator.command("node-b", "start")
    pair.go(15)
    assert pair.phase("node-b/default") == "in sync"


def test_clients_are_held_back_while_a_backup_synchronises_and_no_longer_than_the_timeout(
    lab: MakeLab,
) -> None:
    """Would catch the sentence of 30.3 that starting a backup costs the clients nothing."""
    pair = lab("timeout", clients=[{"pair": "pair1", "on": "node-a", "rate": 1.0}])
    pair.simulator.inject("slow-sync", {"server": "node-b", "seconds": 300})
    pair.simulator.command("node-b", "stop")
    pair.go(2)
    pair.simulator.command("node-b", "start")
    pair.go(5)
    before = pair.messages("node-a/default")["orders"]
    pair.go(20)
    assert pair.messages("node-a/default")["orders"] == before
    pair.go(30)
    assert pair.messages("node-a/default")["orders"] > before
    assert "AMQ222013" in pair.log("node-a")
    assert pair.phase("node-b/default") == "passive without replication"


def test_a_cut_link_splits_a_lone_pair(lab: MakeLab) -> None:
    """Would catch 30.3.6 not coming true: remote clients move, local ones stay."""
    clients = [
        {"pair": "pair1", "on": "node-a", "count": 2},
        {"pair": "pair1", "on": "node-a", "count": 1, "prefix": "mdb"},
    ]
    pair = lab(clients=clients)
    pair.simulator.inject("cut-link", {"server": "node-a", "other": "node-b"})
    pair.go(5)
    assert (pair.phase("node-a/default"), pair.phase("node-b/default")) == ("live", "live")
    assert "AMQ222092" in pair.log("node-a")


def test_with_the_rest_of_the_cluster_out_of_reach_a_backup_waits(
    catalogue: Any, fields: Any, lab: MakeLab
) -> None:
    """Would catch a backup that activates although it reaches half the cluster or less (30.3)."""

    def pair(number: int) -> dict[str, Any]:
        return {"name": f"pair{number}", "roles": {"live": f"live{number}", "backup": f"backup{number}"}}

    setting = Setting.model_validate(
        {"version": "7.4.0", "mode": "replication", "pairs": (pair(1), pair(2), pair(3))}
    )
    simulator = PRODUCT.simulated(setting, catalogue, START)
    for other in ("live2", "live3"):
        simulator.inject("cut-link", {"server": "backup1", "other": other})
    simulator.inject("cut-link", {"server": "backup1", "other": "live1"})
    simulator.inject("cut-link", {"server": "backup2", "other": "live2"})
    simulator.advance(20)
    assert simulator.world.brokers["backup1/default"].phase.value == "in sync"
    assert simulator.world.brokers["backup2/default"].phase.value == "live"


def test_both_down_and_the_live_started_first_revives_the_stale_journal(lab: MakeLab) -> None:
    """Would catch 30.3's case of two stopped servers: the backup's newer journal goes to oldreplica."""
    pair = lab("backup-newest", settings={"delta": 17})
    assert pair.messages("node-b/default")["orders"] == 137
    pair.simulator.command("node-a", "start")
    pair.go(10)
    pair.simulator.command("node-b", "start")
    pair.go(15)
    assert pair.messages("node-a/default")["orders"] == 120
    assert pair.messages("node-b/default")["orders"] == 120
    old = [
        held.messages
        for name, held in pair.simulator.world.files.items()
        if "node-b" in name and "journal/oldreplica" in name
    ]
    assert {"orders": 137, "invoices": 30} in old


def test_the_evidence_of_who_was_live_last_is_in_the_logs(lab: MakeLab) -> None:
    """Would catch a drill in which the operator could not find out which journal is the newest."""
    pair = lab("backup-newest")
    assert pair.log("node-b").index("AMQ221007") < pair.log("node-b").index("AMQ221002")
    assert "AMQ221002" not in pair.log("node-a")


async def test_a_backup_made_live_by_configuration_serves_what_it_has(lab: MakeLab) -> None:
    """Would catch 30.3's Important: it takes remove, add and a reload, and the data may be old."""
    pair = lab("backup-alone")
    remove = f"{BASE}/ha-policy=replication-slave:remove"
    assert (await pair.send("node-b", remove, MASTER)).result is Result.ACCEPTED
    await pair.send("node-b", ":reload")
    pair.go(15)
    assert pair.phase("node-b/default") == "live"


def shared(lab: MakeLab, situation: str = "healthy", **options: Any) -> Lab:
    """A pair on one store."""
    return lab(situation, mode="shared-store", **options)


def test_a_killed_live_server_of_a_shared_store_fails_over_and_back(lab: MakeLab) -> None:
    """Would catch the lines that differ from replication: AMQ221010, AMQ221008, AMQ221034 and AMQ221035."""
    pair = shared(lab, clients=[{"pair": "pair1", "on": "node-a", "count": 2}])
    pair.simulator.command("node-a", "kill")
    pair.go(10)
    assert pair.phase("node-b/default") == "live"
    assert "AMQ221010: Backup Server is now live" in pair.log("node-b")
    assert pair.messages("node-b/default") == {"orders": 120, "invoices": 30}
    pair.simulator.command("node-a", "start")
    pair.go(15)
    assert (pair.phase("node-a/default"), pair.phase("node-b/default")) == (
        "live",
        "waiting for its live server",
    )
    assert "AMQ221008" in pair.log("node-b")
    assert "AMQ221035" in pair.log("node-a")
    assert pair.simulator.harmed() == ()


@pytest.mark.parametrize(("failover", "phase"), [(False, "waiting for its live server"), (True, "live")])
def test_a_clean_stop_fails_over_only_with_failover_on_server_shutdown(
    lab: MakeLab, failover: bool, phase: str
) -> None:
    """Would catch the default of table 30.3: a clean stop of the live server leaves nobody live."""
    pair = shared(lab, settings={"failover-on-server-shutdown": failover})
    pair.simulator.command("node-a", "stop")
    pair.go(10)
    assert pair.phase("node-b/default") == phase


def test_without_allow_failback_the_returning_server_waits_until_the_backup_is_killed(lab: MakeLab) -> None:
    """Would catch 30.5: ending the new live server means killing it, for a clean stop leaves no mark."""
    pair = shared(lab, "failed-over", settings={"allow-failback": False})
    pair.simulator.command("node-a", "start")
    pair.go(20)
    assert pair.phase("node-a/default") == "waiting for the lock"
    assert "AMQ221034" in pair.log("node-a")
    pair.simulator.command("node-b", "kill")
    pair.go(10)
    assert pair.phase("node-a/default") == "live"


async def test_a_backup_with_a_store_of_its_own_never_takes_over(lab: MakeLab) -> None:
    """Would catch a shared-store pair that forms although the four directories are not the same."""
    pair = lab("plain", mode="shared-store")
    await pair.send("node-a", f"{BASE}/ha-policy=shared-store-master:add")
    await pair.send("node-b", f"{BASE}/ha-policy=shared-store-slave:add")
    for name in ("node-a", "node-b"):
        await pair.send(name, ":reload")
        pair.go(10)
    pair.simulator.command("node-a", "kill")
    pair.go(20)
    assert pair.phase("node-b/default") == "waiting for its live server"


@pytest.mark.parametrize("mode", ["replication", "shared-store"])
def test_a_colocated_pair_takes_over_both_queues_in_one_process(lab: MakeLab, mode: str) -> None:
    """Would catch a colocated backup that is not the other node's."""
    nodes = lab("colocated", mode=mode)
    nodes.simulator.command("node-a", "kill")
    nodes.go(10)
    assert nodes.phase("node-b/default") == "live"
    assert nodes.phase("node-b/backup") == "live"
    nodes.simulator.command("node-a", "start")
    nodes.go(30)
    assert nodes.phase("node-a/default") == "live"
    assert nodes.phase("node-b/backup") != "live"


@pytest.mark.parametrize(
    "line",
    [
        f"{BASE}/connection-factory=RemoteConnectionFactory:write-attribute(name=reconnect-attempts,value=0)",
        f"{BASE}/connection-factory=RemoteConnectionFactory:write-attribute(name=ha,value=false)",
        f"{BASE}/connection-factory=RemoteConnectionFactory:write-attribute(name=connectors,value=[http-connector-throughput])",
    ],
)
def test_clients_without_a_way_to_the_backup_are_stranded(lab: MakeLab, line: str) -> None:
    """Would catch the warning of 30.7.1: no attempts, no HA, or another connector than the cluster's."""
    pair = lab(start={"cli": {"node-a": [line]}}, clients=[{"pair": "pair1", "on": "node-a", "count": 2}])
    pair.simulator.command("node-a", "kill")
    pair.go(20)
    assert len(pair.simulator.harmed()) == 2


async def test_admin_only_lets_the_configuration_be_changed_and_nothing_run(lab: MakeLab) -> None:
    """Would catch check-for-live-server set too late: the broker must not start before it is."""
    pair = lab("failed-over", settings={"check-for-live-server": False})
    pair.simulator.start_admin_only("node-a")
    pair.go(10)
    told = await pair.read("node-a", "running-mode", "check-for-live-server", "active")
    assert told == {"running-mode": "ADMIN_ONLY", "check-for-live-server": False, "active": None}
    line = f"{BASE}/ha-policy=replication-master:write-attribute(name=check-for-live-server,value=true)"
    assert (await pair.send("node-a", line)).result is Result.ACCEPTED
    assert (await pair.send("node-a", ":reload(start-mode=normal)")).result is Result.ACCEPTED
    pair.go(30)
    assert pair.phase("node-a/default") == "live"
    assert pair.phase("node-b/default") == "in sync"


ADDED = BASE.replace("default", "backup")
DIRECTORIES = tuple(
    f"{ADDED}/path={kind}-directory:add(path=activemq/backup/{kind})"
    for kind in ("bindings", "journal", "large-messages", "paging")
)


async def test_a_server_that_is_added_with_its_directories_starts_at_once(lab: MakeLab) -> None:
    """Would catch one that waits for the reload; it asks for none. What is added to it later does."""
    pair = lab("plain")
    assert (await pair.send("node-a", f"{ADDED}:add", *DIRECTORIES)).result is Result.ACCEPTED
    pair.go(10)
    assert (pair.phase("node-a/backup"), pair.phase("node-a/default")) == ("live", "live")
    assert await pair.rows("node-a", "active") == {"backup": True, "default": True}
    assert (await pair.read("node-a", "server-state"))["server-state"] == "running"
    connector = f"{ADDED}/http-connector=c:add(endpoint=http-acceptor,socket-binding=http)"
    assert (await pair.send("node-a", connector)).result is Result.ACCEPTED
    assert (await pair.read("node-a", "server-state"))["server-state"] == "reload-required"


async def test_a_server_that_is_added_with_its_policy_starts_as_that(lab: MakeLab) -> None:
    """Would catch a start before the whole request is in the model."""
    pair = lab("plain")
    policy = SLAVE.replace("default", "backup")
    assert (await pair.send("node-a", f"{ADDED}:add", *DIRECTORIES, policy)).result is Result.ACCEPTED
    pair.go(10)
    assert pair.phase("node-a/backup") == "waiting for its live server"


async def test_a_server_that_is_added_in_admin_only_mode_starts_with_the_next_reload(lab: MakeLab) -> None:
    """Would catch a service that runs where none may."""
    pair = lab("plain")
    await pair.send("node-a", ":reload(start-mode=admin-only)")
    pair.go(10)
    assert (await pair.send("node-a", f"{ADDED}:add", *DIRECTORIES)).result is Result.ACCEPTED
    pair.go(10)
    assert "node-a/backup" not in pair.simulator.world.brokers
    await pair.send("node-a", ":reload(start-mode=normal)")
    pair.go(20)
    assert pair.phase("node-a/backup") == "live"


async def test_a_server_that_is_added_without_directories_waits_for_the_lock_and_every_change_behind_it(
    lab: MakeLab,
) -> None:
    """Would catch a drill in which 30.6.1 works as the document has it; after a kill nothing of it is there."""
    pair = lab("plain", limit_s=0.2)
    assert (await pair.send("node-a", f"{ADDED}:add")).result is Result.UNKNOWN
    pair.go(10)
    assert pair.phase("node-a/backup") == "waiting for the lock"
    assert pair.log("node-a").count("AMQ221034") == 1
    assert (await pair.send("node-a", MASTER)).result is Result.UNKNOWN
    assert await pair.rows("node-a", "active") == {"default": True}, "what is read is answered"
    console = pair.simulator.console("node-a")
    console.enter("bin/jboss-cli.sh --connect")
    assert console.enter(MASTER) == ["(no answer; given up with Ctrl+C)"]
    pair.simulator.command("node-a", "kill")
    pair.simulator.command("node-a", "start")
    pair.go(40)
    assert await pair.rows("node-a", "active") == {"default": True}
    assert (await pair.send("node-a", MASTER)).result is Result.ACCEPTED


async def test_a_shutdown_by_management_says_so_and_restarts_where_asked(lab: MakeLab) -> None:
    """Would catch a restart that is no new process, or the wrong reason in the log."""
    pair = lab()
    assert (await pair.send("node-b", ":shutdown(restart=true)")).result is Result.ACCEPTED
    pair.go(15)
    assert "WFLYSRV0241" in pair.log("node-b")
    assert "WFLYSRV0050" in pair.log("node-b")
    uptime = (await pair.read("node-b", "uptime-s"))["uptime-s"]
    assert isinstance(uptime, int)
    assert uptime < 20


def test_the_same_acts_give_the_same_lines(lab: MakeLab) -> None:
    """Would catch chance or a clock within the world."""

    def run() -> str:
        pair = lab(clients=[{"pair": "pair1", "on": "node-a", "count": 2, "rate": 0.5}])
        pair.simulator.command("node-a", "kill")
        pair.go(30)
        pair.simulator.command("node-a", "start")
        pair.go(30)
        return pair.log("node-a") + pair.log("node-b")

    assert run() == run()


def test_lines_have_eaps_prefix_and_codes_in_thread_names_do_not_count(lab: MakeLab, catalogue: Any) -> None:
    """Would catch a line that the catalogue does not recognise in the log of the product it is of."""
    pair = lab()
    pair.simulator.command("node-a", "kill")
    pair.go(5)
    line = next(item for item in pair.simulator.lines("node-b", 0) if "Activation for server" in item)
    names = {hit.key[0] for hit in catalogue.matcher("7.4.0", "replication").match(line)}
    assert names == {"server-live", "live-now"}


def test_an_unknown_inject_or_server_is_a_key_error(lab: MakeLab) -> None:
    """Would catch a scenario whose misspelt fault passes in silence."""
    pair = lab()
    with pytest.raises(KeyError):
        pair.simulator.inject("no-such-fault", {})
    with pytest.raises(KeyError):
        pair.simulator.inject("kill", {"server": "nobody"})


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"no-such": True}},
        {"situation": "sideways"},
        {"start": {"no-such": 1}},
        {"start": {"cli": {"node-a": ["/subsystem=nothing:add"]}}},
        {"mode": "shared-store", "situation": "split"},
    ],
)
def test_a_setting_with_words_that_mean_nothing_is_refused(lab: MakeLab, change: dict[str, Any]) -> None:
    """Would catch a scenario that begins otherwise than its author believes."""
    options = dict(change)
    with pytest.raises(ValueError, match=r"."):
        lab(options.pop("situation", "healthy"), **options)


def test_a_silent_log_says_nothing_any_more(lab: MakeLab) -> None:
    """Would catch an inject that does not do what it says."""
    pair = lab()
    pair.simulator.inject("log-silent", {"server": "node-b"})
    before = pair.log("node-b")
    pair.simulator.command("node-a", "kill")
    pair.go(5)
    assert pair.phase("node-b/default") == "live"
    assert pair.log("node-b") == before


@pytest.mark.parametrize("situation", ["plain", "healthy"])
def test_the_shipped_cluster_password_is_in_the_log_unless_a_property_replaces_it(
    lab: MakeLab, situation: str
) -> None:
    """The profile asks for a property; without it every start warns (AMQ222007), with it none does."""
    own = {"properties": {"jboss.messaging.cluster.password": "of-the-drill"}}
    for start, warned in (({}, True), (own, False)):
        pair = lab(situation, start=start)
        assert ("AMQ222007" in pair.log("node-a")) == warned
        pair.simulator.command("node-a", "stop")
        pair.go(60)
        pair.simulator.command("node-a", "start")
        pair.go(120)
        assert (pair.log("node-a").count("AMQ222007") > 1) == warned
