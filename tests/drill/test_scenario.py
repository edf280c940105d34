"""Scenario files are data: read strictly, checked against their procedure, the plainest first."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from handrail.drill.recipes import check_recipes, check_scenario, known_injects, with_recipe
from handrail.drill.scenario import Scenario, load, scenarios, scenarios_in
from handrail.drill.stage import bound_pairs_of
from handrail.errors import ProcedureError
from handrail.procedure.loading import builtin_root, find
from handrail.procedure.recipes import Cause, Recipe
from handrail.walk.plan import lay_out

DRILLS = builtin_root() / "artemis" / "drills"
TEXT = (DRILLS / "full-restart-wrong-order.toml").read_text(encoding="utf-8")


def written(tmp_path: Path, text: str) -> Path:
    """A scenario beside a copy of its procedure."""
    folder = tmp_path / "artemis" / "drills"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(builtin_root() / "artemis" / "full-restart.toml", folder.parent)
    path = folder / "one.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("count = 5", "count = 0"),
        ('at = "0s"', 'at = "0s", after = "stop-slave"'),
        ('at = "0s", ', ""),
        ("schema = 1", "schema = 2"),
        ("brief = ", "brieff = "),
    ],
)
def test_a_faulty_scenario_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """Each fault would otherwise be a drill that quietly teaches something else."""
    assert old in TEXT
    with pytest.raises(ProcedureError) as caught:
        load(written(tmp_path, TEXT.replace(old, new, 1)))
    assert caught.value.findings[0].line >= 0


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "stop"', 'name = "earthquake"', "no drill can cause earthquake"),
        ('at = "0s"', 'begun = "nowhere"', "there is no step nowhere"),
        ('server = "orders-a"', 'servr = "a"', "inject stop: server is missing"),
        ('server = "orders-a"', 'server = "z"', "inject stop: z is missing"),
        (
            'server = "orders-a"',
            'server = "orders-a", hard = true',
            "inject stop: hard is missing, or is no argument",
        ),
        ('name = "stop", at = "0s"', 'name = "lost-command", at = "0s"', "inject lost-command: command"),
        ("[[clients]]", 'situation = "happy"\n[[clients]]', "begins healthy, split, down"),
        ("[[clients]]", "settings = { typo = true }\n[[clients]]", "typo is no setting"),
        ("mode = ", 'rings = ["nobody"]\nmode = ', "rings: nobody is no guard"),
        ("[[pairs]]", '[finds]\nnowhere = "x"\n[[pairs]]', "nowhere is no step"),
        ('procedure = "artemis/full-restart"', 'procedure = "artemis/other"', "there is no procedure"),
    ],
)
def test_a_name_that_means_nothing_is_found(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """An inject at a step that is not there would never happen."""
    assert check_scenario(written(tmp_path, TEXT)) == []
    found = check_scenario(written(tmp_path, TEXT.replace(old, new, 1)))
    assert any(problem in finding.problem for finding in found)


def test_the_plain_scenario_of_a_procedure_comes_first() -> None:
    """`handrail drill` without a name begins with it; a dash sorts before a dot in file names."""
    for identity in ("artemis/split-brain-recovery", "artemis/rolling-restart", "artemis/full-restart"):
        assert scenarios(identity)[0].id == identity.split("/")[1]


def test_recipes_are_no_scenario() -> None:
    """They lie in the same folder."""
    assert (DRILLS / "injects.toml").exists()
    every = {path.stem for path in DRILLS.glob("*.toml")} - {"injects"}
    found = {item.id for item in scenarios_in(DRILLS, "artemis/full-restart")}
    assert found == {name for name in every if name.startswith("full-restart")}


def test_a_recipe_is_placed_at_the_servers_of_its_step() -> None:
    """`$on` is the step's server, the others those of its pair; a cause may wait for another step."""
    scenario: Scenario = scenarios("artemis/full-restart")[0]
    plan = lay_out(find("artemis/full-restart").procedure, bound_pairs_of(scenario))
    planned = next(item for item in plan.steps if item.key == "stop-slave@stock")
    recipe = Recipe(
        name="all",
        what="everything",
        causes=(
            Cause(inject="kill", at="sent", arguments={"server": "$on", "peer": "$master"}),
            Cause(inject="cut-link", at="start", arguments={"pair": "$pair", "n": 3}),
            Cause(inject="end-client", at="missed", step="start-slave", arguments={"client": "$client"}),
        ),
        start={"allow_failback": False},
    )
    spoilt = with_recipe(scenario, recipe, planned)
    first, second, third = spoilt.injects[-3:]
    assert (first.after, first.arguments) == ("stop-slave", {"server": "stock-b", "peer": "stock-a"})
    assert (second.at, second.arguments) == (0.0, {"pair": "stock", "n": 3})
    assert (third.missed, third.arguments) == ("start-slave", {"client": "app-stock-a-1"})
    assert [pair.settings["allow_failback"] for pair in spoilt.pairs] == [False, False]
    assert not any(pair.settings for pair in scenario.pairs), "the scenario itself is not touched"


def test_a_recipe_with_an_unknown_inject_is_found(tmp_path: Path) -> None:
    """It would only fail when somebody rehearses that very if-not."""
    drills = tmp_path / "drills"
    drills.mkdir()
    text = (DRILLS / "injects.toml").read_text(encoding="utf-8")
    (drills / "injects.toml").write_text(text.replace('inject = "cut-link"', 'inject = "flood"', 1))
    assert "flood" in check_recipes(drills)[0].problem
    assert {"cut-link", "slow-command"} <= known_injects("artemis")
