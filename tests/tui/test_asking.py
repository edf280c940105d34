"""The question on the reserved lines: what was typed, however long it is."""

from __future__ import annotations

from tests.screens.moments import attest, missed

from handrail.text import safe
from handrail.tui.asking import Asking, ask
from handrail.walk.asking import Input
from handrail.walk.view import Do


def test_a_question_that_says_type_has_one_full_stop() -> None:
    """Would catch `Type its path., then Enter.`"""
    scene = attest()
    asked = Input(safe("Where is the copy? Type its path."))
    view = scene.view()
    rows = Asking(Do.NOTE, (), (asked,)).rows(view, 79, 8)
    assert rows[-2].text == " Where is the copy? Type its path, then Enter."


def test_an_override_says_that_it_is_one() -> None:
    """Would catch a server's name that is asked for without saying what it does."""
    view = missed().view()
    asking = ask(Do.OVERRIDE, view)
    assert isinstance(asking, Asking)
    assert "To override what is not met, type the server's name" in asking.rows(view, 79, 8)[-2].text


def test_of_a_long_paste_the_end_is_shown_and_the_line_stays_one() -> None:
    """Would catch a table of hundreds of rows that freezes the screen, or runs over it."""
    view = attest().view()
    asking = ask(Do.ATTEST, view)
    assert isinstance(asking, Asking)
    asking.typed.insert("app-001 U A - U U Y N A\n" * 1300)
    row = asking.rows(view, 80, 8)[-1]
    assert len(asking.typed.text) > 30_000
    assert len(row.text) <= 80
    assert row.text.rstrip().endswith("U U Y N A")
    asking.typed.press("home", None)
    assert asking.rows(view, 80, 8)[-1].text.startswith(" > app-001")
