"""The one source of time: wall clock, boot clock and sleep, injected wherever time matters.

Nothing else in the project calls `time` or `datetime.now`, so a drill can run in virtual time
and a test can step the wall clock back an hour.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

NANOSECONDS = 1_000_000_000
DRILL_BOOT = "drill"
"""What stands in a record for the boot of a drill's clock, which is none of the host's."""


class Clock(Protocol):
    """Wall time in UTC, time since boot in nanoseconds, and a sleep that obeys both."""

    @property
    def boot_id(self) -> str:
        """The kernel's identity of this boot; boot times compare only within one."""
        ...

    def wall(self) -> datetime:
        """Now, UTC, with a time zone."""
        ...

    def boot_ns(self) -> int:
        """Nanoseconds since boot, counting suspend (CLOCK_BOOTTIME)."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds of this clock."""
        ...


class SystemClock:
    """The machine's own clock. `asyncio.sleep` is used as it is, so a drill's loop governs it."""

    def __init__(self) -> None:
        self._boot_id = _read_boot_id()

    @property
    def boot_id(self) -> str:
        """As the kernel tells it, or `unknown` where there is no /proc."""
        return self._boot_id

    def wall(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC)

    def boot_ns(self) -> int:
        """CLOCK_BOOTTIME in nanoseconds."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)


@dataclass
class LoopClock:
    """The clock of a drill: it reads the running event loop's time, which a drill makes virtual.

    `start` is the wall time the drill pretends to begin at; `loop_time` returns the loop's seconds.
    """

    start: datetime
    loop_time: asyncio.AbstractEventLoop
    boot_id: str = DRILL_BOOT
    _origin: float = field(init=False)

    def __post_init__(self) -> None:
        self._origin = self.loop_time.time()

    def elapsed(self) -> float:
        """Seconds of the drill so far."""
        return self.loop_time.time() - self._origin

    def wall(self) -> datetime:
        """The pretended wall time, UTC."""
        return self.start + timedelta(seconds=self.elapsed())

    def boot_ns(self) -> int:
        """The drill's elapsed time in nanoseconds."""
        return int(self.elapsed() * NANOSECONDS)

    async def sleep(self, seconds: float) -> None:
        """Wait in the loop's time."""
        await asyncio.sleep(seconds)


@dataclass
class ManualClock:
    """A clock that moves only when told to; for tests and for replaying records."""

    now: datetime = datetime(2026, 1, 2, 3, 14, 0, tzinfo=UTC)
    boot: int = 1_000 * NANOSECONDS
    boot_id: str = "00000000-0000-0000-0000-000000000001"

    def wall(self) -> datetime:
        """The wall time it was set to."""
        return self.now

    def boot_ns(self) -> int:
        """The boot time it was set to."""
        return self.boot

    def advance(self, seconds: float) -> None:
        """Move both clocks forward together."""
        self.now += timedelta(seconds=seconds)
        self.boot += int(seconds * NANOSECONDS)

    def step_wall(self, seconds: float) -> None:
        """Move the wall clock alone, as a bad time server does."""
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Advance at once and let others run."""
        self.advance(seconds)
        await asyncio.sleep(0)


def _read_boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"
