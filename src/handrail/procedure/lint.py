"""Checking procedure files: everything that would only be found out in the middle of a walk.

A finding refuses the file; a note is worth knowing (an if-not no drill can cause, a long section).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from handrail.errors import Finding, ProcedureError
from handrail.procedure import loading
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.fields import Fields, load_fields
from handrail.procedure.file_names import CATALOGUE_FILE, FIELDS_FILE
from handrail.procedure.lint_fit import check_fit
from handrail.procedure.lint_flow import check_flow
from handrail.procedure.lint_names import check_names
from handrail.procedure.lint_scope import Scope
from handrail.procedure.lint_texts import check_texts
from handrail.procedure.loading import Loaded
from handrail.procedure.recipes import Recipe, all_recipes, is_recipe_file, is_scenario_file, load_recipes

DRILLS = "drills"
"""Scenarios and injects of a product lie in this folder; scenarios are not procedures."""

Product = TypeVar("Product")


@dataclass
class Examined:
    """What was found in some files: faults, and notes that refuse nothing."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    procedures: list[Path] = field(default_factory=list)
    """The procedure files that were looked at."""
    others: list[Path] = field(default_factory=list)
    """Scenario files, which are checked where they are played."""
    truths: list[Path] = field(default_factory=list)
    """What is so where a person is asked, and how objectives are judged: checked there, too."""


def lint(paths: Sequence[Path]) -> list[Finding]:
    """Every fault in these files, or in all TOML files below these folders, in the order of the files."""
    return examine(paths).findings


def examine(paths: Sequence[Path]) -> Examined:
    """Faults and notes in these files and folders."""
    found = Examined()
    beside: dict[Path, _Beside] = {}
    for path in _files(paths, found):
        if is_recipe_file(path) and path.parent.name == DRILLS:
            _tried(found, load_recipes, path)
        elif path.parent.name == DRILLS and is_scenario_file(path):
            found.others.append(path)
        elif path.parent.name == DRILLS:
            found.truths.append(path)
        elif path.stem.split("-")[0].split(".")[0] == "messages":
            _tried(found, load_catalogue, path)
        elif path.name == FIELDS_FILE:
            _tried(found, load_fields, path)
        else:
            found.procedures.append(path)
            loaded = _tried(found, loading.load, path)
            if loaded is None:
                found.notes.append(Finding(path, 0, "was not examined further", "mend what is found first"))
                continue
            folder = _folder_of(loaded)
            if folder not in beside:
                beside[folder] = _Beside.of(folder, found)
            _procedure(loaded, beside[folder], found)
    found.findings = list(dict.fromkeys(found.findings))
    found.notes = list(dict.fromkeys(found.notes))
    return found


@dataclass
class _Beside:
    """The catalogue, fields and recipes of a product's folder; None where one is missing or faulty."""

    catalogue: Catalogue | None
    fields: Fields | None
    recipes: dict[str, Recipe]

    @classmethod
    def of(cls, folder: Path, found: Examined) -> _Beside:
        catalogue = fields = None
        recipes: dict[str, Recipe] = {}
        if _there(folder / CATALOGUE_FILE, "the product's log lines", found):
            catalogue = _tried(found, load_catalogue, folder / CATALOGUE_FILE)
        if _there(folder / FIELDS_FILE, "the product's readings", found):
            fields = _tried(found, load_fields, folder / FIELDS_FILE)
        recipes = _tried(found, all_recipes, folder / DRILLS) or {}
        return cls(catalogue, fields, recipes)


def _folder_of(loaded: Loaded) -> Path:
    """Where the product's files lie; a procedure alone is walked with those that come with handrail."""
    own = loaded.path.parent
    built_in = loading.builtin_root() / loaded.procedure.product
    alone = not any((own / name).exists() for name in (CATALOGUE_FILE, FIELDS_FILE, DRILLS))
    return built_in if alone and built_in.is_dir() else own


def _procedure(loaded: Loaded, beside: _Beside, found: Examined) -> None:
    scope = Scope(
        loaded.path,
        loaded.data.decode("utf-8"),
        loaded.procedure,
        beside.catalogue,
        beside.fields,
        beside.recipes.keys(),
    )
    for product in (beside.catalogue, beside.fields):
        if product is not None and product.product != loaded.procedure.product:
            scope.say(
                ("product",),
                f"the product is {loaded.procedure.product}, the files beside it are of {product.product}",
                "put the procedure into its product's folder",
            )
    check_flow(scope)
    check_names(scope)
    check_texts(scope)
    check_fit(scope)
    found.findings += sorted(scope.findings, key=lambda item: item.line)
    found.notes += sorted(scope.notes, key=lambda item: item.line)


def _files(paths: Iterable[Path], found: Examined) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(path.rglob("*.toml"))
            if not below:
                found.findings.append(
                    Finding(path, 0, "there is no TOML file below it", "name another folder")
                )
            files += below
        elif path.exists():
            files.append(path)
        else:
            found.findings.append(Finding(path, 0, "there is no such file", "check the path"))
    return list(dict.fromkeys(files))


def _there(path: Path, what: str, found: Examined) -> bool:
    if path.exists():
        return True
    found.findings.append(
        Finding(path, 0, f"is missing: {what}", "put it beside the procedures, or lint them where it is")
    )
    return False


def _tried(found: Examined, load: Callable[[Path], Product], path: Path) -> Product | None:
    try:
        return load(path)
    except ProcedureError as error:
        found.findings += error.findings
        return None
