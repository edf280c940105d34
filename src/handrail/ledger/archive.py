"""A run as one archive: written, and taken out of one that somebody else made and may have made to do harm.

The archive is a plain tar with the run's directory, `verify.sh`, and nothing else. Only regular files with
the names of a ledger are taken out; everything is counted before it is written.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path, PurePosixPath

from handrail.errors import LedgerError, UsageError
from handrail.ledger import countersigning, names

SCRIPT = "verify.sh"
ENTRIES_LIMIT = 100_000
"""Files of an archive: four times the longest run thought of, of 10,000 records."""
SIZE_LIMIT = 2 * 1024**3
HEADER_LIMIT = 64 * 1024
"""Bytes of one extended header: a long name needs a few hundred, and all of it is read at once."""
_EXTENDED = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")


class BadArchive(LedgerError):
    """An archive that is not one of a run, or would do harm; nothing of it was kept."""

    exit_status = 4


class _Entry(tarfile.TarInfo):
    """An entry whose extended headers cannot fill the memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size < 0 or (self.type in _EXTENDED and self.size > HEADER_LIMIT):
            raise BadArchive(f"a header of {self.size} bytes is in it", "it was made to do harm")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


def write(run: Path, target: Path) -> str:
    """Write the run into a new archive at `target`; gives its SHA-256. Raises UsageError, OSError."""
    if target.exists():
        raise UsageError(f"{target} is there already", "name another file")
    with tarfile.open(target, "x", format=tarfile.PAX_FORMAT) as archive:
        script = (files("handrail.ledger") / SCRIPT).read_bytes()
        archive.addfile(_entry(SCRIPT, len(script), 0o755), BytesIO(script))
        for path in _files(run):
            data = path.read_bytes()
            name = str(PurePosixPath(run.name, *path.relative_to(run).parts))
            archive.addfile(_entry(name, len(data), 0o644), BytesIO(data))
    return sha256_of(target)


def sha256_of(target: Path) -> str:
    """The SHA-256 of an archive of any size. Raises OSError."""
    digest = hashlib.sha256()
    with target.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_archive(path: Path) -> bool:
    """Whether this is a file that looks like one; raises OSError."""
    return path.is_file() and tarfile.is_tarfile(path)


def take_out(source: Path, folder: Path) -> Path:
    """Put the archive's run into `folder`, an empty directory; gives the run's path.

    Raises BadArchive for anything that is not a regular file of one run: paths that climb out, links,
    devices, names a ledger does not have, too many entries, too much in all.
    """
    run, count, size = "", 0, 0
    try:
        with tarfile.open(source, "r|*", tarinfo=_Entry) as archive:
            for entry in iter(archive.next, None):
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
                count += 1
                size += entry.size
                if entry.size < 0:
                    raise BadArchive(f"{entry.name!r} has a size below nothing", "it was made to do harm")
                if count > ENTRIES_LIMIT:
                    raise BadArchive(f"it has more than {ENTRIES_LIMIT} entries", "no run is that long")
                if size > SIZE_LIMIT:
                    raise BadArchive(f"it holds more than {SIZE_LIMIT >> 30} GiB", "no run is that large")
                if entry.name == SCRIPT:
                    continue
                parts = _parts(entry)
                if run not in ("", parts[0]):
                    raise BadArchive("it holds more than one run", "export each by itself")
                run = parts[0]
                if entry.isdir():
                    continue
                data = archive.extractfile(entry)
                if data is None:
                    raise BadArchive(f"{entry.name!r} cannot be read", "it is damaged")
                path = folder.joinpath(*parts)
                for parent in reversed(path.relative_to(folder).parents[:-1]):
                    (folder / parent).mkdir(exist_ok=True, mode=0o700)
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
                with os.fdopen(handle, "wb") as file:
                    if file.write(data.read(entry.size)) != entry.size:
                        raise BadArchive(f"it ends within {entry.name!r}", "it was cut off")
    except (tarfile.TarError, EOFError, FileExistsError, ValueError, RecursionError, zlib.error) as problem:
        raise BadArchive(
            f"it is no whole archive: {problem}", "it is damaged, or was made to do harm"
        ) from None
    if not run:
        raise BadArchive("there is no run in it", "handrail export makes one")
    return folder / run


def _parts(entry: tarfile.TarInfo) -> tuple[str, ...]:
    """The entry's path below the folder, once it is harmless."""
    if not (entry.isreg() or entry.isdir()):
        raise BadArchive(f"{entry.name!r} is no regular file", "a link or device is no part of a run")
    parts = PurePosixPath(entry.name).parts
    harmless = entry.name and not entry.name.startswith("/") and all(_PART.fullmatch(part) for part in parts)
    known = (
        harmless
        and names.RUN_NAME.fullmatch(parts[0])
        and len(parts) <= 4
        and (len(parts) == 1 or names.WATCH_NAME.fullmatch(parts[1]) or _is_beside(parts[1:]))
        and (len(parts) < 4 or parts[2] == names.QUARANTINE)
    )
    if not known:
        raise BadArchive(f"{entry.name!r} is no file of a run", "nothing of the archive was kept")
    if entry.size > names.FILE_LIMIT:
        raise BadArchive(f"{entry.name!r} is larger than a ledger's file may be", "it was made to do harm")
    return parts


def _is_beside(parts: tuple[str, ...]) -> bool:
    """A countersign: made once the run was sealed, so beside its watches."""
    return len(parts) == 1 and countersigning.NAME.fullmatch(parts[0]) is not None


def _entry(name: str, size: int, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, mode
    return entry


def _files(run: Path) -> Iterator[Path]:
    """Every file of the watches, and the countersigns; what else lies beside them is of this host only."""
    for watch in sorted(run.iterdir()):
        if _is_beside((watch.name,)) and watch.is_file() and not watch.is_symlink():
            yield watch
        if watch.is_dir() and names.WATCH_NAME.fullmatch(watch.name):
            yield from sorted(path for path in watch.rglob("*") if path.is_file() and not path.is_symlink())
