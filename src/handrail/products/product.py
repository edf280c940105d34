"""What every product offers: a client for its servers, and a simulator that answers as they do.

A product is one folder beside this file: `client.py` (readings and operations over HTTP), `wire.py`
(the protocol both speak), `world.py` (pure: state and act or fault -> state and log lines).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from handrail.readings import Reading, Value
from handrail.text import NOTHING, SafeText


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
