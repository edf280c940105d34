"""The question on the reserved lines: what was typed, however long it is."""

from __future__ import annotations

from datetime import timedelta

from tests.screens.moments import attest, missed
from tests.screens.scenes import Scene

from handrail import moments
from handrail.procedure.loading import find
from handrail.text import safe
from handrail.tui.asking import Asking, ask
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.asking import Input
from handrail.walk.plan import BoundPair
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


def test_a_time_is_shown_as_it_is_understood_and_y_records_it() -> None:
    """Would catch `3:14` of the wrong day in a record; a word in its place needs no second key."""
    roles = {"live": "node-a", "backup": "node-b"}
    pair = BoundPair("orders", "replication", roles)
    view = Scene(find("eap/select-journal"), (pair,)).reach("log-backup").view()
    asking = ask(Do.ATTEST, view)
    assert isinstance(asking, Asking)
    asking.typed.insert("20 minutes ago")
    assert asking.enter(view) is None
    shown = " ".join(row.text for row in asking.rows(view, 79, 8))
    value = f"{view.now - timedelta(minutes=20):{moments.WRITTEN}}"
    assert f"To be recorded: {value}, 20 min ago; you typed: 20 minutes ago." in shown
    recorded = asking.yes(view)
    assert recorded == c.Record(e.Attested(step="log-backup", attempt=1, value=value, typed="20 minutes ago"))
    never = ask(Do.ATTEST, view)
    assert isinstance(never, Asking)
    never.typed.insert("1")
    assert never.enter(view) == c.Record(e.Attested(step="log-backup", attempt=1, value="never"))
