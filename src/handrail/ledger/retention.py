"""Taking runs out of a ledger for good: only ended ones, their archive at hand, and the chain says so."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from handrail.clock import Clock
from handrail.errors import HandrailError, LedgerError
from handrail.ledger import archive, chain, countersigning, names, right, root, runs
from handrail.ledger.disk import Disk, Kind
from handrail.ledger.keys import MemoryKey, Signer
from handrail.ledger.root import modes_of
from handrail.ledger.verify import Whole, verify

_wait = Event().wait
REMOVING = ".removing-"
"""A run on its way out: no longer under its name, not yet gone."""


class Kept(HandrailError):
    """A run that may not be removed, and why."""


@dataclass(frozen=True, slots=True)
class Removable:
    """A run that may go: sealed, and `digest` is the SHA-256 of an archive that was told of and verifies."""

    path: Path
    mode: str
    watches: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who acts on the ledger as a whole, as its chain will say."""

    operator: str
    host: str


def tell_exported(
    disk: Disk,
    ledger: Path,
    clock: Clock,
    run: Path,
    digest: str,
    keeper: Keeper,
    pause: Callable[[float], object] = _wait,
) -> None:
    """Note in the chain that the run was written into the archive with this SHA-256.

    The key is thrown away: the entry proves nothing but its place, and a removal verifies the archive itself.
    Raises LedgerError, OSError.
    """
    modes = modes_of(disk, ledger)
    with root.locked(disk, ledger, modes, pause):
        entry = _entry(chain.What.EXPORTED, run, _mode(disk, run), digest, keeper)
        chain.append(disk, ledger, modes, clock, MemoryKey(), entry)


def judge(disk: Disk, run: Path, copy: Path, told: chain.Read) -> Removable:
    """Whether this run may be removed, with `copy` as its archive. Raises Kept with the reason."""
    exported = [entry.head for entry in told.of(run.name) if entry.what is chain.What.EXPORTED]
    watches = runs.watch_paths(disk, run)
    if foreign := [path.name for path in (run, *watches) if disk.owner(path) != disk.account()]:
        raise Kept(f"{foreign[0]} belongs to another account", "that account removes it")
    found = verify(run, None, seal_only=True, told=told, disk=disk)
    if found.awaiting:
        raise Kept("it was handed over and waits for its next watch", "only a run that has ended is removed")
    if found.whole is not Whole.SEALED:
        raise Kept(f"it is {found.whole}", "only a sealed run is removed")
    if not exported:
        raise Kept("it was never exported", f"handrail export {run.name}")
    try:
        digest = archive.sha256_of(copy)
    except OSError as problem:
        raise Kept(
            f"its archive {copy} cannot be read: {problem.strerror}", "name it with --archive"
        ) from None
    if digest not in exported:
        raise Kept(f"{copy} is no archive the ledger's chain tells of", f"handrail export {run.name}")
    _compare(disk, run, watches, copy)
    return Removable(run, _mode(disk, run), tuple(path.name for path in watches), digest)


def remove(
    disk: Disk,
    ledger: Path,
    clock: Clock,
    items: Sequence[Removable],
    signer: Signer | None,
    keeper: Keeper,
    pause: Callable[[float], object] = _wait,
) -> None:
    """Take these runs out: the chain tells of each before it loses its name, and then its bytes go.

    `signer` is the operator's own key; without one only drills are removed, by a key thrown away. What an
    earlier removal left half gone goes as well. Raises LedgerError, KeyRefused, OSError.
    """
    if signer is None and any(item.mode != "drill" for item in items):
        raise LedgerError("a live run is removed under the operator's key alone", "name it with --key")
    modes, key = modes_of(disk, ledger), MemoryKey()
    # Before the lock: a hardware key waits for a finger.
    given = right.give(signer or MemoryKey(), "live" if signer else "drill", key.blob)
    with root.locked(disk, ledger, modes, pause):
        for number, item in enumerate(items):
            if tuple(path.name for path in runs.watch_paths(disk, item.path)) != item.watches:
                raise LedgerError(f"{item.path.name} has a new watch", "nothing more was removed")
            entry = _entry(chain.What.REMOVED, item.path, item.mode, item.digest, keeper)
            chain.append(disk, ledger, modes, clock, key, entry, None if number else given)
            disk.rename(item.path, ledger / (REMOVING + item.path.name))
            disk.fsync_dir(ledger)
    for one in disk.listdir(ledger):
        going = ledger / one.name
        if one.name.startswith(REMOVING) and disk.owner(going) == disk.account():
            _take_away(disk, going)
    disk.fsync_dir(ledger)


def _compare(disk: Disk, run: Path, watches: Sequence[Path], copy: Path) -> None:
    """The archive holds this very run, seal for seal, and verifies by itself."""
    with tempfile.TemporaryDirectory(prefix="handrail-retention-") as folder:
        try:
            taken = archive.take_out(copy, Path(folder))
            found = verify(taken, None, seal_only=True)
            same = (
                taken.name == run.name
                and _countersigns(run) <= _countersigns(taken)
                and all(
                    disk.read(watch / name, names.SEAL_LIMIT) == (taken / watch.name / name).read_bytes()
                    for watch in watches
                    for name in (names.SEAL, names.SEAL + names.SIGNATURE)
                    if runs.is_sealed(disk, watch)
                )
            )
        except (HandrailError, OSError) as problem:
            raise Kept(f"its archive {copy} is no good: {problem}", f"handrail export {run.name}") from None
    if found.whole is not Whole.SEALED or not same:
        raise Kept(f"{copy} does not hold this run as it is", f"handrail export {run.name}")


def _countersigns(run: Path) -> set[str]:
    """What was signed after the seal: an archive made before lacks it."""
    return {path.name for path in run.iterdir() if countersigning.NAME.fullmatch(path.name)}


def _entry(what: chain.What, run: Path, mode: str, digest: str, keeper: Keeper) -> chain.Entry:
    return chain.Entry(what, run.name, 0, mode, keeper.operator, keeper.host, digest)


def _mode(disk: Disk, run: Path) -> str:
    """Of a run that verifies, as its first delegation says: live unless that is a drill's."""
    found = [one.mode for watch in runs.watch_paths(disk, run) for one in runs.delegations(disk, watch)]
    return "drill" if found and all(mode == "drill" for mode in found) else "live"


def _take_away(disk: Disk, path: Path) -> None:
    for one in disk.listdir(path):
        if one.kind is Kind.DIRECTORY:
            _take_away(disk, path / one.name)
        else:
            disk.unlink(path / one.name)
    disk.rmdir(path)
