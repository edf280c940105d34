"""What a power cut can leave of a run at any moment, by a model of the disk, with controls that must fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.memory_disk import Change, MemoryDisk, crash_states, without
from tests.ledger.walkthrough import Told, live_a_life, recover


class NoDataSync(MemoryDisk):
    """A program that forgets to sync the bytes of its files."""

    def fsync(self, handle: int) -> None:
        """Nothing."""


class NoNameSync(MemoryDisk):
    """A program that forgets to sync directories."""

    def fsync_dir(self, path: Path) -> None:
        """Nothing."""


class OneNameSync(MemoryDisk):
    """A program that syncs the directory once a commit, after the record, and not before it."""

    _last = ""

    def link(self, old: Path, new: Path) -> None:
        super().link(old, new)
        self._last = new.name

    def fsync_dir(self, path: Path) -> None:
        if not self._last.endswith(".sig"):
            super().fsync_dir(path)


def _violations(make: Callable[[], MemoryDisk], enough: int | None = None) -> tuple[int, list[str]]:
    """How many power-cut states were tried, and how the operator was lied to in some; stops at `enough`."""
    disk, told = make(), Told()
    live_a_life(disk, told, lambda act: act())
    # The space set aside and the holder's note carry no record and are never synced.
    journal = without(disk.journal, (".reserve", ".holder"))
    told = _told_in(journal, disk.journal, told)
    tried, lies = 0, []
    for point, state in crash_states(disk.root, journal, lambda point: len(told.by(point)), most=300):
        tried += 1
        try:
            recover(state, told, point)
        except Exception as error:
            lies.append(f"{point}: {error!r}")
            if enough and len(lies) >= enough:
                break
    return tried, lies


def _told_in(shorter: list[Change], full: list[Change], told: Told) -> Told:
    """The same announcements, counted in the journal without the spare files."""
    kept = {id(change) for change in shorter}
    count = [0]
    for change in full:
        count.append(count[-1] + (id(change) in kept))
    saved = [(count[length], number, head) for length, number, head in told.saved]
    sealed_at = None if told.sealed_at is None else count[told.sealed_at]
    return Told(saved, sealed_at, told.run)


def test_no_power_cut_loses_a_record_that_was_said_to_be_saved() -> None:
    """Opening, appending, appending with a file, resuming and sealing, cut at every operation."""
    tried, lies = _violations(MemoryDisk)
    assert not lies
    assert tried > 200


@pytest.mark.parametrize("careless", [NoDataSync, NoNameSync, OneNameSync])
def test_the_model_catches_a_program_that_syncs_too_little(careless: type[MemoryDisk]) -> None:
    """The control: if these passed, the test above would prove nothing."""
    _, lies = _violations(careless, enough=3)
    assert len(lies) == 3
