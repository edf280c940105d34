"""Who holds a watch now: what its process says of itself, and whether that process lives."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from handrail.clock import Clock
from handrail.ledger.directory import write_all
from handrail.ledger.disk import Disk
from handrail.ledger.record import BadRecord, dump, load, wall_text
from handrail.ledger.watch import Identity, holder_path
from handrail.text import SafeText, safe

_LIMIT = 4096


class Life(StrEnum):
    """What is known of the process behind an unsealed watch."""

    ALIVE = "alive"
    HELD = "held"
    ELSEWHERE = "on another host"


@dataclass(frozen=True, slots=True)
class Holder:
    """The process behind a watch, in its own words; only for messages, never for a decision."""

    life: Life
    operator: SafeText
    host: SafeText
    pid: int
    since: SafeText

    def __str__(self) -> str:
        return self.told(self.life)

    def told(self, state: str) -> str:
        """Who it is and since when, with what is known of the process in these words."""
        who = f"{self.operator} on {self.host}" if self.operator else "somebody"
        pid = f", pid {self.pid}" if self.pid else ""
        since = f", since {self.since}" if self.since else ""
        return f"{who}{pid}{since} ({state})"


def write(disk: Disk, watch: Path, mode: int, identity: Identity, clock: Clock) -> None:
    """Say who writes this watch. It need not be durable: it means nothing once the process is gone."""
    path = holder_path(watch)
    text = dump(
        {
            "operator": identity.operator,
            "host": identity.host,
            "pid": os.getpid(),
            "boot_id": clock.boot_id,
            "since": wall_text(clock.wall()),
        }
    )
    with contextlib.suppress(FileNotFoundError):
        disk.unlink(path)
    handle = disk.create(path, mode)
    try:
        write_all(disk, handle, text)
    finally:
        disk.close(handle)


def look(disk: Disk, watch: Path, host: str) -> Holder:
    """Who holds the watch, as seen from `host`. Never raises: what cannot be read is left empty."""
    stated = _stated(disk, watch)
    there = str(stated.get("host", ""))
    pid = stated.get("pid", 0)
    return Holder(
        life=_life(disk, watch, elsewhere=bool(there) and there != host),
        operator=safe(str(stated.get("operator", "")), 80),
        host=safe(there, 80),
        pid=pid if isinstance(pid, int) else 0,
        since=safe(str(stated.get("since", "")), 40),
    )


def _life(disk: Disk, watch: Path, *, elsewhere: bool) -> Life:
    try:
        lock = disk.lock(watch)
    except OSError:
        return Life.ELSEWHERE if elsewhere else Life.HELD
    if lock is None:
        return Life.ALIVE
    lock.release()
    # A lock taken on another host may not be seen here: free proves nothing then.
    return Life.ELSEWHERE if elsewhere else Life.HELD


def _stated(disk: Disk, watch: Path) -> dict[str, object]:
    try:
        return dict(load(disk.read(holder_path(watch), _LIMIT)))
    except (OSError, BadRecord):
        return {}
