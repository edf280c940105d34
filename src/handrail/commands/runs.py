"""`handrail runs`: every run of the ledger, broken ones included."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator

from handrail.clock import SystemClock
from handrail.commands.progress import counted
from handrail.ledger.disk import RealDisk
from handrail.ledger.runs import RunSummary
from handrail.ledger.store import Ledger
from handrail.places import ledger_root
from handrail.text import amount
from handrail.walk.who import called, shared_names

NAME_WIDTH = 56
"""With which mode, how it ended and a short name fit on 80 columns; a longer name moves its own line."""


def main(options: argparse.Namespace) -> int:
    """Print one run a line, or a JSON list."""
    ledger = Ledger(options.ledger or ledger_root(), RealDisk(), SystemClock())
    found = ledger.runs(through=lambda paths: counted(paths, "read"))
    left = [run for run in found if run.left]
    if options.open:
        found = [run for run in found if run.problem or (run.open and (options.drills or not run.left))]
    if options.json:
        print(json.dumps([_object(run) for run in found], indent=2))
        return 0
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    shared = shared_names((run.operator, run.key) for run in found)
    longest = min(NAME_WIDTH, max((len(run.run) for run in found), default=0))
    for run in found:
        for line in _lines(run, longest, shared):
            print(line[:width])
    if left and options.open and not options.drills:
        print(f"{amount(len(left), 'drill')} left before the end: none can be resumed, --drills lists them")
    elif left:
        print("left: a drill that was left before its end; it cannot be resumed")
    elif not found:
        print(f"no {'open ' if options.open else ''}runs in {ledger.root}")
    return 0


def _lines(run: RunSummary, longest: int, shared: frozenset[str]) -> Iterator[str]:
    """The run's name, which has its time and procedure in it, and then what the name does not say."""
    mode = run.mode or "?"
    yield f"{run.run:{longest}}  {mode:5} {state(run):9} {called(run.operator, run.key, shared)}".rstrip()
    if run.alone:
        yield f"    {run.alone}"
    yield from (f"    {words}" for words in textwrap.wrap(run.problem, 76))


def state(run: RunSummary) -> str:
    """One word: how it ended, or why it has not; nothing is verified here but two records."""
    if run.problem:
        return "MISSING" if run.missing else "BROKEN"
    return run.end


def _object(run: RunSummary) -> dict[str, object]:
    return {
        "run": run.run,
        "path": str(run.path),
        "mode": run.mode,
        "procedure": run.procedure,
        "operator": run.operator,
        "key": run.key,
        "host": run.host,
        "started": run.started.isoformat() if run.started else None,
        "last": run.last.isoformat() if run.last else None,
        "records": run.records,
        "watches": run.watches,
        "sealed": run.sealed,
        "state": state(run),
        "ended": run.how,
        "witness": run.alone,
        "problem": run.problem,
    }
