"""A pair with its recorder and its clients, and what is done to them in every scenario."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live.brokers import Broker, Failback, Mode, Pair
from tests.live.clients import Client, close_all, on, said, start_on, stranded
from tests.live.distributions import Distribution
from tests.live.processes import TimeLimit, wait_until
from tests.live.recorder import Recorder

STRANDED_AFTER_S = 60.0
"""A client is stranded when this long after the last step it is on no live broker."""
QUICK_STRANDED_S = 35.0
"""Longer than the 30 s a client that does come back may need (its call time limit)."""
FOLLOW_LIMIT_S = 120.0
Figures = dict[str, Any]


@dataclass
class Lab:
    """A pair, what records it, and the clients put on it."""

    pair: Pair
    recorder: Recorder
    clients: list[Client] = field(default_factory=list)
    started_again: list[str] = field(default_factory=list)

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

    def start_ended_again(self) -> None:
        """Start every client that has ended, as whoever runs an application does; noted with what it said."""
        for client in self.clients:
            if not client.process.running():
                self.started_again.append(f"{client.name}: {said(client).strip().splitlines()[-1:]}")
                client.start_again()

    def where(self) -> str:
        """Who is on which broker and who has ended, for the message of a failed check."""
        lines = [f"{b.name}: {sorted(on(self.pair, b, self.clients))}" for b in self.pair.brokers]
        ended = sorted({client.name for client in self.clients} - self.alive())
        return "\n".join([*lines, f"ended: {ended}", "started again:", *self.started_again])

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

    def note_active(self) -> None:
        """Keep which brokers are active now."""
        states = {broker.name: broker.state() for broker in self.pair.brokers}
        self.recorder.figure("active", sorted(name for name, state in states.items() if state.active))

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
