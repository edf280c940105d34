"""`handrail review`: the ledger as a list, one run as a timeline with a slider."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from handrail.clock import SystemClock
from handrail.commands.walking import terminal_fits
from handrail.errors import HandrailError, UsageError
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.store import Ledger
from handrail.places import ledger_root
from handrail.review.listing import Listing, listing
from handrail.review.run import find_run, read_run
from handrail.walk.session import host_name


def main(options: argparse.Namespace) -> int:
    """Show the list until it is left; with RUN only that run, whose verdict is the exit status."""
    if not terminal_fits():
        raise UsageError("there is no terminal here", "handrail report RUN --format markdown needs none")
    from handrail.tui.screens.review import LedgerReview, RunReview
    from handrail.tui.walking import ask

    root = options.ledger or ledger_root()
    allowed = options.allowed_signers or allowed_signers_file(os.environ)

    def show(path: Path) -> int:
        run = read_run(path, allowed, quick=True)
        ask(RunReview(run))
        return run.verification.exit_status

    if options.run is not None:
        return show(find_run(options.run, root))

    ledger, disk = Ledger(root, RealDisk(), SystemClock()), RealDisk()
    found: Listing | None = None
    before: LedgerReview | None = None
    while True:
        try:
            found = listing(ledger, allowed, disk, host_name(), found)
        except OSError as problem:
            raise UsageError(f"{root} cannot be read: {problem.strerror}", "name one with --ledger") from None
        if not found.rows:
            raise UsageError(f"no runs in {root}", "handrail drill makes one")
        before = LedgerReview(found, before)
        picked = ask(before)
        if picked is None:
            return 0
        try:
            show(picked)
        except HandrailError as problem:
            found.spoilt(picked, problem.problem)
