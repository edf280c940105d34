"""What is typed for a request: each answer is looked at before the next is asked for."""

from __future__ import annotations

import pytest
from tests.screens.moments import confirm, guard_lost, missed, undecided
from tests.screens.scenes import Scene

from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.asking import NotUnderstood, check, command, inputs
from handrail.walk.view import Do


@pytest.mark.parametrize("typed", ["rv/backup/x", "9 foo", "0", "6", "does not apply here", "1foo", "٣"])
def test_a_reason_begins_with_a_number_of_its_list(typed: str) -> None:
    """Would catch words typed for another question that become the reason of a skip."""
    view = confirm().view()
    with pytest.raises(NotUnderstood, match="begins with its number, 1 to 5"):
        check(Do.SKIP, view, [typed])
    with pytest.raises(NotUnderstood, match="begins with its number, 1 to 5"):
        command(Do.SKIP, view, [typed])


def test_a_question_that_departs_says_what_it_is_for() -> None:
    """Would catch `Reason` and no more below words that opened it by accident."""
    for do, words in ((Do.SKIP, "skip this step"), (Do.RETRY, "tried again"), (Do.OVERRIDE, "pass it")):
        assert words in inputs(do, missed().view())[-1].prompt
    assert "lost guard" in inputs(Do.ACCEPT_GUARD, guard_lost().view())[-1].prompt


def test_words_of_ones_own_follow_the_number() -> None:
    """The list's wording and the operator's, both in the record."""
    asked = command(Do.SKIP, confirm().view(), ["4 Ana, network"])
    assert asked == c.Record(
        e.Skipped(step="stop-slave", attempt=1, reason="told by somebody (name them): Ana, network")
    )


@pytest.mark.parametrize(
    ("do", "scene", "given"),
    [
        (Do.RETRACT, confirm(), ["zzz"]),
        (Do.WAIT_LONGER, missed(), ["abc"]),
        (Do.DECIDE, undecided(), ["I looked"]),
        (Do.OVERRIDE, missed(), ["broker-z"]),
        (Do.OVERRIDE, missed(), ["broker-b", "because"]),
        (Do.DEFER, missed(), ["Ana", "some day"]),
        (Do.IF_NOT, missed(), ["77"]),
        (Do.ABORT, missed(), ["yes"]),
    ],
)
def test_an_answer_that_cannot_do_is_refused_before_the_next_question(
    do: Do, scene: Scene, given: list[str]
) -> None:
    """Would catch a reason that is typed in full and lost over the answer before it."""
    with pytest.raises(NotUnderstood):
        check(do, scene.view(), given)


def test_a_deferral_is_recorded_with_a_moment() -> None:
    """Not with the words it was typed in."""
    view = missed().view()
    asked = command(Do.DEFER, view, ["Ana", "2d", "she has the key"])
    assert isinstance(asked, c.Record)
    assert isinstance(asked.event, e.Deferred)
    assert asked.event.until.endswith("Z")
    assert asked.event.until > f"{view.now:%Y-%m-%d %H:%M}Z"
