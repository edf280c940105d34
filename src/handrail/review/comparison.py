"""Runs against each other: the same step in two runs, times of earlier runs, which step goes wrong. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from handrail.review.account import Account, StepAccount

ENOUGH = 3
"""How many earlier times it takes before one is called the longest."""
IN_A_LOG = " in the log of "
"""How the evidence of an awaited line names its place."""


@dataclass(frozen=True, slots=True)
class StepPair:
    """One step in two runs; None where a run does not have it."""

    key: str
    title: str
    one: StepAccount | None
    other: StepAccount | None

    @property
    def differences(self) -> tuple[str, ...]:
        """What is not the same, in words."""
        if self.one is None or self.other is None:
            return ("only in the first run" if self.other is None else "only in the second run",)
        found = []
        pairs = (
            ("ended", self.one.phase.value, self.other.phase.value),
            ("outcome", self.one.outcome, self.other.outcome),
            ("attempts", self.one.attempts, self.other.attempts),
            ("attested", self.one.attested, self.other.attested),
            ("deviations", "; ".join(self.one.deviations), "; ".join(self.other.deviations)),
        )
        for word, one, other in pairs:
            if one != other:
                found.append(f"{word}: {one or '-'} | {other or '-'}")
        return tuple(found)

    @property
    def gates(self) -> tuple[tuple[str, str, str], ...]:
        """What was awaited and found otherwise in the other run: the expectation, and both values.

        Lines of a log carry their own time and always differ; they are left out.
        """
        mine = {item.expected: item.found for item in self.one.gate} if self.one else {}
        theirs = {item.expected: item.found for item in self.other.gate} if self.other else {}
        return tuple(
            (expected, mine.get(expected, "-"), theirs.get(expected, "-"))
            for expected in dict.fromkeys((*mine, *theirs))
            if mine.get(expected) != theirs.get(expected) and IN_A_LOG not in expected
        )


@dataclass(frozen=True, slots=True)
class Times:
    """How long a step took, against the same step in earlier runs of the procedure, in seconds."""

    key: str
    took_s: float | None
    earlier: int
    median_s: float | None
    longest_s: float | None

    @property
    def longest_ever(self) -> bool:
        """Whether it took notably longer than in any of enough earlier runs to say so."""
        if self.took_s is None or self.longest_s is None or self.earlier < ENOUGH:
            return False
        return self.took_s > max(self.longest_s * 1.2, self.longest_s + 10)


@dataclass(frozen=True, slots=True)
class Trouble:
    """In how many runs of its procedure a step went wrong; one that repeats counts once a run."""

    procedure: str
    step: str
    again: int
    """Runs that tried it more than once."""
    departed: int
    """Runs that departed from what the page says of it."""
    reached: int
    """Runs in which the walk came to it."""
    planned: int
    """Runs whose plan has it: another version of the page may not."""


def side_by_side(one: Account, other: Account) -> list[StepPair]:
    """Every step of both runs, in the first one's order."""
    mine = {step.key: step for step in one.steps}
    theirs = {step.key: step for step in other.steps}
    return [
        StepPair(key, (mine.get(key) or theirs[key]).title, mine.get(key), theirs.get(key))
        for key in dict.fromkeys((*mine, *theirs))
    ]


def times(one: Account, earlier: Sequence[Account]) -> list[Times]:
    """Each step's time against what it took before."""
    found = []
    for step in one.steps:
        before = [
            took
            for account in earlier
            for item in account.steps
            if item.key.split("@")[0] == step.key.split("@")[0] and (took := item.took_s) is not None
        ]
        found.append(
            Times(
                step.key,
                step.took_s,
                len(before),
                median(before) if before else None,
                max(before) if before else None,
            )
        )
    return found


def troubles(accounts: Iterable[Account]) -> list[Trouble]:
    """The steps that went wrong, by procedure, the worst of each first."""
    again: Counter[tuple[str, str]] = Counter()
    departed: Counter[tuple[str, str]] = Counter()
    reached: Counter[tuple[str, str]] = Counter()
    planned: Counter[tuple[str, str]] = Counter()
    for one in accounts:
        places: dict[str, list[StepAccount]] = {}
        for step in one.steps:
            places.setdefault(step.key.split("@")[0], []).append(step)
        for name, steps in places.items():
            key = one.procedure, name
            planned[key] += 1
            reached[key] += any(step.begun is not None for step in steps)
            again[key] += any(step.attempts > 1 for step in steps)
            departed[key] += any(step.deviations for step in steps)
    found = [
        Trouble(*key, again[key], departed[key], reached[key], planned[key])
        for key in planned
        if again[key] or departed[key]
    ]
    return sorted(found, key=lambda item: (item.procedure, -(item.again + item.departed), item.step))
