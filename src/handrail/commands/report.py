"""`handrail report`: a run as one file for people, or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from handrail.commands.anchor_copy import shown
from handrail.errors import UsageError
from handrail.ledger.keys import allowed_signers_file
from handrail.places import ledger_root
from handrail.review.account import account
from handrail.review.report import report
from handrail.review.report_html import html
from handrail.review.report_in_toto import in_toto
from handrail.review.report_json import json_text, schema
from handrail.review.report_markdown import markdown
from handrail.review.run import find_run, read_run

FORMATS = {"html": html, "markdown": markdown, "json": json_text, "in-toto": in_toto}


def main(options: argparse.Namespace) -> int:
    """Write the report; the exit status is that of the run's verdict, so that a script notices."""
    if options.schema:
        print(json.dumps(schema(), indent=2))
        return 0
    if options.run is None:
        raise UsageError("which run?", "handrail report RUN; see `handrail runs`")
    path = find_run(options.run, options.ledger or ledger_root())
    anchor = shown(options.anchor)
    run = read_run(path, options.allowed_signers or allowed_signers_file(os.environ), anchor=anchor)
    text = FORMATS[options.format](report(run, account(run)))
    if options.to is None:
        sys.stdout.write(text)
    else:
        _write(options.to, text)
        print(options.to)
    return run.verification.exit_status


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}", "name another with --to") from None
