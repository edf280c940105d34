"""Space and names set aside on the disk, given back when it is full so that the last words fit."""

from __future__ import annotations

import contextlib
from pathlib import Path

from handrail.ledger.disk import Disk, Kind, Modes

PARTS = 8
PART_BYTES = 128 * 1024


class Reserve:
    """One MiB in eight files: inodes run out as well as bytes, and freeing bytes frees no inode.

    That is room for a record that the disk is full, one that the walk is aborted, and the seal.
    """

    def __init__(self, disk: Disk, path: Path, modes: Modes) -> None:
        self._disk = disk
        self.path = path
        self._modes = modes
        self.held = False

    def take(self) -> None:
        """Set the space aside. Raises OSError, with nothing kept."""
        try:
            with contextlib.suppress(FileExistsError):
                self._disk.mkdir(self.path, self._modes.directory)
            there = {entry.name for entry in self._disk.listdir(self.path)}
            for name in (str(part) for part in range(PARTS)):
                if name not in there:
                    self._take_part(self.path / name)
        except OSError:
            with contextlib.suppress(OSError):
                self.give_back()
            raise
        self.held = True

    def give_back(self) -> None:
        """Free it; nothing to free is not an error. Raises OSError."""
        self.held = False
        try:
            entries = self._disk.listdir(self.path)
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.kind is Kind.FILE:
                self._disk.unlink(self.path / entry.name)
        self._disk.rmdir(self.path)

    def _take_part(self, path: Path) -> None:
        handle = self._disk.create(path, self._modes.file)
        try:
            self._disk.allocate(handle, PART_BYTES)
        finally:
            self._disk.close(handle)
