"""`handrail countersign`: afterwards, look at each hold point that was passed alone, and sign for it."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

from handrail.commands.joining import agreed, ledger_of, signer_for
from handrail.errors import UsageError
from handrail.ledger import countersigning, outbox, root, runs
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.statement import sign
from handrail.ledger.verify import verify
from handrail.review.joining import passed_alone, stated
from handrail.review.run import find_run, read_run
from handrail.text import safe
from handrail.walk.session import operator_name


def main(options: argparse.Namespace) -> int:
    """0 when every hold point that was passed alone is countersigned now, else 1."""
    if options.run is None:
        raise UsageError("name the run to countersign", "handrail runs lists them")
    ledger = ledger_of(options)
    allowed = allowed_signers_file(os.environ)
    run = read_run(find_run(options.run, ledger), allowed)
    if run.verification.whole != "SEALED":
        raise UsageError(
            f"this run is {run.verification.whole}; only a sealed one can be countersigned",
            "while it is walked, `handrail witness` signs for its hold points",
        )
    open_ones = [
        one
        for one in passed_alone(run)
        if (run.entries[one.at].record.watch, run.entries[one.at].record.number)
        not in run.verification.countersigned
    ]
    if not open_ones:
        print("No hold point of this run is open: none was passed alone, or all are countersigned.")
        return 0
    signer = signer_for(run, options)
    name = options.name or operator_name()
    disk = RealDisk()
    walkers = {entry.record.operator for entry in run.entries}
    watches = runs.watch_paths(disk, run.path)
    if why := countersigning.foresee(disk, watches, walkers, signer.blob, name, allowed):
        print(f"It would not count: {why}")
        return 1
    for number, wanted in enumerate(open_ones, 1):
        print(f"-- Countersign {number} of {len(open_ones)}")
        if not agreed(run, wanted):
            return 1
        statement = stated(run, wanted, wanted.type_this, name, datetime.now(UTC))
        path = countersigning.put(disk, run.path, root.modes_of(disk, ledger), sign(statement, signer))
        found = verify(run.path, allowed)
        if (statement.watch, statement.number) not in found.countersigned:
            outbox.take_back(disk, path)
            why = next((note for note in found.notes if note.startswith(path.name)), "it is not found again")
            print(f"Not kept: {safe(why.removeprefix(path.name).strip())}")
            return 1
        print(f"Saved: {path.name}")
    return 0
