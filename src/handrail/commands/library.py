"""`handrail` alone: the library of procedures, with the runs that are open first."""

from __future__ import annotations

import argparse
import sys

from handrail.clock import SystemClock
from handrail.commands import drill, resume, run
from handrail.commands.walking import terminal_fits
from handrail.errors import HandrailError, UsageError
from handrail.ledger.disk import RealDisk
from handrail.ledger.store import Ledger
from handrail.places import ledger_root
from handrail.procedure.loading import library


def main(_options: argparse.Namespace) -> int:
    """Show the library until it is left; what is picked is walked, then the library is shown again."""
    if not terminal_fits():
        raise UsageError(
            "there is no terminal here to show the library on",
            "handrail --help shows the commands that need none",
        )
    from handrail.tui.screens.library import LibraryScreen
    from handrail.tui.walking import ask

    found, failed = library()
    for error in failed:
        print(error, file=sys.stderr)
    remark = ""
    while True:
        runs = Ledger(ledger_root(), RealDisk(), SystemClock()).runs()
        open_runs = [item for item in runs if not item.sealed and not item.problem and item.mode == "live"]
        picked = ask(LibraryScreen(found, open_runs, remark))
        if picked is None:
            return 0
        remark = ""
        options = argparse.Namespace(
            procedure=picked.procedure,
            scenario=None,
            speed=1.0,
            autopilot=False,
            incident="",
            plain=False,
            ledger=None,
            inventory=None,
            pair=[],
            key=None,
            take_over="",
            two_person=False,
            run=picked.run,
        )
        command = {"walk": run, "drill": drill, "resume": resume}[picked.what]
        try:
            command.main(options)
        except HandrailError as problem:
            remark = f"{problem.problem} - {problem.mend}" if problem.mend else problem.problem
            remark = " ".join(remark.split())
