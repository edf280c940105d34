"""The ledger as a list that fills while it is looked at: names first, then what each run is, then verdicts.

`fill` is for a thread of its own; everything else may be read meanwhile. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from handrail.errors import HandrailError
from handrail.ledger import chain, runs
from handrail.ledger.disk import Disk
from handrail.ledger.runs import RunSummary
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Who, Whole, verify
from handrail.text import NOTHING, SafeText, safe


@dataclass(frozen=True, slots=True)
class Judged:
    """What verifying a run came to: whole, whose, and all three words or what went wrong."""

    whole: Whole
    who: SafeText
    words: SafeText
    unwitnessed: bool = False
    known_by: SafeText = NOTHING
    """Everybody who had a hand in it, and the incident."""


@dataclass
class Listing:
    """Every run of a ledger, the newest first."""

    ledger: Ledger
    allowed_signers: Path | None
    disk: Disk
    host: str
    rows: list[RunSummary] = field(default_factory=list)
    judged: dict[str, Judged] = field(default_factory=dict)
    """By the runs' names; a run that is not here has not been verified yet."""
    chain_findings: int = 0
    read: set[str] = field(default_factory=set)
    """The names of the runs that were read."""

    def fill(self) -> Iterator[None]:
        """Read every run, then the chain, then verify every run; yields after each: it can be left there."""
        for place, row in enumerate(self.rows):
            if row.run not in self.read:
                self.rows[place] = runs.summarise(self.disk, row.path, self.host)
                self.read.add(row.run)
                yield
        told = self.ledger.check_chain()
        self.chain_findings = len(told.findings)
        there = {row.run for row in self.rows}
        for run in sorted({entry.run for entry in told.entries} - there - told.removed.keys()):
            problem = safe("missing: the ledger's chain tells of it")
            self.rows.append(RunSummary(run, self.ledger.root / run, problem=problem, missing=True))
            self.read.add(run)
            self.judged[run] = Judged(Whole.BROKEN, safe(""), problem)
        self.rows.sort(key=lambda row: row.run, reverse=True)
        yield
        for row in list(self.rows):
            if row.run not in self.judged:
                self.judged[row.run] = self._judge(row.path, told)
                yield

    def count(self, whole: Whole) -> int:
        """How many runs were found so."""
        return sum(found.whole is whole for found in self.judged.values())

    def spoilt(self, run: Path, problem: str) -> None:
        """Opening it showed what reading its ends did not."""
        self.judged[run.name] = Judged(Whole.BROKEN, safe(""), safe(problem, 200))

    def _judge(self, path: Path, told: chain.Read) -> Judged:
        try:
            found = verify(path, self.allowed_signers, seal_only=True, told=told, disk=self.disk)
        except HandrailError as problem:
            return Judged(Whole.BROKEN, safe(""), safe(f"BROKEN: {problem.problem}", 200))
        who = ", ".join(found.signers) if found.who is Who.ALLOWED else found.who
        known_by = safe(" ".join(found.known_by), 1000)
        return Judged(found.whole, safe(who, 80), safe(found.verdict, 200), found.unwitnessed, known_by)


def listing(
    ledger: Ledger, allowed_signers: Path | None, disk: Disk, host: str, before: Listing | None = None
) -> Listing:
    """The runs there are, not read yet; quick in any ledger. Raises OSError.

    What `before` knows of sealed runs is taken over; a thread may still fill that one, and harms nothing.
    """
    found = Listing(ledger, allowed_signers, disk, host)
    known = {row.run: row for row in before.rows if row.run in before.read and row.sealed} if before else {}
    for path in reversed(runs.run_paths(disk, ledger.root)):
        found.rows.append(known.get(path.name) or _named(path))
    found.read = {row.run for row in found.rows if row.run in known}
    if before is not None:
        found.judged = {run: one for run, one in before.judged.items() if run in found.read}
    return found


def _named(path: Path) -> RunSummary:
    """A run as far as its directory's name tells: when, and which procedure, both only claimed."""
    stamp, slug = path.name[:16], path.name[17:-7]
    try:
        started = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        started = None
    return RunSummary(path.name, path, started=started, procedure=safe(slug))
