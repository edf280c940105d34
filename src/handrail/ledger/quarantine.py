"""Moving stray files out of the way without ever losing one."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from handrail.ledger import names
from handrail.ledger.disk import Disk, Modes


def move(disk: Disk, directory: Path, modes: Modes, strays: Sequence[str], number: int) -> dict[str, str]:
    """Move the named files of `directory` into its quarantine, durably; their new names and hashes.

    Files already in quarantine (from an earlier attempt that was cut off) are only named. Each file has
    its new name durably before it loses the old one. `number` is that of the record that will tell of it.
    Raises OSError.
    """
    moved: dict[str, str] = {}
    loose = [name for name in strays if not name.startswith(names.QUARANTINE + "/")]
    place = directory / names.QUARANTINE
    if loose:
        with contextlib.suppress(FileExistsError):
            disk.mkdir(place, modes.directory)
        disk.fsync_dir(directory)
    for name in loose:
        data = disk.read(directory / name, names.FILE_LIMIT)
        target = _target(disk, place, name, number, data)
        with contextlib.suppress(FileExistsError):
            disk.link(directory / name, place / target)
        moved[f"{names.QUARANTINE}/{target}"] = names.sha256(data)
    if loose:
        disk.fsync_dir(place)
        for name in loose:
            disk.unlink(directory / name)
        disk.fsync_dir(directory)
    for name in set(strays) - set(loose):
        moved[name] = names.sha256(disk.read(directory / name, names.FILE_LIMIT))
    return dict(sorted(moved.items()))


def _target(disk: Disk, place: Path, name: str, number: int, data: bytes) -> str:
    """A free name, or that of the same bytes moved by an attempt that was cut off."""
    tame = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")[:80]
    for attempt in range(1, 1000):
        target = f"{number:06d}-{attempt}-{tame}"
        try:
            if disk.read(place / target, names.FILE_LIMIT) == data:
                return target
        except FileNotFoundError:
            return target
    raise FileExistsError(f"no free name in quarantine for {tame}")
