"""The simulated world: the documented orders, the measured ones, and what must hold whatever is done."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.products.artemis import injects
from handrail.products.artemis import world as rules
from handrail.products.artemis.scene import ClientPlan, PairPlan, make_world
from handrail.products.artemis.state import (
    KEPT_JOURNALS,
    Behaviour,
    Mode,
    Phase,
    Printed,
    Settings,
    World,
)
from handrail.products.living import CannotBe

REFUSING = Settings(allow_failback=False)
BLIND = Settings(check_for_live=False)
FAILING_OVER = Settings(failover_on_shutdown=True)


@dataclass
class Walk:
    """A world that is acted on, with all it printed."""

    world: World
    printed: list[Printed] = field(default_factory=list)

    def take(self, change: rules.Change) -> None:
        self.world, printed = change
        self.printed.extend(printed)

    def wait(self, seconds: float) -> None:
        self.take(rules.advance(self.world, self.world.now_s + seconds))

    def start(self, server: str, then: float = 30) -> None:
        self.take(rules.start(self.world, server))
        self.wait(then)

    def stop(self, server: str, then: float = 45) -> None:
        self.take(rules.stop(self.world, server))
        self.wait(then)

    def kill(self, server: str, then: float = 45) -> None:
        self.take(rules.kill(self.world, server))
        self.wait(then)

    def inject(self, name: str, then: float = 5, **arguments: bool | int | float | str) -> None:
        self.take(injects.inject(self.world, name, arguments))
        self.wait(then)

    def phase(self, server: str) -> Phase:
        return self.world.brokers[server].phase

    def where(self, client: str) -> str | None:
        return self.world.clients[client].server

    def said(self, server: str, since_s: float = 0.0) -> list[str]:
        return [event.message for event in self.printed if event.server == server and event.at_s >= since_s]


CLIENTS = (ClientPlan("on-a", "p", "a"), ClientPlan("on-b", "p", "b"))


def healthy(mode: Mode = Mode.REPLICATION, given_settings: Settings = Settings()) -> Walk:  # noqa: B008
    """One pair in order, one client on its master."""
    plan = PairPlan("p", "a", "b", settings=given_settings)
    return Walk(make_world([plan], [ClientPlan("on-a", "p")], mode=mode))


def split(behaviour: Behaviour = Behaviour.DOCUMENTED, given_settings: Settings = Settings()) -> Walk:  # noqa: B008
    """One pair of which both are live, a client on each."""
    plan = PairPlan("p", "a", "b", "split", settings=given_settings)
    return Walk(make_world([plan], CLIENTS, behaviour=behaviour))


def test_the_documented_order_strands_nobody() -> None:
    """Steps 5 and 6 are there because only a second failover frees the slave's clients."""
    walk = split()
    walk.stop("b")
    walk.start("b")
    assert walk.world.stranded() == ("on-b",)
    walk.stop("a")
    walk.start("a")
    walk.stop("a")
    walk.start("a")
    assert walk.world.stranded() == ()
    assert {walk.where("on-a"), walk.where("on-b")} == {"a"}
    assert (walk.phase("a"), walk.phase("b")) == (Phase.LIVE, Phase.SYNCED)


def test_the_short_order_strands_the_slaves_clients() -> None:
    """Restarting only the slave looks healthy on every server: one live, one in sync."""
    walk = split()
    walk.stop("b")
    walk.start("b", then=300)
    assert (walk.phase("a"), walk.phase("b")) == (Phase.LIVE, Phase.SYNCED)
    assert walk.world.stranded() == ("on-b",)


def test_clients_that_try_every_address_are_never_stranded() -> None:
    """What many believe of clients; a scenario may choose it."""
    walk = split(Behaviour.ANY_SERVER)
    walk.stop("b")
    walk.start("b")
    assert walk.world.stranded() == ()


def test_the_wrong_order_of_a_full_restart_strands_those_that_came_while_the_slave_was_alone() -> None:
    """Measured: who followed from the master finds back, who first met the pair on the slave does not."""
    right, wrong = healthy(), healthy()
    right.stop("b")
    right.stop("a")
    right.inject("new-client", client="new", pair="p")
    right.start("a")
    right.start("b")
    assert right.world.stranded() == ()
    wrong.stop("a")
    assert wrong.where("on-a") == "b"
    wrong.inject("new-client", client="new", pair="p")
    assert wrong.where("new") == "b"
    wrong.stop("b")
    wrong.start("a")
    wrong.start("b", then=600)
    assert wrong.where("on-a") == "a"
    assert wrong.world.stranded() == ("new",)
    wrong.inject("restart-client", client="new")
    assert wrong.world.stranded() == ()


def test_a_client_that_followed_in_the_split_finds_back_by_itself() -> None:
    """The slave's restart strands its own clients only, not the master's that had fled to it."""
    walk = healthy()
    walk.inject("shut-out", then=0, client="on-a", server="a")
    walk.inject("cut-link", pair="p")
    assert walk.where("on-a") == "b"
    walk.inject("heal-link", then=0, pair="p")
    walk.inject("let-in", then=0, client="on-a")
    walk.inject("new-client", then=20, client="new", pair="p", server="b")
    walk.stop("b")
    walk.start("b", then=60)
    assert walk.where("on-a") == "a"
    assert walk.world.stranded() == ("new",)


def test_a_client_cut_off_after_the_split_does_not_look_at_the_slave() -> None:
    """A master that loses its backup tells its clients to forget it."""
    walk = healthy()
    walk.inject("cut-link", pair="p")
    walk.inject("shut-out", then=600, client="on-a", server="a")
    assert walk.world.stranded() == ("on-a",)
    walk.inject("let-in", client="on-a")
    assert walk.where("on-a") == "a"


def test_a_client_lost_while_it_changes_servers_waits_for_its_call() -> None:
    """Why the clients must be counted before the next stop: each return may take half a minute."""
    caught, settled = healthy(), healthy()
    for walk, pause in ((caught, 2.0), (settled, 10.0)):
        walk.stop("a", then=0)
        while walk.where("on-a") is None:
            walk.wait(0.1)
        walk.wait(pause)
        walk.stop("b", then=0)
        walk.start("a", then=12)
    assert (caught.where("on-a"), settled.where("on-a")) == (None, "a")
    caught.wait(30)
    assert caught.where("on-a") == "a"


def test_failback_is_printed_as_real_pairs_print_it() -> None:
    """Measured on 2.56.0: the returning master says neither started nor announced."""
    walk = healthy()
    walk.stop("a")
    since = walk.world.now_s
    walk.start("a")
    order = ["starting", "journal-moved-aside", "waiting-for-master", "synchronized", "promotion-begun"]
    master = [name for name in walk.said("a", since) if name in {*order, "server-live", "started"}]
    assert list(dict.fromkeys(master)) == [*order, "server-live"]
    assert "backup-announced" not in walk.said("a", since)
    slave = [
        name for name in walk.said("b", since) if name not in ("journal-moved-aside", "replication-sending")
    ]
    assert slave == [
        "stopped",
        "restarting-as-replica",
        "starting",
        "waiting-for-master",
        "synchronized",
        "backup-announced",
    ]


def test_a_master_that_does_not_look_splits_the_pair() -> None:
    """check-for-live-server is false by default, so an ordinary restart after a failover splits."""
    walk = healthy(given_settings=BLIND)
    walk.stop("a")
    walk.start("a")
    assert len(walk.world.live("p")) == 2
    assert "split-brain-topology" in walk.said("a")
    assert "split-brain-topology" in walk.said("b")


def test_a_refused_failback_leaves_the_master_a_replica_of_its_slave() -> None:
    """allow-failback is false for a replicated slave unless it is set; stopping the slave mends it."""
    walk = healthy(given_settings=REFUSING)
    walk.stop("a")
    walk.start("a")
    assert (walk.phase("a"), walk.phase("b")) == (Phase.SYNCED, Phase.LIVE)
    assert walk.said("a").count("failback-refused") == 2
    assert "backup-announced" in walk.said("a")
    walk.stop("b")
    assert (walk.phase("a"), walk.where("on-a")) == (Phase.LIVE, "a")


def test_a_cut_link_always_splits_a_single_pair_and_is_told_only_when_healed() -> None:
    """A lone pair has nobody to ask; and no warning can arrive over a link that is cut."""
    walk = healthy()
    walk.inject("cut-link", pair="p")
    assert len(walk.world.live("p")) == 2
    assert "split-brain-topology" not in walk.said("a") + walk.said("b")
    walk.inject("heal-link", pair="p")
    assert "split-brain-topology" in walk.said("a")


def test_a_restarted_slave_waits_while_the_link_is_cut_and_syncs_once_it_is_healed() -> None:
    """The two outcomes of the second documented step."""
    walk = healthy()
    walk.inject("cut-link", pair="p")
    walk.stop("b")
    walk.start("b")
    assert walk.phase("b") is Phase.WAITING
    walk.inject("heal-link", then=60, pair="p")
    assert walk.phase("b") is Phase.SYNCED


def test_freeze_replication_splits_over_a_whole_link() -> None:
    """The laboratory's way: a slave restarted afterwards synchronises at once."""
    walk = healthy()
    walk.take(rules.freeze_replication(walk.world, "a"))
    walk.wait(10)
    assert len(walk.world.live("p")) == 2
    walk.stop("b")
    walk.start("b")
    assert walk.phase("b") is Phase.SYNCED


def test_the_delta_of_a_split_is_deleted_by_the_documented_order() -> None:
    """Measured: with two kept, the journal of step 2 is gone at step 6 unless it was copied before."""
    walk = split()
    delta = walk.world.brokers["b"].journal
    walk.stop("b")
    walk.start("b")
    assert delta in walk.world.brokers["b"].saved
    walk.stop("a")
    walk.start("a")
    walk.stop("a")
    walk.start("a")
    assert delta not in walk.world.brokers["b"].saved
    assert delta in walk.world.brokers["b"].deleted
    assert "oldest-journal-removed" in walk.said("b")


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_replicated_slave_takes_over_whatever_ended_its_master(how: str) -> None:
    """With replication a clean stop fails over as well."""
    walk = healthy()
    getattr(walk, how)("a")
    assert (walk.phase("b"), walk.where("on-a")) == (Phase.LIVE, "b")
    assert {"vote-begun", "promotion-begun", "slave-live"} <= set(walk.said("b"))


def test_a_slave_that_is_not_in_sync_does_not_take_over() -> None:
    """Stopping the master before the slave is in sync ends the service."""
    walk = healthy()
    walk.inject("slow-sync", server="b", seconds=600)
    walk.stop("b")
    walk.start("b")
    assert walk.phase("b") is Phase.SYNCING
    walk.stop("a")
    assert walk.world.live("p") == ()


def test_a_slow_replica_is_disconnected_and_does_not_come_back_by_itself() -> None:
    """After AMQ222207 the pair has no HA until the slave is restarted."""
    walk = healthy()
    walk.inject("slow-replica", server="b")
    assert "replica-too-slow" in walk.said("a")
    walk.wait(600)
    assert walk.world.replica_of("a") is None
    walk.kill("a")
    assert walk.world.live("p") == ()


def test_a_process_that_hangs_is_replaced_and_splits_the_pair_when_it_wakes() -> None:
    """A paused machine is the classic way to two live servers."""
    walk = healthy()
    walk.inject("freeze", server="a", then=120)
    assert (walk.phase("b"), walk.where("on-a")) == (Phase.LIVE, "b")
    walk.inject("thaw", server="a")
    assert len(walk.world.live("p")) == 2


def test_a_shared_store_fails_over_on_a_kill_but_not_on_a_clean_stop() -> None:
    """failover-on-shutdown is false by default: a rolling restart would break 'one is live'."""
    killed, stopped = healthy(Mode.SHARED_STORE), healthy(Mode.SHARED_STORE)
    killed.kill("a")
    assert (killed.phase("b"), killed.where("on-a")) == (Phase.LIVE, "b")
    stopped.stop("a")
    assert stopped.phase("b") is Phase.WAITING
    stopped.start("a", then=60)
    assert (stopped.phase("a"), stopped.where("on-a")) == (Phase.LIVE, "a")
    willing = healthy(Mode.SHARED_STORE, FAILING_OVER)
    willing.stop("a")
    assert willing.phase("b") is Phase.LIVE


def test_a_shared_store_fails_back_and_prints_it_on_both_sides() -> None:
    """The master waits for the lock and announces itself; the slave steps down."""
    walk = healthy(Mode.SHARED_STORE)
    walk.kill("a")
    since = walk.world.now_s
    walk.start("a")
    assert (walk.phase("a"), walk.phase("b"), walk.where("on-a")) == (Phase.LIVE, Phase.WAITING, "a")
    said = walk.said("a", since)
    assert said.index("waiting-for-lock") < said.index("backup-announced") < said.index("lock-obtained")
    assert said.index("lock-obtained") < said.index("server-live")
    slave = walk.said("b", since)
    assert slave[:2] == ["stepping-down", "stopped"]
    assert slave[-4:] == [
        "waiting-to-become-backup",
        "got-backup-lock",
        "waiting-for-master",
        "backup-announced",
    ]


def test_a_shared_store_master_waits_for_a_slave_that_does_not_give_way() -> None:
    """A start that never says live: the case that broke other tools' log watching."""
    walk = healthy(Mode.SHARED_STORE, REFUSING)
    walk.kill("a")
    walk.start("a", then=300)
    assert walk.phase("a") is Phase.LOCK_WAITING
    assert not walk.world.brokers["a"].web, "its console does not listen while it waits"
    walk.kill("b")
    assert walk.phase("a") is Phase.LIVE


def test_a_producer_stops_when_the_disk_is_full() -> None:
    """Blocked producers are a fault an operator must notice."""
    walk = Walk(make_world([PairPlan("p", "a", "b")], [ClientPlan("feed", "p", rate=2)]))
    walk.wait(10)
    assert walk.world.brokers["a"].journal["orders"] == 140
    walk.inject("disk-full", server="a", then=60)
    assert walk.world.brokers["a"].journal["orders"] == 140
    assert "disk-nearly-full" in walk.said("a")


@pytest.mark.parametrize(("command", "state"), [("start", "healthy"), ("stop", "down"), ("kill", "down")])
def test_a_command_the_state_does_not_allow_changes_nothing(command: str, state: str) -> None:
    """Starting twice, or stopping what is down, is an operator's slip and must be told."""
    plan = PairPlan("p", "a", "b", "down" if state == "down" else "healthy")
    with pytest.raises(CannotBe):
        getattr(rules, command)(make_world([plan]), "a")


def test_contradictions_in_a_plan_are_refused() -> None:
    """A scenario with a typo must not begin with a client that is nowhere."""
    with pytest.raises(ValueError, match="no pair q"):
        make_world([PairPlan("p", "a", "b")], [ClientPlan("c", "q")])
    with pytest.raises(ValueError, match="no server of p"):
        make_world([PairPlan("p", "a", "b")], [ClientPlan("c", "p", "z")])
    with pytest.raises(ValueError, match="cannot begin split"):
        make_world([PairPlan("p", "a", "b", "split")], mode=Mode.SHARED_STORE)
    with pytest.raises(ValueError, match="two servers"):
        make_world([PairPlan("p", "a", "a")])


# What must hold whatever is done.

servers = st.sampled_from(["a", "b", "c", "d"])
harmless = st.one_of(
    st.tuples(st.sampled_from(["start", "stop", "kill"]), servers),
    st.tuples(st.just("wait"), st.floats(0.05, 40)),
    st.tuples(st.just("restart-client"), st.sampled_from(["on-a", "on-c"])),
)
harmful = st.one_of(
    harmless,
    st.tuples(st.sampled_from(["cut-link", "heal-link"]), st.sampled_from(["p", "q"])),
    st.tuples(st.sampled_from(["freeze", "thaw", "slow-replica", "freeze-replication"]), servers),
    st.tuples(st.just("shut-out"), servers),
    st.tuples(st.just("let-in"), st.just("on-a")),
)
OF_CLIENTS = ("restart-client", "let-in")
Acts = list[tuple[str, float | str]]


def begin(mode: Mode) -> Walk:
    """Two pairs, a producer and a listener."""
    plans = [PairPlan("p", "a", "b"), PairPlan("q", "c", "d")]
    clients = [ClientPlan("on-a", "p", rate=1.5), ClientPlan("on-c", "q")]
    return Walk(make_world(plans, clients, mode=mode))


def do(walk: Walk, act: tuple[str, float | str]) -> None:
    """One act; what the state does not allow is skipped."""
    name, thing = act
    try:
        if name == "wait":
            walk.wait(float(thing))
        elif name in ("start", "stop", "kill"):
            walk.take(getattr(rules, name)(walk.world, str(thing)))
        else:
            key = "pair" if "link" in name else "client" if name in OF_CLIENTS else "server"
            of_whom = {"client": "on-a"} if name == "shut-out" else {}
            walk.take(injects.inject(walk.world, name, {key: str(thing), **of_whom}))
    except CannotBe:
        pass


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(Mode)), st.lists(harmless, max_size=25))
def test_with_a_whole_link_and_the_settings_right_a_pair_never_has_two_live(mode: Mode, acts: Acts) -> None:
    """Starts, stops and kills at any moment, in any order: a split needs a cut link or a wrong setting."""
    walk = begin(mode)
    for act in acts:
        do(walk, act)
        for pair in walk.world.pairs:
            assert len(walk.world.live(pair)) <= 1


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(Mode)), st.lists(harmful, max_size=25))
def test_clients_and_messages_are_conserved_and_time_goes_on(mode: Mode, acts: Acts) -> None:
    """No client appears or disappears or is on a server that is down; a live queue only grows."""
    walk = begin(mode)
    names = set(walk.world.clients)
    for act in acts:
        before = walk.world
        do(walk, act)
        assert set(walk.world.clients) == names
        assert walk.world.now_s >= before.now_s
        for client in walk.world.clients.values():
            assert client.server is None or walk.world.brokers[client.server].phase is Phase.LIVE
        for broker in walk.world.brokers.values():
            old = before.brokers[broker.name]
            assert len(broker.saved) <= KEPT_JOURNALS
            assert broker.epoch >= old.epoch
            if broker.epoch == old.epoch and broker.phase is old.phase is Phase.LIVE:
                assert sum(broker.journal.values()) >= sum(old.journal.values())
        assert all(due.at_s >= walk.world.now_s for due in walk.world.due)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(Mode)), st.lists(harmful, max_size=25))
def test_nobody_is_stranded_while_the_server_of_their_first_connection_is_live(
    mode: Mode, acts: Acts
) -> None:
    """A client tries its home for ever, whatever happened before; so only the homeless are stranded."""
    walk = begin(mode)
    for act in acts:
        do(walk, act)
    before = walk.world.brokers
    walk.wait(120)
    for client in walk.world.clients.values():
        home = client.home
        stayed = walk.world.brokers[home].epoch == before[home].epoch if home else False
        reachable = home not in client.barred
        if stayed and reachable and before[home].serves and walk.world.brokers[home].serves:
            assert client.server is not None


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(Mode)), st.lists(harmful, max_size=15), st.floats(0.1, 3))
def test_the_same_acts_give_the_same_lines_however_time_is_cut(mode: Mode, acts: Acts, piece: float) -> None:
    """A drill at 60 times the speed must print what one that jumps prints."""
    whole, cut = begin(mode), begin(mode)
    for act in acts:
        do(whole, act)
        if act[0] == "wait":
            end = cut.world.now_s + float(act[1])
            while cut.world.now_s + piece < end:
                cut.wait(piece)
            cut.take(rules.advance(cut.world, end))
        else:
            do(cut, act)
    assert cut.printed == whole.printed
    assert cut.world.brokers == whole.world.brokers
