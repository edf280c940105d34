"""The simulated world as data: two sites of brokers, Message VPNs, clients, faults, and what is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from handrail.products.living import Management

REPLICATION_QUEUE = "#MSGVPN_REPLICATION_DATA_QUEUE"
REPLICATION_BRIDGE = "#MSGVPN_REPLICATION_BRIDGE"
HIGH_PERCENT, CLEAR_PERCENT = 80.0, 60.0
"""Where the events of a filling queue are set and cleared: the product's defaults."""
MEGABYTE = 1_000_000
DEFAULT_QUOTA_MB = 60000


class Side(StrEnum):
    """Which of the two replication sites: the one whose failure the procedure is for, or the other."""

    FAILED = "failed"
    SURVIVING = "surviving"

    @property
    def other(self) -> Side:
        """The other site."""
        return Side.SURVIVING if self is Side.FAILED else Side.FAILED


class Node(StrEnum):
    """What a broker is within the HA pair of its site."""

    PRIMARY = "primary"
    BACKUP = "backup"


class Phase(StrEnum):
    """What a broker's process does now."""

    DOWN = "down"
    BOOTING = "booting"
    """The process is there; its management does not listen yet."""
    STARTING = "starting"
    """Its management listens and says 503."""
    UP = "up"


class Role(StrEnum):
    """The replication role of a Message VPN at one site."""

    ACTIVE = "active"
    STANDBY = "standby"


class Xa(StrEnum):
    """The states of an XA transaction that matter here."""

    IDLE = "idle"
    PREPARED = "prepared"
    COMPLETE = "complete"
    """Heuristically committed or rolled back; it holds its resources until it is deleted."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One XA transaction. `how` is commit or rollback once it was heuristically completed."""

    xid: str
    state: Xa = Xa.PREPARED
    how: str = ""
    replicated: bool = True
    since_s: float = 0.0
    client: str = ""


@dataclass(frozen=True, slots=True)
class Vpn:
    """One Message VPN at one site, as both HA nodes of the site have it."""

    name: str
    role: Role = Role.STANDBY
    replicated: bool = True
    enabled: bool = True
    reject_on_discard: bool = True
    reject_when_ineligible: bool = False
    transaction_mode: str = "async"
    quota_mb: int = DEFAULT_QUOTA_MB
    queue: float = 0.0
    """Messages in the replication queue."""
    is_high: bool = False
    is_full: bool = False
    eligible: bool = False
    """Synchronous replication is possible; only ever so while this site has the active role."""
    transitions: int = 0
    """How often eligibility was lost."""
    queued_async: float = 0.0
    """All messages ever put into the replication queue asynchronously."""
    rejected: float = 0.0
    """Publishes refused because no replication service could be provided."""
    local_only: float = 0.0
    """Messages taken although they could not be put into the replication queue."""
    diverged: float = 0.0
    """Messages taken here while the other site was active too."""
    transactions: tuple[Transaction, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it takes messages here and replicates them to the other site."""
        return self.replicated and self.role is Role.ACTIVE


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the applications of one VPN do: all of them together publish `rate` messages a second.

    The first `local` ones live at the failed site and know no other. `synchronous`: their topics are
    replicated synchronously. `drain` is how many messages a second the bridge carries.
    """

    clients: int = 1
    local: int = 0
    rate: float = 0.0
    size: int = 2048
    """Bytes a message."""
    synchronous: bool = False
    drain: float = 2000.0
    places: tuple[Side | None, ...] = ()
    """Where each client is connected."""

    @property
    def names(self) -> tuple[str, ...]:
        """The clients' names."""
        return tuple(f"app-{number}" for number in range(1, self.clients + 1))

    def share(self, side: Side) -> float:
        """Messages a second published at this site now."""
        return self.rate * sum(place is side for place in self.places) / self.clients if self.clients else 0.0


@dataclass(frozen=True, slots=True)
class Broker:
    """One event broker. `epoch` counts its processes: what was due before one is void after it."""

    name: str
    side: Side
    node: Node
    phase: Phase = Phase.UP
    epoch: int = 0
    started_s: float = 0.0
    backbone: bool = True
    """The msg-backbone service, which carries all clients; it survives a restart."""
    spool_ready: bool = True
    spool_fault: str = ""
    """What keeps the message spool from becoming ready, until it is mended."""
    log_silent: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """One replication site. `active` is the broker that has the activity of the HA pair, or nothing."""

    side: Side
    vpns: Mapping[str, Vpn]
    active: str = ""
    blocked: bool = False
    """The ports for clients are closed in the network; sessions that are there may go on."""
    cut_off: bool = False
    """Nothing beyond the site reaches it: clients, the other site, management."""


class Trouble(StrEnum):
    """What may be wrong with a broker's management address."""

    REFUSED = "refuse-management"
    WRONG_CREDENTIALS = "wrong-credentials"
    HALF_ANSWER = "half-answer"
    STALL = "stall"
    UNAVAILABLE = "http-503"
    MALFORMED = "malformed"
    STALE = "stale"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    NO_PERMISSION = "no-permission"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Something that happens by itself; void if the broker's epoch has changed by then.

    `subject` is a broker, or a VPN when `what` is "bridge".
    """

    at_s: float
    order: int
    subject: str
    what: str
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Printed:
    """One event of a broker's event log: a message of the catalogue, its scope, and its arguments."""

    at_s: float
    server: str
    message: str
    arguments: tuple[str, ...] = ()
    offset_s: float = 0.0
    """How far the stamp is from the moment of printing."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is, at one moment."""

    brokers: Mapping[str, Broker]
    sites: Mapping[Side, Site]
    traffic: Mapping[str, Traffic]
    version: str = "10.25.0"
    now_s: float = 0.0
    bridges: frozenset[str] = frozenset()
    """The VPNs whose replication bridge is up and bound to the queue."""
    linked: bool = False
    """The sites see each other."""
    link_cut: bool = False
    """What lies between the sites carries nothing, though each is reached from elsewhere."""
    in_sync: frozenset[str] = frozenset()
    """The VPNs whose configuration is kept the same at both sites."""
    due: tuple[Due, ...] = ()
    orders: int = 0
    management: Mapping[str, Management[Trouble, World]] = field(default_factory=dict)
    busy: Mapping[str, float] = field(default_factory=dict)
    """VPNs that refuse to be changed, and until when."""
    lost: tuple[str, ...] = ()
    """What was lost for good by something else than a counter tells, in words."""

    def at(self, side: Side) -> tuple[Broker, ...]:
        """The brokers of a site, primary first."""
        found = [broker for broker in self.brokers.values() if broker.side is side]
        return tuple(sorted(found, key=lambda broker: broker.node is Node.BACKUP))

    def mate(self, server: str) -> Broker | None:
        """The other node of the HA pair."""
        own = self.brokers[server]
        return next((item for item in self.at(own.side) if item.name != server), None)
