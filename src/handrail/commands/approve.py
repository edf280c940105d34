"""`handrail approve`: sign a procedure as it is now, after what changed since its approval was shown."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from handrail.commands.bound import inventory
from handrail.errors import UsageError
from handrail.ledger import names
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.standing import must_be_known
from handrail.procedure.loading import find
from handrail.walk.approval import approve, approved_path, difference
from handrail.walk.live_run import signing_key


def main(options: argparse.Namespace) -> int:
    """Show what changed, ask for the procedure's name, sign; 2 when it was not typed."""
    loaded = find(options.procedure)
    folder = options.to
    if folder is None:
        site = inventory(options)
        if site.approved is None:
            raise UsageError(
                "the inventory names no folder of approved procedures", 'add approved = "/path", or --to'
            )
        folder = Path(site.approved).expanduser()
    signer = signing_key(options.key).signer()
    must_be_known(allowed_signers_file(os.environ), signer.blob, names.PROCEDURE_NAMESPACE)
    if approved_path(loaded.procedure.id, folder).exists():
        print("\n".join(difference(loaded, folder) or ["nothing has changed since it was approved"]))
    print(f"{loaded.procedure.id} version {loaded.procedure.version}, sha256 {loaded.sha256}")
    if not options.yes:
        print(f"To approve it, type its name ({loaded.procedure.id}): ", end="", flush=True)
        if sys.stdin.readline().strip() != loaded.procedure.id:
            print("nothing was signed")
            return 2
    path = approve(loaded, folder, signer)
    print(f"approved: {path}")
    return 0
