"""Every procedure that comes with handrail: linted, walked on every edge, named in its document's coverage."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handrail.drill.recipes import check_recipes, check_scenario, recipes_beside
from handrail.drill.rehearsal import rehearse
from handrail.drill.scenario import scenarios
from handrail.procedure.lint import examine
from handrail.procedure.loading import builtin_root, library

LOADED = {loaded.procedure.id: loaded for loaded in library()[0]}
IDS = list(LOADED)
PRODUCTS = sorted({identity.split("/")[0] for identity in IDS})
COVERAGE = Path(__file__).parents[2] / "docs" / "coverage"
NAMED = re.compile(r"`([a-z0-9-]+/[a-z0-9.-]+):([a-z0-9.-]+)`")


def test_lint_has_no_finding_in_what_comes_with_handrail() -> None:
    """A procedure, scenario or recipe that lint would refuse is not shipped."""
    found = examine([builtin_root()])
    findings = [finding for path in found.others for finding in check_scenario(path)]
    findings += [finding for product in PRODUCTS for finding in check_recipes(builtin_root() / product)]
    assert found.findings + findings == []
    assert len(found.procedures) == len(IDS)


@pytest.mark.parametrize("identity", IDS)
def test_every_edge_is_taken_by_a_sealed_run(identity: str) -> None:
    """A dead end, an outcome nobody reaches or an if-not its fault does not cause fails here."""
    found = rehearse(LOADED[identity])
    assert [str(edge) for edge in found.missed] == []
    assert found.problems == []
    assert found.passed


@pytest.mark.parametrize("identity", IDS)
def test_no_grep_that_is_shown_takes_its_bars_for_characters(identity: str) -> None:
    """Without -E a `|` is a character: the line would print nothing on a real host, and that reads as 'never'."""
    shown = LOADED[identity].path.read_text(encoding="utf-8")
    assert re.findall(r"grep '[^']*(?<!\\)\|[^']*'[^`]*`", shown) == []
    assert re.findall(r"`grep \S+`", shown) == [], "a grep without a file waits for its input"


@pytest.mark.parametrize("identity", [item for item in IDS if item.startswith("eap/")])
def test_a_release_of_two_numbers_is_not_taken_for_a_step(identity: str) -> None:
    """`Before 7.3` beside steps 7.2 and 7.4 is read as a step: the product's name stands before its release."""
    for step in LOADED[identity].procedure.steps():
        options = step.choice.options if step.choice else ()
        shown = " ".join((step.text, *(item.consequence for item in options)))
        assert re.findall(r"(?i)\b(?:before|since|from|up to|until|on) [1-9]\.\d\b", shown) == [], step.id


@pytest.mark.parametrize("identity", IDS)
def test_each_procedure_has_a_straight_way_for_each_of_its_modes(identity: str) -> None:
    """A mode without a plain drill could not be practised without its traps."""
    procedure = LOADED[identity].procedure
    straight = [item for item in scenarios(identity) if item.ends == "complete"]
    assert {item.mode for item in straight} <= set(procedure.modes)
    assert straight
    assert all(item.objectives for item in scenarios(identity))


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_recipe_is_used_by_some_if_not(product: str) -> None:
    """A recipe nobody names is a fault nobody rehearses."""
    of_product = [LOADED[identity] for identity in IDS if identity.startswith(f"{product}/")]
    used = {item.inject for loaded in of_product for step in loaded.procedure.steps() for item in step.if_not}
    assert set(recipes_beside(of_product[0].path)) - used == set()


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_coverage_names_steps_that_exist(product: str) -> None:
    """A step that was renamed would leave its passage carried by nothing."""
    text = (COVERAGE / f"{product}.md").read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert named
    for identity, step in named:
        assert step in {item.id for item in LOADED[identity].procedure.steps()}, f"{identity}:{step}"
    missing = {identity for identity in IDS if identity.startswith(f"{product}/") and identity not in text}
    assert missing == set(), "a procedure no passage is carried by"
