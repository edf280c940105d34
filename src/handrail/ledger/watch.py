"""One watch: one writer appending signed records to one directory, until it is sealed."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from handrail.clock import Clock
from handrail.errors import LedgerError, NotSaved
from handrail.ledger import names, quarantine, seal
from handrail.ledger.anchor import SEALED, Head
from handrail.ledger.directory import Directory, not_saved
from handrail.ledger.disk import Disk, Entry, Kind, Lock, Modes
from handrail.ledger.keys import MemoryKey
from handrail.ledger.record import BadRecord, Record, check_event, encode, plain
from handrail.ledger.reserve import Reserve


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose watch of which run it is, as every record of it says."""

    run: str
    watch: int
    mode: str
    operator: str
    host: str


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """A record that is durable, and the hash that names the watch up to it."""

    record: Record
    head: str


class Watch:
    """The writer of one watch. `Ledger` makes it; one thread uses it.

    Nothing is said to be saved before it is durable. A refused append changes nothing: the next one has
    the same number and the same predecessor.
    """

    def __init__(
        self,
        *,
        disk: Disk,
        clock: Clock,
        modes: Modes,
        identity: Identity,
        directory: Directory,
        key: MemoryKey,
        lock: Lock,
        reserve: Reserve,
        hashes: dict[str, str],
        number: int,
        head: str,
    ) -> None:
        self.identity = identity
        self.mends: list[str] = []
        """What went wrong beside the record since, in words; nothing here loses a record."""
        self._disk = disk
        self._clock = clock
        self._modes = modes
        self._directory = directory
        self.key = key
        self._lock = lock
        self.reserve = reserve
        self._hashes = hashes
        self._number = number
        self._head = head
        self._sealed = False
        self._unsaved: list[str] = []
        self.on_sealed: Callable[[str], None] = lambda head: None
        """Called with the seal's head while the run key still lives."""

    @property
    def path(self) -> Path:
        """The watch's directory."""
        return self._directory.path

    @path.setter
    def path(self, value: Path) -> None:
        self._directory.path = value

    @property
    def number(self) -> int:
        """The number of the last saved record; 0 before the first."""
        return self._number

    @property
    def sealed(self) -> bool:
        """True once the seal is durable."""
        return self._sealed

    def head(self) -> Head:
        """What an anchor outside the host is told."""
        number = SEALED if self._sealed else str(self._number)
        return Head(self.identity.run, self.identity.watch, number, self._head)

    def append(
        self,
        event: Mapping[str, object],
        files: Mapping[str, bytes] | None = None,
        *,
        last_words: bool = False,
    ) -> SavedRecord:
        """Make one event durable, with the files it rests on; they become durable before it does.

        `event` has a `kind` (text), a `schema` (number) and TOML's types, no None. `last_words` spends the
        space set aside, for the record that says the disk is full and for the abort.
        Raises NotSaved, saying why; LedgerError after the seal.
        """
        self._must_be_open()
        self._must_be_last()
        companions = dict(files or {})
        for name, data in companions.items():
            if not names.is_free_name(name):
                raise NotSaved(f"a file may not be called {name!r}", "letters, digits, . _ -")
            if len(data) > names.FILE_LIMIT:
                raise NotSaved(f"{name} is larger than {names.FILE_LIMIT} bytes", "cut it")
        self._prepare_space(last_words=last_words)
        return self.write(event, companions)

    def write(
        self,
        event: Mapping[str, object],
        companions: Mapping[str, bytes],
        named: Mapping[str, str] | None = None,
    ) -> SavedRecord:
        """Commit one record with new `companions` and with files already there (`named`, by hash).

        For the ledger's own records; everybody else appends.
        """
        hashes = {name: names.sha256(data) for name, data in companions.items()} | dict(named or {})
        taken = sorted(name for name in hashes if name in self._hashes or not names.is_companion_name(name))
        if taken:
            raise NotSaved(f"the name {taken[0]!r} is taken or not allowed", "use a name once")
        record, data = self._compose(event, hashes)
        signature = self.key.sign(data, names.RECORD_NAMESPACE)
        name = names.record_name(record.number)
        try:
            self._directory.commit(name, data, signature, companions)
        except NotSaved as error:
            self._unsaved.append(str(error))
            del self._unsaved[:-10]
            raise
        self._hashes |= hashes
        self._hashes[name] = names.sha256(data)
        self._hashes[name + names.SIGNATURE] = names.sha256(signature)
        self._number, self._head = record.number, names.sha256(data, signature)
        self._unsaved.clear()
        return SavedRecord(record, self._head)

    def seal(self) -> Path:
        """End the watch: the manifest, its signature, and no run key any more.

        Raises NotSaved if it could not be made durable (try again); LedgerError if a saved file was
        changed since, or the watch is sealed already.
        """
        self._must_be_open()
        try:
            self._spend()
            self._directory.withdraw()
            self._sweep()
            self._compare()
        except OSError as error:
            raise not_saved(error, self.path / names.SEAL) from error
        manifest = seal.write(self._hashes)
        signature = self.key.sign(manifest, names.SEAL_NAMESPACE)
        self._directory.commit(names.SEAL, manifest, signature, closing=True)
        self._sealed = True
        self._head = seal.head(manifest, signature)
        try:
            self.on_sealed(self._head)
        except (LedgerError, OSError) as error:
            self.mends.append(f"the ledger's chain does not tell of this seal: {error}")
        self.close()
        return self.path / names.SEAL

    def close(self) -> None:
        """Destroy the run key and let go of the lock; unsealed, the run is held and can be resumed.

        The space set aside stays with an unsealed run. A second call does nothing.
        """
        if not self.key.alive:
            return
        self.key.destroy()
        if self._sealed:
            self._spend()
        with contextlib.suppress(OSError):
            self._disk.unlink(holder_path(self.path))
        self._lock.release()

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _must_be_open(self) -> None:
        if self._sealed:
            raise LedgerError("this watch is sealed: nothing can be added", "begin a new run")
        if not self.key.alive:
            raise LedgerError("this watch was let go", "resume the run")

    def _must_be_last(self) -> None:
        """A process that hung while somebody took the run over must not write behind their back."""
        later = names.watch_name(self.identity.watch + 1)
        try:
            taken = any(entry.name == later for entry in self._disk.listdir(self.path.parent))
        except OSError as error:
            raise not_saved(error, self.path) from error
        if taken:
            raise NotSaved(f"the run was taken over: {later} is there", "see `handrail follow`")

    def _compose(self, event: Mapping[str, object], hashes: dict[str, str]) -> tuple[Record, bytes]:
        try:
            check_event(event)
            record = Record(
                run=self.identity.run,
                watch=self.identity.watch,
                number=self._number + 1,
                previous=self._head,
                wall=self._clock.wall(),
                boot_ns=self._clock.boot_ns(),
                boot_id=self._clock.boot_id,
                operator=self.identity.operator,
                host=self.identity.host,
                event=plain(event),
                files=dict(sorted(hashes.items())),
                unsaved=tuple(self._unsaved),
            )
            return record, encode(record)
        except BadRecord as error:
            raise NotSaved(str(error), "put long or binary evidence into a file") from error

    def _prepare_space(self, *, last_words: bool) -> None:
        """While the space set aside is not whole, only last words are taken."""
        try:
            if last_words:
                self._spend()
            elif not self.reserve.held:
                self.reserve.take()
        except OSError as error:
            raise not_saved(error, self.path) from error

    def _spend(self) -> None:
        # Space that cannot be given back must not keep the last words from being tried.
        with contextlib.suppress(OSError):
            self.reserve.give_back()

    def _listing(self) -> list[str]:
        found: list[str] = []
        for entry in self._disk.listdir(self.path):
            if entry == Entry(names.QUARANTINE, Kind.DIRECTORY):
                inside = self._disk.listdir(self.path / entry.name)
                found += [f"{names.QUARANTINE}/{inner.name}" for inner in inside]
            elif entry.kind is not Kind.FILE:
                raise OSError(errno.EINVAL, f"{entry.name!r} is not a regular file: take it away")
            else:
                found.append(entry.name)
        return found

    def _sweep(self) -> None:
        """Only sealed files lie in a sealed directory: strays go to quarantine, and a record says so."""
        ours = {names.SEAL, names.SEAL + names.SIGNATURE, names.TEMPORARY + names.SEAL}
        ours.add(names.TEMPORARY + names.SEAL + names.SIGNATURE)
        strays = [name for name in self._listing() if name not in self._hashes and name not in ours]
        if not strays:
            return
        moved = quarantine.move(self._disk, self.path, self._modes, strays, self._number + 1)
        event = {"kind": names.LEDGER_RECOVERED, "schema": names.EVENT_SCHEMA, "quarantined": sorted(moved)}
        self.write(event, {}, moved)

    def _compare(self) -> None:
        for name, digest in self._hashes.items():
            if names.sha256(self._disk.read(self.path / name, names.FILE_LIMIT)) != digest:
                raise LedgerError(
                    f"{name} was changed since it was saved: this watch is BROKEN and cannot be sealed",
                    "keep the directory as it is and run `handrail verify` on it",
                )


def reserve_path(watch: Path) -> Path:
    """Where a watch's spare space lies: beside it, since only sealed files lie in a sealed directory."""
    return watch.with_name(f"{watch.name}.reserve")


def holder_path(watch: Path) -> Path:
    """Where the process that writes a watch says who it is."""
    return watch.with_name(f"{watch.name}.holder")
