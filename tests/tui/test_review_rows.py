"""One record on a page: its fields in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from handrail.ledger.record import Plain, Record
from handrail.ledger.verify import Verification
from handrail.review.run import Entry, RunRead
from handrail.review.timeline import timeline
from handrail.tui.review_rows import record_rows, timeline_rows


def page(event: dict[str, Plain]) -> list[str]:
    """The page of a record with this event."""
    record = Record(
        "run", 1, 7, "0" * 64, datetime(2026, 3, 29, tzinfo=UTC), 1, "boot", "ana", "jump1", event
    )
    run = RunRead(
        Path("run"), (Entry(record, None, Path("run")),), None, None, None, Verification(Path("run"))
    )
    return [row.text for row in record_rows(run, None, 0, "good", None, 80)]


def test_a_list_in_a_record_is_a_line_for_each_item() -> None:
    """Would catch brackets and quotation marks of a programming language on a page for people."""
    said = page({"kind": "handover-offered", "schema": 1, "brief": ["Walked by ana", "Now: one live"]})
    assert said[-3:] == [" brief:", "   Walked by ana", "   Now: one live"]
    assert page({"kind": "x", "schema": 1, "rows": []})[-1] == " rows: none"


def test_a_table_and_a_truth_are_words() -> None:
    """Would catch True, and braces."""
    said = page({"kind": "x", "schema": 1, "ends": [{"row": "vpn-1", "result": "accepted"}], "swapped": True})
    assert "   row vpn-1, result accepted" in said
    assert " swapped: yes" in said


@pytest.mark.parametrize("room", [1, 2, 3, 5, 20])
def test_a_row_divides_the_watches_and_the_record_looked_at_is_always_there(room: int) -> None:
    """Would catch records of two people read as one's, and a pointer pushed off the screen by the dividing row."""
    people = ("ana", "ana", "ana", "ben", "ben", "cat")
    entries = [
        Entry(
            Record(
                "run", "abc".index(who[0]) + 1, number, "0" * 64, datetime(2026, 3, 29, tzinfo=UTC), 1, "boot", who,
                "jump1", {"kind": "x", "schema": 1},
            ),
            None,
            Path("run"),
        )
        for number, who in enumerate(people, 1)
    ]  # fmt: skip
    lines = timeline(RunRead(Path("run"), tuple(entries), None, None, None, Verification(Path("run"))))
    for at in range(len(lines)):
        rows = [row.text for row in timeline_rows(lines, at, room, 60, {})]
        assert len(rows) <= room
        assert [row[:6] for row in rows if row.startswith(">")] == [f">{at + 1:5}"]
        assert all(len(row) <= 60 for row in rows)
    whole = [row.text for row in timeline_rows(lines, 0, 20, 60, {})]
    assert [place for place, row in enumerate(whole) if row.startswith("-----")] == [3, 6]
    assert whole[3].startswith("----- watch 2: ben on jump1, 2026-03-29 ---")
