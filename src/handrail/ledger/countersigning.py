"""Second persons in a run as it lies in the ledger: what they signed in it, and what they signed afterwards.

A witness's or successor's statement lies in the watch, named by the record that took it. A countersign is
made once the run is sealed, so it lies beside the watches; taking one away only leaves the run UNWITNESSED.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from handrail.errors import KeyRefused
from handrail.ledger import names, runs, sshsig, statement
from handrail.ledger.directory import Directory
from handrail.ledger.disk import Disk, Kind, Modes
from handrail.ledger.examine import Examined
from handrail.ledger.record import BadRecord, Record, decode
from handrail.ledger.standing import known_as
from handrail.ledger.statement import BadStatement, Signed, principal_of
from handrail.text import safe

NAME = re.compile(r"countersign-[0-9]{3}-[0-9]{6}-[0-9a-f]{8}\.toml(?:\.sig)?")
_KINDS = {"witnessed": statement.Kind.WITNESS, names.HANDED_OVER: statement.Kind.ACCEPT}
At = tuple[int, int]
"""A watch and the number of a record in it."""


@dataclass
class SecondPersons:
    """What was found; `passed_alone` are overridden hold points by their step, until countersigned."""

    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    passed_alone: dict[At, str] = field(default_factory=dict)
    countersigned: dict[At, str] = field(default_factory=dict)
    countersign_keys: dict[At, str] = field(default_factory=dict)


def put(disk: Disk, run: Path, modes: Modes, signed: Signed) -> Path:
    """Leave a countersign beside the watches, durably; returns its file. Raises NotSaved."""
    one = signed.statement
    name = f"countersign-{one.watch:03d}-{one.number:06d}-{secrets.token_hex(4)}.toml"
    Directory(disk, run, modes.file).commit(name, signed.data, signed.signature)
    return run / name


def foresee(
    disk: Disk,
    watches: Sequence[Path],
    walkers: Collection[str],
    key: bytes,
    operator: str,
    allowed_signers: Path | None,
) -> str | None:
    """Why no countersign by this public key could count; None if one could. `walkers` are who walked.

    For who would sign, before they are asked anything. Raises OSError, BadDelegation, KeyRefused.
    """
    given = [one for watch in watches for one in runs.delegations(disk, watch)]
    if all(one.mode == "drill" for one in given):
        same = operator.strip().casefold() in {name.strip().casefold() for name in walkers}
        return "it would be signed by who walked; say who you are with --name" if same else None
    if sshsig.fingerprint(key) in {sshsig.fingerprint(one.operator_key) for one in given}:
        return "it would be signed by who walked"
    space = statement.NAMESPACES[statement.Kind.COUNTERSIGN]
    who = known_as(allowed_signers, key, space) if allowed_signers else None
    if allowed_signers is None or who is None:
        return "the site does not know that key for this purpose"
    walked = set().union(*(runs.delegators(disk, watch, allowed_signers) for watch in watches))
    return "it would be signed by who walked" if who in walked else None


def check(disk: Disk, run: Path, examined: Sequence[Examined], allowed_signers: Path | None) -> SecondPersons:
    """Every second person of the run, each statement proved against its record. Raises OSError."""
    found = SecondPersons()
    for one in examined:
        for record in one.records:
            if record.kind in _KINDS:
                _check_statement(disk, one, record, allowed_signers, found)
            if record.kind == "overrode" and record.event.get("what") == "hold-point":
                found.passed_alone[record.watch, record.number] = str(record.event.get("step"))
    _read_countersigns(disk, run, examined, allowed_signers, found)
    for at in found.countersigned:
        found.passed_alone.pop(at, None)
    found.notes += [
        f"UNWITNESSED: {safe(step, 80)} was passed alone, and nobody has countersigned it"
        for step in found.passed_alone.values()
    ]
    return found


def _check_statement(
    disk: Disk, one: Examined, record: Record, allowed_signers: Path | None, found: SecondPersons
) -> None:
    kind = _KINDS[record.kind]
    event, label = record.event, f"{one.path.name}/{names.record_name(record.number)}"
    name = str(event.get("statement"))
    if name not in record.files or name + names.SIGNATURE not in record.files:
        found.findings.append(f"{label} names a statement that is not with it")
        return
    try:
        signed = _read(disk, one.path / name, kind)
    except (BadStatement, OSError) as problem:
        found.findings.append(f"{one.path.name}/{name}: {safe(str(problem), 200)}")
        return
    except KeyRefused as problem:
        found.notes.append(f"{one.path.name}/{name} was not checked: {problem}")
        return
    stated = signed.statement
    about = (stated.run, stated.watch, stated.step, stated.attempt)
    if about != (record.run, record.watch, event.get("step", ""), event.get("attempt", 0)):
        found.findings.append(f"{one.path.name}/{name} is about something else than {label}")
    elif signed.key != event.get("key") or not _is_head(disk, one, stated.number, stated.head):
        found.findings.append(f"{one.path.name}/{name} is by another key, or about another record")
    else:
        verb = "witnessed by" if kind is statement.Kind.WITNESS else "handed over to"
        what = f"{stated.step} " if stated.step else ""
        found.notes.append(f"{what}{verb} {_who(signed, one, record, allowed_signers)}")


def _who(signed: Signed, one: Examined, record: Record, allowed_signers: Path | None) -> str:
    """The second person as the site knows them, as of the record's time, or as the record names them."""
    if one.mode == "drill":
        return f"{safe(str(record.event.get('principal')), 80)} {signed.key}"
    known = principal_of(signed, allowed_signers, record.wall)
    return f"{safe(known, 80)} {signed.key}" if known else f"UNKNOWN SIGNER {signed.key}"


def _read_countersigns(
    disk: Disk, run: Path, examined: Sequence[Examined], allowed_signers: Path | None, found: SecondPersons
) -> None:
    own = {
        sshsig.fingerprint(delegation.operator_key)
        for one in examined
        for delegation in one.delegations.values()
    }
    known = _operators(disk, examined, allowed_signers)
    for entry in disk.listdir(run):
        if entry.kind is not Kind.FILE or not NAME.fullmatch(entry.name) or entry.name.endswith(".sig"):
            continue
        try:
            signed = _read(disk, run / entry.name, statement.Kind.COUNTERSIGN)
        except (BadStatement, OSError, KeyRefused) as problem:
            found.notes.append(f"{entry.name} does not count: {safe(str(problem), 200)}")
            continue
        one = signed.statement
        at = (one.watch, one.number)
        watch = next((item for item in examined if item.records and item.records[0].watch == one.watch), None)
        who = principal_of(signed, allowed_signers)
        drill = watch is not None and watch.mode == "drill"
        if watch is None or one.run != run.name or not _is_head(disk, watch, one.number, one.head):
            found.notes.append(f"{entry.name} does not count: it is about another run or record")
        elif not _passed_alone(disk, watch, one):
            found.notes.append(f"{entry.name} does not count: nothing was passed alone there")
        elif signed.key in own or (who is not None and who in known) or (drill and _walked(watch, one)):
            found.notes.append(f"{entry.name} does not count: it is signed by who walked")
        elif who is None and not drill:
            found.notes.append(f"{entry.name} does not count: the site does not know its key")
        else:
            name = safe(who or one.operator, 80)
            found.countersigned[at], found.countersign_keys[at] = name, signed.key
            found.notes.append(f"{safe(one.step, 80)} countersigned afterwards by {name} {signed.key}")


def _walked(watch: Examined, stated: statement.Statement) -> bool:
    """In a drill keys are thrown away: whoever walked it is known by the name alone."""
    walkers = {record.operator.strip().casefold() for record in watch.records}
    return stated.operator.strip().casefold() in walkers


def _operators(disk: Disk, examined: Sequence[Examined], allowed_signers: Path | None) -> set[str]:
    if allowed_signers is None:
        return set()
    try:
        return set().union(*(runs.delegators(disk, one.path, allowed_signers) for one in examined))
    except KeyRefused:
        return set()


def _is_head(disk: Disk, one: Examined, number: int, head: str) -> bool:
    try:
        return runs.head_of(disk, one.path, number) == head
    except OSError:
        return False


def _passed_alone(disk: Disk, one: Examined, stated: statement.Statement) -> bool:
    """Whether the record named is of a hold point of that step passed by override."""
    try:
        event = decode(_bytes(disk, one, names.record_name(stated.number))).event
    except BadRecord:
        return False
    found = (event.get("kind"), event.get("what"), event.get("step"))
    return found == ("overrode", "hold-point", stated.step)


def _bytes(disk: Disk, one: Examined, name: str) -> bytes:
    try:
        return disk.read(one.path / name, names.RECORD_LIMIT)
    except OSError:
        return b""


def _read(disk: Disk, path: Path, kind: statement.Kind) -> Signed:
    data = disk.read(path, statement.SIZE_LIMIT)
    signature = disk.read(path.with_name(path.name + names.SIGNATURE), sshsig.SIZE_LIMIT)
    return statement.read(kind, data, signature)
