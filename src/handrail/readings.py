"""Reading, Verdict, Evidence: what was seen, where, when, and what it means for an expectation.

A reading never raises at the screen: every failure is a reading with a `failure` and a `meaning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handrail.text import NOTHING, SafeText, safe

Value = bool | int | float | str


NOTHING_THERE = "empty"
"""The word for a text without letters: a field that was read and holds nothing."""


def value_words(value: Value) -> str:
    """A value as it is shown everywhere: true and false in words, an empty text said to be so."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != "" else NOTHING_THERE


_SYMBOL_LONGEST = 2
"""Units of so many letters are symbols (s, ms, MB, %), which have no plural."""


def measured(value: Value, unit: str) -> str:
    """A value with its unit: `3 connections`, `1 connection`, `1 ms`, `true`."""
    is_one = value == 1 and not isinstance(value, bool)
    shown = unit.removesuffix("s") if is_one and len(unit) > _SYMBOL_LONGEST else unit
    return f"{value_words(value)} {shown}" if shown else value_words(value)


class Failure(StrEnum):
    """Why a value could not be read. The words are the same on screen, in records and in files."""

    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    UNREACHABLE = "unreachable"
    WRONG_CREDENTIALS = "wrong-credentials"
    ORIGIN_REFUSED = "origin-refused"
    THROTTLED = "throttled"
    BOOTING = "booting"
    MBEAN_MISSING = "mbean-missing"
    NOT_SUPPORTED = "not-supported"
    MALFORMED = "malformed"
    STALE = "stale"
    """An answer came, and its own uptime says that it is not of now."""
    NOT_READ = "not-read"
    NO_ROWS = "no-rows"
    """It was read, and there is none of what the field tells a row of: no queue, no prepared transaction."""
    NOT_APPLICABLE = "not-applicable"
    """The product leaves it out, or shows '-', because it says nothing at the moment; never a "no"."""


class Verdict(StrEnum):
    """What an expectation is found to be. Unknown never passes."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """One observed value of one server.

    `field` is a name of the product's fields.toml; `value` is None when `failure` is set;
    `at` is wall time in UTC and `boot_ns` the boot clock at the moment the answer came;
    `source` says how it was read, `meaning` what a failure means for this product; `row` names the
    queue, VPN or other thing within the server that a field of many rows speaks of.
    """

    server: str
    field: str
    value: Value | None
    at: datetime
    boot_ns: int
    source: SafeText
    row: str = ""
    unit: str = ""
    failure: Failure | None = None
    meaning: SafeText = NOTHING

    def age_s(self, boot_ns: int) -> float:
        """Seconds from this reading to the boot time given."""
        return max(0.0, (boot_ns - self.boot_ns) / 1e9)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log, as it came, made safe.

    `server` names whose log; `at` and `boot_ns` are when handrail consumed it, not the stamp inside it;
    `position` is the source's own place (inode:offset for files, a cursor for commands).
    """

    server: str
    text: SafeText
    at: datetime
    boot_ns: int
    position: str
    number: int
    """Counts the lines consumed from this source since the run began, from 1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on: the expectation in words, what was found, since when, and its sources."""

    expected: SafeText
    found: SafeText
    verdict: Verdict
    source: SafeText = NOTHING
    age_s: float | None = None
    held_s: float | None = None
    holding: bool = False
    """It is as expected, and has not yet been so for long enough: neither met nor failed."""

    @property
    def now(self) -> SafeText:
        """What was found, and for how long so where that is what is waited for."""
        return safe(f"{self.found}, so for {self.held_s or 0:.0f} s") if self.holding else self.found
