"""`handrail ledger remove`: sealed runs that were exported leave the ledger, and its chain says so."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from handrail.clock import SystemClock
from handrail.commands.progress import counted
from handrail.errors import HandrailError, UsageError
from handrail.ledger import names
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.retention import Keeper, Kept, Removable, judge, remove
from handrail.ledger.runs import RunSummary
from handrail.ledger.standing import must_be_known
from handrail.ledger.store import Ledger
from handrail.places import ledger_root
from handrail.review.run import find_run
from handrail.text import amount
from handrail.walk.live_run import signing_key
from handrail.walk.session import host_name, operator_name


def main(options: argparse.Namespace) -> int:
    """Say what goes and what stays and why, ask for the count, remove; 1 when a run named must stay."""
    root: Path = options.ledger or ledger_root()
    ledger = Ledger(root, RealDisk(), SystemClock())
    asked = _named(options.runs, root) if options.runs else _old(ledger, options.older_than)
    told = ledger.check_chain()
    going: list[Removable] = []
    staying = 0
    for path in counted(asked, "verified"):
        try:
            going.append(judge(RealDisk(), path, _archive(options.archive, path), told))
        except (Kept, HandrailError, OSError) as problem:
            staying += 1
            words = problem.explain() if isinstance(problem, HandrailError) else str(problem)
            print(f"stays   {path.name}\n  {words}")
    for item in going:
        print(f"goes    {item.path.name}\n  its archive: sha256 {item.digest}")
    if staying and options.runs:
        print("nothing was removed: every run that is named must be removable", file=sys.stderr)
        return 1
    if not going:
        print("nothing is removed")
        return 0
    live = any(item.mode == "live" for item in going)
    signer = signing_key(options.key).signer(ask=sys.stdin.isatty()) if live or options.key else None
    if signer is not None:  # for ever the ledger's check would call it removed by an unknown signer
        allowed = options.allowed_signers or allowed_signers_file(os.environ)
        must_be_known(allowed, signer.blob, names.DELEGATE_NAMESPACE)
    if not options.yes and not _typed(len(going), root):
        print("nothing was removed")
        return 2
    remove(RealDisk(), root, SystemClock(), going, signer, Keeper(operator_name(), host_name()))
    print(f"{amount(len(going), 'run')} removed, and the chain says so")
    return 0


def _named(given: list[Path], root: Path) -> list[Path]:
    found = []
    for name in given:
        path = find_run(name, root)
        if path.resolve().parent != root.resolve():
            raise UsageError(f"{path} does not lie in the ledger {root}", "name it with --ledger")
        found.append(root / path.name)
    return list(dict.fromkeys(found))


def _old(ledger: Ledger, days: int | None) -> list[Path]:
    if days is None or days < 0:
        raise UsageError("which runs?", "name them, or --older-than DAYS")
    before = SystemClock().wall() - timedelta(days=days)
    return [run.path for run in ledger.runs() if not run.missing and _is_before(run, before)]


def _is_before(run: RunSummary, moment: datetime) -> bool:
    """By its last record; of a drill by its first, for its clock may run ahead. Unknown counts as old."""
    at = run.started if run.mode == "drill" else run.last
    return at is None or at < moment


def _archive(named: Path, run: Path) -> Path:
    return named / f"{run.name}.tar" if named.is_dir() else named


def _typed(count: int, root: Path) -> bool:
    question = f"To remove {'this run' if count == 1 else f'these {count} runs'} from {root}, type {count}: "
    print(question, end="", flush=True)
    return sys.stdin.readline().strip() == str(count)
