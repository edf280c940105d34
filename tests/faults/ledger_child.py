"""A process that opens, appends and seals a drill, saying aloud what it was told is saved; to be killed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from handrail.clock import ManualClock
from handrail.errors import LedgerError
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.watch import Watch

BEGIN, END = "/handrail-begins", "/handrail-ends"


def _mark(name: str) -> None:
    """A system call that a trace shows and that does nothing."""
    os.access(name, os.F_OK)


def _say(*words: object) -> None:
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


def _append(watch: Watch, name: str, files: dict[str, bytes], *, early: bool) -> None:
    """Append, once more if refused; a liar says `saved` before it is."""
    event = {"kind": "test", "schema": 1, "name": name}
    if early:
        _say("saved", watch.number + 1)
    try:
        watch.append(event, files)
    except LedgerError as error:
        _say("refused", error.problem.replace("\n", " "))
        watch.append(event, files)
    _say("saved", watch.head())


def _seal(watch: Watch) -> None:
    try:
        watch.seal()
    except LedgerError as error:
        _say("refused", error.problem.replace("\n", " "))
        watch.seal()
    _say("sealed", watch.head())


def main(root: Path, *, early: bool) -> None:
    """The life of one run, marked for the tracer."""
    ledger = Ledger(root, RealDisk(), ManualClock())
    watch = ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {"procedure.toml": b"x = 1\n"})
    _say("saved", watch.head())
    _mark(BEGIN)
    _append(watch, "one", {"observations-001.toml": b"queue = 3\n"}, early=early)
    _seal(watch)
    _mark(END)


if __name__ == "__main__":
    main(Path(sys.argv[1]), early="early" in sys.argv[2:])
