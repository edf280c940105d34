"""Everybody who had a hand in a run, with their keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from handrail.ledger.record import Record
from handrail.ledger.verify import Verification
from handrail.review.people import NOBODY, people
from handrail.review.run import Entry, RunRead
from handrail.walk import events as e

ANA, BEN, CAT = "SHA256:Ana", "SHA256:Ben", "SHA256:Cat"
OPENED = e.Opened(
    procedure="a/b", version=1, sha256="0" * 64, mode="live", site="lab", operator="root", principal=ANA,
    program="handrail test", pairs=(),
)  # fmt: skip
ALONE = e.Overrode(step="kill", what="hold-point", typed="a2", reason="alone at night")


def run(*events: e.Event, countersigned: bool = False) -> RunRead:
    """A run of these events; the site knows Ana."""
    entries = tuple(
        Entry(
            Record(
                "run", 1, number, "0" * 64, datetime(2026, 3, 29, 3, number, tzinfo=UTC), 1, "boot", "root",
                "jump1", e.to_table(event),
            ),
            event,  # type: ignore[arg-type]
            Path("watch-001"),
        )
        for number, event in enumerate(events, 1)
    )  # fmt: skip
    verification = Verification(Path("run"), known={ANA: "ana@site"})
    if countersigned:
        verification.countersigned, verification.countersign_keys = {(1, 2): "cat@site"}, {(1, 2): CAT}
    return RunRead(Path("run"), entries, None, None, None, verification)


def test_each_is_named_with_the_record_and_the_key() -> None:
    """Would catch a page that leaves who witnessed, and who took the walk, to another program."""
    witnessed = e.Witnessed(step="stop", principal="ben@site", statement="x", key=BEN)
    handed = e.HandedOver(principal="ben@site", key=BEN, statement="x", sha256="0")
    took = e.TookOver(operator="root", principal=BEN, how="handover", away_s=1)
    assert people(run(OPENED, witnessed, handed, took)) == [
        f"walked by root from record 1 of watch 1, 2026-03-29 03:01Z; key {ANA}, which the site knows as ana@site",
        f"stop witnessed by ben@site, record 2 of watch 1, 2026-03-29 03:02Z; key {BEN}",
        f"handed over to ben@site, record 3 of watch 1, 2026-03-29 03:03Z; key {BEN}",
        f"walked by root (handover) from record 4 of watch 1, 2026-03-29 03:04Z; key {BEN}",
    ]


def test_what_was_passed_alone_names_who_countersigned_it_or_nobody() -> None:
    """Would catch an open countersign that nobody is asked for."""
    assert people(run(OPENED, ALONE))[-1].endswith("2026-03-29 03:02Z; NOBODY has countersigned it")
    assert people(run(OPENED, ALONE, countersigned=True))[-1].endswith(
        f"countersigned by cat@site; key {CAT}"
    )


def test_a_step_sent_by_its_own_witness_is_named_and_the_run_unwitnessed() -> None:
    """Would catch a second person who was the first one in the end."""
    witnessed = e.Witnessed(step="stop", principal="ben@site", statement="x", key=BEN)
    read = run(OPENED, witnessed, e.Intended(step="stop", shown=("stop",)))
    assert read.witness_word == ""
    opening = replace(read.entries[0].record, watch=1, event={"kind": "ledger.opened", "key": BEN})
    read.entries = (Entry(opening, None, Path("watch-001")), *read.entries)
    assert people(read)[-1] == "stop sent by who had witnessed it, record 3 of watch 1: UNWITNESSED"
    assert read.witness_word == "UNWITNESSED"


def test_without_a_second_person_it_says_so() -> None:
    """Would catch a page on which one looks for witnesses in vain."""
    assert people(run(OPENED))[-1] == NOBODY
