"""`handrail list`: the procedures, and what could not be loaded."""

from __future__ import annotations

import argparse
import json
import sys

from handrail.procedure.loading import library


def main(options: argparse.Namespace) -> int:
    """Print one procedure a line, or a JSON list; 1 when one could not be loaded."""
    found, failed = library()
    if options.json:
        print(
            json.dumps(
                [
                    {
                        "id": item.procedure.id,
                        "title": item.procedure.title,
                        "product": item.procedure.product,
                        "version": item.procedure.version,
                        "steps": sum(1 for _ in item.procedure.steps()),
                        "sha256": item.sha256,
                    }
                    for item in found
                ],
                indent=2,
            )
        )
    else:
        width = max((len(item.procedure.id) for item in found), default=0)
        for item in found:
            print(f"{item.procedure.id:{width}}  {item.procedure.title}")
    for error in failed:
        print(error, file=sys.stderr)
    return 1 if failed else 0
