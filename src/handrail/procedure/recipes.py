"""How each fault that a procedure's if-nots name is caused in a drill: data beside the procedures.

An if-not says `inject = "name"`; `drills/injects.toml` says what that does to the simulated servers, when,
and what is to be seen of it. Texts of arguments may name places: `$on` the step's server, `$master` and
`$slave` those of its pair, `$pair` the pair, `$client` one client of the pair.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from handrail import toml_file
from handrail.errors import Finding, ProcedureError
from handrail.procedure.model import Duration, Name, Part, Scalar, Sentence

SIGHTS = "truth.toml"
"""In the same folder: what is so where a person is asked, by the simulator's own words."""
OBJECTIVES = "objectives.toml"
"""In the same folder: how the objectives of drills are judged, by the simulator's own words."""
FILE = "injects.toml"
"""Its name, in the folder of the scenarios; `injects-anything.toml` beside it holds more of them."""


class Cause(Part):
    """One inject of the simulated world or of the drill's commands, and when it happens.

    begun: the pointer reached the step; sent: its act is about to be sent; missed: the step was not obtained
    or cannot go on; start: at the drill's first second.
    """

    inject: Name
    at: Literal["start", "begun", "sent", "missed"] = "begun"
    delay: Duration = 0.0
    step: Name | None = None
    """Another step than the one the if-not stands at."""
    arguments: dict[str, Scalar] = Field(default_factory=dict)


class Recipe(Part):
    """One fault by its name in the procedures."""

    name: Name
    what: Sentence
    causes: tuple[Cause, ...] = ()
    start: dict[str, bool] = Field(default_factory=dict)
    """Settings of every pair that begin otherwise, by the scenario's own keys."""
    attest: bool = False
    """The operator finds something else than must be, once; then what must be."""
    finds: dict[str, str] = Field(default_factory=dict)
    """What is attested at these steps the first time, instead of what a look would find."""
    shows: Literal["missed", "blocked", "undecided", "outcome", "met"] = "missed"
    """What the walk must show: not obtained; not sent because something required is not so; undecided;
    another of the step's outcomes; or met in the end although the fault was there."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.causes or self.start or self.attest or self.finds):
            raise ValueError("a recipe needs causes, start, attest or finds")
        return self


class RecipeFile(Part):
    """An `injects.toml`."""

    schema_: Literal[1] = Field(alias="schema")
    product: Name
    recipe: Annotated[tuple[Recipe, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [recipe.name for recipe in self.recipe]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the name {name} is used twice")
        return self


def load_recipes(path: Path) -> dict[str, Recipe]:
    """The recipes of an `injects.toml` by name; raises ProcedureError with every finding."""
    return {recipe.name: recipe for recipe in load_recipe_file(path).recipe}


def is_recipe_file(path: Path) -> bool:
    """Whether a file of the drills' folder holds recipes and is no scenario."""
    return path.name == FILE or (path.stem.startswith("injects-") and path.suffix == ".toml")


def is_scenario_file(path: Path) -> bool:
    """Whether a file of the drills' folder tells of one drill, not of what a product's drills share."""
    return not is_recipe_file(path) and path.name not in (SIGHTS, OBJECTIVES)


def recipe_files(folder: Path) -> list[Path]:
    """The files of recipes in a drills' folder, sorted; none where there is no such folder."""
    return sorted(path for path in folder.glob("*.toml") if is_recipe_file(path))


def all_recipes(folder: Path) -> dict[str, Recipe]:
    """Every recipe of a drills' folder by name; raises ProcedureError, also for a name used twice."""
    found: dict[str, Recipe] = {}
    for path in recipe_files(folder):
        for name, recipe in load_recipes(path).items():
            if name in found:
                raise ProcedureError(
                    [Finding(path, 0, f"the recipe {name} is in another file too", "rename it")]
                )
            found[name] = recipe
    return found


def load_recipe_file(path: Path) -> RecipeFile:
    """An `injects.toml` whole; raises ProcedureError with every finding."""
    return toml_file.check(path, toml_file.read_capped(path, ProcedureError), RecipeFile, ProcedureError)
