"""Making a ledger one of a group: its members read every run, add watches, and take nothing away."""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from handrail.errors import LedgerError, UsageError
from handrail.ledger import names
from handrail.ledger.disk import SHARED, RealDisk
from handrail.ledger.root import modes_of


def share(root: Path, group: str) -> None:
    """Give the ledger to the group, made if it is not there; what lies in it already is given as well.

    Only modes and groups change, so every signature stays as it is. Raises UsageError for a group that does
    not exist or that one is not in, LedgerError when something in it belongs to another account.
    """
    try:
        number = grp.getgrnam(group).gr_gid
    except KeyError:
        raise UsageError(f"there is no group {group}", "getent group lists them") from None
    try:
        root.mkdir(parents=True, exist_ok=True)
        for path in (*_below(root), root):  # the root last: its mode is what says that all of it is shared
            os.chown(path, -1, number, follow_symlinks=False)
            path.chmod(_mode(root, path))
            if stat.S_IMODE(path.lstat().st_mode) != _mode(root, path):
                # The kernel drops the group's bit without a word when one is not in that group.
                raise LedgerError(f"you are not in group {group}", "ask for it, and log in again")
    except PermissionError as error:
        raise LedgerError(
            f"{error.filename} cannot be given to {group}: {error.strerror}",
            f"you must own all of the ledger and be in group {group}",
        ) from error
    except OSError as error:
        raise LedgerError(f"{error.filename or root}: {error.strerror}", "name another ledger") from error


def fit_in(root: Path, run: Path) -> None:
    """Give a run that was brought in the modes of its ledger, if that is a group's. Raises OSError."""
    if modes_of(RealDisk(), root) == SHARED:
        for path in (*_below(run), run):
            path.chmod(_mode(root, path))


def _below(root: Path) -> Iterator[Path]:
    for folder, directories, files in os.walk(root, topdown=False):
        for name in (*files, *directories):
            path = Path(folder, name)
            if not path.is_symlink():
                yield path


def _mode(root: Path, path: Path) -> int:
    if not path.is_dir():
        return SHARED.file
    inside = path.relative_to(root).parts
    common = len(inside) <= 1 and (not inside or _is_common(inside[0]))
    return SHARED.common if common else SHARED.directory


def _is_common(name: str) -> bool:
    return name in (names.CHAIN, names.OUTBOX) or names.RUN_NAME.fullmatch(name) is not None
