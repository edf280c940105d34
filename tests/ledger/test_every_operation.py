"""A kill and an error at every operation a run makes on its disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from tests.ledger.memory_disk import Killed, MemoryDisk
from tests.ledger.walkthrough import Told, live_a_life, recover

from handrail.errors import LedgerError

T = TypeVar("T")
WRITES = {"create", "write", "allocate", "fsync", "close", "link", "unlink", "rename", "mkdir", "fsync_dir"}


def _plain(act: Callable[[], object]) -> object:
    return act()


def _operations() -> list[str]:
    disk = MemoryDisk()
    live_a_life(disk, Told(), _plain)
    return disk.operations


OPERATIONS = _operations()


def _patient(act: Callable[[], object]) -> object:
    """An operator who is refused once, is told why, and tries again."""
    try:
        return act()
    except LedgerError:
        return act()


class _Death:
    """A process that dies after some operations (0: before the first); dead, it does nothing any more."""

    def __init__(self, disk: MemoryDisk, at: int) -> None:
        self.came = at == 0
        self._at = at
        disk.before, disk.after = self.before, self.after

    def before(self, count: int, name: str, path: Path | None) -> None:
        if self.came:
            raise Killed

    def after(self, count: int, name: str, path: Path | None) -> None:
        self.came = self.came or count == self._at
        if self.came:
            raise Killed


def test_the_life_of_a_run_uses_every_operation_that_writes() -> None:
    """If the walk stopped using one, the sweeps below would no longer cover it."""
    assert set(OPERATIONS) >= WRITES
    assert len(OPERATIONS) > 150


def test_a_kill_at_any_operation_loses_nothing_that_was_said_to_be_saved() -> None:
    """Killed after each operation, which is before the next; the next process recovers, goes on and seals."""
    for at in range(len(OPERATIONS) + 1):
        disk, told = MemoryDisk(), Told()
        death = _Death(disk, at)
        with pytest.raises(Killed):
            live_a_life(disk, told, _plain)
        assert death.came
        recover(disk.after_restart(), told, len(disk.journal))


@pytest.mark.parametrize(
    ("code", "when"),
    [
        (errno.EIO, "before"),
        (errno.EIO, "after"),
        (errno.EINTR, "before"),
        (errno.ENOSPC, "before"),
        (errno.EDQUOT, "before"),
        (errno.EROFS, "before"),
    ],
)
def test_an_error_at_any_operation_is_a_refusal_and_never_a_false_saved(code: int, when: str) -> None:
    """Each operation fails once, having done nothing or its work; the same act then succeeds.

    Nothing but a typed refusal reaches the caller, and the run ends sealed and whole.
    """
    writing = when == "after" or code != errno.EIO
    for at, operation in enumerate(OPERATIONS, start=1):
        if writing and operation not in WRITES:
            continue
        disk, told = MemoryDisk(), Told()
        fired = False

        def hook(count: int, name: str, path: Path | None, at: int = at) -> None:
            nonlocal fired
            if count == at:
                fired = True
                raise OSError(code, os.strerror(code))

        setattr(disk, when, hook)
        live_a_life(disk, told, _patient)
        assert fired
        recover(disk.after_restart(), told, len(disk.journal))


def test_a_short_write_is_carried_on() -> None:
    """A disk that takes half of what it is given at any write still gets all of it."""
    writes = [at for at, name in enumerate(OPERATIONS, start=1) if name == "write"]
    assert len(writes) > 20
    for at in writes:
        disk, told = MemoryDisk(), Told()
        disk.short_at = at
        live_a_life(disk, told, _plain)
        recover(disk.after_restart(), told, len(disk.journal))


def test_a_disk_that_fails_for_good_never_says_saved() -> None:
    """From each operation on every write fails: no record is told of that is not there afterwards."""
    for at in range(1, len(OPERATIONS) + 1, 3):
        disk, told = MemoryDisk(), Told()

        def hook(count: int, name: str, path: Path | None, at: int = at) -> None:
            if count >= at and name in WRITES:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        disk.before = hook
        try:
            live_a_life(disk, told, _patient)
        except LedgerError:
            pass
        else:
            assert told.sealed_at is not None
        recover(disk.after_restart(), told, len(disk.journal))
