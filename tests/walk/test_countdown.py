"""A countdown is remembered once what it counts from is over: it does not begin to say that it never began."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from handrail.observe.expectations import HeldSince
from handrail.observe.situation import Situation
from handrail.procedure.loading import find
from handrail.readings import Failure, Reading, Value
from handrail.text import safe
from handrail.walk.countdown import SeenBefore, WindowFound, seen_before
from handrail.walk.looking import Looker
from handrail.walk.plan import BoundPair, lay_out
from handrail.walk.state import State

START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
PLAN = lay_out(
    find("amlen/restore-ha-from-backup").procedure,
    [BoundPair("grp1", "pair", {"primary": "amlen-a", "standby": "amlen-b"})],
)
STEP = PLAN.by_key["primary-production"]


def seen(looker: Looker, second: int, state: Value | Failure) -> WindowFound:
    """The countdown at this second, the primary's state just read."""
    moment, boot_ns = START + timedelta(seconds=second), second * 1_000_000_000

    def read(name: str, value: Value | Failure) -> tuple[Reading, ...]:
        failure = value if isinstance(value, Failure) else None
        told = None if isinstance(value, Failure) else value
        return (Reading("amlen-a", name, told, moment, boot_ns, safe("test"), failure=failure),)

    readings = {
        ("amlen-a", "state"): read("state", state),
        ("amlen-a", "discovery-timeout-s"): read("discovery-timeout-s", 120),
    }
    found = looker._window(State(PLAN), Situation(moment, boot_ns, readings), STEP)
    assert found is not None
    return found


def looker(before: Mapping[str, SeenBefore] | None = None) -> Looker:
    """One that has seen nothing itself."""
    return Looker(PLAN, lambda name, _server: safe(name), HeldSince(), {}, before or {})


def kept(*told: tuple[int, str, object], until: int) -> Mapping[str, SeenBefore]:
    """What a watch that stopped at this second saw: readings of the primary as they are kept, on change."""
    entries = [
        {
            "at": (START + timedelta(seconds=at)).isoformat(),
            "server": "amlen-a",
            "field": field,
            "value": value,
        }
        for at, field, value in ((0, "discovery-timeout-s", 120), *told)
    ]
    other = {**entries[0], "server": "amlen-b", "field": "state", "value": 11}
    return seen_before(PLAN, [*entries, other, {"at": "?"}], START + timedelta(seconds=until))


def at(second: int) -> datetime:
    """The wall time of a second."""
    return START + timedelta(seconds=second)


def test_one_that_ran_out_is_remembered() -> None:
    """State 11 for two minutes, then State 9: it gave up."""
    eyes = looker()
    assert seen(eyes, 0, 9).left_s is None
    for second in range(10, 130, 2):
        left_s = seen(eyes, second, 11).left_s
    assert left_s == 2.0
    after = seen(eyes, 140, 9)
    assert after.ended == START + timedelta(seconds=128)
    assert (after.left_s, after.lasted_s) == (2.0, 118.0)


def test_what_cannot_be_read_is_not_the_end_of_it() -> None:
    """A refused connection tells neither that it goes on nor that it is over, nor that it never began."""
    eyes = looker()
    seen(eyes, 10, 11)
    found = seen(eyes, 12, Failure.REFUSED)
    assert (found.ended, found.began, found.due) == (None, at(10), at(130))
    for second in range(14, 60, 2):
        seen(eyes, second, Failure.REFUSED)
    assert seen(eyes, 60, 11).left_s == 70.0, "it was not seen to cease: counted on, not anew"


def test_a_new_one_begins_anew() -> None:
    """The step was sent again: the old end is forgotten."""
    eyes = looker()
    for second in (10, 12, 14):
        seen(eyes, second, 11)
    assert seen(eyes, 16, 9).ended is not None
    assert seen(eyes, 18, 11).left_s == 120.0
    assert seen(eyes, 18, 11).ended is None


def test_one_that_ran_out_in_an_earlier_watch_says_when() -> None:
    """Would catch a walk that was resumed and says that it was not seen to begin."""
    eyes = looker(kept((10, "state", 11), (131, "state", 9), until=200))
    found = seen(eyes, 4000, 9)
    assert (found.ended, found.lasted_s, found.left_s) == (at(131), 121.0, -1.0)
    assert seen(eyes, 4002, Failure.REFUSED).ended == at(131)
    assert seen(eyes, 4010, 11).left_s == 120.0, "sent again, and seen to begin"


def test_one_that_goes_on_after_a_short_rest_is_counted_from_its_beginning() -> None:
    """Would catch two minutes shown as whole again after a dropped line."""
    eyes = looker(kept((10, "state", 11), until=20))
    assert seen(eyes, 60, 11).left_s == 70.0
    assert seen(eyes, 62, 11).left_s == 68.0
    assert seen(eyes, 64, 9).ended == at(62)


def test_one_that_ended_while_nobody_watched_says_when_it_was_to() -> None:
    """Neither that it ran out nor that it was in time is known."""
    found = seen(looker(kept((10, "state", 11), until=20)), 4000, 9)
    assert (found.left_s, found.ended) == (None, None)
    assert (found.began, found.due) == (at(10), at(130))
    assert "nobody saw when" in found.note


@pytest.mark.parametrize("told", [[(10, "state", 11)], [(10, "state", 11), (40, "state", 9)]])
def test_one_that_began_again_unseen_is_not_counted(told: list[tuple[int, str, object]]) -> None:
    """It lasts longer than it can, or had ended: how much of it is left is a guess."""
    eyes = looker(kept(*told, until=50))
    for second in (4000, 4002):
        found = seen(eyes, second, 11)
        assert (found.left_s, found.began) == (None, None)
        assert "nobody saw it begin" in found.note
    seen(eyes, 4004, 9)
    assert seen(eyes, 4006, 11).left_s == 120.0


def test_a_rest_between_two_watches_is_seen_in_what_was_kept() -> None:
    """Told anew within its length it is the same one; later it is another, whose beginning nobody saw."""
    same = kept((10, "state", 11), (90, "state", 11), until=100)
    assert seen(looker(same), 101, 11).left_s == 29.0
    assert kept((10, "state", 11), (500, "state", 11), until=510) == {}


def test_one_that_was_watched_all_along_may_be_overdue() -> None:
    """As it was on the screen, for a review of it."""
    assert seen(looker(kept((10, "state", 11), until=140)), 140, 11).left_s == -10.0
