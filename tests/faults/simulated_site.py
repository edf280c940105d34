"""A site whose brokers are the simulator on loopback: home, key, inventory, and commands that reach it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import tomli_w

from handrail.clock import SystemClock
from handrail.ledger.disk import RealDisk
from handrail.ledger.runs import RunSummary
from handrail.ledger.store import Ledger

HANDRAIL = [sys.executable, "-m", "handrail.cli"]
ROOT = Path(__file__).parents[2]
OPERATOR = "ana"


class SimulatedSite:
    """Use it as a context. While the file `slow` is there, commands take three seconds."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.slow = home / "slow"
        self._pipe = home / "words"
        self._hand = home / "do"

    def __enter__(self) -> SimulatedSite:
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True, mode=0o700)
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", OPERATOR, "-f", str(ssh / "id_ed25519")],
            check=True,
            timeout=30,
        )
        os.mkfifo(self._pipe)
        script = f'#!/bin/sh\ntest -e "{self.slow}" && sleep 3\necho "$1 $2" > "{self._pipe}"\n'
        self._hand.write_text(script, encoding="utf-8")
        self._hand.chmod(0o700)
        # Open for reading and writing, so that it never ends while nobody writes.
        self._words = os.open(self._pipe, os.O_RDWR)
        port = free_ports()
        self._simulator = subprocess.Popen(
            [*HANDRAIL, "simulate", "artemis", "--port", str(port), "--logs", str(self.home / "logs")],
            stdin=self._words,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environment,
        )
        settings = self.home / ".config" / "handrail"
        settings.mkdir(parents=True)
        site = {
            "schema": 1,
            "site": "lab",
            "anchor": [sys.executable, "-c", "import sys; sys.stdin.read()"],
            "servers": [
                self._server(name, port + place) for place, name in enumerate(("broker-a", "broker-b"))
            ],
            "pairs": [
                {
                    "name": "orders",
                    "product": "artemis",
                    "mode": "replication",
                    "master": "broker-a",
                    "slave": "broker-b",
                }
            ],
        }
        (settings / "inventory.toml").write_text(tomli_w.dumps(site), encoding="utf-8")
        wait_for_port(port)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.write(self._words, b"quit\n")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._simulator.wait(5)
        if self._simulator.poll() is None:
            self._simulator.kill()
            self._simulator.wait()
        os.close(self._words)

    @property
    def environment(self) -> dict[str, str]:
        """What the programs are given."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "TERM": "screen",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT / "src"),
            "HANDRAIL_OPERATOR": OPERATOR,
            "BROKER_PASSWORD": "admin",
        }

    def run(self) -> RunSummary:
        """The one run of this home's ledger."""
        root = self.home / ".local" / "state" / "handrail" / "ledger"
        [found] = Ledger(root, RealDisk(), SystemClock()).runs()
        return found

    def kinds(self) -> list[str]:
        """The kinds of the run's records in order."""
        records = sorted(self.run().path.glob("*/[0-9]*.toml"))
        texts = [path.read_text(encoding="utf-8") for path in records]
        return [
            next((line.split('"')[1] for line in text.splitlines() if line.startswith("kind = ")), "")
            for text in texts
        ]

    def _server(self, name: str, port: int) -> dict[str, object]:
        def word(verb: str) -> list[str]:
            return [str(self._hand), verb, name]

        return {
            "name": name,
            "product": "artemis",
            "url": f"http://127.0.0.1:{port}/console/jolokia",
            "origin": "http://localhost",
            "user": "admin",
            "password": {"env": "BROKER_PASSWORD"},
            "log": {"file": str(self.home / "logs" / name / "server.log")},
            "commands": {"start": word("start"), "stop": word("stop"), "kill": word("kill")},
        }


def free_ports() -> int:
    """The first of two ports next to each other that nobody listens on."""
    for first in range(20000 + os.getpid() % 10000, 40000, 2):
        with contextlib.ExitStack() as stack:
            try:
                for port in (first, first + 1):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise RuntimeError("no two ports are free")


def wait_for_port(port: int, limit_s: float = 15.0) -> None:
    """Until somebody listens; raises TimeoutError."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on {port}")
