"""Until when a step is deferred: what an operator types at night, as a moment."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handrail.walk.until import until

NIGHT = datetime(2026, 11, 21, 23, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("8h", "2026-11-22 07:14Z"),
        ("1h30m", "2026-11-22 00:44Z"),
        ("2d", "2026-11-23 23:14Z"),
        ("23:50", "2026-11-21 23:50Z"),
        ("9:00", "2026-11-22 09:00Z"),
        ("today", "2026-11-21 23:59Z"),
        ("tomorrow", "2026-11-22 23:59Z"),
        ("Tomorrow 09:00", "2026-11-22 09:00Z"),
        ("2026-12-24", "2026-12-24 23:59Z"),
        ("2026-12-24 09:00Z", "2026-12-24 09:00Z"),
    ],
)
def test_a_length_a_time_or_a_day_becomes_a_moment_in_utc(typed: str, moment: str) -> None:
    """A time of day is the next one, and a day is its end."""
    assert until(typed, NIGHT) == moment


@pytest.mark.parametrize(
    "typed", ["soon", "/srv/backup/x", "", " ", "25:00", "2026-02-30", "tomorrow9", "0d", "999999999h"]
)
def test_words_that_name_no_moment_to_come_are_refused(typed: str) -> None:
    """Would catch a deferral that nobody can be held to."""
    with pytest.raises(ValueError, match=r"8h|gone by"):
        until(typed, NIGHT)


def test_a_moment_gone_by_says_what_time_it_is() -> None:
    """An operator whose wall clock is not UTC sees why."""
    with pytest.raises(ValueError, match=r"gone by; it is 2026-11-21 23:14Z"):
        until("today 22:00", NIGHT)
