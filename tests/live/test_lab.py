"""The lab itself, without brokers: the relay, the processes, and the recordings that are kept."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live.brokers import CLUSTER_PASSWORD, PASSWORD, free_ports, is_cluster_connection, state_of
from tests.live.jolokia import Exchange
from tests.live.processes import Process, TimeLimit, wait_until
from tests.live.relay import Relay

RECORDINGS = Path(__file__).parent.parent / "recordings" / "artemis"
RECORDED = sorted(RECORDINGS.glob("*/*/meta.json"))
LIMIT_BYTES = 200_000


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that answers each connection with what it sends."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

        def answer(link: socket.socket) -> None:
            with link, contextlib.suppress(OSError):
                while data := link.recv(1024):
                    link.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _relay(target: int, partner: int | None) -> Iterator[Relay]:
    relay = Relay(free_ports(1)[0], target, lambda: partner)
    try:
        wait_until("the relay to listen", 5, lambda: _says(relay.port))
        yield relay
    finally:
        relay.close()


def _says(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
            link.sendall(b"hello")
            return link.recv(16) == b"hello"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the relay needs /proc")
class TestRelay:
    def test_a_cut_stops_the_partner_and_healing_lets_it_through(self, echo: int) -> None:
        """This process plays the partner broker."""
        with _relay(echo, os.getpid()) as relay:
            relay.cut()
            assert not _says(relay.port)
            relay.heal()
            assert _says(relay.port)

    def test_a_cut_does_not_touch_anybody_else(self, echo: int) -> None:
        """A client's open connection and its new ones go on through a cut link."""
        with _relay(echo, None) as relay, socket.create_connection(("127.0.0.1", relay.port), 2) as link:
            link.settimeout(2)
            link.sendall(b"before")
            assert link.recv(16) == b"before"
            relay.cut()
            link.sendall(b"after")
            assert link.recv(16) == b"after"
            assert _says(relay.port)

    def test_who_is_shut_out_is_refused_and_the_others_stay(self, echo: int) -> None:
        """An open connection of another process outlives it; new ones are refused at the port."""
        with _relay(echo, None) as relay, socket.create_connection(("127.0.0.1", relay.port), 2) as link:
            link.settimeout(2)
            link.sendall(b"first")
            assert link.recv(16) == b"first"
            assert relay.shut_out([]) == 0
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", relay.port), 2)
            link.sendall(b"still")
            assert link.recv(16) == b"still"
            relay.heal()
            wait_until("the relay to listen again", 5, lambda: _says(relay.port))

    def test_it_refuses_while_the_broker_behind_it_does_not_listen(self) -> None:
        """As the broker's own port would."""
        port, target = free_ports(2)
        relay = Relay(port, target, lambda: None)
        try:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 2)
        finally:
            relay.close()


def test_a_killed_process_takes_its_children_along(tmp_path: Path) -> None:
    """Nothing of a broker started through a shell script may stay."""
    note = tmp_path / "child"
    code = (
        "import subprocess,sys,time,pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    process = Process([sys.executable, "-c", code], tmp_path / "out")
    wait_until("the child to exist", 10, lambda: note.exists() and note.read_text() != "")
    process.kill()
    wait_until("the child to be gone", 5, lambda: not _runs(int(note.read_text())))
    assert not process.running()


def test_a_killed_run_leaves_nothing_behind(tmp_path: Path) -> None:
    """Not even when the run gets no chance to clean up after itself."""
    note = tmp_path / "broker"
    code = (
        "import sys, time, pathlib\n"
        "from tests.live.processes import Process\n"
        f"started = Process([sys.executable, '-c', 'import time; time.sleep(60)'], pathlib.Path({str(note)!r} + '.out'))\n"
        f"pathlib.Path({str(note)!r}).write_text(str(started.pid))\n"
        "time.sleep(60)\n"
    )
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen([sys.executable, "-c", code], cwd=root) as run:
        wait_until("the run to start its process", 10, lambda: note.exists() and note.read_text() != "")
        pid = int(note.read_text())
        assert _runs(pid)
        run.kill()
    wait_until("the process to be gone", 10, lambda: not _runs(pid))


def _runs(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip() not in ("", "Z", "Zs")


def test_a_wait_ends_at_its_limit_and_says_for_what() -> None:
    """A live test must not hang."""
    with pytest.raises(TimeLimit, match="the moon"):
        wait_until("the moon", 0.05, lambda: False, 0.01)


@pytest.mark.parametrize(
    ("users", "cluster"), [("", True), ("pair", True), ("operator", False), ("pair,operator", False)]
)
def test_connections_of_brokers_are_told_by_their_users(users: str, cluster: bool) -> None:
    """No user, or the cluster's alone."""
    assert is_cluster_connection({"users": users}) is cluster


@pytest.mark.parametrize(
    ("exchange", "failure"),
    [
        (Exchange([], failure="refused"), "refused"),
        (Exchange([], 403), "HTTP 403"),
        (Exchange([], 200, {}, b'[{"status":404},{"status":404}]'), "JSON 404"),
    ],
)
def test_a_failed_exchange_is_a_state_that_names_it(exchange: Exchange, failure: str) -> None:
    """A broker that does not answer is nothing to stumble over."""
    state = state_of(exchange)
    assert (state.failure, state.active) == (failure, None)


def test_there_are_recordings() -> None:
    """The checks below would pass on nothing."""
    assert RECORDED


@pytest.mark.parametrize("meta", RECORDED, ids=lambda path: "/".join(path.parts[-3:-1]))
class TestRecordings:
    def test_is_small_and_names_no_machine_and_no_password(self, meta: Path) -> None:
        """What is kept for ever must not hold what is nobody's business."""
        texts = [path.read_text(encoding="utf-8") for path in meta.parent.iterdir()]
        assert sum(map(len, texts)) < LIMIT_BYTES
        for text in texts:
            assert PASSWORD not in text
            assert CLUSTER_PASSWORD not in text
            assert "handrail-live-" not in text

    def test_has_the_documented_shape(self, meta: Path) -> None:
        """Times never go back and every entry is one of the documented kinds."""
        kinds = {"act", "done", "process", "clients", "figure"}
        before = 0.0
        for line in (meta.parent / "timeline.jsonl").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            assert entry["t"] >= before
            before = entry["t"]
            assert kinds & entry.keys()
        for line in (meta.parent / "answers.jsonl").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            assert ("failure" in entry) != ("status" in entry)
        figures = json.loads(meta.read_text(encoding="utf-8"))
        assert {"version", "mode", "scenario", "failback", "figures", "started"} <= figures.keys()
