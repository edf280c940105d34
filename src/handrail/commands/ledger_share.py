"""`handrail ledger share`: make the ledger one of a group, so that a second person can look on and sign."""

from __future__ import annotations

import argparse

from handrail.ledger.sharing import share
from handrail.places import ledger_root


def main(options: argparse.Namespace) -> int:
    """0 once it is shared."""
    root = options.ledger or ledger_root()
    share(root, options.group)
    print(f"{root} is shared with group {options.group}.")
    print("Its members set HANDRAIL_LEDGER to it, or name it with --ledger.")
    return 0
