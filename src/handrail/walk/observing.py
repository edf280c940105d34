"""Observing: readings and logs of every bound server, for ever, in tasks of their own.

Observation never waits for the ledger or for a face.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from handrail.clock import Clock
from handrail.observe.situation import LogMatch, Situation, SourceState
from handrail.readings import Line, Reading
from handrail.text import SafeText
from handrail.walk.observations import Observations
from handrail.walk.systems import Systems

READ_EVERY_S = 2.0
LOGS_EVERY_S = 0.25
LINES_SHOWN = 400
MATCHES_KEPT = 2000


class Words(Protocol):
    """What the catalogue says about lines."""

    def matches(self, line: Line) -> Sequence[LogMatch]:
        """The messages this line is, in any release's wording."""
        ...

    def counts(self, match: LogMatch) -> bool:
        """Whether the server's release, as far as it is known, prints that wording."""
        ...

    def learn(self, server: str, version: str) -> None:
        """Take note of the release a server says it is."""
        ...

    def awaited(self, name: str, server: str) -> SafeText:
        """The real line that this server would print for the message."""
        ...

    def near_miss(self, name: str, line: Line) -> SafeText | None:
        """Why a line that looks right is not the awaited one, or None."""
        ...


@dataclass
class Observing:
    """Keeps the latest readings and the matched lines of some servers."""

    systems: Systems
    clock: Clock
    fields: Mapping[str, Collection[str]]
    """Server to what is read of it."""
    words: Words
    observations: Observations
    logs_every_s: float = LOGS_EVERY_S
    read_every_s: float = READ_EVERY_S
    readings: dict[tuple[str, str], tuple[Reading, ...]] = field(default_factory=dict)
    matches: dict[str, deque[LogMatch]] = field(default_factory=dict)
    recent: deque[Line] = field(default_factory=lambda: deque(maxlen=LINES_SHOWN))
    read_at_ns: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self, marks: Mapping[str, tuple[int, str]]) -> None:
        """Begin at these marks (server to line number and position); read every server once first."""
        for server, log in self.systems.logs.items():
            number, position = marks.get(server, (0, ""))
            await log.start(number, position)
            self.matches[server] = deque(maxlen=MATCHES_KEPT)
        await asyncio.gather(self.read_all(), self.read_logs())
        # A task a server: one that answers slowly holds up no other.
        self._tasks = [asyncio.create_task(self._keep_reading(server)) for server in self.fields]
        self._tasks += [asyncio.create_task(self._keep_following(server)) for server in self.systems.logs]

    async def stop(self) -> None:
        """End the tasks; the systems stay open for their owner to close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def read_all(self, servers: Collection[str] | None = None) -> None:
        """Read every server (or these) at once."""
        await asyncio.gather(*(self._read(server) for server in servers or self.fields))

    async def read_logs(self) -> None:
        """Consume what every log has new."""
        await asyncio.gather(*(self._consume(server) for server in self.systems.logs))

    def situation(self) -> Situation:
        """What is known now."""
        return Situation(
            self.clock.wall(),
            self.clock.boot_ns(),
            dict(self.readings),
            {
                server: tuple(match for match in matches if self.words.counts(match))
                for server, matches in self.matches.items()
            },
            self.sources(),
        )

    def sources(self) -> dict[str, SourceState]:
        """The state of each log."""
        return {server: log.state for server, log in self.systems.logs.items()}

    async def _read(self, server: str) -> None:
        found = await self.systems.read(server, self.fields[server])
        rows: dict[str, list[Reading]] = {}
        for reading in found:
            rows.setdefault(reading.field, []).append(reading)
        for name, readings in rows.items():
            self.readings[(server, name)] = tuple(readings)
        version = self.readings.get((server, "version"))
        if version and isinstance(version[0].value, str):
            self.words.learn(server, version[0].value)
        self.observations.note_readings(found)
        self.read_at_ns = self.clock.boot_ns()

    async def _consume(self, server: str) -> None:
        lines = await self.systems.logs[server].read()
        if not lines:
            return
        kept = []
        for line in lines:
            found = self.words.matches(line)
            self.matches[server].extend(found)
            kept.append((line, tuple(item.name for item in found)))
        self.recent.extend(lines)
        self.observations.note_lines(kept)

    async def _keep_reading(self, server: str) -> None:
        while True:
            await self.clock.sleep(self.read_every_s)
            await self._read(server)

    async def _keep_following(self, server: str) -> None:
        while True:
            await self.clock.sleep(self.logs_every_s)
            await self._consume(server)
