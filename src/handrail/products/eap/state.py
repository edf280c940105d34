"""The simulated world as data: EAP instances, the messaging servers in them, clients, faults, what is due."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from handrail.procedure.versions import Version
from handrail.products.eap.files import KINDS, Files, Place
from handrail.products.eap.releases import EAP_8_1, release_of
from handrail.products.eap.tree import Model
from handrail.products.living import Management

Key = str
"""A messaging server: `instance/name`, such as node-a/default."""


class Mode(StrEnum):
    """How a live server and its backup share their messages."""

    REPLICATION = "replication"
    SHARED_STORE = "shared-store"


class Run(StrEnum):
    """What a process does."""

    DOWN = "down"
    BOOTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class Phase(StrEnum):
    """What a messaging server does."""

    DOWN = "down"
    STARTING = "starting"
    LOCK_WAITING = "waiting for the lock"
    WAITING = "waiting for its live server"
    REFUSED = "refused by the cluster"
    """It may not join: user or password of the cluster differ. Passive until it is restarted."""
    SYNCING = "synchronising"
    SYNCED = "in sync"
    DETACHED = "passive without replication"
    """Disconnected for being slow; passive until it is restarted."""
    PROMOTING = "becoming live"
    LIVE = "live"
    RESTARTING = "restarting inside its process"


@dataclass(frozen=True, slots=True)
class Policy:
    """An ha-policy as a starting messaging server reads it, absent attributes at their defaults."""

    kind: str = "live-only"
    cluster_name: str | None = None
    group_name: str | None = None
    check_for_live: bool = False
    allow_failback: bool = False
    restart_backup: bool = True
    max_saved: int = 2
    """Replaced journals kept; fixed for a live server, below 0 without end."""
    sync_timeout_s: float = 30.0
    failover_on_shutdown: bool = False

    @property
    def backup(self) -> bool:
        """Whether it is configured as a backup."""
        return self.kind.endswith("-slave")

    @property
    def replicates(self) -> bool:
        """Whether the journal is replicated."""
        return self.kind.startswith("replication-")

    @property
    def shares(self) -> bool:
        """Whether the store is shared."""
        return self.kind.startswith("shared-store-")


@dataclass(frozen=True, slots=True)
class Cluster:
    """How a messaging server finds and joins its cluster."""

    connections: tuple[str, ...] = ()
    """Names of its cluster-connections."""
    channel: str = ""
    """The JGroups cluster of the discovery group of the first of them."""
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Broker:
    """One messaging server of one instance. `epoch` counts its starts: what was due before one is void."""

    instance: str
    name: str
    policy: Policy = Policy()
    cluster: Cluster = Cluster()
    directories: Mapping[str, Place] = field(default_factory=dict)
    """Kind to place."""
    phase: Phase = Phase.DOWN
    epoch: int = 0
    started_s: float = 0.0
    node_id: str = ""
    announced: bool = False
    follows: Key | None = None
    """The live server it replicates, or has replicated last."""

    @property
    def key(self) -> Key:
        """Its name in the world."""
        return f"{self.instance}/{self.name}"

    @property
    def journal(self) -> Place:
        """Where its messages are."""
        return self.directories["journal"]

    @property
    def paging(self) -> Place | None:
        """Where it would page to: a replica has made it, another server only once it has paged."""
        return self.directories.get("paging")

    @property
    def places(self) -> tuple[Place, ...]:
        """Its four directories, in the product's order."""
        return tuple(self.directories[kind] for kind in KINDS if kind in self.directories)

    @property
    def filled(self) -> tuple[Place, ...]:
        """Its directories that ever hold something: nobody in the simulated world sends large messages."""
        return tuple(self.directories[kind] for kind in KINDS[:2] + KINDS[3:] if kind in self.directories)

    @property
    def runs(self) -> bool:
        """Whether it is started."""
        return self.phase not in (Phase.DOWN, Phase.RESTARTING)


@dataclass(frozen=True, slots=True)
class Instance:
    """One EAP process, on a host of its own. `stored` is its file, `running` what it booted with."""

    name: str
    version: str
    stored: Model
    running: Model = field(default_factory=dict)
    run: Run = Run.DOWN
    admin_only: bool = False
    epoch: int = 0
    started_s: float = 0.0
    opens_s: float = 0.0
    """When its management port opens."""
    pid: int = 4000
    stale: bool = False
    """A change waits for a reload."""
    suspended: bool = False
    blocked: bool = False
    """A change of its configuration is never answered, and every other one waits behind it."""
    hung: bool = False
    password: str = ""
    """Of its management user; empty: the drill's."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """System properties it is started with; expressions in its configuration stand for them."""

    @property
    def release(self) -> Version:
        """On EAP's scale."""
        return release_of(self.version)

    @property
    def old_words(self) -> bool:
        """Whether its log speaks of live, master and slave."""
        return self.release < EAP_8_1


@dataclass(frozen=True, slots=True)
class AppClient:
    """One connection of an application; `rate` messages a second go to `queue` while it is connected."""

    name: str
    queue: str = "orders"
    rate: float = 0.0
    server: Key | None = None
    local: bool = False
    """In the same process as its server, as a message-driven bean is: it looks at no other."""
    looks_at: tuple[Key, ...] = ()
    gave_up: bool = False
    since_s: float = 0.0
    counted: int = 0


class Trouble(StrEnum):
    """What may be wrong with an instance's management address."""

    REFUSED = "refuse-management"
    WRONG_CREDENTIALS = "wrong-credentials"
    HALF_ANSWER = "half-answer"
    MALFORMED = "malformed-body"
    UNAVAILABLE = "http-503"
    STALE = "stale"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Something that happens by itself; void if the epoch of what it happens to has changed by then."""

    at_s: float
    order: int
    subject: str
    what: str
    epoch: int
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """One log event: a message of the catalogue, and arguments enough for any release's wording."""

    at_s: float
    instance: str
    message: str
    arguments: tuple[str, ...] = ()
    mode: Mode = Mode.REPLICATION
    thread: str = "ServerService Thread Pool -- 78"


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is, at one moment."""

    mode: Mode
    product: str
    instances: Mapping[str, Instance]
    brokers: Mapping[Key, Broker] = field(default_factory=dict)
    files: Files = field(default_factory=dict)
    shared: str = ""
    """The path below which every host sees one store."""
    clients: Mapping[str, AppClient] = field(default_factory=dict)
    now_s: float = 0.0
    cut: frozenset[frozenset[str]] = frozenset()
    """Pairs of instances that cannot reach one another."""
    live_marks: frozenset[Place] = frozenset()
    """Shared stores that were left marked live."""
    sync_s: Mapping[str, float] = field(default_factory=dict)
    """Instances whose disk takes this long for a first synchronisation."""
    silent: frozenset[str] = frozenset()
    """Instances that write no log any more."""
    due: tuple[Due, ...] = ()
    orders: int = 0
    management: Mapping[str, Management[Trouble, World]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    """What nobody can get back, in words."""
    moved: tuple[Place, ...] = ()
    """Where somebody moved a directory by hand, the latest first."""
    served_until: Mapping[Key, float] = field(default_factory=dict)
    """When a messaging server that serves no more last did."""
    current_until: Mapping[Key, float] = field(default_factory=dict)
    """Until when the journal of a messaging server that neither serves nor is in sync had everything."""
    came_up_on: Mapping[Key, Key] = field(default_factory=dict)
    """Whose journal a messaging server last became live with; empty for one nobody had served from."""
    beside: frozenset[Key] = frozenset()
    """Messaging servers that ever served while another one of their node id did."""

    def linked(self, one: str, other: str) -> bool:
        """Whether two instances reach one another."""
        return one == other or frozenset({one, other}) not in self.cut

    def of(self, instance: str) -> tuple[Broker, ...]:
        """The messaging servers of an instance."""
        return tuple(broker for broker in self.brokers.values() if broker.instance == instance)

    def live(self) -> tuple[Broker, ...]:
        """Every messaging server that serves clients."""
        return tuple(broker for broker in self.brokers.values() if broker.phase is Phase.LIVE)

    def serves(self, key: Key) -> bool:
        """Whether a client could connect to it now."""
        broker = self.brokers.get(key)
        return broker is not None and broker.phase is Phase.LIVE and not self.instances[broker.instance].hung

    def replica_of(self, key: Key) -> Broker | None:
        """The messaging server that stands by for this live one, if there is one."""
        live = self.brokers[key]
        if live.phase is not Phase.LIVE:
            return None
        for other in self.brokers.values():
            if other.key == key:
                continue
            if other.phase is Phase.SYNCED and other.follows == key:
                return other
            same_store = other.policy.shares and live.policy.shares and other.journal == live.journal
            if same_store and other.phase in (Phase.WAITING, Phase.LOCK_WAITING):
                return other
        return None

    def stranded(self) -> tuple[str, ...]:
        """Clients without a server although one they could use is live."""
        return tuple(
            client.name
            for client in self.clients.values()
            if client.server is None
            and (client.gave_up or not client.local)
            and any(self.serves(broker.key) for broker in self.live())
        )


def node_id_of(name: str) -> str:
    """The node id a journal gets when it is first made; the same name always gets the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.handrail.invalid"))
