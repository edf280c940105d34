"""`handrail runs`: every run of the ledger, broken ones included."""

from __future__ import annotations

import argparse
import json

from handrail.clock import SystemClock
from handrail.ledger.disk import RealDisk
from handrail.ledger.runs import RunSummary
from handrail.ledger.store import Ledger
from handrail.places import ledger_root


def main(options: argparse.Namespace) -> int:
    """Print one run a line, or a JSON list."""
    ledger = Ledger(ledger_root(), RealDisk(), SystemClock())
    found = [run for run in ledger.runs() if not (options.open and run.sealed)]
    if options.json:
        print(json.dumps([_object(run) for run in found], indent=2))
        return 0
    for run in found:
        state = run.problem or ("sealed" if run.sealed else "open")
        started = f"{run.started:%Y-%m-%d %H:%M}Z" if run.started else "?"
        print(
            f"{started}  {run.mode or '?':5}  {state:8}  {run.procedure or '?'}  {run.operator}  {run.path}"
        )
    if not found:
        print(f"no runs in {ledger.root}")
    return 0


def _object(run: RunSummary) -> dict[str, object]:
    return {
        "run": run.run,
        "path": str(run.path),
        "mode": run.mode,
        "procedure": run.procedure,
        "operator": run.operator,
        "host": run.host,
        "started": run.started.isoformat() if run.started else None,
        "last": run.last.isoformat() if run.last else None,
        "records": run.records,
        "watches": run.watches,
        "sealed": run.sealed,
        "problem": run.problem,
    }
