"""What the commands of a second person share: which run, by which key, and waiting for it to move on."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from handrail.clock import SystemClock
from handrail.errors import UsageError
from handrail.ledger import outbox, root
from handrail.ledger.disk import RealDisk
from handrail.ledger.holder import Life
from handrail.ledger.keys import MemoryKey, Signer, allowed_signers_file
from handrail.ledger.runs import RunSummary
from handrail.ledger.statement import Kind, Signed
from handrail.ledger.store import Ledger
from handrail.places import ledger_root
from handrail.review.following import Following
from handrail.review.joining import Wanted, last_state, words
from handrail.review.run import RunRead, find_run
from handrail.text import safe
from handrail.walk.asked import asked_now
from handrail.walk.live_run import signing_key
from handrail.walk.second_person import SecondPerson


def ledger_of(options: argparse.Namespace) -> Path:
    """The ledger that was named, or the usual one."""
    named: Path | None = options.ledger
    return named or ledger_root()


def following(options: argparse.Namespace) -> Following:
    """The run that was named, or the newest one that somebody walks; raises UsageError when there is none."""
    ledger = ledger_of(options)
    return Following(_path(options.run, ledger), allowed_signers_file(os.environ))


def signer_for(run: RunRead, options: argparse.Namespace) -> Signer:
    """One's own key; in a drill a throw-away one, for there is nothing to set up. Raises KeyRefused."""
    if run.opened is not None and run.opened.mode == "drill":
        return MemoryKey()
    return signing_key(options.key).signer(ask=True)


def agreed(run: RunRead, wanted: Wanted) -> bool:
    """Show all that is to be signed for, and ask for the one word that signs it."""
    for line in words(run, wanted):
        print(line)
    what = "take this walk over" if wanted.kind is Kind.ACCEPT else "sign for exactly this"
    print(f"\nTo {what} with your key, type {safe(wanted.type_this)}; anything else leaves.")
    sys.stdout.flush()
    if sys.stdin.readline().strip() == wanted.type_this:
        return True
    print("Nothing was signed.")
    return False


def counts(run: RunRead, wanted: Wanted, signed: Signed, ledger: Path) -> bool:
    """Whether the walking process will take it, by the rules it has; says why not."""
    state = last_state(run)
    asked = asked_now(state, wanted.shown, wanted.rows, wanted.shown) if state is not None else None
    if asked is None:
        print("It is not wanted any more.")
        return False
    drill = run.opened is not None and run.opened.mode == "drill"
    watch = run.entries[-1].watch
    judged = SecondPerson(ledger, watch, allowed_signers_file(os.environ), drill).judge(asked, signed)
    if isinstance(judged, str):
        print(f"It would not count: {judged}")
        return False
    return True


def leave_in_outbox(ledger: Path, signed: Signed) -> Path:
    """Leave a statement where the walking process finds it; returns the file. Raises NotSaved, OSError."""
    disk = RealDisk()
    return outbox.put(disk, ledger, root.modes_of(disk, ledger), signed)


def _path(named: Path | None, ledger: Path) -> Path:
    if named is not None:
        return find_run(named, ledger)
    found = [run for run in Ledger(ledger, RealDisk(), SystemClock()).runs() if run.open and not run.left]
    if not found:
        raise UsageError(f"nobody walks in {ledger}", "name the run, or the ledger with --ledger")
    return max(found, key=_interest).path


def _lives(run: RunSummary) -> bool:
    return run.holder is not None and run.holder.life is Life.ALIVE


def _interest(run: RunSummary) -> tuple[bool, bool, str]:
    """Somebody there before nobody, live before drill, then the newest."""
    return _lives(run), run.mode == "live", run.run
