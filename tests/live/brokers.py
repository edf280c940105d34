"""Real Artemis brokers in pairs on loopback: made, configured, started, stopped, killed and read."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from tests.live.distributions import Distribution
from tests.live.jolokia import Exchange, Jolokia
from tests.live.processes import Process, TimeLimit, wait_until
from tests.live.relay import Relay

Mode = Literal["replication", "shared-store"]
USER, PASSWORD = "operator", "lab-only-password"
CLUSTER_USER, CLUSTER_PASSWORD = "pair", "lab-only-cluster"
START_LIMIT_S = 60.0
STATE = ("Started", "Active", "Backup", "ReplicaSync", "NodeID", "Version", "ConnectionCount")


@dataclass(frozen=True, slots=True)
class Failback:
    """The settings a failback hangs on. Artemis' own defaults are all off (None leaves them out)."""

    check_for_active: bool | None = True
    allow_failback: bool | None = True
    failover_on_shutdown: bool | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What one broker answers now. `failure` is set, and the rest None, when it does not."""

    failure: str = ""
    started: bool | None = None
    active: bool | None = None
    backup: bool | None = None
    replica_sync: bool | None = None
    node_id: str | None = None
    applications: tuple[int, ...] = ()
    """The remote ports of application connections. A connection loses its client id at its first failover,
    so that the id cannot tell who it is."""
    cluster: int = 0
    """How many connections the other brokers hold."""


@dataclass
class Broker:
    """One broker instance. `role` is the configured one; which is live is another matter."""

    distribution: Distribution
    role: Literal["primary", "backup"]
    directory: Path
    port: int
    web_port: int
    advertised: int
    process: Process | None = None
    listeners: list[Callable[[str, Exchange], None]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The broker's name in broker.xml: the role."""
        return self.role

    @property
    def log(self) -> Path:
        """The broker's log file."""
        return self.directory / "log" / "artemis.log"

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.directory / "data"

    @property
    def jolokia(self) -> Jolokia:
        """Its management address."""
        return Jolokia(self.web_port, self.name, USER, PASSWORD)

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self.process.pid if self.process is not None and self.process.running() else None

    def ask(self, request: Any) -> Exchange:
        """One Jolokia exchange, told to the listeners."""
        exchange = self.jolokia.post(request)
        for listener in self.listeners:
            listener(self.name, exchange)
        return exchange

    def state(self) -> State:
        """Read the broker once: roles, node id and who is connected."""
        exchange = self.ask([self.jolokia.read(STATE), self.jolokia.exec(*connections_request())])
        return state_of(exchange)

    def start(self) -> None:
        """Run it in the foreground of a process group of its own; does not wait for a role."""
        if self.pid is not None:
            raise RuntimeError(f"{self.name} runs already")
        program = str(self.directory / "bin" / "artemis")
        self.process = Process([program, "run"], self.directory / "log" / "console.log")

    def stop(self, limit_s: float = 60.0) -> float:
        """A clean stop (SIGTERM), awaited; answers the seconds it took."""
        return self.process.stop(limit_s) if self.process is not None else 0.0

    def kill(self) -> None:
        """A crash (SIGKILL)."""
        if self.process is not None:
            self.process.kill()

    def freeze(self) -> Exchange:
        """Isolate it by the management operation of that name (what a lab uses to split a pair)."""
        return self.ask(self.jolokia.exec("freezeReplication"))

    def pause(self) -> None:
        """SIGSTOP: the host hangs."""
        if self.process is not None:
            self.process.signal(signal.SIGSTOP)

    def unpause(self) -> None:
        """SIGCONT."""
        if self.process is not None:
            self.process.signal(signal.SIGCONT)

    def lines(self, after: int = 0) -> list[str]:
        """The lines of its log, from index `after` on."""
        if not self.log.exists():
            return []
        return self.log.read_text(encoding="utf-8", errors="backslashreplace").splitlines()[after:]

    def mark(self) -> int:
        """How many lines its log has now, to wait for what comes after."""
        return len(self.lines())

    def await_line(self, code: str, after: int = 0, limit_s: float = START_LIMIT_S) -> str:
        """The first line after the mark with this code or text; raises TimeLimit."""
        found: list[str] = []

        def seen() -> bool:
            found[:] = [line for line in self.lines(after) if code in line]
            return bool(found)

        wait_until(f"{self.name} to log {code}", limit_s, seen)
        return found[0]

    def await_state(self, limit_s: float = START_LIMIT_S, **expected: Any) -> float:
        """Seconds until the named fields of its State had these values; raises TimeLimit."""
        last = State()

        def holds() -> bool:
            nonlocal last
            last = self.state()
            return all(getattr(last, name) == value for name, value in expected.items())

        try:
            return wait_until(f"{self.name} to be {expected}", limit_s, holds, poll_s=0.3)
        except TimeLimit as late:
            raise TimeLimit(f"{late}; last: {last}") from late

    def artemis(self, *arguments: str, limit_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run the instance's own command line, for offline tools such as `data exp`."""
        program = str(self.directory / "bin" / "artemis")
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=limit_s, check=False
        )

    def queue_counts(self) -> dict[str, int]:
        """Messages by queue, as the broker answers; empty when it is passive or does not answer."""
        mbean = f'org.apache.activemq.artemis:broker="{self.name}",component=addresses,subcomponent=queues,*'
        exchange = self.ask({"type": "read", "mbean": mbean, "attribute": ["MessageCount"]})
        if exchange.failure or exchange.status != 200:
            return {}
        counts = {}
        for name, value in (exchange.json().get("value") or {}).items():
            queue = re.search(r'queue="([^"]+)"', name)
            if queue is not None:
                counts[queue[1]] = int(value["MessageCount"])
        return counts


def connections_request() -> tuple[str, str, int, int]:
    """The operation that lists every connection of a broker, with its arguments."""
    everything = json.dumps({"field": "", "operation": "", "value": "", "sortOrder": "", "sortColumn": ""})
    return "listConnections(java.lang.String,int,int)", everything, 1, 500


def state_of(exchange: Exchange) -> State:
    """The State an exchange of `Broker.state` tells; a failure is a State too."""
    if exchange.failure:
        return State(failure=exchange.failure)
    if exchange.status != 200:
        return State(failure=f"HTTP {exchange.status}")
    readings, connections = exchange.json()
    if readings["status"] != 200:
        return State(failure=f"JSON {readings['status']}")
    value = readings["value"]
    applications, cluster = [], 0
    if connections["status"] == 200:
        for row in json.loads(connections["value"])["data"]:
            if is_cluster_connection(row):
                cluster += 1
            else:
                applications.append(int(str(row["remoteAddress"]).rpartition(":")[2]))
    return State(
        started=value["Started"],
        active=value["Active"],
        backup=value["Backup"],
        replica_sync=value["ReplicaSync"],
        node_id=value["NodeID"],
        applications=tuple(sorted(applications)),
        cluster=cluster,
    )


def is_cluster_connection(row: Mapping[str, Any]) -> bool:
    """Whether a row of listConnections is another broker's and not an application's.

    A broker's connection carries either no session at all (control and replication) or sessions of
    the cluster user only (bridges).
    """
    users = {user for user in str(row.get("users", "")).split(",") if user}
    return users <= {CLUSTER_USER}


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


class Pair:
    """A primary and a backup under one directory. Use it as a context: it ends its brokers.

    `link` puts a relay between the two, so that it can be cut and healed (replication only).
    """

    def __init__(
        self,
        distribution: Distribution,
        directory: Path,
        mode: Mode = "replication",
        failback: Failback | None = None,
        link: bool = True,
    ) -> None:
        self.distribution = distribution
        self.mode: Mode = mode
        self.directory = directory
        self.failback = failback or Failback()
        ports = free_ports(6)
        self.linked = linked = link and mode == "replication"
        self.primary = self._broker("primary", ports[0], ports[1], ports[4] if linked else ports[0])
        self.backup = self._broker("backup", ports[2], ports[3], ports[5] if linked else ports[2])
        for broker, partner in ((self.primary, self.backup), (self.backup, self.primary)):
            _create(broker, partner, mode, directory / "shared", self.failback)
        self._relays = (
            [
                Relay(self.primary.advertised, self.primary.port, lambda: self.backup.pid),
                Relay(self.backup.advertised, self.backup.port, lambda: self.primary.pid),
            ]
            if linked
            else []
        )

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def brokers(self) -> tuple[Broker, Broker]:
        """Primary, backup."""
        return self.primary, self.backup

    @property
    def client_url(self) -> str:
        """What applications are given: both brokers, fail over for ever.

        The addresses must be the advertised ones: a client whose address differs from the connector in
        the topology does not learn its broker's backup.
        """
        a, b = self.primary.advertised, self.backup.advertised
        return f"(tcp://127.0.0.1:{a},tcp://127.0.0.1:{b})?ha=true&reconnectAttempts=-1"

    def start(self) -> None:
        """Primary, then backup, then wait until the pair can fail over."""
        self.primary.start()
        self.primary.await_state(active=True)
        self.backup.start()
        self.await_redundant()

    def await_redundant(self, limit_s: float = START_LIMIT_S) -> float:
        """Seconds until one is active, the other passive and, with replication, in sync and announced."""

        def redundant() -> bool:
            states = [broker.state() for broker in self.brokers]
            if sorted(str(state.active) for state in states) != ["False", "True"]:
                return False
            synced = self.mode == "shared-store" or all(state.replica_sync for state in states)
            return synced and bool(self.topology_backup())

        return wait_until("the pair to be redundant", limit_s, redundant, poll_s=0.3)

    def topology_backup(self) -> str:
        """The backup's address in the live broker's topology; empty when none is announced."""
        for broker in self.brokers:
            exchange = broker.ask(broker.jolokia.exec("listNetworkTopology"))
            if not exchange.failure and exchange.status == 200 and exchange.json()["status"] == 200:
                for node in json.loads(exchange.json()["value"]):
                    if node.get("backup"):
                        return str(node["backup"])
        return ""

    def origin(self, port: int) -> int:
        """The client's own port for a remote port a broker tells, which may be the relay's."""
        for relay in self._relays:
            if port in relay.origins:
                return relay.origins[port]
        return port

    def cut(self) -> int:
        """Cut the link between the brokers; answers how many connections were reset."""
        if not self._relays:
            raise RuntimeError("this pair has no relay in its link")
        return sum(relay.cut() for relay in self._relays)

    def shut_out_of_primary(self, pids: Collection[int]) -> int:
        """Take the way to the primary from these client processes until the link is healed."""
        return self._relays[0].shut_out(pids)

    def heal(self) -> None:
        """Let the brokers reach each other again."""
        for relay in self._relays:
            relay.heal()

    def split(self, limit_s: float = START_LIMIT_S) -> float:
        """Cut the link and wait until both are active; answers the seconds it took."""
        began = time.monotonic()
        self.cut()
        self.backup.await_state(limit_s, active=True)
        self.primary.await_state(limit_s, active=True)
        return time.monotonic() - began

    def close(self) -> None:
        """Kill both brokers and end the relays."""
        for broker in self.brokers:
            if broker.process is not None:
                broker.process.kill()
        for relay in self._relays:
            relay.close()
        self._relays = []

    def _broker(self, role: Literal["primary", "backup"], port: int, web: int, advertised: int) -> Broker:
        return Broker(self.distribution, role, self.directory / role, port, web, advertised)


def _create(broker: Broker, partner: Broker, mode: Mode, shared: Path, failback: Failback) -> None:
    argv = [broker.distribution.command, "create", str(broker.directory), "--name", broker.name]
    argv += ["--replicated"] if mode == "replication" else ["--shared-store", "--data", str(shared)]
    if broker.role == "backup":
        argv += ["--backup" if broker.distribution.inclusive else "--slave"]
    argv += ["--host", "127.0.0.1", "--default-port", str(broker.port), "--http-port", str(broker.web_port)]
    argv += ["--static-cluster", f"tcp://127.0.0.1:{partner.advertised}"]
    argv += ["--user", USER, "--password", PASSWORD, "--require-login", "--silent", "--nio", "--no-autotune"]
    argv += ["--cluster-user", CLUSTER_USER, "--cluster-password", CLUSTER_PASSWORD]
    argv += [f"--no-{name}-acceptor" for name in ("amqp", "mqtt", "stomp", "hornetq")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"artemis create failed: {done.stdout[-500:]} {done.stderr[-500:]}")
    _configure(broker, failback, mode)
    # `create --java-memory` raises only the upper bound and leaves -Xms512M, so the profile is edited.
    profile = broker.directory / "etc" / "artemis.profile"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(re.sub(r"-Xms\S+ -Xmx\S+", "-Xms64M -Xmx256M", text), encoding="utf-8")


def _configure(broker: Broker, failback: Failback, mode: Mode) -> None:
    path = broker.directory / "etc" / "broker.xml"
    text = path.read_text(encoding="utf-8")
    inclusive = broker.distribution.inclusive
    live, standby = ("primary", "backup") if inclusive else ("master", "slave")
    element = live if broker.role == "primary" else standby
    check = "check-for-active-server" if inclusive else "check-for-live-server"
    settings: dict[str, bool | None] = {}
    if mode == "replication" and broker.role == "primary":
        settings[check] = failback.check_for_active
    if broker.role == "backup":
        settings["allow-failback"] = failback.allow_failback
    if mode == "shared-store":
        settings["failover-on-shutdown"] = failback.failover_on_shutdown
    written = "".join(
        f"<{name}>{str(value).lower()}</{name}>" for name, value in settings.items() if value is not None
    )
    text, count = re.subn(
        rf"<{element}>(.*?)</{element}>|<{element}/>",
        lambda found: f"<{element}>{_without(found[1] or '', settings)}{written}</{element}>",
        text,
        flags=re.DOTALL,
    )
    if count != 1:
        raise RuntimeError(f"broker.xml has {count} <{element}> elements")
    if broker.advertised != broker.port:
        text = text.replace(
            f'<connector name="artemis">tcp://127.0.0.1:{broker.port}<',
            f'<connector name="artemis">tcp://127.0.0.1:{broker.advertised}<',
        )
    path.write_text(text.replace("<max-disk-usage>90<", "<max-disk-usage>100<"), encoding="utf-8")


def _without(inner: str, settings: Mapping[str, object]) -> str:
    for name in settings:
        inner = re.sub(rf"\s*<{name}>[^<]*</{name}>", "", inner)
    return inner
