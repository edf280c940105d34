"""The simulated world as data: brokers, pairs, clients, faults, and what is due to happen."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from handrail.products.artemis.asking import DEFAULT_CLUSTER_USER
from handrail.products.living import Management

Messages = Mapping[str, int]
"""Messages in each queue."""

KEPT_JOURNALS = 2
"""How many journals that were moved aside a replica keeps; the oldest goes first."""


class Mode(StrEnum):
    """How the two servers of a pair share their messages."""

    REPLICATION = "replication"
    SHARED_STORE = "shared-store"


class Role(StrEnum):
    """What a server is by configuration; what it does now is its Phase."""

    MASTER = "master"
    SLAVE = "slave"


class Phase(StrEnum):
    """What a server does now."""

    DOWN = "down"
    BOOTING = "booting"
    LOCK_WAITING = "waiting for the lock"
    """A shared-store master that waits for its slave to let go."""
    WAITING = "waiting for its master"
    SYNCING = "synchronising"
    SYNCED = "in sync"
    DETACHED = "passive without replication"
    """A replica that was disconnected for being slow: passive until it is restarted."""
    PROMOTING = "becoming live"
    LIVE = "live"
    RESTARTING = "restarting inside its process"
    STOPPING = "stopping"


class Behaviour(StrEnum):
    """Where a client looks when its server is gone."""

    DOCUMENTED = "documented"
    """The server it was on, the backup announced there, and the server of its first connection: as measured.

    So a slave's restart strands only clients that first met the pair on a slave that was live alone.
    """
    LAST_ONLY = "last-only"
    """Its last server alone: a client whose address is not the one the broker's connector advertises."""
    ANY_SERVER = "any-server"
    """Every address of its URL: what many believe clients do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands in broker.xml and decides a restart."""

    check_for_live: bool = True
    """On the master: look for a live server of the same node id before becoming live."""
    allow_failback: bool = True
    """On the slave: give way when the master is back in sync."""
    failover_on_shutdown: bool = False
    """Shared store only: a clean stop lets the slave take over."""


@dataclass(frozen=True, slots=True)
class Broker:
    """One server. `epoch` counts its processes and restarts: what was due before one is void after it."""

    name: str
    pair: str
    role: Role
    version: str
    host: str
    port: int
    settings: Settings = Settings()
    phase: Phase = Phase.DOWN
    epoch: int = 0
    started_s: float = 0.0
    node_id: str = ""
    journal: Messages = field(default_factory=dict)
    has_data: bool = False
    saved: tuple[Messages, ...] = ()
    """Journals moved aside, oldest first."""
    moved: int = 0
    """How many journals were ever moved aside: the N of oldreplica.N."""
    bare_moves: int = 0
    """How many of them before the server had ever held data."""
    has_paging: bool = False
    """It has been copied from: only then there is a paging directory, which old releases move aside too."""
    paging_moves: int = 0
    deleted: tuple[Messages, ...] = ()
    """Journals moved aside and since removed: what nobody can get back."""
    lost_before: tuple[Messages, ...] = ()
    """The same, of before the world began: nobody who walks has removed them."""
    announced: bool = False
    web: bool = False
    """The console and Jolokia listen."""
    hung: bool = False
    disk_full: bool = False
    acceptor_open: bool = True
    sync_s: float = 0.9
    """How long the first synchronisation takes."""

    @property
    def address(self) -> str:
        """What its connector advertises."""
        return f"{self.host}:{self.port}"

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self.phase is not Phase.DOWN

    @property
    def serves(self) -> bool:
        """Whether a client could connect now."""
        return self.phase is Phase.LIVE and not self.hung and self.acceptor_open


@dataclass(frozen=True, slots=True)
class AppClient:
    """One connection of an application; `rate` messages a second go to `queue` while it is connected."""

    name: str
    pair: str
    queue: str = "orders"
    rate: float = 0.0
    server: str | None = None
    home: str = ""
    """The server of its first connection, which it never forgets; empty until there was one."""
    looks_at: tuple[str, ...] = ()
    """Where it tries to connect while it is not."""
    barred: frozenset[str] = frozenset()
    """Servers to which its own way is cut."""
    since_s: float = 0.0
    settled_s: float = 0.0
    """When it has done with changing servers."""
    busy_until_s: float = 0.0
    """It tries no server before: it was lost again while it changed servers."""
    counted: int = 0
    """Messages of this connection that are in the journal already."""
    lost_s: float = 0.0
    """When it lost its last server."""


class Trouble(StrEnum):
    """What may be wrong with a server's management address."""

    REFUSED = "refuse-management"
    WRONG_CREDENTIALS = "wrong-credentials"
    HALF_ANSWER = "half-answer"
    UNAVAILABLE = "http-503"
    STALE = "stale"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Something that happens by itself; void if the server's epoch has changed by then."""

    at_s: float
    order: int
    server: str
    what: str
    epoch: int
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """One log event: a message of the catalogue and arguments enough for any release's wording."""

    at_s: float
    server: str
    message: str
    arguments: tuple[str, ...] = ()
    stamp_offset_s: float = 0.0
    """How far the stamp is from the moment of printing: a line of yesterday is a fault to inject."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is, at one moment. `live_mark` holds the pairs whose shared store was left live."""

    mode: Mode
    brokers: Mapping[str, Broker]
    clients: Mapping[str, AppClient] = field(default_factory=dict)
    now_s: float = 0.0
    cut: frozenset[str] = frozenset()
    live_mark: frozenset[str] = frozenset()
    due: tuple[Due, ...] = ()
    orders: int = 0
    management: Mapping[str, Management[Trouble, World]] = field(default_factory=dict)
    behaviour: Behaviour = Behaviour.DOCUMENTED
    cluster_user: str = DEFAULT_CLUSTER_USER

    @property
    def pairs(self) -> tuple[str, ...]:
        """The names of the pairs, in order."""
        return tuple(dict.fromkeys(broker.pair for broker in self.brokers.values()))

    def members(self, pair: str) -> tuple[Broker, ...]:
        """The servers of a pair, master first."""
        found = [broker for broker in self.brokers.values() if broker.pair == pair]
        return tuple(sorted(found, key=lambda broker: broker.role is Role.SLAVE))

    def peer(self, name: str) -> Broker | None:
        """The other server of the pair."""
        mine = self.brokers[name]
        return next((other for other in self.members(mine.pair) if other.name != name), None)

    def live(self, pair: str) -> tuple[Broker, ...]:
        """The live servers of a pair: one, none, or in a split brain two."""
        return tuple(broker for broker in self.members(pair) if broker.phase is Phase.LIVE)

    def replica_of(self, name: str) -> Broker | None:
        """The server that holds all this live server holds, if there is one."""
        other = self.peer(name)
        if other is None or self.brokers[name].phase is not Phase.LIVE:
            return None
        if self.mode is Mode.SHARED_STORE:
            return other if other.phase in (Phase.WAITING, Phase.LOCK_WAITING) else None
        return other if other.phase is Phase.SYNCED else None

    def linked(self, pair: str) -> bool:
        """Whether the two servers of a pair can reach one another."""
        return pair not in self.cut

    def stranded(self) -> tuple[str, ...]:
        """Clients that are on no server although their pair has a live one."""
        return tuple(
            client.name
            for client in self.clients.values()
            if client.server is None and any(broker.serves for broker in self.live(client.pair))
        )


def node_id_of(name: str) -> str:
    """The node id a journal gets when it is first made; the same name always gets the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.handrail.invalid"))
