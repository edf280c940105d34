"""A scenario as data: the start state, injects at moments or steps, and objectives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from handrail import toml_file
from handrail.errors import ProcedureError
from handrail.procedure.loading import builtin_root
from handrail.procedure.model import Duration, Name, Part, Sentence
from handrail.procedure.recipes import is_scenario_file
from handrail.products.setting import Setting


class Inject(Part):
    """A fault: at a moment of the drill, or when a step begins, is about to be sent, or was not obtained."""

    name: Name
    at: Duration | None = None
    begun: Name | None = None
    after: Name | None = None
    """The step whose act is about to be sent."""
    missed: Name | None = None
    """The step that was not obtained, is undecided, or cannot go on."""
    delay: Duration = 0.0
    arguments: dict[str, bool | int | float | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        moments = (self.at, self.begun, self.after, self.missed)
        if sum(moment is not None for moment in moments) != 1:
            raise ValueError("say when: exactly one of at, begun, after, missed")
        return self


class Scenario(Setting):
    """One drill file: how the world begins, what happens to it, and what is to be shown."""

    schema_: Literal[1] = Field(alias="schema")
    id: Name
    title: Annotated[str, Field(min_length=1, max_length=60)]
    procedure: str
    brief: Sentence
    injects: tuple[Inject, ...] = ()
    objectives: tuple[Sentence, ...] = ()
    ends: Literal["complete", "aborted"] = "complete"
    """How the straight way through it ends; a trap that must be recognised may end in an abort."""
    finds: dict[str, str] = Field(default_factory=dict)
    """What a person would find who looks where no interface tells: step id to the attested value.

    For a choice it is the option that fits this scenario; without it the first one is taken.
    """

    mistaken: tuple[Name, ...] = ()
    """Steps of `finds` at which somebody vouches for what is not so: the trap of this drill."""

    rings: tuple[Name, ...] = ()
    """Guards that are lost on the straight way, because this drill makes it so. No other may be."""

    @property
    def product(self) -> str:
        """Whose servers are on stage."""
        return self.procedure.partition("/")[0]


def load(path: Path) -> Scenario:
    """One scenario file; raises ProcedureError."""
    return toml_file.check(path, toml_file.read_capped(path, ProcedureError), Scenario, ProcedureError)


def scenarios(procedure: str) -> list[Scenario]:
    """The scenarios that come with handrail for this procedure, the default one first."""
    return scenarios_in(builtin_root() / procedure.split("/")[0] / "drills", procedure)


def scenarios_in(folder: Path, procedure: str) -> list[Scenario]:
    """The scenarios of this folder for this procedure, by file name, the shortest name of a kind first."""
    paths = sorted(folder.glob("*.toml"), key=lambda path: path.stem)
    found = [load(path) for path in paths if is_scenario_file(path)]
    return [scenario for scenario in found if scenario.procedure == procedure]
