"""The pure state of the simulated world: servers, what their disks and memories hold, what is due."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from handrail.products.living import Management


class Phase(StrEnum):
    """What a server is at; its number of Server.State stands in STATES."""

    DOWN = "down"
    STOPPING = "stopping"
    MAINTENANCE = "maintenance"
    FAILED = "failed"
    """It did not come up in production: it runs in maintenance, with an error or without one."""
    PRODUCTION = "production"
    STANDBY = "standby"
    WAITING = "waiting"
    """Looks for its peer."""
    SENDING = "sending"
    """Will be primary; its store is being copied."""
    RECEIVING = "receiving"
    """Will be standby; it is given a copy."""
    ENGINE = "engine"


STATES: Mapping[Phase, tuple[int, str, str]] = {
    Phase.PRODUCTION: (1, "Running", "Running (production)"),
    Phase.STOPPING: (2, "Stopping", "Stopping"),
    Phase.MAINTENANCE: (9, "Running", "Running (maintenance)"),
    Phase.FAILED: (9, "Running", "Running (maintenance)"),
    Phase.STANDBY: (10, "Running", "Standby"),
    Phase.WAITING: (11, "StoreStarting", "StoreStarting"),
    Phase.SENDING: (11, "StoreStarting", "StoreStarting"),
    Phase.RECEIVING: (11, "StoreStarting", "StoreStarting"),
    Phase.ENGINE: (16, "EngineStarting", "EngineStarting"),
}
"""Server.State, Status, StateDescription of each phase that answers."""

IDLE = frozenset({Phase.DOWN, Phase.MAINTENANCE, Phase.FAILED})
"""Phases in which nothing uses the store: files may be restored."""


@dataclass(frozen=True, slots=True)
class View:
    """What the status tells of high availability, as far as it is not a setting."""

    status: Literal["Active", "Inactive"] = "Active"
    new_role: str = "UNKNOWN"
    old_role: str = "UNKNOWN"
    active: int = 0
    sync: int = 0
    percent: int = 0
    primary_time: Literal["", "now", "stored"] = ""
    knows_peer: bool = False
    reason_code: int = 0
    reason: str = ""


IN_MAINTENANCE = View()
DISABLED = View("Inactive", "HADISABLED", "HADISABLED")
JUST_STARTED = View(new_role="UNSYNC", old_role="UNSYNC", primary_time="stored")
LOOKING = replace(JUST_STARTED, percent=-1)
SENDING = View("Active", "PRIMARY", "UNSYNC", 2, 1, 1, "stored")
RECEIVING = View("Active", "UNSYNC", "UNSYNC", 2, 0, -1)
STARTING_ENGINE = View("Active", "PRIMARY", "PRIMARY", 2, 2, -1, "stored")
IN_STANDBY = View("Active", "STANDBY", "UNSYNC", 2, 2, -1, "", True)
SERVING = View("Active", "PRIMARY", "PRIMARY", 2, 2, -1, "now", True)
SERVING_ALONE = replace(SERVING, active=1, sync=1)
TAKEN_OVER = replace(SERVING_ALONE, old_role="STANDBY")


@dataclass(frozen=True, slots=True)
class Settings:
    """HighAvailability of a server's configuration, names in the order of the real answer."""

    enable: bool = True
    group: str = "grp1"
    startup_mode: str = "AutoDetect"
    preferred_primary: bool = False
    discovery_timeout_s: int = 600
    heartbeat_timeout_s: int = 10
    remote_discovery_nic: str = ""
    local_replication_nic: str = ""
    local_discovery_nic: str = ""
    external_replication_nic: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One messaging endpoint."""

    name: str
    port: int
    interface: str = "All"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """What the data directory holds."""

    settings: Settings = Settings()
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Store:
    """What the store directory holds. `session` grows each time a server serves it; 0 is a clean store."""

    session: int = 0
    was_primary: bool = False
    messages: int = 0
    origin: Literal["", "own", "backup"] = ""
    last_primary_s: float | None = None


CLEAN = Store()


@dataclass(frozen=True, slots=True)
class Backup:
    """The backup of the standby, as it lies on a host: its release, configuration and store."""

    version: str
    config: Config
    store: Store


@dataclass(frozen=True, slots=True)
class Node:
    """One server. `epoch` counts its processes and breaks: what was due before one is void after it."""

    name: str
    pair: str
    role: Literal["primary", "standby"]
    """As designated by the procedure, not as it is."""
    version: str
    uid: str
    own_addresses: frozenset[str] = frozenset()
    node_id: str = ""
    """Of its host; the last word in an election."""
    phase: Phase = Phase.DOWN
    view: View = IN_MAINTENANCE
    error: tuple[int, str] = (0, "")
    production: bool = True
    """The mode of its next start."""
    disk: Config = Config()
    """What its files say."""
    memory: Config = Config()
    """What it read at its start, and what was posted since."""
    effective: Settings = Settings()
    """The settings it runs with: those of its start."""
    store: Store = CLEAN
    backup: Backup | None = None
    restored: tuple[str, ...] = ()
    """Which directories hold the backup and were not read yet."""
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Where its own directories were copied aside by hand: place to which of them lie there."""
    docker: bool = False
    cleans: bool = False
    """It cleans the store on its way out."""
    returns: bool = False
    """It starts again after its way out."""
    epoch: int = 0
    started_s: float = 0.0
    deadline_s: float = 0.0
    """When it gives up looking for its peer."""
    boot_more_s: float = 0.0
    copy_more_s: float = 0.0
    copy_from_s: float = 0.0

    @property
    def listens(self) -> bool:
        """Whether its administration accepts connections."""
        return self.phase is not Phase.DOWN

    @property
    def kept(self) -> tuple[str, ...]:
        """Which of its own directories a copy of lies elsewhere."""
        return tuple(sorted({part for parts in self.copies.values() for part in parts}))

    @property
    def primary(self) -> bool:
        """Whether it serves clients as the primary of a pair."""
        return self.phase is Phase.PRODUCTION and self.effective.enable


class Trouble(StrEnum):
    """What may be wrong with a server's administration interface."""

    REFUSED = "refuse-management"
    UNAVAILABLE = "http-503"
    WRONG_CREDENTIALS = "wrong-credentials"
    HALF_ANSWER = "half-answer"
    GARBAGE = "garbage"
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
    """One log event: a message of the catalogue with its arguments."""

    at_s: float
    server: str
    message: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is, at one moment."""

    nodes: Mapping[str, Node]
    now_s: float = 0.0
    cut: frozenset[str] = frozenset()
    """Pairs whose servers do not reach one another."""
    due: tuple[Due, ...] = ()
    orders: int = 0
    management: Mapping[str, Management[Trouble, World]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    """Servers whose log is not written any more."""
    deaf: frozenset[str] = frozenset()
    """Servers that accept the next restart and do nothing."""
    old_words: bool = False
    """A discovery timeout is told as the documentation has it: UNSYNC_ERROR and a reason."""
    harmed: tuple[str, ...] = ()

    @property
    def pairs(self) -> tuple[str, ...]:
        """The names of the pairs, in order."""
        return tuple(dict.fromkeys(node.pair for node in self.nodes.values()))

    def members(self, pair: str) -> tuple[Node, ...]:
        """The servers of a pair, the designated primary first."""
        found = [node for node in self.nodes.values() if node.pair == pair]
        return tuple(sorted(found, key=lambda node: node.role == "standby"))

    def peer(self, name: str) -> Node | None:
        """The other server of the pair."""
        mine = self.nodes[name]
        return next((other for other in self.members(mine.pair) if other.name != name), None)


def uid_of(name: str) -> str:
    """Eight letters, the same for the same name always."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.handrail.invalid").hex[:8]
