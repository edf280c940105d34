"""What a real pair is put through: each scenario makes a pair, does one thing to it and answers figures.

Run as a module it walks scenarios and writes recordings: `python -m tests.live.scenarios --help`.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live.brokers import Broker, Failback, Mode, Pair
from tests.live.clients import Client, close_all, on, start_on, stranded
from tests.live.distributions import VERSIONS, Distribution, fetch
from tests.live.processes import TimeLimit, wait_until
from tests.live.recorder import Recorder

STRANDED_AFTER_S = 60.0
"""A client is stranded when this long after the last step it is on no live broker."""
QUICK_STRANDED_S = 20.0
"""Long enough for a client that could come back to have done so ten times over."""
FOLLOW_LIMIT_S = 120.0
Figures = dict[str, Any]


@dataclass
class Lab:
    """A pair, what records it, and the clients put on it."""

    pair: Pair
    recorder: Recorder
    clients: list[Client] = field(default_factory=list)

    @property
    def primary(self) -> Broker:
        return self.pair.primary

    @property
    def backup(self) -> Broker:
        return self.pair.backup

    def add_clients(self, broker: Broker, prefix: str) -> None:
        """Two consumers and a producer that meet this broker first."""
        consumers = start_on(self.pair, broker, [f"{prefix}-consumer-1", f"{prefix}-consumer-2"], "consumer")
        self.clients += consumers + start_on(self.pair, broker, [f"{prefix}-producer"], "producer")
        self.recorder.clients = self.clients

    def start(self, broker: Broker) -> None:
        """Run the broker, noted."""
        self.recorder.act("start", broker, broker.start)

    def stop(self, broker: Broker) -> None:
        """Stop it cleanly, noted."""
        self.recorder.act("stop", broker, broker.stop)

    def kill(self, broker: Broker) -> None:
        """Kill it, noted."""
        self.recorder.act("kill", broker, broker.kill)

    def start_until(self, broker: Broker, code: str) -> float:
        """Start it and wait for the line; answers the seconds."""
        mark, began = broker.mark(), time.monotonic()
        self.start(broker)
        broker.await_line(code, mark)
        return time.monotonic() - began

    def alive(self) -> set[str]:
        """The names of clients that still run."""
        return {client.name for client in self.clients if client.process.running()}

    def all_on(self, broker: Broker, limit_s: float = FOLLOW_LIMIT_S) -> float:
        """Seconds until every living client is on this broker; raises TimeLimit."""
        what = f"all clients on {broker.name}"
        return wait_until(what, limit_s, lambda: on(self.pair, broker, self.clients) >= self.alive(), 0.5)

    def judge_stranded(self) -> list[str]:
        """Who is stranded: everybody served ends the wait at once, else it lasts its full time."""
        began = time.monotonic()
        with contextlib.suppress(TimeLimit):
            wait_until("nobody stranded", STRANDED_AFTER_S, lambda: not self.left(), 1.0)
            self.recorder.figure("clients_back_s", time.monotonic() - began)
        left = sorted(self.left())
        self.recorder.figure("stranded", left)
        self.recorder.figure("clients_ended", sorted({c.name for c in self.clients} - self.alive()))
        return left

    def left(self) -> set[str]:
        return stranded(self.pair, self.clients) & self.alive()

    def saved_directories(self) -> list[str]:
        """Every oldreplica directory of the pair, relative to it."""
        found = self.pair.directory.rglob("oldreplica.*")
        return sorted(str(path.relative_to(self.pair.directory)) for path in found)


@contextlib.contextmanager
def lab(
    distribution: Distribution,
    directory: Path,
    scenario: str,
    recordings: Path | None = None,
    mode: Mode = "replication",
    failback: Failback | None = None,
    link: bool = True,
) -> Iterator[Lab]:
    """A recorded pair, not yet started; everything is ended and written at the close."""
    into = recordings / f"{distribution.version}-{mode}" / scenario if recordings is not None else None
    with (
        Pair(distribution, directory, mode, failback, link) as pair,
        Recorder(pair, into, scenario) as recorder,
    ):
        bench = Lab(pair, recorder)
        try:
            yield bench
        finally:
            close_all(bench.clients)


def failover_and_failback(bench: Lab) -> None:
    """Normal start, clean stop of the primary, its return."""
    figure = bench.recorder.figure
    bench.start(bench.primary)
    figure("primary_active_s", bench.primary.await_state(active=True))
    bench.start(bench.backup)
    figure("redundant_s", bench.pair.await_redundant())
    began = time.monotonic()
    bench.stop(bench.primary)
    figure("clean_stop_s", time.monotonic() - began)
    try:
        figure("failover_after_stop_s", bench.backup.await_state(20, active=True))
    except TimeLimit:
        figure("failover_after_stop_s", None)
    began = time.monotonic()
    bench.start(bench.primary)
    with contextlib.suppress(TimeLimit):
        bench.primary.await_state(30, active=True)
        figure("primary_active_again_s", time.monotonic() - began)
        figure("redundant_again_s", bench.pair.await_redundant())
    time.sleep(3)
    _who_is_active(bench)
    figure("saved", bench.saved_directories())


def crash(bench: Lab) -> None:
    """The primary is killed and returns."""
    figure = bench.recorder.figure
    bench.pair.start()
    began = time.monotonic()
    bench.kill(bench.primary)
    bench.backup.await_state(30, active=True)
    figure("failover_after_kill_s", time.monotonic() - began)
    began = time.monotonic()
    bench.start(bench.primary)
    with contextlib.suppress(TimeLimit):
        bench.primary.await_state(30, active=True)
        figure("primary_active_again_s", time.monotonic() - began)
        figure("redundant_again_s", bench.pair.await_redundant(30))
    time.sleep(3)
    _who_is_active(bench)


def failback_refused(bench: Lab) -> None:
    """The backup refuses failback: the primary returns as its replica; stopping the backup frees it."""
    figure = bench.recorder.figure
    bench.pair.start()
    bench.stop(bench.primary)
    bench.backup.await_state(active=True)
    mark = bench.primary.mark()
    bench.start(bench.primary)
    figure("refusal", bench.primary.await_line("AMQ224056", mark).partition("] ")[2])
    figure("redundant_swapped_s", bench.pair.await_redundant())
    time.sleep(3)
    _who_is_active(bench)
    bench.stop(bench.backup)
    figure("primary_active_s", bench.primary.await_state(active=True))
    bench.start(bench.backup)
    figure("redundant_s", bench.pair.await_redundant())
    _who_is_active(bench)


def split_with_clients(bench: Lab) -> None:
    """Start the pair, split it, put clients on both brokers, and heal the link."""
    bench.pair.start()
    bench.recorder.figure("split_s", bench.recorder.act("cut", None, bench.pair.split))
    bench.add_clients(bench.primary, "master")
    bench.add_clients(bench.backup, "slave")
    bench.recorder.figure("queues_primary", bench.primary.queue_counts())
    bench.recorder.figure("queues_backup", bench.backup.queue_counts())
    bench.recorder.act("heal", None, bench.pair.heal)
    with contextlib.suppress(TimeLimit):
        for broker in bench.pair.brokers:
            broker.await_line("AMQ222294", 0, 15)


def split_documented(bench: Lab) -> None:
    """A split by the cut link, healed, and the six documented steps, each with its waits."""
    figure = bench.recorder.figure
    split_with_clients(bench)
    began = time.monotonic()
    bench.stop(bench.backup)
    figure("step1_stop_slave_s", time.monotonic() - began)
    figure("step2_waiting_s", bench.start_until(bench.backup, "AMQ221109"))
    with contextlib.suppress(TimeLimit):
        figure("step2_synced_at_once_s", bench.pair.await_redundant(15))
    bench.stop(bench.primary)
    with contextlib.suppress(TimeLimit):
        figure("step3_slave_live_s", bench.backup.await_state(15, active=True))
    figure("step4_master_active_s", bench.start_until(bench.primary, "AMQ221007"))
    figure("step4_redundant_s", bench.pair.await_redundant())
    bench.stop(bench.primary)
    figure("step5_slave_live_s", bench.backup.await_state(active=True))
    with contextlib.suppress(TimeLimit):
        figure("step5_clients_on_slave_s", bench.all_on(bench.backup))
    figure("step6_master_active_s", bench.start_until(bench.primary, "AMQ221007"))
    bench.judge_stranded()
    figure("redundant_s", bench.pair.await_redundant())
    _who_is_active(bench)
    figure("saved", bench.saved_directories())


def split_followers(bench: Lab) -> None:
    """Clients that were on the master and followed to the slave in the split; then the slave is restarted."""
    bench.pair.start()
    bench.add_clients(bench.primary, "follower")
    followers = list(bench.clients)
    bench.add_clients(bench.primary, "stayer")
    pids = [client.process.pid for client in followers]
    # First the clients, then the link: a primary that loses its backup tells its clients to forget it.
    bench.recorder.act("shut out", None, lambda: bench.pair.shut_out_of_primary(pids))
    bench.recorder.act("cut", None, bench.pair.split)
    wanted = {client.name for client in followers}
    followed = wait_until(
        "followers on the slave",
        FOLLOW_LIMIT_S,
        lambda: wanted <= on(bench.pair, bench.backup, followers),
        0.5,
    )
    bench.recorder.figure("followed_s", followed)
    bench.recorder.act("heal", None, bench.pair.heal)
    bench.stop(bench.backup)
    bench.start_until(bench.backup, "AMQ221109")
    bench.recorder.figure("redundant_s", bench.pair.await_redundant())
    bench.judge_stranded()


def split_quick(bench: Lab) -> None:
    """The whole story on one pair: split, the stranding restart of the slave, then the other steps."""
    figure = bench.recorder.figure
    split_with_clients(bench)
    figure("both_active", [broker.state().active for broker in bench.pair.brokers])
    bench.stop(bench.backup)
    bench.start_until(bench.backup, "AMQ221109")
    figure("step2_redundant_s", bench.pair.await_redundant())
    time.sleep(QUICK_STRANDED_S)
    figure("stranded_after_step_2", sorted(bench.left()))
    bench.stop(bench.primary)
    figure("step3_slave_live_s", bench.backup.await_state(active=True))
    figure("step3_clients_on_slave_s", bench.all_on(bench.backup))
    figure("step4_master_active_s", bench.start_until(bench.primary, "AMQ221007"))
    figure("step4_redundant_s", bench.pair.await_redundant())
    bench.stop(bench.primary)
    figure("step5_slave_live_s", bench.backup.await_state(active=True))
    figure("step5_clients_on_slave_s", bench.all_on(bench.backup))
    figure("step6_master_active_s", bench.start_until(bench.primary, "AMQ221007"))
    bench.judge_stranded()
    _who_is_active(bench)


def split_hasty(bench: Lab) -> None:
    """The six steps without any wait for clients."""
    figure = bench.recorder.figure
    split_with_clients(bench)
    bench.stop(bench.backup)
    bench.start_until(bench.backup, "AMQ221109")
    bench.pair.await_redundant()
    for _ in range(2):
        bench.stop(bench.primary)
        bench.backup.await_state(active=True)
        bench.start_until(bench.primary, "AMQ221007")
        bench.pair.await_redundant()
    bench.judge_stranded()
    figure("saved", bench.saved_directories())


def split_slave_only(bench: Lab) -> None:
    """The shortcut: the slave alone is restarted."""
    split_with_clients(bench)
    bench.stop(bench.backup)
    bench.start_until(bench.backup, "AMQ221109")
    bench.recorder.figure("redundant_s", bench.pair.await_redundant())
    bench.judge_stranded()


def split_master_first(bench: Lab) -> None:
    """The wrong end: the master is restarted while the slave is live."""
    split_with_clients(bench)
    bench.stop(bench.primary)
    bench.start_until(bench.primary, "AMQ221007")
    with contextlib.suppress(TimeLimit):
        bench.recorder.figure("redundant_s", bench.pair.await_redundant(20))
    bench.judge_stranded()
    _who_is_active(bench)
    bench.recorder.figure("saved", bench.saved_directories())


def split_link_still_cut(bench: Lab) -> None:
    """Steps 1 and 2 while the brokers cannot reach each other; then the link heals."""
    figure = bench.recorder.figure
    bench.pair.start()
    figure("split_s", bench.recorder.act("cut", None, bench.pair.split))
    bench.stop(bench.backup)
    figure("waiting_s", bench.start_until(bench.backup, "AMQ221109"))
    time.sleep(12)
    state = bench.backup.state()
    figure("backup_while_cut", f"active={state.active} backup={state.backup} sync={state.replica_sync}")
    bench.recorder.act("heal", None, bench.pair.heal)
    figure("redundant_after_heal_s", bench.pair.await_redundant())


def split_export(bench: Lab) -> None:
    """What the slave took while live: counted, exported when stopped, and sought after the steps."""
    figure = bench.recorder.figure
    bench.pair.start()
    bench.recorder.act("cut", None, bench.pair.split)
    clients = start_on(bench.pair, bench.backup, ["delta-producer"], "producer")
    bench.clients += clients
    time.sleep(4)
    close_all(clients)
    sent = _send_durable(bench, bench.backup, 25)
    figure("sent_durable", sent)
    figure("queues_backup", bench.backup.queue_counts())
    bench.stop(bench.backup)
    done = bench.backup.artemis("data", "exp")
    figure("export_exit", done.returncode)
    figure("export_bytes", len(done.stdout))
    figure("export_messages", done.stdout.count("<message "))
    figure("export_error", done.stderr[-200:])
    bench.recorder.act("heal", None, bench.pair.heal)
    bench.start_until(bench.backup, "AMQ221109")
    bench.pair.await_redundant()
    figure("saved", bench.saved_directories())
    figure("queues_primary_after", bench.primary.queue_counts())


def _send_durable(bench: Lab, broker: Broker, count: int) -> bool:
    done = broker.artemis(
        "producer", "--url", f"tcp://127.0.0.1:{broker.advertised}", "--user", "operator",
        "--password", "lab-only-password", "--destination", "queue://delta", "--message-count", str(count),
    )  # fmt: skip
    return done.returncode == 0


def split_by_return(bench: Lab) -> None:
    """Artemis' own defaults: the killed primary returns while the backup is live."""
    figure = bench.recorder.figure
    bench.pair.start()
    bench.add_clients(bench.primary, "all")
    bench.kill(bench.primary)
    figure("failover_s", bench.backup.await_state(active=True))
    figure("clients_on_slave_s", bench.all_on(bench.backup))
    bench.start_until(bench.primary, "AMQ221007")
    # The management address opens only after the broker has become active.
    bench.primary.await_state(active=True)
    figure("both_active", [broker.state().active for broker in bench.pair.brokers])
    with contextlib.suppress(TimeLimit):
        figure("warning_primary", bench.primary.await_line("AMQ222294", 0, 20).partition("] ")[2][:90])
    with contextlib.suppress(TimeLimit):
        figure("warning_backup", bench.backup.await_line("AMQ222294", 0, 5).partition("] ")[2][:90])
    time.sleep(5)
    for broker in bench.pair.brokers:
        figure(f"clients_on_{broker.name}", sorted(on(bench.pair, broker, bench.clients)))
    bench.stop(bench.backup)
    bench.start_until(bench.backup, "AMQ221109")
    with contextlib.suppress(TimeLimit):
        figure("synced_at_once_s", bench.pair.await_redundant(15))
    bench.stop(bench.primary)
    bench.backup.await_state(20, active=True)
    bench.start_until(bench.primary, "AMQ221007")
    time.sleep(6)
    figure("after_step4_both_active", [broker.state().active for broker in bench.pair.brokers])


def freeze(bench: Lab) -> None:
    """The management operation that isolates the live broker."""
    figure = bench.recorder.figure
    bench.pair.start()
    bench.add_clients(bench.primary, "all")
    began = time.monotonic()
    exchange = bench.recorder.act("freezeReplication", bench.primary, bench.primary.freeze)
    figure("answer", exchange.failure or exchange.body.decode()[:300])
    with contextlib.suppress(TimeLimit):
        bench.backup.await_state(45, active=True)
        figure("backup_active_s", time.monotonic() - began)
    time.sleep(5)
    for broker in bench.pair.brokers:
        state = broker.state()
        figure(broker.name, f"{state.failure}active={state.active} sync={state.replica_sync}")
        figure(f"clients_on_{broker.name}", sorted(on(bench.pair, broker, bench.clients, state)))


def full_restart(bench: Lab, masters_first: bool = False) -> None:
    """Everything down and up again: in the documented order, or with the masters stopped first."""
    bench.pair.start()
    bench.add_clients(bench.primary, "all")
    down = (bench.primary, bench.backup) if masters_first else (bench.backup, bench.primary)
    bench.stop(down[0])
    if masters_first:
        with contextlib.suppress(TimeLimit):
            bench.backup.await_state(20, active=True)
            bench.recorder.figure("clients_on_slave_s", bench.all_on(bench.backup, 60))
    bench.stop(down[1])
    bench.start(bench.primary)
    bench.primary.await_state(active=True)
    bench.start(bench.backup)
    bench.recorder.figure("redundant_s", bench.pair.await_redundant())
    bench.judge_stranded()
    _who_is_active(bench)


def masters_stopped_first(bench: Lab) -> None:
    """The wrong order of a full restart."""
    full_restart(bench, masters_first=True)


def newcomers_of_the_slave(bench: Lab) -> None:
    """Masters stopped first, and clients that meet the pair only then, when the slave alone is live."""
    bench.pair.start()
    bench.stop(bench.primary)
    bench.backup.await_state(30, active=True)
    bench.add_clients(bench.backup, "newcomer")
    bench.stop(bench.backup)
    bench.start(bench.primary)
    bench.primary.await_state(active=True)
    bench.start(bench.backup)
    bench.recorder.figure("redundant_s", bench.pair.await_redundant())
    bench.judge_stranded()
    _who_is_active(bench)


def answers(bench: Lab) -> None:
    """Every kind of answer of the management address, errors included."""
    bench.pair.start()
    for broker in bench.pair.brokers:
        jolokia = broker.jolokia
        search = {"type": "search", "mbean": "org.apache.activemq.artemis:broker=*"}
        missing = {
            "type": "read",
            "mbean": 'org.apache.activemq.artemis:broker="nobody"',
            "attribute": "Active",
        }
        for request in (
            {"type": "version"},
            search,
            jolokia.read(["Active"]),
            {"type": "read", "mbean": jolokia.mbean, "attribute": "Active"},
            jolokia.read(["Active", "NoSuchAttribute"]),
            {"type": "read", "mbean": jolokia.mbean, "attribute": "NoSuchAttribute"},
            missing,
            jolokia.exec("listNetworkTopology"),
            jolokia.exec("noSuchOperation"),
            jolokia.read(["HAPolicy", "Name", "Status", "CurrentTimeMillis", "SessionCount", "Uptime"]),
            jolokia.read(["HAPolicy", "Name", "Status", "CurrentTimeMillis", "Uptime"]),
            {"type": "list", "path": "nonsense"},
            {"type": "nonsense"},
        ):
            broker.ask(request)
        broker.queue_counts()
        for note, exchange in {
            "wrong password": jolokia.post(search, password="not-it"),
            "no origin": jolokia.post(search, origin=None),
            "foreign origin": jolokia.post(search, origin="http://elsewhere.example"),
            "https origin": jolokia.post(search, origin="https://localhost"),
            "origin with port": jolokia.post(search, origin="http://localhost:1234"),
            "no credentials": jolokia.anonymous(search),
        }.items():
            bench.recorder.heard_as(broker.name, note, exchange)


def _who_is_active(bench: Lab) -> None:
    states = {broker.name: broker.state() for broker in bench.pair.brokers}
    bench.recorder.figure("active", sorted(name for name, state in states.items() if state.active))


ON = Failback()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario and the pair it needs."""

    walk: Callable[[Lab], None]
    mode: Mode = "replication"
    failback: Failback = ON
    link: bool = True


SHARED: Mode = "shared-store"
SCENARIOS: dict[str, Scenario] = {
    "answers": Scenario(answers, link=False),
    "failover-failback": Scenario(failover_and_failback, link=False),
    "crash": Scenario(crash, link=False),
    "failback-refused": Scenario(failback_refused, failback=Failback(True, None), link=False),
    "split-documented": Scenario(split_documented),
    "quick-split": Scenario(split_quick),
    "split-slave-only": Scenario(split_slave_only),
    "split-hasty": Scenario(split_hasty),
    "split-master-first": Scenario(split_master_first),
    "split-link-still-cut": Scenario(split_link_still_cut),
    "split-export": Scenario(split_export),
    "split-by-return": Scenario(split_by_return, failback=Failback(None, None), link=False),
    "freeze": Scenario(freeze, link=False),
    "full-restart": Scenario(full_restart, link=False),
    "full-restart-masters-first": Scenario(masters_stopped_first, link=False),
    "split-followers": Scenario(split_followers),
    "full-restart-newcomers": Scenario(newcomers_of_the_slave, link=False),
    "shared-answers": Scenario(answers, SHARED),
    "shared-failover-failback": Scenario(failover_and_failback, SHARED, Failback(None, True, True)),
    "shared-clean-stop-no-failover": Scenario(failover_and_failback, SHARED, Failback(None, True, None)),
    "shared-crash": Scenario(crash, SHARED),
    "shared-crash-no-failback": Scenario(crash, SHARED, Failback(None, False, None)),
    "shared-full-restart": Scenario(full_restart, SHARED),
    "shared-masters-first": Scenario(masters_stopped_first, SHARED, Failback(None, True, True)),
}


def run(name: str, version: str, directory: Path, recordings: Path | None = None) -> Figures:
    """Walk one scenario on one version; answers its figures. Raises TimeLimit or NotAvailable."""
    wanted = SCENARIOS[name]
    with lab(fetch(version), directory, name, recordings, wanted.mode, wanted.failback, wanted.link) as bench:
        wanted.walk(bench)
        return bench.recorder.figures


def main(arguments: list[str]) -> int:
    """Walk the scenarios named for the versions named, and write recordings."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS), help="default: all")
    parser.add_argument("--version", action="append", choices=VERSIONS, help="default: all")
    parser.add_argument("--recordings", type=Path, help="where to write; default: nowhere")
    chosen = parser.parse_args(arguments)
    failed = 0
    for version in chosen.version or reversed(VERSIONS):
        for name in chosen.scenarios:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="handrail-live-") as directory:
                try:
                    outcome: object = run(name, version, Path(directory), chosen.recordings)
                except (TimeLimit, RuntimeError, OSError, KeyError, ValueError) as problem:
                    failed += 1
                    outcome = f"{type(problem).__name__}: {problem}"
            took = time.monotonic() - began
            sys.stdout.write(f"== {version} {name} ({took:.0f} s)\n   {outcome}\n")
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
