"""What a drill was for, at its end: said as that, and marked where the simulator can tell. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from handrail.drill.scenario import Scenario
from handrail.products.registry import product
from handrail.text import SafeText, safe

HEADING = "What this drill was for (what is not marked is yours to judge):"


def aims(scenario: Scenario, harmed: Sequence[str]) -> list[SafeText]:
    """The objectives, a line each; `harmed` is who was hurt for good, which settles the one about that."""
    if not scenario.objectives:
        return []
    unharmed = product(scenario.product).unharmed
    verdict = "NOT met" if harmed else "met"
    return [
        safe(HEADING),
        *(safe(f"- {f'{verdict}: ' if text == unharmed else ''}{text}") for text in scenario.objectives),
    ]
