"""`handrail ledger anchor`: carry the newest heads outside again, as those that were pending at an end."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from handrail.commands.bound import inventory
from handrail.errors import HandrailError
from handrail.ledger import runs
from handrail.ledger.anchor import SEALED, Head, NotAnchored
from handrail.ledger.disk import RealDisk
from handrail.ledger.examine import examine
from handrail.places import ledger_root
from handrail.review.run import find_run
from handrail.text import amount
from handrail.walk.live_run import anchor_of


def main(options: argparse.Namespace) -> int:
    """0 when the anchor took the head of every watch of the live runs named, or of all of them; else 1."""
    root = options.ledger or ledger_root()
    anchor = anchor_of(inventory(options))
    disk = RealDisk()
    paths = [find_run(run, root) for run in options.runs] or runs.run_paths(disk, root)
    taken, problems = 0, 0
    for path in paths:
        try:
            for head in heads(path):
                anchor.send(head)
                taken += 1
        except NotAnchored as problem:
            print(f"{path.name}: {problem.explain()}")
            return 1
        except (HandrailError, OSError) as problem:
            print(f"{path.name}: not carried: {problem}")
            problems += 1
    print(f"{amount(taken, 'head')} carried outside.")
    return 1 if problems else 0


def heads(run: Path) -> Iterator[Head]:
    """The newest head of each watch of a live run; a drill's are nobody's evidence. Raises OSError."""
    disk = RealDisk()
    for watch in runs.watch_paths(disk, run):
        found = examine(disk, watch, seal_only=True)
        if found.findings:
            raise HandrailError(f"{watch.name} is BROKEN", "`handrail verify` says how")
        if found.mode == "drill" or not found.records:
            continue
        record = found.records[-1]
        digest = found.seal_head or found.heads[-1]
        yield Head(record.run, record.watch, SEALED if found.sealed else str(record.number), digest)
