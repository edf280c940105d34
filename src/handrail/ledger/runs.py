"""What the ledger holds: every run with a short account of it, the broken ones too, read without writing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from handrail.errors import KeyRefused
from handrail.ledger import holder, names, sshkeygen, sshsig
from handrail.ledger.delegation import SIZE_LIMIT, BadDelegation, Delegation
from handrail.ledger.delegation import read as read_delegation
from handrail.ledger.disk import Disk, Kind
from handrail.ledger.holder import Holder, Life
from handrail.ledger.record import BadRecord, Record, decode
from handrail.text import NOTHING, SafeText, safe

_PASSED_ALONE = {b'kind = "overrode"', b'what = "hold-point"'}
"""Lines of a record that say so."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run as its first and last record tell it. Full proof is `verify`'s business.

    `problem` says why it cannot be read, or is empty; then what could not be read is empty, too.
    `started` and `last` are UTC; `records` counts those of the last watch; `holder` is None once sealed.
    """

    run: str
    path: Path
    watches: int = 0
    mode: str = ""
    procedure: SafeText = NOTHING
    operator: SafeText = NOTHING
    key: SafeText = NOTHING
    """Fingerprint of the operator's key; empty for a drill, whose key is thrown away."""
    host: SafeText = NOTHING
    started: datetime | None = None
    last: datetime | None = None
    last_kind: SafeText = NOTHING
    how: SafeText = NOTHING
    """How the walk ended (`complete`, `aborted` ...); empty while it has not."""
    records: int = 0
    sealed: bool = False
    claims: tuple[SafeText, ...] = ()
    contact: SafeText = NOTHING
    """How to reach whoever walks it, as they said themselves."""
    holder: Holder | None = None
    alone: SafeText = NOTHING
    """UNWITNESSED where a hold point was passed alone, or that a countersign lies there (for `verify`)."""
    problem: SafeText = NOTHING
    missing: bool = False
    """Whether the ledger's chain tells of it and nobody finds it; `problem` says so as well."""

    @property
    def open(self) -> bool:
        """Whether somebody can or must go on with it: not sealed, or handed over and not taken up yet."""
        return not self.problem and (not self.sealed or self.last_kind == names.HANDED_OVER)

    @property
    def left(self) -> bool:
        """Whether it is an open drill whose process is gone, and its servers with it: none can resume it."""
        gone = self.holder is not None and self.holder.life is Life.HELD
        return self.open and self.mode == "drill" and gone

    @property
    def end(self) -> str:
        """How it ended, in one short word; `open`, `left` (of a drill) and `handed on` while it has not."""
        if self.last_kind == names.HANDED_OVER:
            return "handed on"
        if not self.sealed:
            return "left" if self.left else "open"
        return "deferred" if self.how == "complete-with-deferred" else str(self.how) or "sealed"


def run_paths(disk: Disk, root: Path) -> list[Path]:
    """The directories of the runs in a ledger, oldest first. Raises OSError."""
    return [
        root / entry.name
        for entry in disk.listdir(root)
        if entry.kind is Kind.DIRECTORY and names.RUN_NAME.fullmatch(entry.name)
    ]


def watch_paths(disk: Disk, run: Path) -> list[Path]:
    """The watches of a run in order. Raises OSError."""
    return [
        run / entry.name
        for entry in disk.listdir(run)
        if entry.kind is Kind.DIRECTORY and names.WATCH_NAME.fullmatch(entry.name)
    ]


def is_sealed(disk: Disk, watch: Path) -> bool:
    """Whether a SEAL lies in the watch; whether it holds is for `verify`. Raises OSError."""
    return any(entry.name == names.SEAL and entry.kind is Kind.FILE for entry in disk.listdir(watch))


def is_over(disk: Disk, watch: Path) -> bool:
    """Whether a watch is sealed and its run does not wait for somebody it was handed over to. Raises OSError.

    The last record is looked at without proof: whoever spoils it only makes what it took stay taken.
    """
    files = [entry.name for entry in disk.listdir(watch) if entry.kind is Kind.FILE]
    if names.SEAL not in files:
        return False
    last = [name for name in files if names.RECORD_NAME.fullmatch(name)][-1:]
    try:
        return not last or decode(disk.read(watch / last[0], names.RECORD_LIMIT)).kind != names.HANDED_OVER
    except BadRecord:
        return False


def summarise(disk: Disk, run: Path, host: str) -> RunSummary:
    """The account of one run, as seen from `host`; never raises for what the disk holds."""
    try:
        return _summary(disk, run, host)
    except (OSError, BadRecord, BadDelegation, sshsig.BadSignature, KeyRefused) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return RunSummary(run.name, run, problem=safe(reason, 200))


def delegations(disk: Disk, watch: Path) -> list[Delegation]:
    """Every delegation of a watch. Raises OSError, BadDelegation, KeyRefused."""
    present = {entry.name for entry in disk.listdir(watch)}
    return [
        read_delegation(
            disk.read(watch / name, SIZE_LIMIT),
            disk.read(watch / (name + names.SIGNATURE), sshsig.SIZE_LIMIT),
        )
        for name in sorted(filter(names.SIGNERS_NAME.fullmatch, present))
        if name + names.SIGNATURE in present
    ]


def head_of(disk: Disk, watch: Path, number: int) -> str:
    """The hash that names the watch up to this record: over it and its signature. Raises OSError."""
    name = names.record_name(number)
    data = disk.read(watch / name, names.RECORD_LIMIT)
    return names.sha256(data, disk.read(watch / (name + names.SIGNATURE), sshsig.SIZE_LIMIT))


def delegators(disk: Disk, watch: Path, allowed_signers: Path) -> set[str]:
    """The site's names for those who delegated in a watch. Raises OSError, KeyRefused."""
    found: set[str] = set()
    for entry in disk.listdir(watch):
        if names.SIGNERS_NAME.fullmatch(entry.name):
            text = disk.read(watch / entry.name, SIZE_LIMIT)
            armoured = disk.read(watch / (entry.name + names.SIGNATURE), sshsig.SIZE_LIMIT)
            who = sshkeygen.allowed_principal(allowed_signers, text, armoured, names.DELEGATE_NAMESPACE)
            found |= {who} if who else set()
    return found


def signed_record(disk: Disk, watch: Path, number: int, keys: Collection[bytes] | None = None) -> Record:
    """One record, its signature verified against the watch's delegations, or against `keys` taken from them.

    Raises OSError, BadRecord, BadDelegation, BadSignature, KeyRefused.
    """
    name = names.record_name(number)
    data = disk.read(watch / name, names.RECORD_LIMIT)
    armoured = disk.read(watch / (name + names.SIGNATURE), sshsig.SIZE_LIMIT)
    signature = sshsig.check_ed25519(armoured, data, names.RECORD_NAMESPACE)
    if signature.key not in (keys or {one.key for one in delegations(disk, watch)}):
        raise sshsig.BadSignature(f"{name} is signed by a key that no run.signers names")
    return decode(data)


def _summary(disk: Disk, run: Path, host: str) -> RunSummary:
    watches = watch_paths(disk, run)
    if not watches:
        return RunSummary(run.name, run, problem=SafeText("no watch is there"))
    files = {entry.name for entry in disk.listdir(watches[-1]) if entry.kind is Kind.FILE}
    numbers = [int(name[:6]) for name in files if names.RECORD_NAME.fullmatch(name)]
    if not numbers:
        return RunSummary(run.name, run, problem=SafeText("no record is there"))
    given = delegations(disk, watches[-1])
    keys = {one.key for one in given}
    newest = max(given, key=lambda one: one.process, default=None)
    opening = signed_record(disk, watches[-1], 1, keys)
    first = opening if len(watches) == 1 else signed_record(disk, watches[0], 1)
    last = signed_record(disk, watches[-1], max(numbers), keys)
    sealed = names.SEAL in files
    claims = first.event.get("claims", [])
    how = safe(str(last.event.get("how", "")), 40) if last.kind == names.ENDED else NOTHING
    return RunSummary(
        run=run.name,
        path=run,
        watches=len(watches),
        mode=str(first.event.get("mode", "")),
        procedure=safe(str(first.event.get("procedure", "")), 120),
        operator=safe(last.operator, 80),
        key=safe(sshsig.fingerprint(newest.operator_key)) if newest and newest.mode == "live" else NOTHING,
        host=safe(last.host, 80),
        started=first.wall,
        last=last.wall,
        last_kind=safe(last.kind, 80),
        how=how,
        records=len(numbers),
        sealed=sealed,
        claims=tuple(safe(str(one), 120) for one in claims) if isinstance(claims, list) else (),
        alone=NOTHING if how == names.COMPLETE else _alone(disk, run, watches),
        contact=safe(str(opening.event.get("contact", "")), 120),
        holder=None if sealed and last.kind != names.HANDED_OVER else holder.look(disk, watches[-1], host),
    )


def _alone(disk: Disk, run: Path, watches: Sequence[Path]) -> SafeText:
    """Whether a hold point was passed alone; a run that ended `complete` has none, and is not asked."""
    passed = {
        f"countersign-{watch.name.removeprefix('watch-')}-{entry.name[:6]}"
        for watch in watches
        for entry in disk.listdir(watch)
        if names.RECORD_NAME.fullmatch(entry.name)
        and set(disk.read(watch / entry.name, names.RECORD_LIMIT).splitlines()) >= _PASSED_ALONE
    }
    signed = {entry.name[: len("countersign-001-000001")] for entry in disk.listdir(run)}
    if not passed:
        return NOTHING
    return safe("passed alone; a countersign lies there" if passed <= signed else "UNWITNESSED")
