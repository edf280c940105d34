"""Sharing a ledger: who may add, who may read, and that nothing signed is changed by it."""

from __future__ import annotations

import grp
import os
from pathlib import Path

import pytest

from handrail.clock import ManualClock
from handrail.errors import UsageError
from handrail.ledger.disk import PRIVATE, SHARED, RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.root import modes_of
from handrail.ledger.sharing import share
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Whole, verify

GROUP = grp.getgrgid(os.getegid()).gr_name


def _run(root: Path) -> Path:
    watch = Ledger(root, RealDisk(), ManualClock()).open_run(
        "drill", "a/b", MemoryKey(), "alice", "jump1", {}
    )
    watch.seal()
    return watch.path.parent


def _modes(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): f"{path.stat().st_mode & 0o7777:o}" for path in root.rglob("*")}


def test_a_private_ledger_is_shared_with_what_lies_in_it(tmp_path: Path) -> None:
    """Every directory and file gets the mode a shared one would have been made with."""
    root = tmp_path / "ledger"
    before = _run(root)
    assert modes_of(RealDisk(), root) == PRIVATE
    share(root, GROUP)
    assert modes_of(RealDisk(), root) == SHARED
    after = _run(root)
    modes = _modes(root)
    assert modes["runs"] == "3770"
    for run in (before, after):
        assert modes[run.name] == "3770"
        assert modes[f"{run.name}/watch-001"] == "2750"
        assert modes[f"{run.name}/watch-001/000001.toml"] == "640"
        assert verify(run, None).whole is Whole.SEALED


def test_a_group_that_is_not_there_is_said_and_nothing_changes(tmp_path: Path) -> None:
    """A typing error must not leave half a ledger open to somebody."""
    root = tmp_path / "ledger"
    _run(root)
    before = _modes(root)
    with pytest.raises(UsageError, match="no group"):
        share(root, "no-such-group-here")
    assert _modes(root) == before


def test_a_link_in_the_ledger_is_not_followed_out_of_it(tmp_path: Path) -> None:
    """What lies elsewhere keeps its mode."""
    root, elsewhere = tmp_path / "ledger", tmp_path / "elsewhere"
    _run(root)
    elsewhere.write_text("mine", encoding="utf-8")
    elsewhere.chmod(0o600)
    (root / "way-out").symlink_to(elsewhere)
    share(root, GROUP)
    assert elsewhere.stat().st_mode & 0o777 == 0o600
