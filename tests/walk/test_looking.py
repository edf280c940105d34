"""What was so before an act is no proof of what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handrail.observe.expectations import HeldSince
from handrail.observe.situation import Situation
from handrail.procedure.loading import loads
from handrail.readings import Reading, Verdict
from handrail.text import safe
from handrail.walk.looking import Looker
from handrail.walk.plan import BoundPair, lay_out
from handrail.walk.state import Phase, State, StepState

SMALL = Path(__file__).parent / "small.toml"
START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
AWAITED = b'expect = [{ field = "active", is = true }], goto = "by-hand" }'
HELD = b'expect = [{ field = "active", is = true, held = "20s" }], goto = "by-hand" }'


def situation(seconds: float) -> Situation:
    """The slave says at this moment that it is active."""
    at, boot_ns = START + timedelta(seconds=seconds), int((1000 + seconds) * 1e9)
    reading = Reading("b", "active", True, at, boot_ns, safe("scripted"))
    return Situation(at, boot_ns, {("b", "active"): (reading,)})


@pytest.mark.parametrize(
    ("after_s", "verdict"), [(1, Verdict.NOT_MET), (19, Verdict.NOT_MET), (23, Verdict.MET)]
)
def test_what_must_hold_after_an_act_is_counted_from_the_act_on(after_s: int, verdict: Verdict) -> None:
    """Would catch a server taken for one that stays as it was, by the minutes for which it stood before the act."""
    loaded = loads(SMALL, SMALL.read_bytes().replace(AWAITED, HELD))
    pairs = [BoundPair("alpha", "replication", {"master": "a", "slave": "b"})]
    plan = lay_out(loaded.procedure, pairs)
    key = next(item.key for item in plan.steps if item.step.id == "send")
    looker = Looker(plan, lambda name, _server: safe(name), HeldSince(), {})
    now = replace(State(plan), pointer=key, steps={key: StepState(phase=Phase.NOW)})
    waiting = replace(now, steps={key: StepState(phase=Phase.WAITING, intended=True)})
    for second in range(0, 60, 2):
        looker.look(now, situation(second))
    looker.sent(key, 1, situation(60).boot_ns)
    for second in range(1, after_s + 1, 2):
        look = looker.look(waiting, situation(60 + second))
    lingering = next(way for way in look.ways if way.name == "lingering")
    assert lingering.judgement.verdict is verdict
