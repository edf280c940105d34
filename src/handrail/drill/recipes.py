"""Putting the recipes of a product's faults into a scenario, at the servers of the step they are for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from handrail.drill.scenario import Inject, Scenario
from handrail.drill.scenario import load as load_scenario
from handrail.drill.stage import COMMAND_FAULTS
from handrail.errors import Finding, ProcedureError
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.file_names import CATALOGUE_FILE
from handrail.procedure.loading import builtin_root
from handrail.procedure.loading import load as load_procedure
from handrail.procedure.model import Scalar
from handrail.procedure.recipes import Cause, Recipe, all_recipes, load_recipe_file, recipe_files
from handrail.products.registry import product
from handrail.readings import Value
from handrail.walk.plan import Planned

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""When a world that is only tried begins; nothing depends on it."""


def recipes_beside(procedure: Path) -> dict[str, Recipe]:
    """The recipes that lie beside this procedure file; none where there are none. Raises ProcedureError."""
    return all_recipes(procedure.parent / "drills")


def with_recipe(scenario: Scenario, recipe: Recipe, planned: Planned) -> Scenario:
    """The scenario in which this fault happens at this step."""
    pairs = tuple(
        pair.model_copy(update={"settings": {**pair.settings, **recipe.start}}) for pair in scenario.pairs
    )
    placed = tuple(_placed(cause, scenario, planned) for cause in recipe.causes)
    return scenario.model_copy(update={"pairs": pairs, "injects": (*scenario.injects, *placed)})


def known_injects(name: str) -> frozenset[str]:
    """Every fault that a scenario or a recipe of this product may name."""
    return frozenset((*product(name).injects(), *COMMAND_FAULTS))


def check_scenario(path: Path) -> list[Finding]:
    """What is wrong with a scenario file: its form, its procedure, the steps and injects it names."""
    try:
        scenario = load_scenario(path)
    except ProcedureError as error:
        return error.findings
    name = scenario.procedure.partition("/")[2]
    beside = path.parent.parent / f"{name}.toml"
    if path.parent.parent.name != scenario.product or not beside.exists():
        return [Finding(path, 0, f"there is no procedure {scenario.procedure}", "name one of this folder")]
    try:
        procedure = load_procedure(beside).procedure
    except ProcedureError:
        return []  # its own findings are listed where it stands
    steps = {step.id for step in procedure.steps()}
    found = [
        Finding(path, 0, f"finds: {step} is no step of {scenario.procedure}", "name a step of it")
        for step in scenario.finds
        if step not in steps
    ]
    found += [
        Finding(path, 0, f"mistaken: nothing is found at {step}", "name a step of finds")
        for step in scenario.mistaken
        if step not in scenario.finds
    ]
    found += [
        Finding(path, 0, f"rings: {guard} is no guard of {scenario.procedure}", "name a guard of it")
        for guard in scenario.rings
        if guard not in {item.id for item in procedure.guards}
    ]
    staged: Catalogue | None = None
    try:
        own = path.parent.parent / CATALOGUE_FILE
        catalogue = load_catalogue(own if own.exists() else builtin_root() / scenario.product / own.name)
        product(scenario.product).simulated(scenario, catalogue, BEGIN)
        staged = catalogue
    except (ValueError, KeyError) as problem:
        found.append(Finding(path, 0, f"cannot be staged: {problem}", "correct the pairs, clients or start"))
    except ProcedureError:
        pass  # the catalogue's own findings are listed where it stands
    for inject in scenario.injects:
        unknown = _unknown(path, scenario.product, inject.name)
        found += unknown
        if staged is not None and not unknown:
            found += _arguments(path, scenario, inject, staged)
        for step_id in (inject.begun, inject.after, inject.missed):
            if step_id is not None and step_id not in steps:
                found.append(
                    Finding(path, 0, f"inject {inject.name}: there is no step {step_id}", "name one")
                )
    return found


def check_recipes(folder: Path) -> list[Finding]:
    """What is wrong with the recipes of this product's folder, or of its drills folder."""
    drills = folder if folder.name == "drills" else folder / "drills"
    return [finding for path in recipe_files(drills) for finding in _check_recipe_file(path)]


def _check_recipe_file(path: Path) -> list[Finding]:
    try:
        file = load_recipe_file(path)
    except ProcedureError as error:
        return error.findings
    return [
        finding
        for recipe in file.recipe
        for cause in recipe.causes
        for finding in _unknown(path, file.product, cause.inject)
    ]


def _unknown(path: Path, product_name: str, inject: str) -> list[Finding]:
    known = known_injects(product_name)
    if inject in known:
        return []
    return [Finding(path, 0, f"no drill can cause {inject}", f"known: {', '.join(sorted(known))}")]


class _Noted(Mapping[str, Value]):
    """Arguments that remember which of them were asked for."""

    def __init__(self, given: Mapping[str, Value]) -> None:
        self._given = given
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> Value:
        self.asked.add(key)
        return self._given[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


def _arguments(path: Path, scenario: Scenario, inject: Inject, catalogue: Catalogue) -> list[Finding]:
    """What is wrong with an inject's arguments: it is caused in the world as the scenario begins.

    One that is missing or names nothing there is refused; so is one that nobody asks for.
    """
    if inject.name in COMMAND_FAULTS:
        needed = {"server", "command"} | ({"seconds"} if inject.name == "slow-command" else set())
        wrong = sorted(needed ^ set(inject.arguments))
        server = inject.arguments.get("server")
        if not wrong and server not in scenario.servers():
            wrong = [f"server {server}"]
        return [_wrong_argument(path, inject, wrong[0])] if wrong else []
    noted = _Noted(inject.arguments)
    simulator = product(scenario.product).simulated(scenario, catalogue, BEGIN)
    try:
        simulator.inject(inject.name, noted)
    except (KeyError, ValueError, TypeError) as problem:
        return [_wrong_argument(path, inject, str(problem).strip("'"))]
    unasked = sorted(set(inject.arguments) - noted.asked)
    return [_wrong_argument(path, inject, unasked[0])] if unasked else []


def _wrong_argument(path: Path, inject: Inject, name: str) -> Finding:
    return Finding(
        path,
        0,
        f"inject {inject.name}: {name} is missing, or is no argument of it, or names nothing in this drill",
        "see what `handrail simulate` says of it, and the servers of the pairs",
    )


def _placed(cause: Cause, scenario: Scenario, planned: Planned) -> Inject:
    step = planned.step.id if cause.step is None else cause.step
    moments = {
        "start": {"at": "0s"},
        "begun": {"begun": step},
        "sent": {"after": step},
        "missed": {"missed": step},
    }
    return Inject.model_validate(
        {
            "name": cause.inject,
            "delay": f"{cause.delay}s",
            "arguments": {key: _filled(value, scenario, planned) for key, value in cause.arguments.items()},
            **moments[cause.at],
        }
    )


def _filled(value: Scalar, scenario: Scenario, planned: Planned) -> Scalar:
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    if value == "$client":
        group = next(item for item in scenario.clients if item.pair == planned.pair.name)
        return f"{group.prefix}-{group.on}-1"
    places = {
        "$on": planned.server or next(iter(planned.pair.roles.values())),
        "$pair": planned.pair.name,
        **{f"${role}": server for role, server in planned.pair.roles.items()},
    }
    return places[value]
