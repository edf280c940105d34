"""Readings as small plots: a sign means the same in every row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from handrail.review.series import Series, plot, series_of

BEGIN = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
END = BEGIN + timedelta(seconds=4)


def drawn(*told: object) -> str:
    """One value a second, four columns."""
    observed = [
        {"server": "a", "field": "x", "at": (BEGIN + timedelta(seconds=at)).isoformat(), **_one(value)}
        for at, value in enumerate(told)
    ]
    [series] = series_of(observed)
    return plot(series, BEGIN + timedelta(seconds=-1), END - timedelta(seconds=1), 4)


def _one(value: object) -> dict[str, object]:
    return (
        {"failure": value.removeprefix("!")}
        if isinstance(value, str) and value[:1] == "!"
        else {"value": value}
    )


def test_true_and_false_look_the_same_in_a_row_that_changes_and_in_one_that_does_not() -> None:
    """Scaled to itself a row that was always true would be drawn like one that was always false."""
    assert drawn(True, True, True, True) == "TTTT"
    assert drawn(False, True, False, False) == "fTff"


def test_numbers_rise_and_a_constant_is_neither_low_nor_high() -> None:
    """Lowest and highest of the row; zero change in the middle."""
    assert drawn(0, 0, 8, 8) == "..@@"
    assert len(set(drawn(150, 150, 150, 150)) - set(".@")) == 1


def test_texts_are_letters_and_only_what_could_not_be_read_is_a_question_mark() -> None:
    """A version is a reading like any other."""
    assert drawn("2.44.0", "!refused", "2.56.0", "2.44.0") == "a?ba"


def test_nothing_is_drawn_before_the_first_reading() -> None:
    """An empty place is not a zero."""
    series = Series("a", "x", points=[(END, 1)])
    assert plot(series, BEGIN, END, 4) == "   ="
