"""Taking a live walk up again: who walks it now is said once in each watch, whatever came between."""

from __future__ import annotations

from datetime import UTC, datetime

from handrail.ledger.record import Plain, Record
from handrail.walk.live_run import successor


def record(watch: int, number: int, kind: str, **event: Plain) -> Record:
    """One record."""
    wall = datetime(2026, 3, 29, 3, number, tzinfo=UTC)
    told: dict[str, Plain] = {"kind": kind, "schema": 1, **event}
    return Record("run", watch, number, "0" * 64, wall, 1, "boot", "root", "jump1", told)


FIRST = record(1, 1, "ledger.opened")
NEXT = record(2, 1, "ledger.opened", follows="take-over", reason="her line is dead")


def test_a_process_that_ended_before_it_said_who_took_over_leaves_it_to_the_next() -> None:
    """Would catch a walk in which the operator before counts as walking, and so may not be the witness."""
    for records in ([FIRST, NEXT], [FIRST, NEXT, record(2, 2, "ledger.resumed")]):
        took = successor(records, "ben", "SHA256:Ben", "")
        assert took is not None
        assert (took.operator, took.how, took.reason) == ("ben", "take-over", "her line is dead")


def test_who_is_known_to_walk_is_not_said_again() -> None:
    """One's own watch is gone on with, the first as well as a later one."""
    assert successor([FIRST, record(1, 2, "ledger.resumed")], "ana", "SHA256:Ana", "") is None
    said = [FIRST, NEXT, record(2, 2, "took-over"), record(2, 3, "ledger.resumed")]
    assert successor(said, "ben", "SHA256:Ben", "") is None
