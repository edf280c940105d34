"""A procedure laid out over its pairs: every step in order, once for each pair it repeats over.

Pure. The same procedure and binding always give the same plan, so a plan is never recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handrail.procedure.model import Function, Guard, Procedure, Section, Step
from handrail.readings import Value
from handrail.text import amount


@dataclass(frozen=True, slots=True)
class BoundPair:
    """A pair of the inventory as this run uses it: role to server, HA mode, and facts no interface tells."""

    name: str
    mode: str
    roles: Mapping[str, str]
    facts: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """One step in its place. `key` is its id, with @pair where the section repeats."""

    key: str
    step: Step
    section: Section
    pair: BoundPair
    position: int
    """Place in the whole plan, from 0."""
    section_number: int
    """Which pass through a section this is, from 1."""
    number: int
    """Place within that pass, from 1."""
    of: int
    """Steps in that pass."""

    @property
    def server(self) -> str | None:
        """The server the step is on, if it is on one."""
        return self.pair.roles.get(self.step.on) if self.step.on else None


@dataclass(frozen=True, slots=True)
class Watched:
    """A guard or a critical function over one pair."""

    key: str
    pair: BoundPair
    guard: Guard
    first: int
    """Position of the step from which it is watched."""
    last: int
    """Position of the last step at which it is; beyond all steps where none is named."""


@dataclass(frozen=True)
class Plan:
    """The whole walk in order."""

    procedure: Procedure
    pairs: tuple[BoundPair, ...]
    steps: tuple[Planned, ...]
    guards: tuple[Watched, ...]
    by_key: Mapping[str, Planned]

    @property
    def functions(self) -> tuple[Function, ...]:
        """The critical functions, to be judged over every pair."""
        return self.procedure.functions

    @property
    def sections(self) -> int:
        """How many passes through sections there are."""
        return self.steps[-1].section_number

    def servers(self) -> list[str]:
        """Every server of every pair, each once, in order."""
        return list(dict.fromkeys(server for pair in self.pairs for server in pair.roles.values()))

    def noun(self, rows: str) -> str:
        """What the rows of a captured list are, in the plural: Message VPNs."""
        for item in self.steps:
            for capture in item.step.capture:
                if capture.rows and capture.name == rows and capture.noun:
                    return capture.noun
        return f"rows of {rows}"

    def rows_words(self, count: int, rows: str) -> str:
        """So many rows of a captured list: `3 Message VPNs`, `1 Message VPN`, `1 row of queues`."""
        many, of, rest = self.noun(rows).partition(" of ")
        return f"{amount(count, many.removesuffix('s'))}{of}{rest}"

    def target(self, name: str, seen_from: Planned) -> Planned | None:
        """Where a goto leads: a step or section id, of the same pair first."""
        candidates = [item for item in self.steps if item.step.id == name]
        if not candidates:
            candidates = [item for item in self.steps if item.section.id == name and item.number == 1]
        for item in candidates:
            if item.pair.name == seen_from.pair.name:
                return item
        return candidates[0] if candidates else None

    def scoped(self, name: str, seen_from: Planned) -> str:
        """The name under which a capture of this step is kept: one for each pair where it repeats."""
        return f"{name}@{seen_from.pair.name}" if seen_from.section.repeat else name


def lay_out(procedure: Procedure, pairs: Sequence[BoundPair], *, two_person: bool = False) -> Plan:
    """The plan of this procedure over these pairs, at least one.

    With `two_person` every step that is confirmed by typing its target, which is what cannot be undone, is a
    hold point.
    """
    if not pairs:
        raise ValueError("a plan needs at least one pair")
    steps: list[Planned] = []
    pass_number = 0
    for group in _groups(procedure.sections):
        repeat = group[0].repeat
        over: Sequence[BoundPair] = pairs if repeat else pairs[:1]
        if repeat and repeat.order == "reverse":
            over = list(reversed(over))
        for pair in over:
            for section in group:
                pass_number += 1
                for number, written in enumerate(section.steps, 1):
                    step = _held(written) if two_person else written
                    key = f"{step.id}@{pair.name}" if repeat else step.id
                    steps.append(
                        Planned(key, step, section, pair, len(steps), pass_number, number, len(section.steps))
                    )
    guards = tuple(
        Watched(
            guard.id if len(pairs) == 1 else f"{guard.id}@{pair.name}",
            pair,
            guard,
            min(_places(steps, guard.from_, pair), default=0),
            max(_places(steps, guard.until, pair), default=len(steps)),
        )
        for guard in procedure.guards
        for pair in pairs
    )
    return Plan(procedure, tuple(pairs), tuple(steps), guards, {item.key: item for item in steps})


def _places(steps: Sequence[Planned], name: str | None, pair: BoundPair) -> list[int]:
    """Where the step of this name stands: of this pair, where it is walked once for each."""
    return [
        item.position
        for item in steps
        if item.step.id == name and (item.section.repeat is None or item.pair.name == pair.name)
    ]


def _held(step: Step) -> Step:
    """The step with a second person in place of the typed target."""
    if step.confirm is None or step.confirm.kind != "target":
        return step
    return step.model_copy(update={"confirm": step.confirm.model_copy(update={"kind": "hold-point"})})


def _groups(sections: Sequence[Section]) -> list[list[Section]]:
    """Sections walked together: neighbours with the same repeat group; each other section alone."""
    groups: list[list[Section]] = []
    for section in sections:
        named = section.repeat.group if section.repeat else None
        before = groups[-1][-1].repeat if groups else None
        if named and before and before.group == named:
            groups[-1].append(section)
        else:
            groups.append([section])
    return groups
