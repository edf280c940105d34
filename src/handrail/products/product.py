"""What every product offers: a client for its servers, and a simulator that answers as they do.

A product is one folder beside this file: `client.py` (readings and operations over HTTP), `wire.py`
(the protocol both speak), `world.py` (pure: state and act or fault -> state and log lines).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from handrail.readings import Reading, Value
from handrail.text import NOTHING, SafeText

if TYPE_CHECKING:
    from handrail.clock import Clock
    from handrail.inventory.model import Server
    from handrail.procedure.catalogue import Catalogue
    from handrail.procedure.fields import Fields
    from handrail.products.exchange import Fetcher
    from handrail.products.setting import Setting
    from handrail.products.usual import Usual


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as the wire carries it. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer. `stall_after` bytes of the body are sent and then nothing more, if set."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stall_after: int | None = None


class Result(StrEnum):
    """How an act ended, as far as its answer tells."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an act. `body` is evidence (secrets removed); `detail` is for the screen."""

    result: Result
    detail: SafeText
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Shown:
    """An act as it is shown before it is sent: whole lines, real host names, secrets as <secret:ref>."""

    lines: tuple[SafeText, ...]
    by_hand: bool = False
    """A person does it: there is nothing handrail could send."""


class Client(Protocol):
    """Talks to one server. No method raises for anything a server or network can do."""

    @property
    def server(self) -> str:
        """The server's name in the inventory."""
        ...

    async def read(self, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields under one total time limit; at least one Reading for each field asked."""
        ...

    def show(self, operation: str, arguments: Mapping[str, Value]) -> Shown:
        """The exact request the operation becomes."""
        ...

    async def perform(self, operation: str, arguments: Mapping[str, Value]) -> Answer:
        """Send the operation once; never retried here."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command of the inventory (start, stop, kill) did in a simulated world."""

    exit_status: int
    output: SafeText = NOTHING


Truth = Mapping[str, Value | tuple[str, ...]]
"""What is so of a simulated server, by name; of what there are many (paths, names), each."""


class Simulator(Protocol):
    """A simulated set of servers: the impure holder of a product's pure world, for drills and `simulate`.

    Time is seconds since the simulation began; the caller advances it and never turns it back.
    """

    def advance(self, to_s: float) -> None:
        """Let the world live until this moment."""
        ...

    def next_change_s(self) -> float | None:
        """When the world will next change by itself, or None: lets virtual time jump exactly there."""
        ...

    def listens(self, server: str) -> bool:
        """Whether the server's management port accepts connections now."""
        ...

    def answer(self, server: str, request: Request) -> Response:
        """Answer one HTTP request as the real server would."""
        ...

    def command(self, server: str, name: str) -> CommandResult:
        """Run a command of the inventory on the server: start, stop, kill."""
        ...

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The server's log lines, formatted as in its file, from index `after` on."""
        ...

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Cause a fault or an outside event by name; raises KeyError for an unknown name."""
        ...

    def console(self, server: str) -> Console:
        """The server's console: always the same one, so that its modes and history go on."""
        ...

    def harmed(self) -> Sequence[str]:
        """Who or what was hurt for good so far, in words for the debrief: stranded clients, lost messages."""
        ...

    def harm(self) -> Mapping[str, Sequence[str]]:
        """The same by what it is, each kind named even where there is none: "Clients stranded"."""
        ...

    def truth(self, server: str) -> Truth:
        """What is so of this server now, by name, also what no client can read; for looks and the debrief."""
        ...


class Console(Protocol):
    """What an operator types at by hand in a drill: a shell, a vendor's command line, a settings panel.

    What it cannot do it says so ("not known here"), and never pretends.
    """

    @property
    def prompt(self) -> str:
        """What stands before the next line typed, as the product has it."""
        ...

    def enter(self, line: str) -> Sequence[str]:
        """Do what this line says, in the simulated world, and give the lines it prints."""
        ...

    def complete(self, line: str) -> Sequence[str]:
        """Whole lines that this beginning may become."""
        ...


class Product(Protocol):
    """One product, as the registry holds it: how its servers are asked, simulated and staged in a drill."""

    @property
    def name(self) -> str:
        """Its name in procedures and inventories."""
        ...

    @property
    def usual(self) -> Usual:
        """What an inventory usually says of its servers."""
        ...

    @property
    def management_path(self) -> str:
        """Where below a server's address its management answers, for people who use curl."""
        ...

    def client(self, server: Server, secret: str, fields: Fields, http: Fetcher, clock: Clock) -> Client:
        """A client for this server of an inventory; `secret` is its resolved password, or empty."""
        ...

    def simulated(self, setting: Setting, catalogue: Catalogue, start: datetime) -> Simulator:
        """The setting's servers at second zero, wall time `start` (UTC); raises ValueError when the setting
        contradicts itself or has words the product does not know."""
        ...

    def drill_server(self, name: str) -> tuple[Server, str]:
        """How a simulated server would stand in an inventory, and its password: no secret, a drill's."""
        ...

    def command_words(self, server: str, command: str) -> str:
        """The words of start, stop or kill as the product's own script has them."""
        ...

    def injects(self) -> Collection[str]:
        """The names its simulator's `inject` knows."""
        ...
