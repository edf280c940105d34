"""`handrail export` and `handrail import`: a run as one archive, and back, still verifying."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from handrail.clock import SystemClock
from handrail.errors import LedgerError, UsageError
from handrail.ledger import archive, names
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.retention import Keeper, tell_exported
from handrail.ledger.sharing import fit_in
from handrail.ledger.verify import Whole, verify
from handrail.places import ledger_root
from handrail.review.run import find_run
from handrail.text import safe
from handrail.walk.session import host_name, operator_name


def main(options: argparse.Namespace) -> int:
    """Write the archive and say what the run in it is worth; the exit status is the verdict's."""
    run = find_run(options.run, options.ledger or ledger_root())
    found = verify(run, options.allowed_signers or allowed_signers_file(os.environ))
    target = options.to or Path(f"{run.name}.tar")
    try:
        digest = archive.write(run, target)
    except OSError as problem:
        raise UsageError(
            f"{target} cannot be written: {problem.strerror}", "name another with --to"
        ) from None
    print(found.verdict)
    if found.awaiting:
        print(f"  note: {safe(found.awaiting)}")
    print(f"{digest}  {target}")
    if found.whole is Whole.SEALED:
        _tell(run, digest)
    print(f"elsewhere: handrail verify {target.name}; or unpack it and run sh verify.sh ALLOWED_SIGNERS")
    return found.exit_status


def _tell(run: Path, digest: str) -> None:
    """The ledger's chain is told, where the run lies in one: only what was exported may ever be removed."""
    if not (run.parent / names.CHAIN).is_dir():
        return
    keeper = Keeper(operator_name(), host_name())
    try:
        tell_exported(RealDisk(), run.parent, SystemClock(), run, digest, keeper)
    except (LedgerError, OSError) as problem:
        print(f"the ledger's chain was not told of it: {problem}", file=sys.stderr)


def take_in(options: argparse.Namespace) -> int:
    """Put an archive's run into the ledger, if it is whole; nothing is changed otherwise."""
    root = options.ledger or ledger_root()
    if not options.archive.is_file():
        raise UsageError(f"{options.archive} is no archive", "name what `handrail export` wrote")
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".importing-", dir=root) as folder:
        run = archive.take_out(options.archive, Path(folder))
        found = verify(run, options.allowed_signers or allowed_signers_file(os.environ))
        print(found.verdict)
        if found.whole is not Whole.SEALED:
            why = f": {safe(found.awaiting)}" if found.awaiting else ""
            print(f"nothing was imported: only a sealed run is{why}", file=sys.stderr)
            return found.exit_status or 3
        if (root / run.name).exists():
            raise UsageError(f"{run.name} is in the ledger already", "nothing was changed")
        shutil.move(run, root / run.name)
        fit_in(root, root / run.name)
    print(root / run.name)
    return found.exit_status
