"""The verdict on a run or one watch: whole, whose, and as an outside copy says; with every finding named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from handrail.clock import DRILL_BOOT
from handrail.errors import KeyRefused, UsageError
from handrail.ledger import chain, countersigning, names, runs, sshkeygen, sshsig
from handrail.ledger.anchor import SEALED, Head, heads_in
from handrail.ledger.delegation import SIZE_LIMIT
from handrail.ledger.disk import Disk, RealDisk
from handrail.ledger.examine import Examined, examine
from handrail.ledger.keys import public_line
from handrail.ledger.succession import awaited, head_for_next, taken_over
from handrail.ledger.witnessing import sent_by_witness
from handrail.text import amount, safe

_SHOWN = 50
DRILL_TIMES = (
    "times are of the drill's clock: it begins at the host's time and runs at the drill's speed, "
    "so records can be dated later than they were written"
)


class Whole(StrEnum):
    """Whether the bytes are as they were written."""

    SEALED = "SEALED"
    UNSEALED = "UNSEALED"
    BROKEN = "BROKEN"


class Who(StrEnum):
    """Whether the site knows the key behind the records."""

    ALLOWED = "ALLOWED SIGNER"
    UNKNOWN = "UNKNOWN SIGNER"
    DRILL = "DRILL KEY"


class Anchored(StrEnum):
    """Whether a copy kept outside the host says the same."""

    MATCHES = "ANCHOR MATCHES"
    NOT_CHECKED = "ANCHOR NOT CHECKED"
    DIFFERS = "ANCHOR DIFFERS"


@dataclass
class Verification:
    """What was found. `findings` break it; `notes` inform; `not_checked` is what no word here vouches for."""

    path: Path
    run: str = ""
    whole: Whole = Whole.BROKEN
    who: Who = Who.UNKNOWN
    signers: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    anchored: Anchored = Anchored.NOT_CHECKED
    watches: int = 0
    records: int = 0
    files: int = 0
    countersigned: dict[tuple[int, int], str] = field(default_factory=dict)
    """Hold points passed alone and countersigned since: watch and record, to whom."""
    countersign_keys: dict[tuple[int, int], str] = field(default_factory=dict)
    """To those, by which key."""
    known: dict[str, str] = field(default_factory=dict)
    """Fingerprints of keys that delegated, to whom the site knows by them."""
    unwitnessed: bool = False
    """A hold point was passed alone and not countersigned, or sent by its own witness."""
    known_by: list[str] = field(default_factory=list)
    """What else a run may be looked for by: everybody who had a hand in it, and the incident's reference."""
    awaiting: str = ""
    """Of a run whose last watch here was handed over: that its next one is not here. Then it is UNSEALED."""
    findings: list[str] = field(default_factory=list)
    suspects: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of the records that findings name, by the watch's directory and the number: the first of them."""
    notes: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    @property
    def exit_status(self) -> int:
        """0 sealed by an allowed signer or as a drill; else the first that holds of:

        4 broken, 6 anchor differs, 5 unknown signer, 3 unsealed.
        """
        if self.whole is Whole.BROKEN:
            return 4
        if self.anchored is Anchored.DIFFERS:
            return 6
        if self.who is Who.UNKNOWN:
            return 5
        return 3 if self.whole is Whole.UNSEALED else 0

    @property
    def verdict(self) -> str:
        """The three words, on one line; the first is SEALED, UNSEALED or BROKEN. UNWITNESSED comes last."""
        named = f" {', '.join(self.signers)}" if self.who is Who.ALLOWED else ""
        alone = ", UNWITNESSED" if self.unwitnessed else ""
        return f"{self.whole}, {self.who}{named}, {self.anchored}{alone}"

    def lines(self) -> list[str]:
        """The verdict and everything behind it, safe for a terminal."""
        watches = "1 watch" if self.watches == 1 else f"{self.watches} watches"
        counts = f"{watches}, {amount(self.records, 'record')}, {amount(self.files, 'file')}"
        out = [self.verdict, f"  run      {safe(self.run) or '?'}", f"  checked  {counts}"]
        out += [f"  key      {key}" for key in self.keys]
        for word, sentences in (
            ("wrong", self.findings),
            ("note", self.notes),
            ("not checked", self.not_checked),
        ):
            out += [f"  {word}: {safe(sentence)}" for sentence in sentences[:_SHOWN]]
            if len(sentences) > _SHOWN:
                out.append(f"  {word}: and {len(sentences) - _SHOWN} more")
        return out


def verify(
    path: Path,
    allowed_signers: Path | None,
    anchor: bytes | None = None,
    *,
    seal_only: bool = False,
    told: chain.Read | None = None,
    disk: Disk | None = None,
) -> Verification:
    """Verify a run, or one watch of it.

    `allowed_signers` is the site's file, in ssh-keygen's form; `anchor` a copy of the heads as kept outside
    the host, in any text that holds them. `seal_only` proves the records by the manifest alone, which is
    several times faster and misses nothing but a wrong chain inside what the sealing key itself signed.
    `told` is the chain of the run's ledger for who has read it already: whoever verifies a thousand runs
    must not read it a thousand times.
    Raises UsageError when there is neither a run nor a watch at `path`, or it may not be read; KeyRefused
    when ssh-keygen is needed for the operator's kind of key and does not answer.
    """
    disk = disk or RealDisk()
    seal_only = seal_only and anchor is None  # heads in an anchor name any record
    examined = _examine(disk, path, seal_only=seal_only)
    result = Verification(path, watches=len(examined))
    result.run = next((one.records[0].run for one in examined if one.records), path.name)
    for at, one in enumerate(examined):
        label = f"{one.path.name}/" if len(examined) > 1 else ""
        result.findings += [label + finding for finding in one.findings]
        result.suspects |= {(one.path.name, number): text for number, text in one.suspects.items()}
        result.notes += [label + note for note in one.notes]
        result.records += sum(1 for name in one.hashes if names.RECORD_NAME.fullmatch(name))
        result.files += len(one.hashes)
        if at < len(examined) - 1 and not one.sealed:
            _check_taken_over(one, examined[at + 1], result)
    whole_run = examined[0].path != path
    _check_run(examined, result)
    if who := awaited(examined[-1]):
        _check_awaited(examined[-1], who, result, whole_run=whole_run)
    _check_signers(disk, examined, allowed_signers, result)
    if any(record.boot_id == DRILL_BOOT for one in examined for record in one.records):
        result.notes.append(DRILL_TIMES)
    _check_second_persons(disk, path, examined, allowed_signers, result)
    _check_chain(disk, path, examined, told, result)
    _check_anchor(examined, anchor, result, whole_run=whole_run)
    if seal_only:
        result.not_checked.append("each record's own signature: the manifest's alone was")
    result.not_checked.append("whether what the records say is true, and whether the host's clock was right")
    if result.findings:
        result.whole = Whole.BROKEN
    else:
        ended = examined[-1].sealed and not result.awaiting
        result.whole = Whole.SEALED if ended else Whole.UNSEALED
    return result


def _examine(disk: Disk, path: Path, *, seal_only: bool) -> list[Examined]:
    try:
        watches = runs.watch_paths(disk, path)
        inside = {entry.name for entry in disk.listdir(path)}
        if watches:
            found: list[Examined] = []
            previous: str | None = names.NO_PREVIOUS
            for at, watch in enumerate(watches, start=1):
                one = examine(disk, watch, previous, seal_only=seal_only)
                if watch.name != names.watch_name(at):
                    one.findings.append(f"it stands where {names.watch_name(at)} belongs")
                found.append(one)
                previous = head_for_next(one)
            allowed = {watch.name for watch in watches}
            for name in sorted(inside - allowed):
                if countersigning.NAME.fullmatch(name):
                    continue
                if name.split(".")[0] not in allowed or name.endswith(names.SIGNATURE):
                    found[-1].notes.append(f"{safe(name)} lies beside the watches and is no part of the run")
            return found
        if names.signers_name(1) in inside or names.record_name(1) in inside or names.SEAL in inside:
            return [examine(disk, path, None, seal_only=seal_only)]
    except OSError as error:
        raise UsageError(
            f"{error.filename or path} cannot be read: {error.strerror}",
            "name one that you may read",
        ) from error
    raise UsageError(
        f"{path} is neither a run nor a watch",
        "see `handrail runs`; a whole ledger is checked by `handrail ledger check`",
    )


def _check_taken_over(one: Examined, later: Examined, result: Verification) -> None:
    """A watch without a seal before another one: proved by the first record of that one, or broken."""
    if who := taken_over(one, later):
        result.notes.append(f"{one.path.name} was taken over unsealed by {safe(who, 200)}")
    else:
        result.findings.append(f"{one.path.name} is not sealed, and a later watch is there")


def _check_awaited(last: Examined, who: str, result: Verification, *, whole_run: bool) -> None:
    """A handover with nothing after it: nobody took it up yet, or what came after it was taken away."""
    if not whole_run:
        result.not_checked.append("the watches after this one")
        return
    result.awaiting = (
        f"{last.path.name} was handed over to {safe(who, 80)}, and no later watch is here: "
        "the run has not ended, or its end was taken away"
    )
    result.notes.append(result.awaiting)


def _check_run(examined: Sequence[Examined], result: Verification) -> None:
    """The watches are of one run, each in its own place."""
    for at, one in enumerate(examined, start=1):
        if not one.records:
            continue
        record = one.records[0]
        if record.run != result.run:
            result.findings.append(f"{one.path.name} is of run {safe(record.run)}")
        if len(examined) > 1 and record.watch != at:
            result.findings.append(f"{one.path.name} holds watch {record.watch}")
    first = examined[0].records[0] if examined[0].records else None
    if len(examined) == 1 and first is not None and first.watch != 1:
        result.not_checked.append("the watches before this one")
    parts = examined[0].path.parts[-2:]
    if len({one.mode for one in examined}) > 1:
        result.findings.append("some watches are live, others a drill")
    if any(names.RUN_NAME.fullmatch(part) and part != result.run for part in parts):
        result.findings.append(f"the directory has the name of another run than the {result.run} in it")


def _check_signers(
    disk: Disk, examined: Sequence[Examined], allowed_signers: Path | None, result: Verification
) -> None:
    delegations = [(one, name) for one in examined for name in sorted(one.delegations)]
    keys = {one.delegations[name].operator_key for one, name in delegations}
    result.keys = sorted(f"{sshsig.fingerprint(key)} {safe(sshsig.key_type(key), 60)}" for key in keys)
    if delegations and all(one.mode == "drill" for one in examined):
        result.who = Who.DRILL
        return
    if allowed_signers is None:
        result.not_checked.append("the signer: no allowed_signers file was named")
        return
    try:
        allowed = [_signer(disk, one, name, allowed_signers, result) for one, name in delegations]
    except (KeyRefused, OSError) as error:
        result.not_checked.append(f"the signer: {error}")
        return
    result.known = {
        sshsig.fingerprint(one.delegations[name].operator_key): str(safe(who, 80))
        for (one, name), who in zip(delegations, allowed, strict=True)
        if who
    }
    if allowed and all(allowed):
        result.who = Who.ALLOWED
        result.signers = sorted({str(safe(name, 80)) for name in allowed if name})
        for one in examined:
            stated = {record.operator for record in one.records} - set(result.signers)
            result.notes += [f"the records name {safe(who, 80)} as operator" for who in sorted(stated)]


def _signer(disk: Disk, one: Examined, name: str, allowed_signers: Path, result: Verification) -> str | None:
    """The principal behind one delegation, as of the time its first record states."""
    text = disk.read(one.path / name, SIZE_LIMIT)
    armoured = disk.read(one.path / (name + names.SIGNATURE), sshsig.SIZE_LIMIT)
    # By the seal alone only the first and the last record are read: the last is nearer than today.
    last = one.records[-1].wall if one.records else None
    when = next((record.wall for record in one.records if name in record.files), last)
    found = sshkeygen.allowed_principal(allowed_signers, text, armoured, names.DELEGATE_NAMESPACE, when)
    if found is None:
        why = _not_allowed(allowed_signers, armoured, when)
        result.notes.append(f"{one.path.name}/{name} is signed by a key that {why}")
    elif (
        b"valid-" in allowed_signers.read_bytes()  # else no time is bounded, and today's answer the same
        and sshkeygen.allowed_principal(allowed_signers, text, armoured, names.DELEGATE_NAMESPACE) is None
    ):
        result.notes.append(
            f"{safe(found, 80)} is allowed as of the time written in the record, not today; "
            "that it was written then only an anchor can prove"
        )
    return found


def _check_second_persons(
    disk: Disk, path: Path, examined: Sequence[Examined], allowed_signers: Path | None, result: Verification
) -> None:
    """Witnesses, successors and countersigners: their statements hold, and are about these records."""
    run = path.parent if names.WATCH_NAME.fullmatch(path.name) else path
    try:
        found = countersigning.check(disk, run, examined, allowed_signers)
    except OSError as error:
        result.not_checked.append(f"second persons: {error.strerror}")
        return
    result.findings += found.findings
    result.notes += found.notes
    result.countersigned = found.countersigned
    result.countersign_keys = found.countersign_keys
    records = [record for one in examined for record in one.records]
    own = sent_by_witness(records, result.known)
    result.notes += [
        f"UNWITNESSED: {safe(step, 80)} was sent by who had witnessed it, at record {number} of watch {watch}"
        for (watch, number), step in own.items()
    ]
    result.unwitnessed = bool(found.passed_alone or own)
    named = [record.operator for record in records] + list(found.countersigned.values())
    named += [str(record.event.get(key, "")) for record in records for key in ("principal", "incident")]
    result.known_by = sorted({str(safe(name, 120)) for name in named if name})


def _not_allowed(allowed_signers: Path, armoured: bytes, when: datetime | None) -> str:
    """Why the site's file does not vouch for a signature: it does not know the key, or not for that time."""
    line = public_line(sshsig.parse(armoured).key)
    if line not in " ".join(allowed_signers.read_text("utf-8", "replace").split()):
        return f"{allowed_signers.name} does not allow"
    at = f"{when:%Y-%m-%d %H:%M}Z, the time in the record" if when else "this time"
    return f"{allowed_signers.name} lists, but not for this purpose at {at}"


def _check_chain(
    disk: Disk, path: Path, examined: Sequence[Examined], told: chain.Read | None, result: Verification
) -> None:
    """What the ledger around the run says of it, where there is one; a copy elsewhere has none."""
    run = path.parent if names.WATCH_NAME.fullmatch(path.name) else path
    root = run.parent
    try:
        in_ledger = names.CHAIN in {entry.name for entry in disk.listdir(root)}
    except OSError:
        in_ledger = False
    if not in_ledger:
        result.not_checked.append("the ledger's chain: the run does not lie in its ledger")
        return
    told = told or chain.read_of(disk, root, result.run)
    entries = told.of(result.run)
    if not entries:
        result.notes.append("the ledger's chain does not tell of this run")
    if result.run in told.removed:
        result.notes.append("the ledger's chain tells that it was removed: it was put back since")
    if examined[0].path != path:
        _check_gone(disk, run, examined, entries, result)
    for one in (one for one in examined if one.records):
        keys = {delegation.key for delegation in one.delegations.values()}
        number = one.records[0].watch
        for entry in (entry for entry in entries if entry.watch == number and entry.key in keys):
            shown = f"{names.CHAIN}/{names.record_name(entry.number)}"
            if entry.what is chain.What.OPENED and one.heads and entry.head != one.heads[0]:
                result.findings.append(f"{shown} tells of another first record")
            if entry.what is chain.What.SEALED and entry.head != one.seal_head:
                what = "another seal" if one.sealed else "a seal, and there is none"
                result.findings.append(f"{shown} tells of {what}")


def _check_gone(
    disk: Disk, run: Path, examined: Sequence[Examined], entries: Sequence[chain.Entry], result: Verification
) -> None:
    """Watches the chain tells of and nobody finds; one opened since the run was read is none of them."""
    there = {one.path.name for one in examined} | {path.name for path in runs.watch_paths(disk, run)}
    for entry in entries:
        name = names.watch_name(entry.watch) if entry.watch else ""  # 0: of the run as a whole
        if name and name not in there:
            there.add(name)
            shown = f"{names.CHAIN}/{names.record_name(entry.number)}"
            result.findings.append(f"{name} is missing: {shown} tells of it")


def _check_anchor(
    examined: Sequence[Examined], anchor: bytes | None, result: Verification, *, whole_run: bool
) -> None:
    if anchor is None:
        result.not_checked.append(
            "an outside copy of the heads: none was shown, so the newest records may be cut off"
        )
        return
    shown = [head for head in heads_in(anchor) if head.run == result.run]
    covered = {one.records[0].watch: one for one in examined if one.records}
    told: list[Anchored] = []
    for number in sorted({head.watch for head in shown} - covered.keys()) if whole_run else ():
        told.append(Anchored.DIFFERS)
        place = _place([head for head in shown if head.watch == number][-1])
        result.notes.append(f"the anchor has {names.watch_name(number)} up to {place}, and it is not here")
    for number, one in covered.items():
        heads = [head for head in shown if head.watch == number]
        wrong = [head for head in heads if not _agrees(one, head)]
        told.append(Anchored.DIFFERS if wrong else Anchored.MATCHES if heads else Anchored.NOT_CHECKED)
        result.notes += [_differs(one, head) for head in wrong]
        if heads and not wrong:
            rest = "" if heads[-1].number == SEALED else "; later ones it cannot prove"
            result.notes.append(f"the anchor matches {one.path.name}, up to {_place(heads[-1])}{rest}")
        elif not heads and len(covered) > 1:
            result.not_checked.append(f"{one.path.name} by the anchor: the copy shown has no head of it")
    if Anchored.DIFFERS in told:
        result.anchored = Anchored.DIFFERS
    elif Anchored.MATCHES in told:
        result.anchored = Anchored.MATCHES
    else:
        result.not_checked.append("the anchor: the copy shown has no head of this run")


def _place(head: Head) -> str:
    return "its seal" if head.number == SEALED else f"record {head.number}"


def _differs(one: Examined, head: Head) -> str:
    """How what is here differs from the head the anchor has."""
    gone = not one.sealed if head.number == SEALED else int(head.number) > len(one.records)
    return (
        f"the anchor has {_place(head)} of {one.path.name}{', which is not here' if gone else ' otherwise'}"
    )


def _agrees(one: Examined, head: Head) -> bool:
    if head.number == SEALED:
        return one.seal_head == head.digest
    known = {record.number: digest for record, digest in zip(one.records, one.heads, strict=True)}
    return known.get(int(head.number)) == head.digest
