"""Heads are carried one after the other, and a slow anchor holds up nobody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from handrail.walk.carrying import Carrying


async def test_a_head_that_arrived_is_anchored_and_one_that_did_not_is_pending() -> None:
    """Would catch a screen that says anchored for a head that never left."""
    with ThreadPoolExecutor(1) as thread:
        carrying = Carrying(thread)
        carrying.carry(lambda: None, 7)
        await carrying.wait()
        assert (carrying.anchoring.sent_to, carrying.anchoring.pending) == (7, "")
        carrying.carry(lambda: "syslog does not answer", 9)
        await carrying.wait()
        assert (carrying.anchoring.sent_to, carrying.anchoring.pending) == (7, "syslog does not answer")


async def test_the_walk_goes_on_while_a_head_is_carried() -> None:
    """Would catch a walk that stands still behind a slow anchor."""
    arrived = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        carrying = Carrying(thread)
        carrying.carry(lambda: None if arrived.wait(5) else "never", 3)
        assert carrying.anchoring.sent_to == 0
        arrived.set()
        await carrying.wait()
        assert carrying.anchoring.sent_to == 3
