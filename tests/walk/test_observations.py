"""Observations: kept on change, capped, and readable again."""

from __future__ import annotations

from datetime import UTC, datetime

from handrail.readings import Failure, Line, Reading, Value
from handrail.text import safe
from handrail.walk.observations import CHUNK_CAP, LINES_A_CHUNK, Observations, entries, last_values

NOW = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)


def reading(value: Value | Failure, name: str = "active", row: str = "") -> Reading:
    """One reading of server a."""
    if isinstance(value, Failure):
        return Reading("a", name, None, NOW, 0, safe("test"), row=row, failure=value)
    return Reading("a", name, value, NOW, 0, safe("test"), row=row)


def line(text: str, number: int = 1) -> Line:
    """One line of server a."""
    return Line("a", safe(text), NOW, 0, "", number)


def test_only_changes_are_kept_and_the_last_of_each_is_found_again() -> None:
    """Would catch a file that grows by every reading, or a brief made from an old value."""
    kept = Observations()
    for value in (True, True, Failure.REFUSED, Failure.REFUSED, False):
        kept.note_readings([reading(value), reading(7, "messages", "q1")])
    chunk = kept.take()
    assert chunk is not None
    assert len(list(entries([chunk[1]]))) == 4
    assert last_values([chunk[1]]) == {("a", "active", ""): "false", ("a", "messages", "q1"): "7"}


def test_a_chunk_that_was_not_saved_is_taken_again() -> None:
    """Would catch observations lost to a full disk."""
    kept = Observations()
    kept.note_readings([reading(True)])
    first = kept.take()
    kept.note_readings([reading(False)])
    second = kept.take()
    assert first is not None
    assert second is not None
    assert first[0] == second[0] == "observations-001.jsonl"
    assert second[1].startswith(first[1])
    kept.taken()
    assert kept.take() is None
    kept.note_readings([reading(True)])
    third = kept.take()
    assert third is not None
    assert third[0] == "observations-002.jsonl"


def test_a_log_storm_is_counted_not_stored() -> None:
    """Would catch a chunk the ledger cannot take, and matched lines crowded out by noise."""
    kept = Observations()
    kept.note_lines((line("noise", number), ()) for number in range(LINES_A_CHUNK + 100))
    kept.note_lines([(line("AMQ221031: backup announced"), ("artemis.backup-announced",))])
    kept.note_lines((line("x" * 2000, number), ("artemis.storm",)) for number in range(5000))
    chunk = kept.take()
    assert chunk is not None
    assert len(chunk[1]) < CHUNK_CAP * 1.1
    found = list(entries([chunk[1]]))
    assert any(entry.get("names") == ["artemis.backup-announced"] for entry in found)
    dropped = found[-1]["not-kept"]
    assert isinstance(dropped, int)
    assert dropped > 4000


def test_hostile_lines_are_plain_ascii_on_disk() -> None:
    """Would catch `cat observations-001.jsonl` acting on the reviewer's terminal."""
    kept = Observations()
    kept.note_lines([(Line("a", safe("\x1b[2J \u202e Grüße"), NOW, 0, "", 1), ())])
    chunk = kept.take()
    assert chunk is not None
    assert all(32 <= byte < 127 or byte == 10 for byte in chunk[1])


def test_broken_lines_are_passed_over() -> None:
    """Would catch a resume that fails on one bad line."""
    assert list(entries([b'{"a": 1}\nnot json\n[1]\n{"b": 2}\n'])) == [{"a": 1}, {"b": 2}]
