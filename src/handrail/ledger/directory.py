"""The commit order: how a signed file and its companions become durable in one directory, or not at all."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Mapping
from pathlib import Path

from handrail.errors import NotSaved
from handrail.ledger.disk import Disk
from handrail.ledger.names import SIGNATURE, TEMPORARY

_MENDS = {
    errno.ENOSPC: "free space or inodes on the ledger's file system",
    errno.EDQUOT: "the account's quota is used up: free space in it",
    errno.EROFS: "the file system is read-only: look at the kernel log, or name another ledger",
    errno.EACCES: "the ledger belongs to another account: name another ledger",
    errno.EPERM: "the ledger belongs to another account: name another ledger",
    errno.EIO: "the disk failed: look at the kernel log, and go on with paper",
}


class Directory:
    """Write-once files in one directory, each visible under its name only when it is whole.

    The order of one commit: the companions and the signature, each written beside, synced and linked;
    the directory synced; the signed file, written beside, synced and linked; the directory synced again.
    So the file's name being there proves that its signature and companions are durable. One sync of the
    directory at the end would not do: a power cut could then keep the file and lose its signature.
    """

    def __init__(self, disk: Disk, path: Path, file_mode: int) -> None:
        self._disk = disk
        self.path = path
        self._mode = file_mode
        self._attempt: list[str] = []
        """Names a failed commit may have left, in the order they were made."""

    def commit(
        self,
        name: str,
        data: bytes,
        signature: bytes,
        companions: Mapping[str, bytes] | None = None,
        *,
        closing: bool = False,
    ) -> None:
        """Make the file, its signature and its companions durable.

        `closing` is for the last file of a directory: it takes its name by a rename, so that no moment
        shows it beside its temporary name. All others take theirs by a link, which never replaces a file.
        Raises NotSaved, after which none of them counts: what the attempt left is taken away now or
        before the next commit, so the same name can be committed again.
        """
        try:
            self.withdraw()
            for companion, content in (companions or {}).items():
                self._place(companion, content)
            self._place(name + SIGNATURE, signature)
            self._disk.fsync_dir(self.path)
            self._place(name, data, by_rename=closing)
            self._disk.fsync_dir(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                self.withdraw()
            raise not_saved(error, self.path / name) from error
        self._attempt.clear()

    def _place(self, name: str, data: bytes, *, by_rename: bool = False) -> None:
        temporary = TEMPORARY + name
        self._attempt.append(temporary)
        handle = self._disk.create(self.path / temporary, self._mode)
        try:
            write_all(self._disk, handle, data)
            self._disk.fsync(handle)
        finally:
            self._disk.close(handle)
        if by_rename:
            if any(entry.name == name for entry in self._disk.listdir(self.path)):
                raise FileExistsError(errno.EEXIST, "the name is taken", name)
            self._attempt.append(name)
            self._disk.rename(self.path / temporary, self.path / name)
            return
        self._attempt.append(name)
        try:
            self._disk.link(self.path / temporary, self.path / name)
        except FileExistsError:
            self._attempt.remove(name)  # somebody else's file: never taken away
            raise
        self._disk.unlink(self.path / temporary)

    def withdraw(self) -> None:
        """Take away what a failed commit left, the signed file durably before its signature.

        Otherwise a power cut could show the old file beside the next attempt's signature. Raises OSError.
        """
        if not self._attempt:
            return
        for name in reversed(self._attempt):
            with contextlib.suppress(FileNotFoundError):
                self._disk.unlink(self.path / name)
                if not name.startswith(TEMPORARY):
                    self._disk.fsync_dir(self.path)
        self._disk.fsync_dir(self.path)
        self._attempt.clear()


def write_all(disk: Disk, handle: int, data: bytes) -> None:
    """Write every byte, however few the disk takes at a time."""
    rest = memoryview(data)
    while rest:
        count = disk.write(handle, bytes(rest))
        if count <= 0:
            raise OSError(errno.EIO, "the disk took no byte")
        rest = rest[count:]


def is_full(error: NotSaved) -> bool:
    """Whether it was for want of space, inodes or quota."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT}


def not_saved(error: OSError, path: Path) -> NotSaved:
    """The refusal that says why and what to do."""
    reason = error.strerror or str(error)
    mend = _MENDS.get(error.errno or 0, "nothing took effect; try again, or go on with paper")
    return NotSaved(f"{path.name}: {reason}", mend)
