"""How long until a replication queue is full: (quota - usage) / rate, and nothing where there is no rate."""

from __future__ import annotations

from handrail.products.solace.asking import RATE_OVER_S, Filling, Queue
from handrail.products.solace.meaning import Unread
from handrail.readings import Failure

SECOND = 1_000_000_000


def queue(usage_mb: float, vpn: str = "a", quota_mb: float = 1000.0) -> Queue:
    """A replication queue so full."""
    return Queue(vpn, 1, usage_mb, quota_mb)


def test_one_answer_tells_no_rate() -> None:
    """Would catch a time made up of one level."""
    told = Filling().soonest_s([queue(900)], 0)
    assert isinstance(told, Unread)
    assert told.failure is Failure.NOT_APPLICABLE


def test_the_first_to_be_full_is_told() -> None:
    """Two fill, one drains: 10 MB a second with 400 left comes before 1 with 900."""
    filling = Filling()
    filling.soonest_s([queue(500, "a"), queue(90, "b"), queue(900, "c")], 0)
    told = filling.soonest_s([queue(600, "a"), queue(100, "b"), queue(800, "c")], 10 * SECOND)
    assert told == 40


def test_the_rate_is_the_latest_one_and_not_that_of_one_step() -> None:
    """It stood still for a minute, then fills: old answers do not thin out what is happening now."""
    filling = Filling()
    for second in range(0, 60, 2):
        assert isinstance(filling.soonest_s([queue(100)], second * SECOND), Unread)
    told = None
    for step in range(1, 8):
        told = filling.soonest_s([queue(100 + 20 * step)], (58 + 2 * step) * SECOND)
    assert told == round((1000 - 240) / 10)
    assert RATE_OVER_S >= 6


def test_a_queue_that_drains_or_stands_still_has_no_such_time() -> None:
    """Not zero, and not for ever: it does not apply."""
    filling = Filling()
    filling.soonest_s([queue(500)], 0)
    assert isinstance(filling.soonest_s([queue(400)], 10 * SECOND), Unread)


def test_a_full_one_is_full_now() -> None:
    """Never a negative time."""
    filling = Filling()
    filling.soonest_s([queue(990)], 0)
    assert filling.soonest_s([queue(1001)], 10 * SECOND) == 0
