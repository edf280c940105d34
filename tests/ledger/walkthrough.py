"""One short life of a run, used by the tests that kill it, fail it and cut its power."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.ledger.memory_disk import MemoryDisk

from handrail.clock import ManualClock
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Verification, verify
from handrail.ledger.watch import Watch

ROOT = Path("/state/ledger")
OPERATOR_KEY = MemoryKey()
T = TypeVar("T")
Attempt = Callable[[Callable[[], T]], T]


def event(name: str) -> dict[str, object]:
    """A small event."""
    return {"kind": "test", "schema": 1, "name": name}


def ledger(disk: MemoryDisk) -> Ledger:
    """A ledger on this disk whose locks are never waited for."""
    return Ledger(ROOT, disk, ManualClock(), pause=lambda seconds: None)


@dataclass
class Told:
    """What the operator was told is saved: the head after each record, and how far the disk was then."""

    saved: list[tuple[int, int, str]] = field(default_factory=list)
    """Journal length, record number, head."""
    sealed_at: int | None = None
    run: str = ""

    def by(self, point: int) -> list[tuple[int, str]]:
        """The records told of when the journal was this long."""
        return [(number, head) for length, number, head in self.saved if length <= point]

    def note(self, disk: MemoryDisk, watch: Watch) -> None:
        """The operator reads `saved` on the screen."""
        self.run = watch.identity.run
        self.saved.append((len(disk.journal), watch.number, watch.head().digest))


def open_run(disk: MemoryDisk, told: Told, mode: str = "live") -> Watch:
    """Open a live run with one file and one claim."""
    watch = ledger(disk).open_run(
        "live" if mode == "live" else "drill",
        "artemis/x", OPERATOR_KEY, "alice", "jump1", {"procedure.toml": b"id = 'x'\n"}, ["broker-a"],
    )  # fmt: skip
    told.note(disk, watch)
    return watch


def live_a_life(disk: MemoryDisk, told: Told, attempt: Attempt[object]) -> None:
    """Open, append, append with a file, let go, resume, append, seal; each through `attempt`."""

    def must(result: object) -> Watch:
        assert isinstance(result, Watch)
        return result

    watch = must(attempt(lambda: open_run(disk, told)))

    def append(name: str, files: dict[str, bytes] | None = None) -> None:
        watch.append(event(name), files)
        told.note(disk, watch)

    attempt(lambda: append("one"))
    attempt(lambda: append("two", {"observations-001.toml": b"queue = 3\n"}))
    watch.close()
    path = watch.path.parent

    def resume() -> Watch:
        taken, _ = ledger(disk).resume(path, OPERATOR_KEY)
        told.note(disk, taken)
        return taken

    watch = must(attempt(resume))
    attempt(lambda: append("three"))

    def seal() -> None:
        watch.seal()
        told.sealed_at = len(disk.journal)

    attempt(seal)


def recover(disk: MemoryDisk, told: Told, point: int) -> Verification | None:
    """After the power came back: everything told is there, the run goes on, and it ends sealed and whole.

    Raises AssertionError where the operator was lied to. None when no run was told of and none is there.
    """
    run = ROOT / told.run if told.run else None
    acknowledged = told.by(point)
    summaries = ledger(disk).runs("jump1")
    assert not [one for one in summaries if one.problem], summaries
    if not summaries:
        assert not acknowledged, "a run that was said to be saved is gone"
        return None
    assert run is None or [one.path for one in summaries] == [run]
    path = summaries[0].path
    told_sealed = told.sealed_at is not None and told.sealed_at <= point
    assert summaries[0].sealed or not told_sealed, "a seal that was said to be saved is gone"
    if not summaries[0].sealed:
        watch, records = ledger(disk).resume(path, OPERATOR_KEY)
        assert len(records) - 1 <= len(acknowledged) + 1, "more was saved than was asked for"
        watch.append(event("after"))
        watch.seal()
        assert not watch.mends
    heads = "\n".join(f"handrail {path.name} 001 {number} {head}" for number, head in acknowledged)
    found = verify(path, None, heads.encode(), disk=disk)
    assert not found.findings, found.findings
    assert found.whole == "SEALED"
    assert found.anchored != "ANCHOR DIFFERS", "a record that was said to be saved is gone"
    assert not acknowledged or found.anchored == "ANCHOR MATCHES"
    chain = ledger(disk).check_chain()
    assert not chain.findings, chain.findings
    return found
