"""Looking on at a run from a terminal without a screen: waiting for something in it, or telling all of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from handrail.clock import DRILL_BOOT
from handrail.review.following import Following, is_over
from handrail.review.run import RunRead
from handrail.review.timeline import timeline
from handrail.text import safe

LOOK_EVERY_S = 0.5
Found = TypeVar("Found")


def wait_for(
    looking: Following, wanted: Callable[[RunRead], Found | None], limit_s: float | None = None
) -> tuple[RunRead, Found] | None:
    """Look until `wanted` finds something in the run; None once the limit has passed. Raises UsageError."""
    until = None if limit_s is None else time.monotonic() + limit_s
    while True:
        run = looking.newer()
        if run is not None and (found := wanted(run)) is not None:
            return run, found
        if until is not None and time.monotonic() > until:
            return None
        time.sleep(LOOK_EVERY_S)


def follow_plain(looking: Following) -> int:
    """Print each record as it is saved, until the run is over; then the verdict, whose status this gives."""
    told = 0

    def tell(run: RunRead) -> bool | None:
        nonlocal told
        for line in timeline(run)[told:]:
            _tell_watch(run, line.index)
            print(f"{line.wall:%H:%M:%S}Z {line.number:4} {line.mark} {line.text}", flush=True)
        told = len(run.entries)
        return True if is_over(run) else None

    found = wait_for(looking, tell)
    assert found is not None  # noqa: S101 - it waits without a limit
    print(found[0].verification.verdict)
    return found[0].verification.exit_status


def _tell_watch(run: RunRead, index: int) -> None:
    """Before the first record of each watch: which run and watch it is, and who walks it."""
    record = run.entries[index].record
    if index and run.entries[index - 1].record.watch == record.watch:
        return
    drill = "; times are of the drill's clock" if record.boot_id == DRILL_BOOT else ""
    who = safe(f"{record.operator} on {record.host}", 120)
    print(f"-- {run.name}, watch {record.watch}, walked by {who}{drill}", flush=True)
