"""Looking on at a run from a terminal without a screen: waiting for something in it, or telling all of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from handrail.review.following import Following, is_over
from handrail.review.run import RunRead
from handrail.review.timeline import timeline

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
        for line in timeline(run.entries)[told:]:
            print(f"{line.wall:%H:%M:%S}Z {line.number:4} {line.mark} {line.text}", flush=True)
        told = len(run.entries)
        return True if is_over(run) else None

    found = wait_for(looking, tell)
    assert found is not None  # noqa: S101 - it waits without a limit
    print(found[0].verification.verdict)
    return found[0].verification.exit_status
