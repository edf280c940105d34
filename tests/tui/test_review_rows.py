"""One record on a page: its fields in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from handrail.ledger.record import Plain, Record
from handrail.ledger.verify import Verification
from handrail.review.run import Entry, RunRead
from handrail.tui.review_rows import record_rows


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
