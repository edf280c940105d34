"""Laying out text: nothing wider than its room, nothing lost, no name broken in two."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.tui.paper import (
    Block,
    Row,
    aligned,
    clipped,
    columns,
    cut,
    fitted,
    folded,
    limited,
    padded,
    wrapped,
)
from handrail.tui.typed import LIMIT, Typed

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), max_size=200)
WIDTH = st.integers(min_value=20, max_value=160)


@given(TEXT, WIDTH)
def test_wrapped_rows_fit_and_keep_every_word(text: str, width: int) -> None:
    """Wide characters count as two columns; only spaces may be lost, at the ends of lines."""
    rows = wrapped(text, width, "  ", "    ")
    assert all(columns(row.text) <= width for row in rows)
    assert "".join(row.text for row in rows).replace(" ", "") == text.replace(" ", "")


@given(TEXT, WIDTH)
def test_what_is_sent_is_folded_without_losing_a_space(text: str, width: int) -> None:
    """Taking the indents away gives exactly the text."""
    rows = folded(text, width, "   ")
    assert all(columns(row.text) <= width for row in rows)
    assert "".join(row.text[3:] for row in rows) == text


@given(TEXT, TEXT, WIDTH)
def test_cutting_padding_and_aligning_keep_the_width(left: str, right: str, width: int) -> None:
    """A cut is marked; padding is exact."""
    assert columns(cut(left, width)) <= width
    assert columns(padded(left, width)) == width
    short = cut(right, width // 3)
    assert columns(aligned(left, short, width)) == width
    assert aligned(left, short, width).endswith(short)


def test_a_servers_name_is_not_broken_at_its_hyphen() -> None:
    """`broker-` at the end of a line would be another server's name to a tired eye."""
    rows = wrapped("now stop the broker-b of this pair", 20)
    assert any("broker-b" in row.text for row in rows)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9), st.integers(0, 2))), st.integers(1, 30))
def test_blocks_fit_and_the_important_ones_go_last(sizes: list[tuple[int, int, int]], height: int) -> None:
    """Whatever fits without the lesser ones is shown whole."""
    blocks = [
        Block([Row(f"{place}")] * rows, rank, [Row("short")] * min(short, rows))
        for place, (rows, rank, short) in enumerate(sizes)
    ]
    shown = fitted(blocks, height)
    assert len(shown) <= height
    whole = sum(len(block.rows) for block in blocks)
    left_out = re.search(r"(?:\.\.|!!) (\d+) (?:more )?line", shown[-1].text) if shown else None
    assert len(shown) - bool(left_out) + int(left_out[1] if left_out else 0) == whole, "all are counted"
    least = sum(len(block.short if block.rank else block.rows) for block in blocks)
    if least < height:
        texts = [row.text for row in shown]
        for place, block in enumerate(blocks):
            if block.rank == 0:
                assert texts.count(f"{place}") == len(block.rows)


def test_what_a_big_block_makes_room_for_comes_back() -> None:
    """Would catch rows left out below which the screen is blank."""
    blocks = [Block([Row("must")]), Block([Row("big")] * 5, 2), Block([Row("little")], 3)]
    assert [row.text.strip() for row in fitted(blocks, 4)] == ["must", "little", ".. 5 more lines: press v"]


def test_what_is_read_breaks_behind_a_blank_and_keeps_every_space() -> None:
    """Would catch `AMQ2210` at the end of a row and `02` on the next one."""
    text = "19:37 WARN  [server] AMQ221002: Apache ActiveMQ"
    rows = folded(text, 29, " ", at_blanks=True)
    assert rows[0].text == " 19:37 WARN  [server] "
    assert rows[0].text[1:] + "".join(row.text.removeprefix("+ ")[1:] for row in rows[1:]) == text or (
        "".join(row.text.lstrip(" +") for row in rows).replace(" ", "") == text.replace(" ", "")
    )
    assert not any(row.text.endswith("AMQ2210") for row in rows)
    assert "".join(row.text for row in folded("x" * 50, 29, " ", at_blanks=True)).count("x") == 50


def test_a_sentence_that_is_cut_does_not_run_on() -> None:
    """Would catch a cut end that reads on into the sentence below it."""
    rows = wrapped("its console listens elsewhere; ask whoever has moved it where it is", 30)
    cut_off = clipped(rows, 2, 30)
    assert [len(cut_off), cut_off[0]] == [2, rows[0]]
    assert cut_off[1].text.endswith("..")
    assert columns(cut_off[1].text) <= 30
    assert clipped(rows, 9, 30) == rows


def test_what_is_left_out_is_said() -> None:
    """A cut list never looks whole."""
    rows = limited([Row(str(number)) for number in range(10)], 4)
    assert [row.text for row in rows[:3]] == ["0", "1", "2"]
    assert "7 more lines" in rows[3].text


@pytest.mark.parametrize(
    ("keys", "text", "at"),
    [
        (["a", "b", "left", "x"], "axb", 2),
        (["a", "b", "backspace"], "a", 1),
        (["a", "b", "home", "delete"], "b", 0),
        (["a", " ", "b", "ctrl+w"], "a ", 2),
        (["a", "b", "ctrl+u"], "", 0),
        (["a", "home", "left", "backspace", "end", "right", "c"], "ac", 2),
    ],
)
def test_typing_one_line(keys: list[str], text: str, at: int) -> None:
    """The few keys a line understands."""
    typed = Typed()
    for key in keys:
        typed.press(key, key if len(key) == 1 else None)
    assert (typed.text, typed.at) == (text, at)


@given(st.text(max_size=700))
def test_pasted_text_becomes_one_harmless_line(text: str) -> None:
    """Line ends become spaces, what a terminal would act upon is left out, and there is a limit."""
    typed = Typed()
    typed.insert(text)
    assert len(typed.text) <= LIMIT
    assert typed.text.isprintable()
    assert typed.at == len(typed.text)


def test_a_screen_too_short_for_what_never_gives_way_says_that_it_is_cut() -> None:
    """Would catch a cut gate that looks like a detail left out."""
    blocks = [Block([Row("must")] * 4), Block([Row("little")] * 2, 3)]
    assert [row.text.strip() for row in fitted(blocks, 4)][-1] == "!! 3 lines cut: press v"
    assert fitted(blocks, 5)[-1].text.strip() == ".. 2 more lines: press v"
