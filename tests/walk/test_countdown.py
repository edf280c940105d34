"""A countdown is remembered once what it counts from is over: it does not begin to say that it never began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from handrail.observe.expectations import HeldSince
from handrail.observe.situation import Situation
from handrail.procedure.loading import find
from handrail.readings import Failure, Reading, Value
from handrail.text import safe
from handrail.walk.looking import Looker, WindowFound
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
    at, boot_ns = START + timedelta(seconds=second), second * 1_000_000_000

    def read(name: str, value: Value | Failure) -> tuple[Reading, ...]:
        failure = value if isinstance(value, Failure) else None
        told = None if isinstance(value, Failure) else value
        return (Reading("amlen-a", name, told, at, boot_ns, safe("test"), failure=failure),)

    readings = {
        ("amlen-a", "state"): read("state", state),
        ("amlen-a", "discovery-timeout-s"): read("discovery-timeout-s", 120),
    }
    found = looker._window(State(PLAN), Situation(at, boot_ns, readings), STEP)
    assert found is not None
    return found


def looker() -> Looker:
    """One that has seen nothing."""
    return Looker(PLAN, lambda name, _server: safe(name), HeldSince(), {})


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
    """A refused connection tells neither that it goes on nor that it is over."""
    eyes = looker()
    seen(eyes, 10, 11)
    assert seen(eyes, 12, Failure.REFUSED).ended is None


def test_a_new_one_begins_anew() -> None:
    """The step was sent again: the old end is forgotten."""
    eyes = looker()
    for second in (10, 12, 14):
        seen(eyes, second, 11)
    assert seen(eyes, 16, 9).ended is not None
    assert seen(eyes, 18, 11).left_s == 120.0
    assert seen(eyes, 18, 11).ended is None
