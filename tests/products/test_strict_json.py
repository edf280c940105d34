"""JSON from outside: each oddity is one ValueError."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.products.strict_json import DEPTH, parse_json


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[NaN]",
        b"[Infinity]",
        b"[1e999]",
        b"[" + b"9" * 5000 + b"]",
        b"[" * 100_000,
        b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1),
        b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1),
        b"<html><body>503</body></html>",
    ],
    ids=range(11),
)
def test_what_is_no_strict_json_is_one_kind_of_error(data: bytes) -> None:
    """Python's own parser raises five kinds, and accepts NaN."""
    with pytest.raises(ValueError):
        parse_json(data)


def test_html_is_named_as_such() -> None:
    """A log-in page in place of an answer is a common mistake of address."""
    with pytest.raises(ValueError, match="HTML"):
        parse_json(b"  <!DOCTYPE html>")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_value_error(data: bytes) -> None:
    """Nothing a broker sends may raise anything else."""
    with contextlib.suppress(ValueError):
        parse_json(data)
