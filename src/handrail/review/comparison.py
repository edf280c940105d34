"""Runs against each other: the same step in two runs, times of earlier runs, which step goes wrong. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from handrail.review.account import Account, StepAccount


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


@dataclass(frozen=True, slots=True)
class Times:
    """How long a step took, against the same step in earlier runs of the procedure, in seconds."""

    key: str
    took_s: float | None
    earlier: int
    median_s: float | None
    longest_s: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """How often a step went wrong over some runs."""

    step: str
    missed: int
    deviated: int
    runs: int


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
    """The steps that went wrong, the worst first."""
    missed: Counter[str] = Counter()
    deviated: Counter[str] = Counter()
    walked: Counter[str] = Counter()
    for one in accounts:
        for step in one.steps:
            name = step.key.split("@")[0]
            walked[name] += step.begun is not None
            missed[name] += step.attempts > 1
            deviated[name] += bool(step.deviations)
    found = [
        Trouble(name, missed[name], deviated[name], walked[name])
        for name in walked
        if missed[name] or deviated[name]
    ]
    return sorted(found, key=lambda item: (-(item.missed + item.deviated), item.step))
