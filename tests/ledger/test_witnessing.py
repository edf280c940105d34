"""Who sent what they had witnessed themselves: by the key, or by the site's name for two keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handrail.ledger.record import Plain, Record
from handrail.ledger.witnessing import sent_by_witness


def record(watch: int, number: int, **event: Plain) -> Record:
    """One record of a run."""
    wall = datetime(2026, 3, 29, 3, number, tzinfo=UTC)
    return Record("run", watch, number, "0" * 64, wall, 1, "boot", "root", "jump1", {"schema": 1, **event})


@pytest.mark.parametrize(
    ("walks", "found"),
    [("SHA256:Ben", {(2, 2): "kill"}), ("SHA256:BensOther", {(2, 2): "kill"}), ("SHA256:Cat", {})],
)
def test_the_witness_who_walks_on_and_sends_is_named(walks: str, found: dict[tuple[int, int], str]) -> None:
    """Would catch a run in which one person was both, and the control: a third person who sends is no fault."""
    act: dict[str, Plain] = {"step": "kill", "attempt": 1}
    records = [
        record(1, 1, kind="ledger.opened", key="SHA256:Ana"),
        record(1, 2, kind="witnessed", principal="ben@site", key="SHA256:Ben", **act),
        record(2, 1, kind="ledger.opened", key=walks),
        record(2, 2, kind="intended", **act),
        record(2, 3, kind="intended", step="kill", attempt=2),
    ]
    known = {"SHA256:Ana": "ana@site", "SHA256:BensOther": "ben@site"}
    assert sent_by_witness(records, known) == found
