"""The ledger's own chain: one signed entry for each watch opened or sealed, each run exported or removed.

It makes a missing run visible. Whoever calls `append` holds the ledger's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from handrail.clock import Clock
from handrail.errors import KeyRefused
from handrail.ledger import delegation, names, quarantine, right, sshsig
from handrail.ledger.delegation import BadDelegation
from handrail.ledger.directory import Directory
from handrail.ledger.disk import Disk, Kind, Modes
from handrail.ledger.keys import Signer
from handrail.ledger.record import BadRecord, dump, load, wall_text, wall_time
from handrail.ledger.right import Right
from handrail.text import safe

SCHEMA = 1


class What(StrEnum):
    """What an entry tells of a watch, or of a whole run (then its watch is 0)."""

    OPENED = "opened"
    SEALED = "sealed"
    EXPORTED = "exported"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `head` is that of the watch's first record or of its seal; `claims` are what it took.

    Of a run exported or removed, `head` is the SHA-256 of the archive.
    `recovered` names what a cut-off attempt had left and was moved to quarantine before this entry.
    """

    what: What
    run: str
    watch: int
    mode: str
    operator: str
    host: str
    head: str
    claims: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    number: int = 0
    previous: str = names.NO_PREVIOUS
    wall: datetime | None = None
    key: bytes = b""
    """The public key that signed it, as read."""


@dataclass
class Read:
    """The chain as found; `findings` say what is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rights: dict[bytes, Right] = field(default_factory=dict)
    """By their keys: who may have removed runs."""
    removed: dict[str, Entry] = field(default_factory=dict)
    """The runs removed by such a right, each with the entry that says so."""
    _by_run: dict[str, list[Entry]] = field(default_factory=dict)

    def of(self, run: str) -> list[Entry]:
        """The entries of one run; sorted once, since a check of the ledger asks for every run."""
        if not self._by_run:
            for entry in self.entries:
                self._by_run.setdefault(entry.run, []).append(entry)
        return self._by_run.get(run, [])


KeysOf = Callable[[str, int], "set[bytes] | None"]
"""The run keys delegated for a run's watch; None when that watch is not there."""


def unknown_keys(run: str, watch: int) -> set[bytes] | None:
    """For a reading that does not ask whose keys signed, only that the bytes are as they were signed."""
    return None


def append(
    disk: Disk,
    root: Path,
    modes: Modes,
    clock: Clock,
    signer: Signer,
    entry: Entry,
    given: tuple[bytes, bytes] | None = None,
) -> Entry:
    """Commit the entry as the next of the chain; its number and predecessor are set here.

    `given` is the signer's right to remove, with its signature, where this entry is the first to use it.
    Raises NotSaved, OSError, KeyRefused.
    """
    path = root / names.CHAIN
    present = [one.name for one in disk.listdir(path) if one.kind is Kind.FILE]
    numbers = sorted(int(name[:6]) for name in present if names.RECORD_NAME.fullmatch(name))
    number = numbers[-1] + 1 if numbers else 1
    strays = _strays(present)
    moved = quarantine.move(disk, path, modes, strays, number) if strays else {}
    entry = replace(
        entry,
        number=number,
        previous=_head_of(disk, path, numbers[-1]) if numbers else names.NO_PREVIOUS,
        recovered=entry.recovered + tuple(sorted(moved)),
        wall=clock.wall(),
    )
    data = dump(
        {
            "schema": SCHEMA,
            "number": number,
            "previous": entry.previous,
            "wall": wall_text(clock.wall()),
            "boot_ns": clock.boot_ns(),
            "boot_id": clock.boot_id,
            "what": entry.what.value,
            "run": entry.run,
            "watch": entry.watch,
            "mode": entry.mode,
            "operator": entry.operator,
            "host": entry.host,
            "head": entry.head,
            "claims": list(entry.claims),
            "recovered": list(entry.recovered),
        }
    )
    signature = signer.sign(data, names.LEDGER_NAMESPACE)
    beside = names.right_name(number)
    companions = {beside: given[0], beside + names.SIGNATURE: given[1]} if given else {}
    Directory(disk, path, modes.file).commit(names.record_name(number), data, signature, companions)
    return entry


def read(disk: Disk, root: Path, keys_of: KeysOf) -> Read:
    """Verify the whole chain. An entry of a watch that is gone cannot be verified, and says so."""
    found = Read()
    path = root / names.CHAIN
    keys_of = cache(keys_of)  # a run has several entries, and its delegations may need ssh-keygen
    try:
        present = [one.name for one in disk.listdir(path) if one.kind is Kind.FILE]
    except FileNotFoundError:
        found.notes.append("the ledger has no chain")
        return found
    except OSError as error:
        found.findings.append(f"the ledger's chain cannot be read: {error.strerror}")
        return found
    numbers = sorted(int(name[:6]) for name in present if names.RECORD_NAME.fullmatch(name))
    rights = set(filter(names.RIGHT_NAME.fullmatch, present))
    expected: str | None = names.NO_PREVIOUS
    gone: list[Entry] = []
    for number in range(1, (numbers[-1] if numbers else 0) + 1):
        if names.right_name(number) in rights:
            _read_right(disk, path, number, found)
        expected = _read_one(disk, path, number, expected, keys_of, found, gone)
    for entry in gone:
        if entry.run not in found.removed:
            found.notes.append(
                f"{_shown(entry.number)}: its watch is gone, so nobody can say whether its key was delegated"
            )
    found.notes += [f"{names.CHAIN}/{safe(name)}: left by an entry never saved" for name in _strays(present)]
    return found


def read_of(disk: Disk, root: Path, run: str) -> Read:
    """Only what the chain tells of one run, each entry verified by itself; what is between is not looked at.

    For a single run of a large ledger: the whole chain of 2,000 runs takes over a second. Raises OSError.
    """
    found = Read()
    path = root / names.CHAIN
    present = [one.name for one in disk.listdir(path) if one.kind is Kind.FILE]
    rights = set(filter(names.RIGHT_NAME.fullmatch, present))
    for number in sorted(int(name[:6]) for name in present if names.RECORD_NAME.fullmatch(name)):
        if names.right_name(number) in rights:
            _read_right(disk, path, number, found)
        try:
            tells = run.encode() in disk.read(path / names.record_name(number), names.RECORD_LIMIT)
        except OSError:
            continue  # for the check of the whole chain to name
        if tells:
            _read_one(disk, path, number, None, unknown_keys, found, [])
    return found


def _read_one(
    disk: Disk,
    path: Path,
    number: int,
    expected: str | None,
    keys_of: KeysOf,
    found: Read,
    gone: list[Entry],
) -> str | None:
    name = names.record_name(number)
    shown = _shown(number)
    try:
        data = disk.read(path / name, names.RECORD_LIMIT)
        armoured = disk.read(path / (name + names.SIGNATURE), sshsig.SIZE_LIMIT)
    except OSError as error:
        found.findings.append(f"{shown} or its signature cannot be read: {error.strerror}")
        return None
    try:
        signature = sshsig.check_ed25519(armoured, data, names.LEDGER_NAMESPACE)
        entry = _decode(data)
    except (sshsig.BadSignature, BadRecord) as error:
        found.findings.append(f"{shown}: {safe(str(error), 200)}")
        return names.sha256(data, armoured)
    entry = replace(entry, key=signature.key)
    if entry.what is What.REMOVED:
        _judge_removal(entry, shown, found)
    elif entry.what is not What.EXPORTED:  # that one gives no right: a removal looks at the archive itself
        keys = keys_of(entry.run, entry.watch)
        if keys is None:
            gone.append(entry)
        elif entry.key not in keys:
            found.findings.append(f"{shown} is not signed by a key of {safe(entry.run)}")
    if entry.number != number or (expected is not None and entry.previous != expected):
        found.findings.append(f"{shown} does not follow what is before it")
    found.entries.append(entry)
    return names.sha256(data, armoured)


def _read_right(disk: Disk, path: Path, number: int, found: Read) -> None:
    name = names.right_name(number)
    try:
        text = disk.read(path / name, delegation.SIZE_LIMIT)
        one = right.read(text, disk.read(path / (name + names.SIGNATURE), sshsig.SIZE_LIMIT))
    except OSError as error:
        found.findings.append(f"{names.CHAIN}/{name} or its signature cannot be read: {error.strerror}")
    except (BadDelegation, KeyRefused) as error:
        found.findings.append(f"{names.CHAIN}/{name}: {safe(str(error), 200)}")
    else:
        found.rights[one.key] = one


def _judge_removal(entry: Entry, shown: str, found: Read) -> None:
    """A removal counts by a right that covers it; else whoever can write the directory could make one up."""
    given = found.rights.get(entry.key)
    modes = {one.mode for one in found.entries if one.run == entry.run and one.what is What.OPENED}
    if given is None:
        found.findings.append(f"{shown} removes {safe(entry.run)} and is signed by a key nobody delegated")
    elif given.mode != "live" and modes != {"drill"}:
        found.findings.append(f"{shown} removes {safe(entry.run)}, which a key for drills may not")
    else:
        found.removed[entry.run] = entry


def _shown(number: int) -> str:
    return f"{names.CHAIN}/{names.record_name(number)}"


def _decode(data: bytes) -> Entry:
    table = load(data)
    if table.get("schema") != SCHEMA:
        raise BadRecord(f"schema {table.get('schema')!r} is not known")
    try:
        texts = {key: table[key] for key in ("run", "mode", "operator", "host", "head", "previous", "wall")}
        number, watch, claims, recovered = (table[key] for key in ("number", "watch", "claims", "recovered"))
        what = What(str(table["what"]))
    except (KeyError, ValueError) as error:
        raise BadRecord(f"a field is missing or unknown: {error}") from error
    if not all(isinstance(value, str) for value in texts.values()):
        raise BadRecord("a field is not a text")
    if not (isinstance(number, int) and isinstance(watch, int)):
        raise BadRecord("number and watch are numbers")
    if not (isinstance(claims, list) and isinstance(recovered, list)):
        raise BadRecord("claims and recovered are lists")
    return Entry(
        what=what,
        run=str(texts["run"]),
        watch=watch,
        mode=str(texts["mode"]),
        operator=str(texts["operator"]),
        host=str(texts["host"]),
        head=str(texts["head"]),
        claims=tuple(str(claim) for claim in claims),
        recovered=tuple(str(name) for name in recovered),
        number=number,
        previous=str(texts["previous"]),
        wall=wall_time(str(texts["wall"])),
    )


def _strays(present: Sequence[str]) -> list[str]:
    entries = {name for name in present if names.RECORD_NAME.fullmatch(name)}
    rights = {names.right_name(int(name[:6])) for name in entries}
    known = entries | rights
    return sorted(set(present) - known - {name + names.SIGNATURE for name in known})


def _head_of(disk: Disk, path: Path, number: int) -> str:
    name = names.record_name(number)
    data = disk.read(path / name, names.RECORD_LIMIT)
    try:
        armoured = disk.read(path / (name + names.SIGNATURE), sshsig.SIZE_LIMIT)
    except FileNotFoundError:
        armoured = b""  # a broken chain is for `verify` to name; it must not stop a walk at night
    return names.sha256(data, armoured)
