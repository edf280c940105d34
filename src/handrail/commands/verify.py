"""`handrail verify`: the three-word verdict on a run, what was checked, and what was not."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from handrail.commands.anchor_copy import shown
from handrail.ledger import archive
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.verify import verify
from handrail.places import ledger_root


def main(options: argparse.Namespace) -> int:
    """Print the verdict first; the exit status is the verdict's."""
    anchor = shown(options.anchor)
    allowed = options.allowed_signers or allowed_signers_file(os.environ)
    with tempfile.TemporaryDirectory(prefix="handrail-verify-") as folder:
        path = options.path
        if not path.exists() and (ledger_root() / path).is_dir():
            path = ledger_root() / path  # a run's name, as `runs` and `report` have it
        if path.is_file():
            path = archive.take_out(path, Path(folder))
        found = verify(path, allowed, anchor)
    if options.json:
        print(
            json.dumps(
                {
                    "verdict": found.verdict,
                    "whole": found.whole.value,
                    "signer": found.who.value,
                    "signers": found.signers,
                    "anchor": found.anchored.value,
                    "run": found.run,
                    "records": found.records,
                    "findings": found.findings,
                    "notes": found.notes,
                    "not_checked": found.not_checked,
                    "exit_status": found.exit_status,
                },
                indent=2,
            )
        )
    else:
        print("\n".join(found.lines()))
    return found.exit_status
