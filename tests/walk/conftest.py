"""A small procedure with every kind of step, over two pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.procedure.loading import load
from handrail.walk import events as e
from handrail.walk.plan import BoundPair, Plan, lay_out

PAIRS = (
    BoundPair("alpha", "replication", {"master": "a1", "slave": "a2"}),
    BoundPair("beta", "replication", {"master": "b1", "slave": "b2"}),
)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The small procedure laid out over two pairs."""
    return lay_out(load(Path(__file__).with_name("small.toml")).procedure, PAIRS)


@pytest.fixture
def opened() -> e.Opened:
    """The first event of a run."""
    return e.Opened(
        procedure="artemis/small",
        version=1,
        sha256="0" * 64,
        mode="live",
        site="test",
        operator="ana",
        principal="ana-key",
        program="handrail test",
        pairs=tuple(e.PairBound(name=pair.name, mode=pair.mode, roles=dict(pair.roles)) for pair in PAIRS),
    )
