"""A run as it lies in a ledger, read for review: records, events, procedure, observations, verdict.

Everything is read as far as it can be: a broken run opens, and says so. Nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from handrail.errors import HandrailError, LedgerError, ProcedureError, UsageError
from handrail.ledger import chain, names, runs
from handrail.ledger.disk import Disk, RealDisk
from handrail.ledger.record import BadRecord, Record, decode
from handrail.ledger.verify import Verification, verify
from handrail.ledger.witnessing import sent_by_witness
from handrail.procedure.file_names import PROCEDURE_FILE
from handrail.procedure.loading import Loaded, loads
from handrail.text import safe
from handrail.walk import events as e
from handrail.walk.plan import Plan, lay_out
from handrail.walk.session import LEDGER_KINDS, bound_pairs
from handrail.walk.state import State, after

OBSERVATIONS = "observations-"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record with the event in it; None for the ledger's own records and for what cannot be read."""

    record: Record
    event: e.AnyEvent | None
    watch: Path
    problem: str = ""


@dataclass
class RunRead:
    """One run, read. `states[i]` is the state after entry i; `verification` says what its bytes are worth."""

    path: Path
    entries: tuple[Entry, ...]
    loaded: Loaded | None
    plan: Plan | None
    opened: e.Opened | None
    verification: Verification
    problems: tuple[str, ...] = ()
    _states: list[State] = field(default_factory=list)
    _observed: dict[Path, Sequence[dict[str, object]]] = field(default_factory=dict)
    """Observation files already read: a slider asks for them again and again."""

    @property
    def name(self) -> str:
        """The run's own name."""
        return self.path.name

    @property
    def events(self) -> list[e.AnyEvent]:
        """The walk's events, in order."""
        return [entry.event for entry in self.entries if entry.event is not None]

    @property
    def ended(self) -> e.Ended | None:
        """How it ended, if it did."""
        return next((event for event in self.events if isinstance(event, e.Ended)), None)

    @property
    def passed_alone(self) -> dict[tuple[int, int], str]:
        """Hold points passed by override: watch and record, to who countersigned it; empty for nobody yet."""
        signed = self.verification.countersigned
        return {
            (at := (entry.record.watch, entry.record.number)): signed.get(at, "")
            for entry in self.entries
            if isinstance(entry.event, e.Overrode) and entry.event.what == "hold-point"
        }

    @property
    def sent_by_witness(self) -> dict[tuple[int, int], str]:
        """Steps sent by who had witnessed them: watch and record, to the step."""
        return sent_by_witness([entry.record for entry in self.entries], self.verification.known)

    @property
    def witness_word(self) -> str:
        """UNWITNESSED while a hold point was passed alone; by whom once all are countersigned; or nothing.

        What was sent by its own witness stays UNWITNESSED: a countersign is for an override.
        """
        alone = self.passed_alone
        if self.sent_by_witness:
            return "UNWITNESSED"
        if not alone:
            return ""
        if not all(alone.values()):
            return "UNWITNESSED"
        return f"countersigned by {', '.join(dict.fromkeys(alone.values()))}"

    def doubt(self, entry: Entry) -> str:
        """What the verification found against this very record; empty for nothing."""
        return self.verification.suspects.get((entry.watch.name, entry.record.number), "")

    def refused(self, event: e.AnyEvent | None) -> bool:
        """Whether this is an operator's answer with which the step could not go on."""
        if not isinstance(event, e.Attested) or self.plan is None or event.step not in self.plan.by_key:
            return False
        attest = self.plan.by_key[event.step].step.attest
        return attest is not None and not attest.lets_on(event.value)

    @property
    def began(self) -> datetime | None:
        """UTC time of the first record."""
        return self.entries[0].record.wall if self.entries else None

    def state_at(self, index: int) -> State | None:
        """The state after entry `index`, exactly as it was on the screen; None without a plan."""
        if self.plan is None:
            return None
        if not self._states:
            self._states.append(State(self.plan))
        while len(self._states) <= index + 1:
            entry = self.entries[len(self._states) - 1]
            state = self._states[-1]
            self._states.append(after(state, entry.event) if entry.event is not None else state)
        return self._states[index + 1]

    def observations(self, until: int) -> list[dict[str, object]]:
        """Every observation kept up to entry `until`, in the order they were made."""
        found: list[dict[str, object]] = []
        for entry in self.entries[: until + 1]:
            for name in entry.record.files:
                if name.startswith(OBSERVATIONS):
                    path = entry.watch / name
                    if path not in self._observed:
                        self._observed[path] = _observations(path)
                    found += self._observed[path]
        return found


def read_run(
    path: Path,
    allowed_signers: Path | None,
    *,
    anchor: bytes | None = None,
    quick: bool = False,
    told: chain.Read | None = None,
    disk: Disk | None = None,
) -> RunRead:
    """Read a run's directory. `quick` proves a sealed run by its manifest alone; `told` is as for `verify`.

    Raises UsageError when there is no run at `path`.
    """
    disk = disk or RealDisk()
    try:
        watches = runs.watch_paths(disk, path)
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}", "see `handrail runs`") from None
    if not watches:
        raise UsageError(f"{path} is no run", "see `handrail runs`")
    verification = verify(path, allowed_signers, anchor, seal_only=quick, told=told, disk=disk)
    problems: list[str] = []
    entries = [entry for watch in watches for entry in _entries(disk, watch, problems)]
    opened = next((entry.event for entry in entries if isinstance(entry.event, e.Opened)), None)
    loaded = _procedure(watches[0], problems)
    plan = None
    if loaded is not None and opened is not None and opened.pairs:
        plan = lay_out(loaded.procedure, bound_pairs(opened), two_person=opened.two_person)
    return RunRead(path, tuple(entries), loaded, plan, opened, verification, tuple(problems))


def find_run(name: Path, root: Path) -> Path:
    """A run by its directory or by its name in the ledger; raises UsageError."""
    for candidate in (name, root / name):
        if candidate.is_dir():
            return candidate
    known = sorted(path.name for path in root.glob("*") if names.RUN_NAME.fullmatch(path.name))
    near = [item for item in known if str(name) in item]
    if len(near) == 1:
        return root / near[0]
    mend = f"it could be: {', '.join(near[-5:])}" if near else "see `handrail runs`"
    raise UsageError(f"there is no run {name}", mend)


def _entries(disk: Disk, watch: Path, problems: list[str]) -> list[Entry]:
    found: list[Entry] = []
    numbers = sorted(
        int(entry.name[:6]) for entry in disk.listdir(watch) if names.RECORD_NAME.fullmatch(entry.name)
    )
    for number in numbers:
        name = names.record_name(number)
        try:
            record = decode(disk.read(watch / name, names.RECORD_LIMIT))
        except (OSError, BadRecord) as problem:
            problems.append(f"{watch.name}/{name} cannot be read: {safe(str(problem), 120)}")
            continue
        found.append(_entry(record, watch, problems))
    return found


def _entry(record: Record, watch: Path, problems: list[str]) -> Entry:
    if record.kind.startswith(LEDGER_KINDS):
        return Entry(record, None, watch)
    try:
        return Entry(record, e.from_table(record.event), watch)
    except ValueError as problem:
        text = f"record {record.number} cannot be understood: {safe(str(problem).splitlines()[0], 120)}"
        problems.append(text)
        return Entry(record, None, watch, text)


def _procedure(watch: Path, problems: list[str]) -> Loaded | None:
    path = watch / PROCEDURE_FILE
    try:
        return loads(path, path.read_bytes())
    except OSError as problem:
        problems.append(f"the procedure's copy cannot be read: {problem.strerror}")
    except (ProcedureError, LedgerError, HandrailError) as problem:
        problems.append(f"the procedure's copy cannot be understood: {safe(str(problem), 160)}")
    return None


def _observations(path: Path) -> Sequence[dict[str, object]]:
    found = []
    try:
        data = path.read_bytes()
    except OSError:
        return ()
    for line in data.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found
