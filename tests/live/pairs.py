"""What pairs do without a split: start, fail over, fail back, restart, and answer."""

from __future__ import annotations

import contextlib
import time

from tests.live.bench import Lab
from tests.live.processes import TimeLimit


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
    bench.note_active()
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
    bench.note_active()


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
    bench.note_active()
    bench.stop(bench.backup)
    figure("primary_active_s", bench.primary.await_state(active=True))
    bench.start(bench.backup)
    figure("redundant_s", bench.pair.await_redundant())
    bench.note_active()


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
    bench.note_active()


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
    bench.note_active()


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
