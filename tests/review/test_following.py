"""How old is what somebody looks at who looks on."""

from __future__ import annotations

import os
from pathlib import Path

from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.review.following import Following, as_of


def test_the_age_is_of_the_newest_records_file_not_of_the_time_in_it(tmp_path: Path) -> None:
    """Would catch a drill at sixty times the speed whose newest record is an hour in the future."""
    clock = ManualClock()
    with Ledger(tmp_path / "ledger", QuickDisk(), clock).open_run(
        "drill", "a/b", MemoryKey(), "ana", "jump1", {}
    ) as watch:
        looking = Following(watch.path.parent, None, clock=clock)
        assert looking.age_s() is None, "nothing was looked at yet"
        for number in (1, 2):
            if number == 2:
                watch.append({"kind": "test", "schema": 1})
            written = clock.wall().timestamp() - 30 * number
            os.utime(watch.path / f"{number:06d}.toml", (written, written))
            looking.newer()
            assert looking.age_s() == 30 * number


def test_an_age_is_said_in_words_that_change_seldom() -> None:
    """Would catch a counter that sends bytes over a slow line every second."""
    assert [as_of(age) for age in (0, 9.9, 10, 59, 60, 3599, 3600, 90000)] == [
        "as of now",
        "as of now",
        "as of 10 s ago",
        "as of 50 s ago",
        "as of 1 min ago",
        "as of 59 min ago",
        "as of 1 h ago",
        "as of 25 h ago",
    ]
