"""Looking on line by line: which watch of which run it is, and who walks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handrail.clock import DRILL_BOOT
from handrail.commands.looking_on import follow_plain
from handrail.ledger.record import Record
from handrail.ledger.verify import Verification, Whole
from handrail.review.following import Following
from handrail.review.run import Entry, RunRead
from handrail.walk import events as e


class Ready(Following):
    """A run that is there at once, and over."""

    def newer(self) -> RunRead:
        """Two watches, the second by somebody else."""
        ends: list[e.AnyEvent] = [e.Noted(text="one"), e.Noted(text="two"), e.Ended(how="complete")]
        entries = tuple(
            Entry(
                Record(
                    "run", watch, 1, "0" * 64, datetime(2026, 3, 29, tzinfo=UTC), 1, DRILL_BOOT, who, "jump1",
                    e.to_table(event),
                ),
                event,
                Path("watch"),
            )
            for watch, who, event in zip((1, 1, 2), ("ana", "ana", "ben\x1b"), ends, strict=True)
        )  # fmt: skip
        sealed = Verification(Path("run"), whole=Whole.SEALED)
        return RunRead(Path("ledger/20260329-run"), entries, None, None, None, sealed)


def test_each_watch_begins_with_the_run_and_who_walks_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Would catch lines of which nobody knows whose they are; what comes from outside moves no cursor."""
    follow_plain(Ready(Path("run"), None))
    lines = capsys.readouterr().out.splitlines()
    times = "; times are of the drill's clock"
    assert [line for line in lines if line.startswith("--")] == [
        f"-- 20260329-run, watch 1, walked by ana on jump1{times}",
        f"-- 20260329-run, watch 2, walked by ben\\x1b on jump1{times}",
    ]
    assert lines[0].startswith("--")
    assert lines[3].startswith("--")
