"""Which step goes wrong most often: counted in runs that could have gone wrong there, by procedure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from handrail.readings import Verdict
from handrail.review.account import Account, StepAccount
from handrail.review.comparison import Trouble, side_by_side, times, troubles
from handrail.walk.events import Seen

BEGUN = datetime(2026, 3, 29, 3, 14, tzinfo=UTC)


def step(
    key: str, attempts: int = 1, *, reached: bool = True, deviations: tuple[str, ...] = ()
) -> StepAccount:
    """A step of one run."""
    begun = BEGUN if reached else None
    return StepAccount(key, key, "s", "broker-a", attempts=attempts, begun=begun, deviations=list(deviations))


def run(procedure: str, *steps: StepAccount) -> Account:
    """One run."""
    return Account(procedure, steps, (), tuple(item.key for item in steps), None, ("ana",))


def test_a_step_is_held_against_the_runs_that_have_it_and_those_that_came_to_it() -> None:
    """Would catch a run of another version, or one that ended before, counted as one that went well."""
    found = troubles(
        [
            run("p/one", step("stop", 2)),
            run("p/one", step("stop")),
            run("p/one", step("stop", 0, reached=False)),
            run("p/one", step("another-version")),
        ]
    )
    assert found == [Trouble("p/one", "stop", again=1, departed=0, reached=2, planned=3)]


def test_steps_of_the_same_name_in_two_procedures_are_two() -> None:
    """Would catch `stop` of one procedure blamed for what `stop` of another did."""
    found = troubles([run("p/two", step("stop", deviations=("skipped: no",))), run("p/one", step("stop", 3))])
    assert [(item.procedure, item.again, item.departed, item.reached) for item in found] == [
        ("p/one", 1, 0, 1),
        ("p/two", 0, 1, 1),
    ]


def test_a_step_that_repeats_over_servers_counts_once_a_run() -> None:
    """Would catch `3 of 2 runs`."""
    [found] = troubles(
        [run("p/one", step("restart@a", 2), step("restart@b", 2)), run("p/one", step("restart@a"))]
    )
    assert (found.step, found.again, found.reached, found.planned) == ("restart", 1, 2, 2)


def timed(seconds: float, *gate: tuple[str, str]) -> StepAccount:
    """A step that took so long, and what its gate found."""
    one = step("stop")
    one.settled = BEGUN + timedelta(seconds=seconds)
    one.gate = tuple(Seen(expected=expected, found=found, verdict=Verdict.MET) for expected, found in gate)
    return one


def test_longer_than_ever_needs_a_few_times_and_more_than_a_moment() -> None:
    """Would catch every step of a person called the longest, beside one autopilot's."""
    minute = [run("p/one", timed(60)) for _ in range(3)]
    [much] = times(run("p/one", timed(90)), minute)
    [little] = times(run("p/one", timed(65)), minute)
    [few] = times(run("p/one", timed(900)), minute[:2])
    assert (much.longest_ever, little.longest_ever, few.longest_ever) == (True, False, False)


def test_two_runs_are_compared_by_what_their_gates_found() -> None:
    """Would catch a comparison that tells outcomes alone; lines of a log carry their time and always differ."""
    log = "AMQ221007: Server is now active in the log of broker-a"
    one = run("p/one", timed(5, ("clients at least 8", "8"), ("active", "true"), (log, "03:14:01 active")))
    two = run("p/one", timed(9, ("clients at least 8", "9"), ("active", "true"), (log, "04:20:59 active")))
    [pair] = side_by_side(one, two)
    assert pair.gates == (("clients at least 8", "8", "9"),)
