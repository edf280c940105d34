"""Countersigning: who cannot is told before anything is shown or typed."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.conftest import make_operator

from handrail.clock import ManualClock
from handrail.ledger.countersigning import foresee
from handrail.ledger.disk import RealDisk
from handrail.ledger.store import Ledger


def test_only_who_did_not_walk_and_is_known_to_the_site_can_countersign(tmp_path: Path) -> None:
    """Neither the key that walked, nor another of the same person, nor one that nobody knows."""
    people = {name: make_operator(tmp_path, name) for name in ("alice", "spare", "bob", "eve")}
    site = tmp_path / "site"
    public = {name: Path(f"{one.key}.pub").read_text(encoding="utf-8") for name, one in people.items()}
    site.write_text(f"alice@site {public['alice']}alice@site {public['spare']}bob@site {public['bob']}")
    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    with ledger.open_run("live", "a/b", people["alice"].signer(), "alice", "jump1", {}) as watch:
        watch.seal()
    said = {
        name: foresee(RealDisk(), [watch.path], ["alice"], one.signer().blob, name, site)
        for name, one in people.items()
    }
    assert said == {
        "alice": "it would be signed by who walked",
        "spare": "it would be signed by who walked",
        "bob": None,
        "eve": "the site does not know that key for this purpose",
    }
