"""The impure holder of a product's simulated world: its time, its log lines, its commands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic

from handrail.products.living import CannotBe, EventT, Laws, WorldT
from handrail.products.product import CommandResult
from handrail.readings import Value
from handrail.text import safe


class Holder(ABC, Generic[WorldT, EventT]):
    """What every product's simulator does alike; it adds how its servers answer.

    `start` is the wall time, UTC, of the world's second zero.
    """

    def __init__(
        self, scene: WorldT, laws: Laws[WorldT, EventT], servers: Iterable[str], start: datetime
    ) -> None:
        self._world = scene
        self._laws = laws
        self._start = start
        self._lines: dict[str, list[str]] = {name: [] for name in servers}

    @abstractmethod
    def printed(self, event: EventT) -> tuple[str, Sequence[str]]:
        """The server that logs this event, and its lines."""

    @abstractmethod
    def harm(self) -> Mapping[str, Sequence[str]]:
        """Who or what was hurt for good so far, by what it is."""

    @property
    def world(self) -> WorldT:
        """The world as it is, for consoles and tests."""
        return self._world

    @property
    def start(self) -> datetime:
        """The wall time, UTC, of second zero."""
        return self._start

    def advance(self, to_s: float) -> None:
        """Let the world live until this moment."""
        self.take(self._laws.advance(self._world, to_s))

    def next_change_s(self) -> float | None:
        """When the world will next change by itself."""
        return self._laws.next_change_s(self._world)

    def command(self, server: str, name: str) -> CommandResult:
        """start, stop or kill, as the service manager would; any other name fails as in a shell."""
        if name not in self._laws.commands or server not in self._lines:
            return CommandResult(127, safe(f"{name}: no such command for {server}"))
        try:
            self.take(self._laws.commands[name](self._world, server))
        except CannotBe as problem:
            return CommandResult(1, safe(str(problem)))
        return CommandResult(0)

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Cause a fault by name; raises KeyError for an unknown one."""
        self.take(self._laws.inject(self._world, name, arguments))

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The lines of the server's log from index `after` on."""
        return self._lines[server][after:]

    def harmed(self) -> Sequence[str]:
        """All of `harm`, whatever it is."""
        return tuple(harmed for kind in self.harm().values() for harmed in kind)

    def take(self, change: tuple[WorldT, tuple[EventT, ...]]) -> None:
        """Go on with the world as it was changed, and write what was logged."""
        self._world, events = change
        for event in events:
            server, lines = self.printed(event)
            self._lines[server].extend(lines)
