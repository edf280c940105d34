"""Reading one watch from the disk and finding everything that is wrong with it; nothing is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from handrail.ledger import names, seal, sshsig
from handrail.ledger.delegation import SIZE_LIMIT, BadDelegation, Delegation
from handrail.ledger.delegation import read as read_delegation
from handrail.ledger.disk import Disk, Kind
from handrail.ledger.record import BadRecord, Record, decode
from handrail.text import safe

CLOCK_STEP_S = 2.0
_PEOPLE = re.compile(
    rb'^kind = "(?:opened|overrode|witnessed|handed-over|took-over|ledger\.resumed)"$', re.MULTILINE
)
_RECORD_IN_TEXT = re.compile(r"\b(\d{6})\.toml\b")
_WITNESSED = re.compile(rb'^kind = "witnessed"$', re.MULTILINE)
_SENT = re.compile(rb'^kind = "intended"$', re.MULTILINE)


@dataclass
class Examined:
    """A watch as it was found.

    `findings` make it BROKEN, `notes` do not. `hashes` holds the SHA-256 of every file by its name
    relative to the watch; `strays` are files no record speaks of; `heads[i]` is the hash over record
    i+1 and its signature; `seal_head` the one over SEAL and SEAL.sig once it is sealed.
    """

    path: Path
    records: list[Record] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    delegations: dict[str, Delegation] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seal_head: str | None = None

    @property
    def sealed(self) -> bool:
        """True when a SEAL is there; whether it holds is a matter of the findings."""
        return self.seal_head is not None

    @property
    def suspects(self) -> dict[int, str]:
        """By the number of a record: the first finding that names it."""
        named = ((int(text), one) for one in self.findings for text in _RECORD_IN_TEXT.findall(one))
        return dict(reversed(list(named)))

    @property
    def mode(self) -> str:
        """`live` or `drill`; `unknown` when no delegation can be read."""
        return next((one.mode for one in self.delegations.values()), "unknown")


def examine(disk: Disk, path: Path, previous: str | None = None, *, seal_only: bool = False) -> Examined:
    """Everything the bytes of one watch prove or disprove by themselves.

    `previous` is what its first record must name (None: not known here). With `seal_only` the records
    are proved by the manifest alone, and only the first, the last and those that tell who had a hand in it
    are read. Raises OSError only if the
    directory cannot be read or a file may not be, KeyRefused if ssh-keygen is needed (for an operator key
    that is not Ed25519) and does not answer.
    """
    return _Examination(disk, path, seal_only=seal_only).run(previous)


class _Examination:
    """The working state of one reading."""

    def __init__(self, disk: Disk, path: Path, *, seal_only: bool) -> None:
        self.disk = disk
        self.path = path
        self.seal_only = seal_only
        self.found = Examined(path)
        self.present: set[str] = set()
        self.accounted: set[str] = set()
        self.record_process = 0

    def run(self, previous: str | None) -> Examined:
        self.list_files()
        self.read_delegations()
        numbers = sorted(int(name[:6]) for name in self.present if names.RECORD_NAME.fullmatch(name))
        if self.seal_only and names.SEAL in self.present and len(numbers) > 2:
            self.accounted.update(name for name in self.present if name != names.SEAL)
            between = self.hash_all() - {numbers[0], numbers[-1]}
            self.read_record(numbers[0], previous, chained=previous is not None)
            for number in (*sorted(between), numbers[-1]):
                self.read_record(number, None, chained=False)
        else:
            self.read_records(numbers, previous)
        self.check_delegations()
        self.read_seal()
        self.find_strays()
        return self.found

    def broken(self, finding: str) -> None:
        self.found.findings.append(finding)

    def list_files(self) -> None:
        for entry in self.disk.listdir(self.path):
            if entry.kind is Kind.FILE:
                self.present.add(entry.name)
            elif entry.kind is Kind.DIRECTORY and entry.name == names.QUARANTINE:
                for inner in self.disk.listdir(self.path / entry.name):
                    name = f"{names.QUARANTINE}/{inner.name}"
                    if inner.kind is Kind.FILE:
                        self.present.add(name)
                    else:
                        self.broken(f"{safe(name)} is not a regular file")
            else:
                self.broken(f"{safe(entry.name)} is not a regular file")

    def bytes_of(self, name: str, limit: int) -> bytes | None:
        """The bytes of one file, hashed on the way; None with a finding when it cannot be read."""
        if name not in self.present:
            self.broken(f"{name} is missing")
            return None
        try:
            data = self.disk.read(self.path / name, limit)
        except PermissionError:
            raise  # who may not look cannot say that it is broken
        except OSError as error:
            self.broken(f"{safe(name)} cannot be read: {error.strerror}")
            return None
        self.found.hashes[name] = names.sha256(data)
        return data

    def hash_all(self) -> set[int]:
        """Hash every file; the numbers of the records that tell who walked, witnessed, or passed what alone.

        What was sent is among them where a witness may have sent it: after a witness, or in a later watch.
        """
        people, sent, witnessed = set(), set(), False
        for name in sorted(self.present):
            data = self.bytes_of(name, names.SEAL_LIMIT)
            if data is None or not names.RECORD_NAME.fullmatch(name):
                continue
            if _PEOPLE.search(data):
                people.add(int(name[:6]))
            if _SENT.search(data):
                sent.add(int(name[:6]))
            witnessed = witnessed or _WITNESSED.search(data) is not None
        return people | sent if witnessed or self.path.name != names.watch_name(1) else people

    def read_delegations(self) -> None:
        for name in sorted(filter(names.SIGNERS_NAME.fullmatch, self.present)):
            if name + names.SIGNATURE not in self.present:
                continue  # what nothing names is a stray; what a record names is found missing there
            text = self.bytes_of(name, SIZE_LIMIT)
            armoured = self.bytes_of(name + names.SIGNATURE, sshsig.SIZE_LIMIT)
            if text is None or armoured is None:
                continue
            try:
                delegation = read_delegation(text, armoured)
            except BadDelegation as error:
                self.broken(f"{name}: {error}")
            else:
                if names.signers_name(delegation.process) != name:
                    self.broken(f"{name} is the delegation of process {delegation.process}")
                self.found.delegations[name] = delegation

    def read_records(self, numbers: list[int], previous: str | None) -> None:
        if not numbers:
            self.broken("no record is there")
            return
        expected, chained = previous, previous is not None
        for number in range(1, numbers[-1] + 1):
            name = names.record_name(number)
            if name not in self.present:
                self.broken(f"{name} is missing")
                chained = False
                continue
            expected = self.read_record(number, expected, chained=chained)
            chained = expected is not None

    def read_record(self, number: int, previous: str | None, *, chained: bool) -> str | None:
        """Verify, then parse, then compare; returns the head up to here."""
        name = names.record_name(number)
        self.accounted.update((name, name + names.SIGNATURE))
        data = self.bytes_of(name, names.RECORD_LIMIT)
        if data is None:
            return None
        if name + names.SIGNATURE not in self.present:
            self.broken(f"{name} has no signature")
            return None
        armoured = self.bytes_of(name + names.SIGNATURE, sshsig.SIZE_LIMIT)
        if armoured is None:
            return None
        head = names.sha256(data, armoured)
        try:
            signature = sshsig.check_ed25519(armoured, data, names.RECORD_NAMESPACE)
            record = decode(data)
        except sshsig.BadSignature as error:
            self.broken(f"{name}: its signature: {error}")
            return head
        except BadRecord as error:
            self.broken(f"{name}: {safe(str(error), 200)}")
            return head
        signers, delegation = self.delegation_of(signature.key)
        if delegation is None:
            self.broken(
                f"{name} is signed by {sshsig.fingerprint(signature.key)}, which no run.signers names"
            )
        else:
            self.check_writer(record, name, signers, delegation)
        self.check_place(record, name, number)
        if chained and record.previous != previous:
            self.broken(f"{name} does not follow what is before it")
        self.check_files(record, name)
        self.check_clock(record, name)
        self.found.records.append(record)
        self.found.heads.append(head)
        return head

    def delegation_of(self, key: bytes) -> tuple[str, Delegation | None]:
        for name, delegation in self.found.delegations.items():
            if delegation.key == key:
                return name, delegation
        return "", None

    def check_writer(self, record: Record, name: str, signers: str, delegation: Delegation) -> None:
        if (delegation.run, delegation.watch) != (record.run, record.watch):
            self.broken(f"{name} is signed by a key of {safe(delegation.principal)}")
        process = delegation.process
        begins = record.kind in {names.LEDGER_OPENED, names.LEDGER_RESUMED}
        if process < self.record_process:
            self.broken(f"{name} is signed by the key of process {process}, which had ended")
        if process > self.record_process and not (begins and signers in record.files) and not self.seal_only:
            self.broken(f"{name} is the first of process {process} and does not name {signers}")
        self.record_process = process

    def check_place(self, record: Record, name: str, number: int) -> None:
        if record.number != number:
            self.broken(f"{name} says it is record {record.number}")
        if not names.RUN_NAME.fullmatch(record.run):
            self.broken(f"{name} names no run")
        first = self.found.records[0] if self.found.records else None
        if first is not None and (record.run, record.watch) != (first.run, first.watch):
            self.broken(f"{name} is of {safe(names.principal(record.run, record.watch))}")
        if (number == 1) != (record.kind == names.LEDGER_OPENED):
            self.broken(f"{name} is not where a record of kind {safe(record.kind)} belongs")
        if number == 1 and record.watch == 1 and record.previous != names.NO_PREVIOUS:
            self.broken(f"{name} is the first of its run and names a predecessor")

    def check_files(self, record: Record, name: str) -> None:
        for companion, digest in record.files.items():
            if not names.is_companion_name(companion):
                self.broken(f"{name} names a file it may not: {safe(companion, 80)}")
                continue
            if companion in self.accounted and not self.seal_only:
                self.broken(f"{name} names {companion}, which an earlier record names")
            self.accounted.add(companion)
            if companion not in self.found.hashes and self.bytes_of(companion, names.FILE_LIMIT) is None:
                continue
            if self.found.hashes[companion] != digest:
                self.broken(f"{companion} is not the file {name} names")

    def check_clock(self, record: Record, name: str) -> None:
        if not self.found.records:
            return
        last = self.found.records[-1]
        if record.boot_id != last.boot_id:
            self.found.notes.append(f"{name}: the host was restarted since the record before")
            return
        wall = (record.wall - last.wall).total_seconds()
        boot = (record.boot_ns - last.boot_ns) / 1e9
        if abs(wall - boot) > CLOCK_STEP_S:
            self.found.notes.append(f"{name}: CLOCK STEP of {wall - boot:+.1f} s since the record before")

    def check_delegations(self) -> None:
        """One watch has one mode, and if live one operator key."""
        all_of_them = list(self.found.delegations.values())
        if not all_of_them:
            self.broken("no run.signers can be read: nobody says whose records these are")
            return
        if len({one.mode for one in all_of_them}) > 1:
            self.broken("some delegations are of a live run, others of a drill")
        if all_of_them[0].mode == "live" and len({one.operator_key for one in all_of_them}) > 1:
            self.broken("the delegations are by more than one operator key")
        if self.found.records:
            stated = self.found.records[0].event.get("mode")
            if self.found.records[0].number == 1 and stated != self.found.mode:
                self.broken(
                    f"{names.record_name(1)} says {safe(str(stated))}, its delegation {self.found.mode}"
                )

    def read_seal(self) -> None:
        if names.SEAL not in self.present:
            return
        signature_name = names.SEAL + names.SIGNATURE
        self.accounted.update((names.SEAL, signature_name))
        data = self.bytes_of(names.SEAL, names.SEAL_LIMIT)
        self.found.seal_head = ""
        if data is None:
            return
        if signature_name not in self.present:
            self.broken("SEAL has no signature")
            return
        armoured = self.bytes_of(signature_name, sshsig.SIZE_LIMIT)
        if armoured is None:
            return
        self.found.seal_head = seal.head(data, armoured)
        try:
            signature = sshsig.check_ed25519(armoured, data, names.SEAL_NAMESPACE)
            manifest = seal.read(data)
        except (sshsig.BadSignature, seal.BadSeal) as error:
            self.broken(f"SEAL: {error}")
            return
        _, delegation = self.delegation_of(signature.key)
        if delegation is None or delegation.process != self.record_process:
            self.broken("SEAL is not signed by the key that signed the last record")
        for name in sorted(manifest.keys() - self.present):
            self.broken(f"{name} is in SEAL and missing")
        for name in sorted(self.present - manifest.keys() - {names.SEAL, signature_name}):
            self.broken(f"{safe(name)} is not in SEAL")
        for name, digest in manifest.items():
            if name in self.found.hashes and self.found.hashes[name] != digest:
                self.broken(f"{name} is not the file that was sealed")

    def find_strays(self) -> None:
        self.found.strays = sorted(self.present - self.accounted)
        for name in self.found.strays:
            if self.found.sealed:
                self.broken(f"{safe(name)} is in a sealed watch and no record names it")
            else:
                self.found.notes.append(f"{safe(name)}: left by an entry that was never saved")
