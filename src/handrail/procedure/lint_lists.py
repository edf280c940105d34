"""Whether lists of rows are there when a batch, a choice by rows or an expectation speaks of them."""

from __future__ import annotations

from handrail.procedure.lint_scope import Place, Scope
from handrail.toml_file import Location


def check_lists(scope: Scope, place: Place) -> None:
    """The lists this step's act, choice and pasted output are for."""
    step = place.step
    for wanted in step.attest.shows if step.attest else ():
        if wanted.every is not None:
            known_list(scope, wanted.every, (*place.at, "attest"), place)
    if step.choice and step.choice.rows:
        known_list(scope, step.choice.rows, (*place.at, "choice"), place)
    if step.do is None or step.do.rows is None:
        if step.confirm and step.confirm.kind == "count":
            scope.say((*place.at, "confirm"), "there are no rows to count", "confirm = count needs do.rows")
        return
    at = (*place.at, "do")
    known_list(scope, step.do.rows, at, place)
    if step.do.choice is not None:
        named = next((item for item in scope.before(place) if item.step.id == step.do.choice), None)
        if named is None or named.step.choice is None or named.step.choice.rows != step.do.rows:
            scope.say(
                at,
                f"{step.do.choice} is no earlier choice by the rows of {step.do.rows}",
                "name the step that chooses row by row",
                step.do.choice,
            )


def known_list(scope: Scope, name: str, at: Location, place: Place | None) -> None:
    """Say so when no earlier step captures this list."""
    places = scope.places if place is None else scope.places[: place.position]
    lists = {capture.name for item in places for capture in item.step.capture if capture.rows}
    if name not in lists:
        scope.say(at, f"nothing captures the list {name}", "capture it with rows = true before", name)
