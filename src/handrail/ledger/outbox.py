"""Outboxes: where each account leaves signed statements for whoever walks a run."""

from __future__ import annotations

import contextlib
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from handrail.errors import KeyRefused
from handrail.ledger import names, sshsig, statement
from handrail.ledger.directory import Directory
from handrail.ledger.disk import Disk, Modes
from handrail.ledger.disk import Kind as EntryKind
from handrail.ledger.statement import BadStatement, Kind, Signed

LETTERS_LIMIT = 100
"""Statements about one run and of one kind that are looked at: nobody makes that many by hand."""
_ACCOUNT = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in all outboxes for a run: statements whose signature holds, and what is wrong elsewhere."""

    signed: tuple[Signed, ...]
    problems: tuple[str, ...] = ()


def put(disk: Disk, root: Path, modes: Modes, signed: Signed) -> Path:
    """Leave a statement in this account's own outbox, durably; returns the file. Raises NotSaved, OSError."""
    own = root / names.OUTBOX / str(disk.account())
    for path, mode in ((own.parent, modes.common), (own, modes.directory)):
        with contextlib.suppress(FileExistsError):
            disk.mkdir(path, mode)
            disk.fsync_dir(path.parent)
    name = f"{_prefix(signed.statement.kind, signed.statement.run)}{secrets.token_hex(4)}.toml"
    Directory(disk, own, modes.file).commit(name, signed.data, signed.signature)
    return own / name


def take_back(disk: Disk, path: Path) -> None:
    """Take one's own statement away again: it was used, or nobody wanted it. Never raises."""
    for one in (path, path.with_name(path.name + names.SIGNATURE)):
        with contextlib.suppress(OSError):
            disk.unlink(one)


def letters(disk: Disk, root: Path, kind: Kind, run: str) -> Found:
    """Every statement of this kind about this run in any outbox. Never raises: what is wrong is told."""
    signed: list[Signed] = []
    problems: list[str] = []
    box = root / names.OUTBOX
    try:
        accounts = [one.name for one in disk.listdir(box) if one.kind is EntryKind.DIRECTORY]
    except FileNotFoundError:
        return Found(())
    except OSError as error:
        return Found((), (f"the outboxes cannot be read: {error.strerror}",))
    for account in filter(_ACCOUNT.fullmatch, accounts):
        for name in _names(disk, box / account, _prefix(kind, run))[:LETTERS_LIMIT]:
            try:
                signed.append(_read(disk, box / account / name, kind))
            except (OSError, BadStatement, KeyRefused) as problem:
                problems.append(f"a statement of account {account} is not usable: {problem}")
    return Found(tuple(one for one in signed if one.statement.run == run), tuple(problems))


def _prefix(kind: Kind, run: str) -> str:
    return f"{kind}-{names.sha256(run.encode())[:12]}-"


def _names(disk: Disk, box: Path, prefix: str) -> list[str]:
    with contextlib.suppress(OSError):
        return [
            one.name
            for one in disk.listdir(box)
            if one.kind is EntryKind.FILE and one.name.startswith(prefix) and one.name.endswith(".toml")
        ]
    return []


def _read(disk: Disk, path: Path, kind: Kind) -> Signed:
    data = disk.read(path, statement.SIZE_LIMIT)
    return statement.read(kind, data, disk.read(path.with_name(path.name + ".sig"), sshsig.SIZE_LIMIT))
