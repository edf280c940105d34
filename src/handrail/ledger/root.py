"""The ledger's own directory: made durably, locked as a whole, cleared of openings that were cut off."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from handrail.errors import Claimed
from handrail.ledger import names
from handrail.ledger.disk import PRIVATE, SHARED, Disk, Kind, Modes

LOCK_STEP_S = 0.02
_TRIES = 500


@contextlib.contextmanager
def locked(disk: Disk, root: Path, modes: Modes, pause: Callable[[float], object]) -> Iterator[None]:
    """Hold the one lock of the whole ledger, whose directory is made if need be.

    Raises Claimed when somebody keeps it for ten seconds, OSError.
    """
    _make(disk, root, modes)
    lock = None
    for _ in range(_TRIES):
        lock = disk.lock(root / names.LOCK)
        if lock is not None:
            break
        pause(LOCK_STEP_S)
    if lock is None:
        raise Claimed("another process has locked the whole ledger for 10 s", "see who with `fuser`")
    try:
        yield
    finally:
        lock.release()


def set_aside_openings(disk: Disk, root: Path) -> list[str]:
    """Rename runs whose opening was cut off, which never began; their new names. The lock must be held.

    Nobody else can be opening a run then, so every such directory is a dead process's. Another account's is
    left to that account. Raises OSError.
    """
    left = [
        entry.name
        for entry in disk.listdir(root)
        if entry.name.startswith(names.OPENING)
        and entry.kind is Kind.DIRECTORY
        and disk.owner(root / entry.name) == disk.account()
    ]
    aside = [f"{names.QUARANTINE}-{name.removeprefix(names.OPENING)}" for name in left]
    for old, new in zip(left, aside, strict=True):
        disk.rename(root / old, root / new)
    if left:
        disk.fsync_dir(root)
    return aside


def modes_of(disk: Disk, root: Path) -> Modes:
    """Whether the ledger is one account's or a group's, as the mode of its directory says.

    One that is not there yet will be private. Never raises: what cannot be read is not written either.
    """
    try:
        return SHARED if disk.mode(root) == SHARED.common else PRIVATE
    except OSError:
        return PRIVATE


def _make(disk: Disk, root: Path, modes: Modes) -> None:
    missing = [root]
    while not _is_there(disk, missing[-1]):
        missing.append(missing[-1].parent)
    for path in reversed(missing[:-1]):
        with contextlib.suppress(FileExistsError):
            disk.mkdir(path, modes.common)
        disk.fsync_dir(path.parent)
    with contextlib.suppress(FileExistsError):
        disk.mkdir(root / names.CHAIN, modes.common)
    with contextlib.suppress(FileExistsError):
        disk.close(disk.create(root / names.LOCK, modes.file))
    disk.fsync_dir(root)


def _is_there(disk: Disk, path: Path) -> bool:
    try:
        disk.owner(path)
    except FileNotFoundError:
        return False
    return True
