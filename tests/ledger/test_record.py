"""Records: what goes in comes out, and no byte of them can mislead a terminal or a parser."""

from __future__ import annotations

import math
import tomllib
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handrail.ledger.names import RECORD_LIMIT
from handrail.ledger.record import BadRecord, Plain, Record, decode, dump, encode, load
from handrail.text import safe

WALL = datetime(2026, 1, 2, 3, 14, 0, 5, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALAR = (
    TEXT
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.datetimes(timezones=st.just(UTC))
)
PLAIN = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def record(event: dict[str, Plain], **changes: object) -> Record:
    """A record with this event."""
    fields: dict[str, object] = {
        "run": "20260102T031400Z-a-b-0a1b2c",
        "watch": 1,
        "number": 7,
        "previous": "0" * 64,
        "wall": WALL,
        "boot_ns": 12,
        "boot_id": "b",
        "operator": "alice",
        "host": "jump1",
        "event": {"kind": "test", "schema": 1, **event},
    }
    return Record(**(fields | changes))  # type: ignore[arg-type]


@given(st.dictionaries(TEXT.filter(lambda key: key not in {"kind", "schema"}), PLAIN, max_size=5), TEXT)
@example({"\x1b]0;x\x07": "\u202e\u2066\x9b\x85\u2028\r\n\t"}, "\ud7ff\ue000\U000e0001\U0010ffff")
def test_a_record_comes_back_as_it_was_and_hides_nothing(event: dict[str, Plain], operator: str) -> None:
    """Every text survives; no control, format, private or unassigned character stands in the bytes."""
    written = record(event, operator=operator, files={"a.txt": "f" * 64}, unsaved=("full",))
    data = encode(written)
    assert decode(data) == written
    text = data.decode()
    assert not [c for c in text if c != "\n" and unicodedata.category(c) in HIDDEN]
    assert tomllib.loads(text)["operator"] == operator


@given(
    st.lists(
        st.sampled_from(["result = 'confirmed'", '"""', "\n[event]\nkind = 'x'\n", "\\", "'"]), max_size=6
    )
)
def test_evidence_cannot_pose_as_a_field(lines: list[str]) -> None:
    """A hostile log line stays inside its quotes: no line of the file begins as it does."""
    text = encode(record({"lines": list(lines)})).decode()
    assert not any(line.startswith("result") for line in text.splitlines())
    assert text.count("\n[event]\n") == 1


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "NoneType"),
        ({"a": [1, None]}, r"value\.a\[1\]"),
        (2**63, "64 bits"),
        (b"bytes", "bytes"),
        ("\ud800", "surrogate"),
        ({1: 2}, "key"),
        ("x" * RECORD_LIMIT, "put the large part into a file"),
    ],
)
def test_what_toml_cannot_say_is_refused_with_its_place(value: object, why: str) -> None:
    """A record that could not be read again must not be signed."""
    with pytest.raises(BadRecord, match=why):
        dump({"value": value})


def test_a_tree_without_end_is_refused() -> None:
    """Deep nesting is how parsers are hurt."""
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    with pytest.raises(BadRecord, match="deeper"):
        dump({"value": deep})


@pytest.mark.parametrize("event", [{}, {"kind": ""}, {"kind": "x"}, {"kind": "x", "schema": True}])
def test_an_event_says_its_kind_and_schema(event: dict[str, Plain]) -> None:
    """Or a later version could not read it."""
    broken = Record(**{**_fields(record({})), "event": event})  # type: ignore[arg-type]
    with pytest.raises(BadRecord, match="event needs"):
        encode(broken)


def _fields(one: Record) -> dict[str, object]:
    return {name: getattr(one, name) for name in Record.__dataclass_fields__}


def test_sixty_kilobytes_of_dots_do_not_hurt_the_reader() -> None:
    """tomllib of this Python needs gigabytes for them."""
    with pytest.raises(BadRecord):
        load(b"a." * 30_000 + b"a = 1")


def test_words_of_enumerations_and_safe_text_are_plain_texts() -> None:
    """The walk hands over its own types."""

    class Word(StrEnum):
        MET = "met"

    table = load(dump({"verdict": Word.MET, "line": safe("\x1b[2J"), "pair": ("a", 1.5), "odd": math.inf}))
    assert table == {"verdict": "met", "line": "\\x1b[2J", "pair": ["a", 1.5], "odd": math.inf}


@given(st.binary(max_size=400))
def test_any_bytes_are_a_record_or_refused(data: bytes) -> None:
    """Whatever was signed by a strange program."""
    with pytest.raises(BadRecord):
        decode(data)


@pytest.mark.parametrize(
    "change",
    [
        "schema = 2",
        "wall = '2026-01-02'",
        "previous = 'x'",
        "number = '7'",
        "number = true",
        "extra = 1",
        "event = 1",
    ],
)
def test_a_record_of_another_shape_is_refused(change: str) -> None:
    """Each field is what it must be."""
    table = load(encode(record({})))
    table.update(load(change.encode()))
    with pytest.raises(BadRecord):
        decode(dump(table))
