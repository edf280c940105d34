"""What a drill was for: never read as a result, and marked where the simulator can tell."""

from __future__ import annotations

import pytest

from handrail.drill.aims import HEADING, aims
from handrail.drill.scenario import scenarios

NOBODY = "No client is stranded at the end."


@pytest.mark.parametrize(("harmed", "verdict"), [((), "met"), (("app-1",), "NOT met")])
def test_the_objective_about_harm_is_marked(harmed: tuple[str, ...], verdict: str) -> None:
    """Would catch an objective below a line of stranded clients that reads as if it had been met."""
    scenario = scenarios("artemis/split-brain-recovery")[0]
    lines = aims(scenario, harmed)
    assert lines[0] == HEADING
    assert f"- {verdict}: {NOBODY}" in lines
    assert f"- {scenario.objectives[1]}" in lines, "what only a person can judge is not marked"


def test_a_drill_without_objectives_says_nothing_of_them() -> None:
    """No heading above nothing."""
    scenario = scenarios("artemis/split-brain-recovery")[0].model_copy(update={"objectives": ()})
    assert aims(scenario, ()) == []
