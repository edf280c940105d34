"""The ledger: opening runs, resuming them, and listing what is there."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from handrail.clock import Clock
from handrail.errors import Claimed, KeyRefused, LedgerError, NotSaved
from handrail.ledger import chain, delegation, holder, names, quarantine, root, runs, sshsig
from handrail.ledger.claims import refuse_claimed
from handrail.ledger.delegation import BadDelegation
from handrail.ledger.directory import Directory, is_full, not_saved
from handrail.ledger.disk import Disk, Lock, Modes
from handrail.ledger.examine import Examined, examine
from handrail.ledger.keys import MemoryKey, Signer
from handrail.ledger.record import Record, decode
from handrail.ledger.reserve import Reserve
from handrail.ledger.root import modes_of as root_modes
from handrail.ledger.runs import RunSummary
from handrail.ledger.succession import head_for_next, succession, taken_over
from handrail.ledger.watch import Identity, Watch, reserve_path
from handrail.text import safe

_wait = threading.Event().wait
_WATCH_TRIES = 10


class Ledger:
    """All runs under one directory.

    `root` is made when the first run is opened. `modes` are those its directory tells of unless named.
    `pause` waits real seconds between tries for a lock.
    """

    def __init__(
        self,
        root: Path,
        disk: Disk,
        clock: Clock,
        modes: Modes | None = None,
        pause: Callable[[float], object] = _wait,
    ) -> None:
        self.root = root
        self._disk = disk
        self._clock = clock
        self._modes = modes or root_modes(disk, root)
        self._pause = pause

    def open_run(
        self,
        mode: Literal["live", "drill"],
        procedure_id: str,
        signer: Signer,
        operator: str,
        host: str,
        files: Mapping[str, bytes],
        claims: Sequence[str] = (),
        contact: str = "",
    ) -> Watch:
        """Begin a run: its first record, with `files` (procedure, catalogue ...) beside it, is durable.

        `claims` are the things a live run takes (`broker-a`); a drill's claim nothing. `contact` says how to
        reach the operator, for whoever needs those things meanwhile. Raises KeyRefused, NotSaved, and Claimed
        when an unsealed live run has one of them.
        """
        run = names.run_name(self._clock.wall(), procedure_id, secrets.token_hex(3))
        identity = Identity(run, 1, mode, operator, host)
        key = MemoryKey()
        # Signing may wait for a touch on a hardware key: not under the ledger's lock.
        text, armoured = delegation.delegate(signer, run, 1, mode, 1, key.blob)
        taken = list(claims) if mode == "live" else []
        event = {
            "kind": names.LEDGER_OPENED,
            "schema": names.EVENT_SCHEMA,
            "mode": mode,
            "procedure": procedure_id,
            "claims": taken,
            "key": sshsig.fingerprint(signer.blob),
            "contact": contact,
        }
        signers = names.signers_name(1)
        companions = {signers: text, signers + names.SIGNATURE: armoured, **files}
        wrong = [name for name in files if not names.is_free_name(name)]
        if wrong:
            raise NotSaved(f"a file may not be called {wrong[0]!r}", "letters, digits, . _ -")
        with self._saving(self.root), self._locked():
            leftovers = root.set_aside_openings(self._disk, self.root)
            refuse_claimed(self._disk, self.root, taken, host)
            return self._establish(identity, key, event, companions, taken, leftovers)

    def resume(
        self,
        path: Path,
        signer: Signer,
        operator: str | None = None,
        host: str | None = None,
        *,
        contact: str = "",
        take_over: str = "",
    ) -> tuple[Watch, list[Record]]:
        """Go on with a run that has not ended: its writer, and every record of the run so far.

        One's own watch is gone on with: what an interrupted process left is moved to quarantine, and a record
        tells of it and of the new delegation. A run that was handed over to this key, or that is taken over
        (`take_over` is the reason), gets its next watch. `operator` and `host` default to those of the last
        record. Raises Claimed while another process has it, LedgerError when it is sealed, broken, another
        account's or another key's, KeyRefused, NotSaved.
        """
        host = host or socket.gethostname()
        with self._saving(path):
            last = self._last_watch(path)
            own = self._disk.owner(last) == self._disk.account()
            sealed = runs.is_sealed(self._disk, last)
            lock = None if sealed else self._lock_watch(last, host)
            try:
                if lock is None or take_over or not own:
                    return self._succeed(last, signer, operator, host, contact, take_over)
                taken, lock = lock, None
                try:
                    return self._go_on(last, taken, signer, operator, host)
                except BaseException:
                    taken.release()
                    raise
            finally:
                if lock is not None:
                    lock.release()

    def runs(
        self, host: str | None = None, through: Callable[[Sequence[Path]], Iterable[Path]] = iter
    ) -> list[RunSummary]:
        """Every run, oldest first: sealed, held, living, broken, and those the chain knows and nobody finds.

        `through` is given the runs' directories and gives them back: it may tell how far it is.
        Raises nothing for what the disk holds; an unreadable ledger is one entry that says so.
        """
        try:
            paths = runs.run_paths(self._disk, self.root)
        except FileNotFoundError:
            return []
        except OSError as error:
            return [RunSummary(self.root.name, self.root, problem=safe(f"cannot be read: {error.strerror}"))]
        found = [runs.summarise(self._disk, path, host or socket.gethostname()) for path in through(paths)]
        there = {path.name for path in paths}
        told = chain.read(self._disk, self.root, chain.unknown_keys)
        found = [self._cut_by_hand(run, told) for run in found]
        missing = sorted({entry.run for entry in told.entries} - told.removed.keys() - there)
        found += [
            RunSummary(
                run, self.root / run, problem=safe("missing: the ledger's chain tells of it"), missing=True
            )
            for run in missing
        ]
        return sorted(found, key=lambda summary: summary.run)

    def _cut_by_hand(self, run: RunSummary, told: chain.Read) -> RunSummary:
        """The run; a broken one if the chain tells of a watch or seal that is not there, as `verify` says."""
        if run.problem:
            return run
        last = max((one.watch for one in told.of(run.run)), default=0)
        if last > run.watches and last > len(runs.watch_paths(self._disk, run.path)):
            return replace(
                run, problem=safe(f"{names.watch_name(last)} is missing: the ledger's chain tells of it")
            )
        if run.sealed:
            return run
        seals = [
            one for one in told.of(run.run) if one.what is chain.What.SEALED and one.watch == run.watches
        ]
        keys = self._keys_of(run.run, run.watches) if seals else None
        if keys is None or not any(one.key in keys for one in seals):
            return run
        return replace(run, problem=safe("its seal is gone: the ledger's chain tells of one"))

    def check_chain(self) -> chain.Read:
        """The ledger's chain verified against the runs that are there, with missing runs as findings."""
        found = chain.read(self._disk, self.root, self._keys_of)
        with contextlib.suppress(OSError):
            there = {path.name for path in runs.run_paths(self._disk, self.root)}
            known = {entry.run for entry in found.entries}
            missing = sorted(known - there - found.removed.keys())
            found.findings += [f"run {safe(run)} is missing" for run in missing]
            found.notes += [f"run {run} is not in the ledger's chain" for run in sorted(there - known)]
        return found

    # ------------------------------------------------------------------ opening

    def _establish(
        self,
        identity: Identity,
        key: MemoryKey,
        event: Mapping[str, object],
        companions: Mapping[str, bytes],
        claims: Sequence[str],
        leftovers: Sequence[str] = (),
        previous: str = names.NO_PREVIOUS,
    ) -> Watch:
        """Build the run or its next watch aside, whole and durable; show it under its name by one rename."""
        disk = self._disk
        final = self.root / identity.run
        watch_name = names.watch_name(identity.watch)
        if identity.watch == 1:
            aside = self.root / (names.OPENING + identity.run)
            disk.mkdir(aside, self._modes.common)
        else:
            # Another account's attempt may have left its own: no two have the same name.
            aside = final / f"{names.OPENING}{watch_name}-{secrets.token_hex(3)}"
            final /= watch_name
        inside = watch_name if identity.watch == 1 else ""
        disk.mkdir(aside / inside, self._modes.directory)
        lock = disk.lock(aside / inside)
        if lock is None:
            raise LedgerError("another process took the new watch", "try again")
        shown = False
        try:
            watch = self._watch(identity, key, lock, aside / inside, {}, 0, previous)
            watch.write(event, companions)
            disk.fsync_dir(aside)
            shown = True  # as far as we know, once it was tried: a rename can fail and yet have happened
            disk.rename(aside, final)
            watch.path = final / inside
            disk.fsync_dir(final.parent)
            watch.reserve.take()
            self._announce(watch)
            self._tell_chain(watch, key, chain.What.OPENED, watch.head().digest, claims, leftovers)
        except BaseException:
            lock.release()
            if shown:
                # Not told of as opened: it must not stand there and claim things.
                with contextlib.suppress(OSError):
                    disk.rename(final, aside)
            raise
        return watch

    def _watch(
        self,
        identity: Identity,
        key: MemoryKey,
        lock: Lock,
        path: Path,
        hashes: dict[str, str],
        number: int,
        head: str,
    ) -> Watch:
        final = self.root / identity.run / names.watch_name(identity.watch)
        return Watch(
            disk=self._disk,
            clock=self._clock,
            modes=self._modes,
            identity=identity,
            directory=Directory(self._disk, path, self._modes.file),
            key=key,
            lock=lock,
            reserve=Reserve(self._disk, reserve_path(final if number == 0 else path), self._modes),
            hashes=hashes,
            number=number,
            head=head,
        )

    def _announce(self, watch: Watch) -> None:
        """Say who writes the watch, and be told when it is sealed."""
        holder.write(self._disk, watch.path, self._modes.file, watch.identity, self._clock)
        watch.on_sealed = lambda head: self._tell_sealed(watch, head)

    # ------------------------------------------------------------------ resuming

    def _succeed(
        self, last: Path, signer: Signer, operator: str | None, host: str, contact: str, reason: str
    ) -> tuple[Watch, list[Record]]:
        """Open the next watch of a run whose last one is another's; its things stay taken throughout."""
        earlier = self._examine_all(last)
        before = earlier[-1]
        delegated = [one.operator_key for one in before.delegations.values()]
        if before.seal_head is None and signer.blob in delegated and reason:
            raise LedgerError("this watch is your own", "resume it without --take-over")
        follows = succession(earlier, sshsig.fingerprint(signer.blob), reason)
        record, opening = before.records[-1], earlier[0].records[0].event
        identity = Identity(record.run, follows.watch, before.mode, operator or record.operator, host)
        key = MemoryKey()
        text, armoured = delegation.delegate(signer, identity.run, identity.watch, identity.mode, 1, key.blob)
        claims = opening.get("claims", [])
        taken = [str(one) for one in claims] if isinstance(claims, list) else []
        event = {
            "kind": names.LEDGER_OPENED,
            "schema": names.EVENT_SCHEMA,
            "mode": identity.mode,
            "procedure": str(opening.get("procedure", "")),
            "claims": taken,
            "key": sshsig.fingerprint(signer.blob),
            "contact": contact,
            **follows.event(reason),
        }
        signers = names.signers_name(1)
        carried = [name for name in before.records[0].files if names.is_free_name(name)]
        files = {name: self._disk.read(last / name, names.FILE_LIMIT) for name in carried}
        companions = {signers: text, signers + names.SIGNATURE: armoured, **files}
        with self._locked():
            if self._last_watch(last) != last:
                raise Claimed("somebody else went on with this run just now", "see `handrail runs`")
            watch = self._establish(identity, key, event, companions, taken, previous=follows.previous)
        records = [record for one in earlier for record in one.records]
        first = decode(self._disk.read(watch.path / names.record_name(1), names.RECORD_LIMIT))
        return watch, [*records, first]

    def _go_on(
        self, path: Path, lock: Lock, signer: Signer, operator: str | None, host: str
    ) -> tuple[Watch, list[Record]]:
        earlier = self._examine_all(path)
        found = earlier[-1]
        last, first = found.records[-1], next(iter(found.delegations.values()))
        if found.mode == "live" and first.operator_key != signer.blob:
            raise LedgerError(
                f"this watch is signed by {sshsig.fingerprint(first.operator_key)}, "
                f"not by your {sshsig.fingerprint(signer.blob)}",
                "resume with that key, or give a reason with --take-over",
            )
        process = max(one.process for one in found.delegations.values()) + 1
        identity = Identity(last.run, last.watch, found.mode, operator or last.operator, host)
        key = MemoryKey()
        text, armoured = delegation.delegate(signer, last.run, last.watch, found.mode, process, key.blob)
        moved = quarantine.move(self._disk, path, self._modes, found.strays, last.number + 1)
        hashes = {name: digest for name, digest in found.hashes.items() if name not in found.strays}
        watch = self._watch(identity, key, lock, path, hashes, last.number, found.heads[-1])
        event = {
            "kind": names.LEDGER_RESUMED,
            "schema": names.EVENT_SCHEMA,
            "process": process,
            "key": sshsig.fingerprint(signer.blob),
            "quarantined": sorted(moved),
        }
        signers = names.signers_name(process)
        companions = {signers: text, signers + names.SIGNATURE: armoured}
        try:
            saved = watch.write(event, companions, moved)
        except NotSaved as error:
            if not is_full(error):
                raise
            watch.reserve.give_back()  # a run on a full disk must still be resumable, to be ended
            saved = watch.write(event, companions, moved)
        try:
            watch.reserve.take()
        except OSError as error:
            watch.mends.append(f"no space is set aside any more: {error.strerror}; only last words are taken")
        self._announce(watch)
        self._tell_late(watch, key, earlier[0])
        records = [record for one in earlier for record in one.records]
        return watch, [*records, saved.record]

    def _examine_all(self, path: Path) -> list[Examined]:
        """Every watch of the run up to this one, each following the one before. Raises LedgerError."""
        found: list[Examined] = []
        previous: str | None = names.NO_PREVIOUS
        for watch in runs.watch_paths(self._disk, path.parent):
            one = examine(self._disk, watch, previous)
            if one.findings:
                raise LedgerError(
                    f"{watch.name} is BROKEN and cannot be resumed: {one.findings[0]}",
                    "keep the directory as it is, run `handrail verify` on it, begin a new run",
                )
            if found and not found[-1].sealed and not taken_over(found[-1], one):
                raise LedgerError(
                    f"{found[-1].path.name} is not sealed, and a later watch is there: BROKEN",
                    "keep the directory as it is, run `handrail verify` on it, begin a new run",
                )
            found.append(one)
            previous = head_for_next(one)
        with contextlib.suppress(OSError):  # a chain that cannot be read is for `verify` to name
            told = chain.read_of(self._disk, self.root, path.parent.name).of(path.parent.name)
            if gone := [entry.watch for entry in told if entry.watch > len(found)]:
                raise LedgerError(
                    f"{names.watch_name(gone[0])} is missing, and the ledger's chain tells of it: BROKEN",
                    "put it back from a copy; or keep the directory as it is and begin a new run",
                )
        return found

    def _last_watch(self, path: Path) -> Path:
        try:
            run = path.parent if names.WATCH_NAME.fullmatch(path.name) else path
            return runs.watch_paths(self._disk, run)[-1]
        except (FileNotFoundError, NotADirectoryError, IndexError) as error:
            raise LedgerError(f"{path.name} is not a run", "see `handrail runs`") from error

    def _lock_watch(self, watch: Path, host: str) -> Lock:
        # A listing looks at the lock for an instant; a living writer keeps it.
        for _ in range(_WATCH_TRIES):
            lock = self._disk.lock(watch)
            if lock is not None:
                return lock
            self._pause(root.LOCK_STEP_S)
        raise Claimed(
            f"another process writes this run: {holder.look(self._disk, watch, host)}",
            "go to that terminal, or end that process",
        )

    # ------------------------------------------------------------------ the ledger as a whole

    @contextlib.contextmanager
    def _saving(self, path: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise not_saved(error, path) from error

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return root.locked(self._disk, self.root, self._modes, self._pause)

    def _expected_runs(self) -> list[str]:
        told = chain.read(self._disk, self.root, chain.unknown_keys)
        return sorted({entry.run for entry in told.entries} - told.removed.keys())

    def _keys_of(self, run: str, watch: int) -> set[bytes] | None:
        try:
            found = runs.delegations(self._disk, self.root / run / names.watch_name(watch))
        except (OSError, BadDelegation, KeyRefused):
            return None
        return {one.key for one in found} or None

    def _tell_chain(
        self,
        watch: Watch,
        key: Signer,
        what: chain.What,
        head: str,
        claims: Sequence[str] = (),
        recovered: Sequence[str] = (),
    ) -> None:
        one = watch.identity
        entry = chain.Entry(
            what, one.run, one.watch, one.mode, one.operator, one.host, head, tuple(claims), tuple(recovered)
        )
        chain.append(self._disk, self.root, self._modes, self._clock, key, entry)

    def _tell_sealed(self, watch: Watch, head: str) -> None:
        with self._saving(self.root), self._locked():
            self._tell_chain(watch, watch.key, chain.What.SEALED, head)

    def _tell_late(self, watch: Watch, key: Signer, first: Examined) -> None:
        """A crash between showing a run and telling the chain is made good when the run is resumed."""
        try:
            with self._locked():
                if watch.identity.run not in self._expected_runs():
                    claims = first.records[0].event.get("claims", [])
                    told = [str(one) for one in claims] if isinstance(claims, list) else []
                    self._tell_chain(watch, key, chain.What.OPENED, first.heads[0], told)
        except (OSError, LedgerError) as error:
            watch.mends.append(f"the ledger's chain does not tell of this run: {error}")
