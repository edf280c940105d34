"""The real disk: it never follows a link, never replaces a file, and says when it cannot."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from tests.ledger.memory_disk import MemoryDisk

from handrail.ledger.disk import Disk, Entry, Kind, RealDisk

LIMIT = 1000


@pytest.fixture(params=["real", "memory"])
def disk_and_place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Disk, Path]:
    """The disk in memory must behave as the real one, or its tests prove nothing."""
    if request.param == "real":
        return RealDisk(), tmp_path
    disk = MemoryDisk()
    disk.mkdir(Path("/place"), 0o755)
    return disk, Path("/place")


def _put(disk: Disk, path: Path, data: bytes) -> None:
    handle = disk.create(path, 0o600)
    assert disk.write(handle, data) == len(data)
    disk.fsync(handle)
    disk.close(handle)


def test_both_disks_do_the_same(disk_and_place: tuple[Disk, Path]) -> None:
    """Create, link, rename, list, read, remove."""
    disk, place = disk_and_place
    _put(disk, place / "one", b"1")
    disk.link(place / "one", place / "two")
    disk.unlink(place / "one")
    disk.rename(place / "two", place / "three")
    disk.mkdir(place / "inner", 0o700)
    disk.fsync_dir(place)
    assert disk.listdir(place) == [Entry("inner", Kind.DIRECTORY), Entry("three", Kind.FILE)]
    assert disk.read(place / "three", LIMIT) == b"1"
    disk.rmdir(place / "inner")
    assert [entry.name for entry in disk.listdir(place)] == ["three"]


def test_both_disks_refuse_alike(disk_and_place: tuple[Disk, Path]) -> None:
    """The same errors for the same mistakes."""
    disk, place = disk_and_place
    _put(disk, place / "one", b"1")
    _put(disk, place / "two", b"2" * (LIMIT + 1))
    with pytest.raises(FileExistsError):
        disk.create(place / "one", 0o600)
    with pytest.raises(FileExistsError):
        disk.link(place / "two", place / "one")
    with pytest.raises(FileExistsError):
        disk.mkdir(place / "one", 0o700)
    for act in (disk.unlink, disk.listdir, disk.fsync_dir, disk.lock, disk.owner):
        with pytest.raises(FileNotFoundError):
            act(place / "none")
    with pytest.raises(NotADirectoryError):
        disk.listdir(place / "one")
    with pytest.raises(OSError, match=r"larger|large") as refused:
        disk.read(place / "two", LIMIT)
    assert refused.value.errno == errno.EFBIG
    with pytest.raises(OSError, match="not a regular file"):
        disk.read(place, LIMIT)


def test_both_disks_lock_one_holder_at_a_time(disk_and_place: tuple[Disk, Path]) -> None:
    """Also within one process, and again after the release."""
    disk, place = disk_and_place
    lock = disk.lock(place)
    assert lock is not None
    assert disk.lock(place) is None
    lock.release()
    lock.release()
    again = disk.lock(place)
    assert again is not None
    again.release()


def test_links_pipes_and_devices_are_not_read(tmp_path: Path) -> None:
    """A pipe would block for ever, a link can change its mind."""
    disk = RealDisk()
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    kinds = {entry.name: entry.kind for entry in disk.listdir(tmp_path)}
    assert kinds == {"link": Kind.OTHER, "pipe": Kind.OTHER}
    for name in kinds:
        with pytest.raises(OSError, match=r"symbolic links|not a regular file"):
            disk.read(tmp_path / name, LIMIT)
    with pytest.raises(OSError, match="symbolic links"):
        disk.lock(tmp_path / "link")
    with pytest.raises(FileExistsError):
        disk.create(tmp_path / "link", 0o600)


def test_space_set_aside_is_really_taken(tmp_path: Path) -> None:
    """Blocks, not only a length."""
    disk = RealDisk()
    handle = disk.create(tmp_path / "spare", 0o600)
    disk.allocate(handle, 128 * 1024)
    disk.close(handle)
    assert (tmp_path / "spare").stat().st_blocks * 512 >= 128 * 1024
