"""The keys: each means one thing, each request has one, and the help lists them all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.screens.moments import MOMENTS, confirm, missed, send, undecided
from tests.screens.scenes import Scene

from handrail.tui import keys
from handrail.tui.asking import ASKS_YES, Asking, ask
from handrail.tui.full import key_rows
from handrail.tui.screens.binding import BINDING_KEYS
from handrail.tui.screens.library import LIBRARY_KEYS
from handrail.tui.screens.pages import PAGE_KEYS
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.view import Do


def test_no_key_is_bound_twice() -> None:
    """Two meanings of one key would depend on the phase."""
    names = [key.key for key in keys.KEYS] + [keys.LEAVE]
    assert len(names) == len(set(names))


def test_keys_that_late_arrow_keys_become_stay_unbound() -> None:
    """An arrow key that arrives in pieces is Escape, [ and one of A to D."""
    assert not {key.key for key in keys.KEYS} & {"escape", "left_square_bracket", *"ABCD"}


def test_everything_an_operator_can_ask_for_has_exactly_one_key() -> None:
    """A request without a key could never be made; with two, one of them is a surprise.

    Passing the walk on is asked in the question of the key that holds it.
    """
    asked = [do for key in keys.KEYS for do in key.asks]
    assert sorted(asked) == sorted(set(Do) - {Do.HAND_OVER})


@pytest.mark.parametrize(
    "table", [keys.KEYS, LIBRARY_KEYS, BINDING_KEYS, PAGE_KEYS], ids=["run", "library", "binding", "page"]
)
def test_help_lists_every_key_with_a_sentence(table: tuple[keys.Key, ...]) -> None:
    """Made from the same declaration as the keys."""
    text = "\n".join(row.text for row in key_rows(table, 79))
    for key in table:
        assert f" {key.name}" in text
        assert key.help.split()[0] in text


def test_help_says_what_the_dots_and_the_counts_of_line_2_mean() -> None:
    """Would catch `Clients=5+?` and a cut line that nobody can look up."""
    text = " ".join(row.text.strip() for row in key_rows(keys.KEYS, 79))
    for words in (
        "Two dots behind a key's word",
        "it is cut, and v shows it whole",
        "5+? is 5",
        "? none is no",
    ):
        assert words in text


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_key_that_does_nothing_says_why(moment: str) -> None:
    """Every refusal has words."""
    view = MOMENTS[moment]().view()
    for key in keys.KEYS:
        if key.asks and keys.wanted(key, view) is None:
            assert keys.refused(key, view), key.key


def test_by_hand_nothing_says_send() -> None:
    """A person begins and says done; only a machine sends."""
    view = MOMENTS["begin_by_hand"]().view()
    assert keys.enter_word(view, unread=False) == "Enter begin.."
    asking = ask(Do.SEND, view)
    assert isinstance(asking, Asking)
    assert "Begin this by hand" in asking.rows(view, 79, 6)[0].text


def test_what_changes_something_takes_a_second_different_key() -> None:
    """Enter twice sends nothing: the second key is y."""
    for do, scene in ((Do.SEND, send()), (Do.HOLD, confirm()), (Do.COMPLETE, MOMENTS["settled"]())):
        assert do in ASKS_YES
        asking = ask(do, scene.view())
        assert isinstance(asking, Asking)
        assert asking.is_yes


def typed(asking: Asking, scene: Scene, text: str) -> c.Command | None:
    """Type this and press Enter."""
    asking.typed.insert(text)
    return asking.enter(scene.view())


def test_a_mistyped_answer_is_asked_again_with_the_reason() -> None:
    """What was asked for is not lost over a typing error."""
    scene = undecided()
    asking = ask(Do.DECIDE, scene.view())
    assert isinstance(asking, Asking)
    assert typed(asking, scene, "9") is None
    assert "pick 1 to" in asking.remark
    assert typed(asking, scene, "3") is None
    assert isinstance(typed(asking, scene, "I looked"), c.Record)


def test_a_wrong_first_word_is_said_before_the_reason_is_typed() -> None:
    """Whoever has written why at night must not write it twice."""
    scene = missed()
    for do, wrong in ((Do.ABORT, "yes"), (Do.OVERRIDE, "somebody-else")):
        asking = ask(do, scene.view())
        assert isinstance(asking, Asking)
        assert typed(asking, scene, wrong) is None
        assert (asking.given, bool(asking.remark)) == ([], True)
    asking = ask(Do.ABORT, scene.view())
    assert isinstance(asking, Asking)
    assert typed(asking, scene, "abort") is None
    assert asking.remark == ""
    assert isinstance(typed(asking, scene, "the line is down"), c.Record)


def test_an_answer_that_did_is_kept_when_the_next_one_does_not() -> None:
    """Would catch a name that must be typed again because the time behind it was not one."""
    scene = missed()
    asking = ask(Do.DEFER, scene.view())
    assert isinstance(asking, Asking)
    assert typed(asking, scene, "Ana") is None
    assert typed(asking, scene, "some day") is None
    assert asking.given == ["Ana"]
    assert "such as 8h" in asking.remark


def test_a_skip_shows_what_is_recorded_and_takes_y() -> None:
    """Words typed ahead for another question end here at the latest: Enter is no answer to it."""
    scene = missed()
    asking = ask(Do.SKIP, scene.view())
    assert isinstance(asking, Asking)
    assert typed(asking, scene, "rv/backup/x") is None
    assert "begins with its number" in asking.remark
    assert typed(asking, scene, "2 no slave here") is None
    assert asking.is_yes
    text = " ".join(row.text for row in asking.rows(scene.view(), 79, 12))
    assert "To be recorded: SKIP 3.1 Start the slave broker on broker-b." in text
    assert "y = yes, any other key = no" in text
    assert asking.yes(scene.view()) == c.Record(
        e.Skipped(step="start-slave", attempt=1, reason="does not apply here: no slave here")
    )


def test_a_question_is_stale_once_its_step_has_moved_on() -> None:
    """An answer must never reach another step, another attempt or another request."""
    scene = send()
    asking = ask(Do.SEND, scene.view())
    assert isinstance(asking, Asking)
    assert asking.stale(scene.view()) == ""
    scene.around["shown"] = ()
    assert asking.stale(scene.view()), "what is sent has changed"
    scene.around.clear()
    assert asking.stale(scene.send().view()), "it was sent"


def test_a_note_and_a_hold_outlive_the_step() -> None:
    """They do not speak of it, so typing on is safe."""
    scene = confirm()
    asking = ask(Do.NOTE, scene.view())
    assert isinstance(asking, Asking)
    scene.confirm().send()
    assert asking.stale(scene.view()) == ""


def test_taking_back_is_stale_when_its_list_has_changed() -> None:
    """Number 1 would be another step."""
    scene = confirm()
    asking = ask(Do.RETRACT, scene.view())
    assert isinstance(asking, Asking)
    scene.do()
    assert asking.stale(scene.view())


def test_abort_says_first_what_it_leaves_behind() -> None:
    """Before a reason is typed, not after."""
    view = missed().view()
    asking = ask(Do.ABORT, view)
    assert isinstance(asking, Asking)
    text = " ".join(row.text for row in asking.rows(view, 79, 12))
    assert "Left behind: The master is live" in text
    assert "ABORTED" in text or "ABANDONED" in text


def test_what_is_done_already_is_not_sent_by_the_first_key() -> None:
    """Would catch a stop sent to a server that is down, whose end nobody can tell then."""
    for scene in (MOMENTS["already"](), MOMENTS["already"]().confirm()):
        view = scene.view()
        assert view.permits[Do.ALREADY] is None
        assert keys.wanted(keys.ENTER, view) is Do.ALREADY
        assert keys.lines(view, unread=False)[0].startswith(" Enter take as done")
    assert keys.wanted(keys.ENTER, send().view()) is Do.SEND


def test_a_second_attempt_is_sent_whatever_the_systems_show() -> None:
    """Whoever retries has said why; the systems may show a trace of the first attempt."""
    view = MOMENTS["already"]().confirm().view()
    assert view.current is not None
    again = replace(view, current=replace(view.current, state=replace(view.current.state, attempt=2)))
    assert keys.wanted(keys.ENTER, again) is Do.SEND


def test_a_requirement_that_is_not_so_is_not_passed_by_enter() -> None:
    """k is offered beside it, for whoever means it."""
    assert keys.wanted(keys.ENTER, MOMENTS["required_unmet"]().view()) is None
