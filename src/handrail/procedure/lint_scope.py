"""What every check of one procedure file needs: the model, the product's names, and lines for findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from handrail.errors import Finding
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.procedure.model import Condition, Procedure, Section, Step
from handrail.toml_file import Lines, Location

HA_MODE = "ha-mode"
"""The fact every pair has; the others are written in the inventory."""

_LOOK_AHEAD = 40
"""How many lines an inline table may run on; a name is looked for no further."""


@dataclass(frozen=True, slots=True)
class Place:
    """One step in written order, with where it stands in the file."""

    section: Section
    step: Step
    position: int
    at: Location

    @property
    def group(self) -> str:
        """Steps with the same group are walked together for a pair; empty where nothing repeats."""
        repeat = self.section.repeat
        return "" if repeat is None else repeat.group or f"section {self.section.id}"


@dataclass
class Scope:
    """One procedure under examination; `say` collects a finding, `note` what is only worth knowing."""

    path: Path
    text: str
    procedure: Procedure
    catalogue: Catalogue | None
    fields: Fields | None
    injects: Collection[str]
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lines = Lines(self.text)
        self._rows = self.text.splitlines()
        self.places: tuple[Place, ...] = tuple(self._places())
        self.by_id: Mapping[str, Place] = {place.step.id: place for place in reversed(self.places)}
        self.roles = {role.name for role in self.procedure.roles}

    def say(self, at: Location, problem: str, mend: str, token: str = "") -> None:
        """A fault: the procedure is refused."""
        self.findings.append(Finding(self.path, self.line(at, token), problem, mend))

    def note(self, at: Location, problem: str, mend: str, token: str = "") -> None:
        """Not a fault, but worth a look."""
        self.notes.append(Finding(self.path, self.line(at, token), problem, mend))

    def line(self, at: Location, token: str = "") -> int:
        """The line of this key, or the one near below it that holds the token."""
        first = self._lines.of(at)
        if token and first:
            for number in range(first, min(first + _LOOK_AHEAD, len(self._rows)) + 1):
                row = self._rows[number - 1]
                if number > first and row.lstrip().startswith("["):
                    break
                if token in row:
                    return number
        return first

    def modes_of(self, place: Place) -> tuple[str, ...]:
        """The HA modes in which this step is walked, as far as its `when` says."""
        return tuple(
            mode
            for mode in self.procedure.modes
            if _possible(place.step.when, mode) and _possible(place.section.when, mode)
        )

    def before(self, place: Place) -> Iterator[Place]:
        """The steps written before this one."""
        return iter(self.places[: place.position])

    def _places(self) -> Iterator[Place]:
        position = 0
        for number, section in enumerate(self.procedure.sections):
            for index, step in enumerate(section.steps):
                yield Place(section, step, position, ("sections", number, "steps", index))
                position += 1


def _possible(condition: Condition | None, mode: str) -> bool:
    """Whether a `when` leaves room for this mode; what is not about the mode may always be so."""
    if condition is None:
        return True
    if condition.all:
        return all(_possible(part, mode) for part in condition.all)
    if condition.any:
        return any(_possible(part, mode) for part in condition.any)
    if condition.fact != HA_MODE:
        return True
    if condition.is_ is not None:
        return condition.is_ == mode
    return condition.is_not != mode
