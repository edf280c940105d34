"""When something was: what somebody types at 03:14 becomes one moment in UTC, or is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handrail.moments import WRITTEN, is_written, moment, read

NOW = datetime(2026, 1, 2, 3, 14, 30, 999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("03:10", "2026-01-02 03:10:00Z"),
        ("3:10 Z", "2026-01-02 03:10:00Z"),
        ("23:50", "2026-01-01 23:50:00Z"),
        ("yesterday 03:10", "2026-01-01 03:10:00Z"),
        ("2026-01-01 23:50:12,657", "2026-01-01 23:50:12Z"),
        ("2026-01-01T23:50:12.657Z", "2026-01-01 23:50:12Z"),
        ("2026-01-02T04:10:00+01:00", "2026-01-02 03:10:00Z"),
        ("04:10+0100", "2026-01-02 03:10:00Z"),
        ("22:10-05:00", "2026-01-02 03:10:00Z"),
        ("20 minutes ago", "2026-01-02 02:54:30Z"),
        ("20m ago", "2026-01-02 02:54:30Z"),
        ("1h30m ago", "2026-01-02 01:44:30Z"),
        ("1 h 30 min ago", "2026-01-02 01:44:30Z"),
        ("2 days ago", "2025-12-31 03:14:30Z"),
    ],
)
def test_a_time_is_understood_as_it_is_said(text: str, meant: str) -> None:
    """Would catch midnight, a zone or the comma of a log taken wrongly: a wrong journal is chosen by it."""
    assert f"{moment(text, NOW):{WRITTEN}}" == meant


@pytest.mark.parametrize(
    "text", ["about three", "25:00", "20", "ago", "2026-02-30 03:00", "20 minutes", "03:10+25:00"]
)
def test_what_names_no_moment_is_asked_for_again_with_examples(text: str) -> None:
    """Would catch words kept as they are, which nobody can compare with anything."""
    with pytest.raises(ValueError, match="03:14, 2026-01-02 03:14:07"):
        moment(text, NOW)


def test_a_moment_to_come_is_none_that_was() -> None:
    """A local time typed as if it were UTC shows itself so, east of Greenwich."""
    with pytest.raises(ValueError, match="2026-01-02 04:10:00Z has not come yet; it is 2026-01-02 03:14:30Z"):
        moment("2026-01-02 04:10", NOW)


def test_a_recorded_moment_reads_back_as_itself() -> None:
    """And nothing that only looks like one."""
    assert f"{read('2026-01-02 03:10:00Z'):{WRITTEN}}" == "2026-01-02 03:10:00Z"
    assert is_written("2026-01-02 03:10:00Z")
    assert not is_written("2026-1-2 3:10:00Z")
    assert not is_written("2026-01-02 03:10:00")
