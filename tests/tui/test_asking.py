"""The question on the reserved lines: what was typed, however long it is."""

from __future__ import annotations

from tests.screens.moments import attest

from handrail.tui.asking import Asking, ask
from handrail.walk.view import Do


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
