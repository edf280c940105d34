"""SafeText: nothing that a terminal would act upon, nothing lost that a person could read."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from handrail.readings import measured
from handrail.text import SafeText, amount, is_unsafe, safe, safe_bytes

UNSAFE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def test_no_character_of_unicode_passes_that_a_terminal_could_act_upon() -> None:
    """Would catch a control, format or bidirectional character anywhere in Unicode that comes through raw."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    assert not [character for character in safe(every) if unicodedata.category(character) in UNSAFE]


def test_the_test_above_can_fail() -> None:
    """The control: raw text does hold such characters."""
    assert any(is_unsafe(character) for character in "\x1b]0;title\x07")


@given(st.text())
def test_making_text_safe_twice_changes_nothing(text: str) -> None:
    """Would catch escapes that are escaped again on the way through several floors."""
    assert safe(safe(text)) == safe(text)


def test_escapes_are_visible_and_readable_text_stays() -> None:
    """Would catch deletion, which hides that something was there, and mangled letters."""
    assert safe("Grüße \x1b[31m 世界 \u202e") == "Grüße \\x1b[31m 世界 \\u202e"


def test_a_cut_is_marked_and_within_its_limit() -> None:
    """Would catch text that grows past its limit or is cut without a sign."""
    assert safe("x" * 50, 10) == "xxxxxxx..."
    assert isinstance(safe("x"), SafeText)


def test_bytes_that_are_no_text_show_as_bytes() -> None:
    """Would catch a decoding error on a broken log line."""
    assert safe_bytes(b"ok \xff\xfe end") == "ok \\xff\\xfe end"


def test_one_of_a_unit_is_no_plural_and_a_symbol_has_none() -> None:
    """Would catch `1 connections` on the screen, and `1 m` for a millisecond."""
    units = ("connections", "ms", "s", "%", "")
    assert [measured(1, unit) for unit in units] == ["1 connection", "1 ms", "1 s", "1 %", "1"]
    assert [measured(value, "files") for value in (0, 2, True)] == ["0 files", "2 files", "true files"]


def test_one_of_a_thing_is_no_plural() -> None:
    """Would catch `1 records`."""
    assert [amount(count, "record") for count in (0, 1, 2)] == ["0 records", "1 record", "2 records"]
