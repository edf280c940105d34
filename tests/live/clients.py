"""Real client processes of the distribution, and who of them is connected to which broker."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from tests.live.brokers import PASSWORD, USER, Broker, Pair, State
from tests.live.processes import Process, wait_until
from tests.live.relay import holds_any

CONNECT_LIMIT_S = 45.0
QUEUE = "orders"
_DAY_MS = "86400000"
_FIRST = "org.apache.activemq.artemis.api.core.client.loadbalance.FirstElementConnectionLoadBalancingPolicy"
# A client is small; a distribution's own setting reserves half a gigabyte for each.
_JAVA = {"JAVA_ARGS": "-Xms16M -Xmx96M -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


class Client:
    """One `artemis consumer` or `artemis producer` process, known to brokers by its client id."""

    def __init__(
        self,
        pair: Pair,
        kind: Literal["consumer", "producer"],
        name: str,
        url: str | None = None,
        queue: str = QUEUE,
    ) -> None:
        self.name = name
        self.output = pair.directory / "clients" / f"{name}.log"
        self._pair, self._command = pair, [pair.distribution.command, kind]
        options = ["--user", USER, "--password", PASSWORD, "--clientID", name]
        options += ["--destination", f"queue://{queue}", "--message-count", "1000000"]
        # The program ends itself when a send fails: a persistent one, which blocks, at most failovers; one
        # that does not block only where it falls into the failover itself (AMQ219061).
        options += (
            ["--sleep", "500", "--non-persistent"] if kind == "producer" else ["--receive-timeout", _DAY_MS]
        )
        self._options = options
        self.process = self._run(url or pair.client_url)

    def start_again(self) -> None:
        """Run the program once more, its first contact left to chance; its output goes on in the same file."""
        self.process = self._run(self._pair.client_url)

    def _run(self, url: str) -> Process:
        return Process([*self._command, "--url", url, *self._options], self.output, _JAVA)

    def close(self) -> None:
        """Kill it."""
        self.process.kill()


def on(pair: Pair, broker: Broker, clients: Iterable[Client], state: State | None = None) -> set[str]:
    """The names of these clients that are connected to this broker, as the broker tells it."""
    known = broker.state() if state is None else state
    ports = {pair.origin(port) for port in known.applications}
    return {
        client.name for client in clients if client.process.running() and holds_any(client.process.pid, ports)
    }


def start_on(
    pair: Pair, broker: Broker, names: Iterable[str], kind: Literal["consumer", "producer"]
) -> list[Client]:
    """Clients that are given both brokers and meet this one first; raises TimeLimit.

    Left alone a client begins at random; the policy named here only decides its first contact.
    """
    other = pair.backup if broker is pair.primary else pair.primary
    both = f"(tcp://127.0.0.1:{broker.advertised},tcp://127.0.0.1:{other.advertised})"
    url = f"{both}?ha=true&reconnectAttempts=-1&connectionLoadBalancingPolicyClassName={_FIRST}"
    clients = [Client(pair, kind, name, url) for name in names]
    wanted = {client.name for client in clients}
    wait_until(
        f"clients {sorted(wanted)} on {broker.name}",
        CONNECT_LIMIT_S,
        lambda: wanted <= on(pair, broker, clients),
        0.5,
    )
    return clients


def stranded(pair: Pair, clients: Iterable[Client]) -> set[str]:
    """The names of clients that are on no live broker now."""
    everybody = list(clients)
    served: set[str] = set()
    for broker in pair.brokers:
        if broker.state().active:
            served |= on(pair, broker, everybody)
    return {client.name for client in everybody} - served


def close_all(clients: Iterable[Client]) -> None:
    """Kill them."""
    for client in clients:
        client.close()


def said(client: Client) -> str:
    """What the client printed last, for a failed check."""
    return Path(client.output).read_text(encoding="utf-8", errors="backslashreplace")[-2000:]
