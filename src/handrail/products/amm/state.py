"""The pure state of the simulated AMMs: panels, drafts, packages, and what becomes of a pair.

The document gives the variables, their ranges, four messages and one status, `stable`. How long anything
takes, every other status and message, and what follows from a wrong order is invented for the drill, and is
called so there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from handrail.fingerprint import canonical
from handrail.products.living import Management

Role = Literal["primary", "secondary", "standalone"]

SUCCESS = "HA setup change has initialized successfully."
NO_CHANGES = "No Configuration Changes To Apply"
COMMUNICATION_ERROR = "Communication error between the HA peers"
"""The document says that such a message comes; these words are invented."""
APPLY_ON_SECONDARY = "Apply the changes on the secondary server now."
"""That the primary prompts for it is documented; these words are invented."""
STILL_DRAFT = "This copy is a draft."
"""Documented as a message to be ignored; these words are invented."""
NO_SUCH_FILE = "No such file"

STABLE = "stable"
NOT_STABLE = "not stable"
INITIALIZING = "initializing"
NO_HA = "standalone"
"""Of the statuses only `stable` is documented."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the panel holds, by the document's variables."""

    role: Role = "standalone"
    address: str = ""
    peer: str = ""
    fingerprint: str = ""
    email: str = ""
    file_sync: int = 5
    pings: int = 12
    monitors: tuple[str, str, str] = ("", "", "")
    script: str = ""
    """Where the script that is pasted into HAAdminAlertScript came from; empty: none."""


@dataclass(frozen=True, slots=True)
class Server:
    """One AMM. `form` is what the panel shows while it is edited, `draft` what was saved and not applied."""

    name: str
    pair: str
    home: Literal["primary", "secondary"]
    """As designated by the procedure."""
    address: str
    """Its own, without the prefix."""
    prefix: int
    gateway: str
    version: str
    size: str = "large"
    installed: bool = True
    up: bool = True
    upgrading: bool = False
    config: Config = Config()
    form: Config | None = None
    draft: Config | None = None
    attempted: Config | None = None
    """What a failed APPLY was for; it stands in the fields until standalone is saved."""
    saves: int = 0
    """How often SAVE has kept something so far."""
    applies: int = 0
    """How often APPLY was pressed so far."""
    messages: tuple[str, ...] = ()
    applying: bool = False
    ha_since_s: float | None = None
    """When its HA was set up; None while it is standalone."""
    old_ha: bool = False
    """HA of before 2.17.5, which this panel does not know."""
    packages: tuple[str, ...] = ()
    """Versions in the Repository list."""
    files: tuple[str, ...] = ()
    """Versions whose build files are really there."""
    gateway_answers: bool = True
    epoch: int = 0

    @property
    def role(self) -> Role:
        """The role it has, not the one in a draft."""
        return self.config.role


class Trouble(StrEnum):
    """What may be wrong with a server's web interface."""

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
class Event:
    """One call of the custom script, logged by the example script of the document."""

    at_s: float
    server: str
    message: str
    first: str
    second: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is, at one moment."""

    servers: Mapping[str, Server]
    now_s: float = 0.0
    due: tuple[Due, ...] = ()
    orders: int = 0
    cut: frozenset[str] = frozenset()
    damaged: Mapping[str, str] = field(default_factory=dict)
    """Pairs whose HA will not become stable before a teardown on both, and why."""
    management: Mapping[str, Management[Trouble, World]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    misleading: frozenset[str] = frozenset()
    """Servers that say after their success that the copy is a draft."""
    mute: frozenset[str] = frozenset()
    """Servers whose APPLY ends without a message."""
    failing: frozenset[str] = frozenset()
    """Servers whose next APPLY ends in a communication error although nothing is wrong to be seen."""

    @property
    def pairs(self) -> tuple[str, ...]:
        """The names of the pairs, in order."""
        return tuple(dict.fromkeys(server.pair for server in self.servers.values()))

    def members(self, pair: str) -> tuple[Server, ...]:
        """The servers of a pair."""
        return tuple(server for server in self.servers.values() if server.pair == pair)

    def peer(self, name: str) -> Server | None:
        """The other server of the pair."""
        pair = self.servers[name].pair
        return next((other for other in self.members(pair) if other.name != name), None)

    def status(self, name: str) -> str:
        """HA Status of Admin > System > Status, as this server shows it."""
        server, other = self.servers[name], self.peer(name)
        if server.ha_since_s is None:
            return NO_HA
        if server.pair in self.damaged or server.pair in self.cut:
            return NOT_STABLE
        if other is None or other.ha_since_s is None:
            return INITIALIZING
        if not (server.up and other.up):
            return NOT_STABLE
        primary, secondary = (server, other) if server.role == "primary" else (other, server)
        if (primary.role, secondary.role) != ("primary", "secondary") or not fit(primary, secondary):
            return NOT_STABLE
        assert primary.ha_since_s is not None and secondary.ha_since_s is not None  # noqa: S101, PT018
        return STABLE if secondary.ha_since_s >= primary.ha_since_s else NOT_STABLE


def fit(one: Server, other: Server) -> bool:
    """Whether the pair matches: addresses crossed, fingerprint and e-mail equal, same version and size."""
    mine, theirs = one.config, other.config
    return (
        (mine.address, mine.peer, mine.fingerprint, mine.email)
        == (theirs.peer, theirs.address, theirs.fingerprint, theirs.email)
        and one.version == other.version
        and one.size == other.size
    )


def fingerprint_of(name: str) -> str:
    """What Generate gives on this server; the same one always.

    How a real one looks is not documented. Invented: the form `openssl x509 -fingerprint -sha256` prints.
    """
    return canonical(hashlib.sha256(name.encode()).hexdigest())
