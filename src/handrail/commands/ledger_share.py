"""`handrail ledger share`: make the ledger one of a group, so that a second person can look on and sign."""

from __future__ import annotations

import argparse

from handrail.ledger.sharing import share
from handrail.places import ledger_root


def main(options: argparse.Namespace) -> int:
    """0 once it is shared; 1 when a directory above it lets nobody through."""
    root = options.ledger or ledger_root()
    share(root, options.group)
    print(f"{root} is shared with group {options.group}.")
    closed = [path for path in root.resolve().parents if not path.stat().st_mode & 0o011]
    if closed:
        print(f"But {closed[-1]} is closed: nobody else gets through it to the ledger.")
        print(f"  mend: share a ledger elsewhere, such as /srv/handrail, or chmod o+x {closed[-1]}")
        return 1
    print("Its members set HANDRAIL_LEDGER to it, or name it with --ledger.")
    return 0
