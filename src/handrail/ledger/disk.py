"""The one seam to the file system: every operation the ledger makes on a disk, and nothing else."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol


class Kind(StrEnum):
    """What a name in a directory stands for; a symbolic link is OTHER, never what it points to."""

    FILE = "file"
    DIRECTORY = "directory"
    OTHER = "other"


class Entry(NamedTuple):
    """One name in a directory."""

    name: str
    kind: Kind


class Lock(Protocol):
    """An exclusive lock that lasts until it is released or the process dies."""

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        ...


class Disk(Protocol):
    """The operations a ledger is built from. Each raises OSError and changes nothing else.

    Small on purpose: the tests kill the program, and make the disk fail, at every one of them.
    """

    def create(self, path: Path, mode: int) -> int:
        """Make a new file and return a handle for writing; FileExistsError if the name is taken."""
        ...

    def write(self, handle: int, data: bytes) -> int:
        """Write some of the bytes and say how many; fewer than asked is not an error."""
        ...

    def allocate(self, handle: int, size: int) -> None:
        """Take `size` bytes of the disk for this file now."""
        ...

    def fsync(self, handle: int) -> None:
        """Make the file's bytes durable. After an error the handle must not be synced again."""
        ...

    def close(self, handle: int) -> None:
        """Give the handle back."""
        ...

    def link(self, old: Path, new: Path) -> None:
        """Give a file a second name; FileExistsError if the name is taken."""
        ...

    def unlink(self, path: Path) -> None:
        """Take a name away from a file."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Move a file or directory within one directory."""
        ...

    def mkdir(self, path: Path, mode: int) -> None:
        """Make a directory with exactly this mode; FileExistsError if the name is taken."""
        ...

    def rmdir(self, path: Path) -> None:
        """Remove an empty directory."""
        ...

    def fsync_dir(self, path: Path) -> None:
        """Make the names in a directory durable."""
        ...

    def listdir(self, path: Path) -> list[Entry]:
        """The names in a directory, sorted."""
        ...

    def read(self, path: Path, limit: int) -> bytes:
        """All bytes of a regular file; EFBIG above `limit`, ELOOP for a symbolic link."""
        ...

    def lock(self, path: Path) -> Lock | None:
        """Lock a file or directory exclusively without waiting; None when somebody else holds it."""
        ...

    def owner(self, path: Path) -> int:
        """The account (uid) a file or directory belongs to."""
        ...

    def mode(self, path: Path) -> int:
        """The permission bits of a file or directory, with setgid and sticky."""
        ...

    def account(self) -> int:
        """The account (uid) this process writes as."""
        ...


class Modes(NamedTuple):
    """The modes of what a ledger makes."""

    directory: int
    """What one account alone writes: a watch, an outbox."""
    file: int
    common: int
    """Where every account of the ledger may add names of its own: the ledger, a run, the chain."""


PRIVATE = Modes(0o700, 0o600, 0o700)
"""A ledger of one account."""
SHARED = Modes(0o2750, 0o640, 0o3770)
"""A ledger of a group: all may read and add, and nobody may take away what is another's (the sticky bit)."""


class RealDisk:
    """The machine's own file system."""

    def create(self, path: Path, mode: int) -> int:
        """Make a new file; never follows a link, never takes over a file that is there."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        try:
            # The umask may have taken bits that a shared ledger needs.
            if stat.S_IMODE(os.fstat(handle).st_mode) != mode:
                os.fchmod(handle, mode)
        except OSError:
            os.close(handle)
            raise
        return handle

    def write(self, handle: int, data: bytes) -> int:
        """One write(2)."""
        return os.write(handle, data)

    def allocate(self, handle: int, size: int) -> None:
        """posix_fallocate(3)."""
        os.posix_fallocate(handle, 0, size)

    def fsync(self, handle: int) -> None:
        """fsync(2)."""
        os.fsync(handle)

    def close(self, handle: int) -> None:
        """close(2)."""
        os.close(handle)

    def link(self, old: Path, new: Path) -> None:
        """link(2)."""
        os.link(old, new, follow_symlinks=False)

    def unlink(self, path: Path) -> None:
        """unlink(2)."""
        os.unlink(path)  # noqa: PTH108 the seam speaks in system calls

    def rename(self, old: Path, new: Path) -> None:
        """rename(2)."""
        os.rename(old, new)  # noqa: PTH104 the seam speaks in system calls

    def mkdir(self, path: Path, mode: int) -> None:
        """mkdir(2), then the mode again where the umask or the group bit changed it."""
        os.mkdir(path, mode)  # noqa: PTH102 the seam speaks in system calls
        if stat.S_IMODE(os.lstat(path).st_mode) != mode:
            os.chmod(path, mode)  # noqa: PTH101 the seam speaks in system calls

    def rmdir(self, path: Path) -> None:
        """rmdir(2)."""
        os.rmdir(path)  # noqa: PTH106 the seam speaks in system calls

    def fsync_dir(self, path: Path) -> None:
        """fsync(2) of a descriptor opened for this call alone."""
        with _directory(path) as handle:
            os.fsync(handle)

    def listdir(self, path: Path) -> list[Entry]:
        """Names and kinds, links not followed."""
        with os.scandir(path) as entries:
            found = [Entry(entry.name, _kind(entry)) for entry in entries]
        return sorted(found)

    def read(self, path: Path, limit: int) -> bytes:
        """The bytes of a regular file; a pipe or device is refused before a byte is read."""
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "not a regular file", str(path))
            if status.st_size > limit:
                raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
            data = os.read(handle, status.st_size + 1)
            while len(data) < status.st_size:
                more = os.read(handle, status.st_size - len(data))
                if not more:
                    break
                data += more
            return data
        finally:
            os.close(handle)

    def lock(self, path: Path) -> Lock | None:
        """flock(2) on a descriptor of its own; the kernel drops it when the process dies."""
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:
            os.close(handle)
            raise
        return _FileLock(handle)

    def owner(self, path: Path) -> int:
        """The st_uid of the name itself."""
        return os.lstat(path).st_uid

    def mode(self, path: Path) -> int:
        """The st_mode of the name itself, without its kind."""
        return stat.S_IMODE(os.lstat(path).st_mode)

    def account(self) -> int:
        """The effective uid."""
        return os.geteuid()


class _FileLock:
    """A flock held by an open descriptor."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextlib.contextmanager
def _directory(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield handle
    finally:
        os.close(handle)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_file(follow_symlinks=False):
        return Kind.FILE
    if entry.is_dir(follow_symlinks=False):
        return Kind.DIRECTORY
    return Kind.OTHER
