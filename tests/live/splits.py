"""Split brains: made by a cut link, by a returning primary or on command, and mended in every order."""

from __future__ import annotations

import contextlib
import time

from tests.live.bench import FOLLOW_LIMIT_S, QUICK_STRANDED_S, Lab
from tests.live.brokers import Broker
from tests.live.clients import close_all, on, start_on
from tests.live.processes import TimeLimit, wait_until


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
    bench.note_active()
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
    bench.note_active()


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
    bench.note_active()
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
