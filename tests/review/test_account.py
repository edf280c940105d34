"""How long was dwelt: by whoever acted, on what they saw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from handrail.ledger.record import Record
from handrail.procedure.loading import load
from handrail.review.account import account_of, dwells
from handrail.review.run import Entry
from handrail.walk import events as e
from handrail.walk.plan import BoundPair, lay_out

START = datetime(2026, 3, 29, 3, tzinfo=UTC)
STEP = "never"
WITNESSED = e.Witnessed(step=STEP, principal="ben@site", statement="w.txt")
SENT = e.Intended(step=STEP, shown=("kill",))
TAKEN = e.TookOver(operator="ben", principal="ben-key", how="handover", away_s=1.0)


def entries(*events: tuple[int, int, e.Event]) -> list[Entry]:
    """Events, each with its watch and the second it was recorded in."""
    return [
        Entry(
            Record(
                "run", watch, number, "0" * 64, START + timedelta(seconds=second), 1, "boot", "ana", "jump1",
                e.to_table(event),
            ),
            event,  # type: ignore[arg-type]
            Path(f"watch-{watch:03d}"),
        )
        for number, (watch, second, event) in enumerate(events, 1)
    ]  # fmt: skip


def dwelt(*events: tuple[int, int, e.Event]) -> tuple[dict[int, float], float | None]:
    """What the timeline shows by its lines, and what the report says of the step."""
    procedure = load(Path(__file__).parents[1] / "walk" / "small.toml").procedure
    plan = lay_out(procedure, (BoundPair("alpha", "replication", {"master": "a1", "slave": "a2"}),))
    found = entries(*events)
    step = next(item for item in account_of(plan, found).steps if item.key == STEP)
    return dwells(found), step.dwell_s


def test_a_witness_does_not_end_the_operators_dwell() -> None:
    """Would catch a send called hardly read because the witness had signed a moment before."""
    told = dwelt((1, 0, e.Begun(step=STEP)), (1, 50, WITNESSED), (1, 51, SENT))
    assert told == ({2: 51.0}, 51.0)


def test_whoever_takes_over_has_the_step_since_they_read_the_brief() -> None:
    """Would catch an hour between two people counted as one person's reading."""
    told = dwelt(
        (1, 0, e.Begun(step=STEP)), (1, 50, WITNESSED), (2, 3600, TAKEN), (2, 3660, e.BriefRead()),
        (2, 3670, WITNESSED), (2, 3672, SENT),
    )  # fmt: skip
    assert told == ({5: 12.0}, 12.0)
