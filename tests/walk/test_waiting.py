"""Waiting: a limit where there is one, progress where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from handrail.observe.situation import Situation
from handrail.procedure.model import Progress
from handrail.readings import Reading
from handrail.text import safe
from handrail.walk.plan import Plan, Planned
from handrail.walk.waiting import SECOND_NS, Waiting

NOW = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)


def at(second: float, value: int | None = None) -> Situation:
    """A situation at this boot second, with a queue depth."""
    boot = int(second * SECOND_NS)
    rows = () if value is None else (Reading("a1", "depth", value, NOW, boot, safe("test")),)
    return Situation(NOW, boot, {("a1", "depth"): rows})


def moving(plan: Plan) -> Planned:
    """The step that reads, with progress instead of a limit."""
    planned = plan.by_key["read"]
    progress = Progress(field="depth", to=0, stalled_after="30s")  # type: ignore[arg-type]
    return replace(planned, step=planned.step.model_copy(update={"progress": progress}))


def test_the_limit_ends_the_waiting_and_not_before(plan: Plan) -> None:
    """Would catch a limit off by one tick, or none."""
    waiting = Waiting("read", 1, 0, 60.0, 0)
    assert waiting.overdue(plan.by_key["read"], at(60)) == ""
    assert waiting.overdue(plan.by_key["read"], at(60.1)) == "not obtained in 60 s"


def test_what_moves_may_take_as_long_as_it_needs(plan: Plan) -> None:
    """Would catch a long queue given up on while it drains."""
    waiting = Waiting("read", 1, 0, 60.0, 0)
    for second in range(0, 2000, 20):
        assert waiting.overdue(moving(plan), at(second, 2000 - second)) == ""


def test_what_stands_still_or_goes_back_has_stalled(plan: Plan) -> None:
    """Would catch waiting for ever on a queue that fills again, or cannot be read."""
    waiting = Waiting("read", 1, 0, 60.0, 0)
    assert waiting.overdue(moving(plan), at(0, 100)) == ""
    assert waiting.overdue(moving(plan), at(20, 120)) == ""
    assert waiting.overdue(moving(plan), at(29, None)) == ""
    assert "depth has not moved for 31 s" in waiting.overdue(moving(plan), at(31, 100))
