"""What is known at one moment: the latest readings, the matched log lines, and the state of each source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from handrail.readings import Line, Reading
from handrail.text import NOTHING, SafeText


class Source(StrEnum):
    """Whether a log can be read now. Only `ready` makes "not seen" a statement."""

    READY = "ready"
    STARTING = "starting"
    CANNOT_READ = "cannot read"
    NONE = "no log"


@dataclass(frozen=True, slots=True)
class SourceState:
    """One log source: whether it is read, how far, and why not."""

    state: Source
    consumed: int = 0
    """Lines consumed since the run began."""
    position: str = ""
    detail: SafeText = NOTHING


@dataclass(frozen=True, slots=True)
class LogMatch:
    """A line of a server's log that is one of the catalogue's messages."""

    name: str
    """The message's full name, such as artemis.backup-announced."""
    line: Line
    since: str = ""
    until: str | None = None
    """The releases that print it so; empty for any."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything an expectation may look at. `readings` is keyed by (server, field), one entry a row."""

    at: datetime
    boot_ns: int
    readings: Mapping[tuple[str, str], tuple[Reading, ...]] = field(default_factory=dict)
    matches: Mapping[str, tuple[LogMatch, ...]] = field(default_factory=dict)
    sources: Mapping[str, SourceState] = field(default_factory=dict)

    def rows(self, server: str, name: str) -> tuple[Reading, ...]:
        """The latest readings of this field, none if it was never read."""
        return self.readings.get((server, name), ())
