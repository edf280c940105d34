"""`handrail rehearse`: every edge of a procedure's step graph walked in virtual time, and what was not."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from handrail.drill.rehearsal import Rehearsal, rehearse, work
from handrail.errors import UsageError
from handrail.procedure.loading import Loaded, find, library, load


def main(options: argparse.Namespace) -> int:
    """Print one line a procedure and what is open; 1 when an edge that can be caused was not taken."""
    if options.all == bool(options.procedure):
        raise UsageError("name a procedure, or say --all", "handrail list names them")
    if options.all:
        found, failed = library()
        for error in failed:
            print(error, file=sys.stderr)
    else:
        found, failed = [find(options.procedure)], []
    quiet = options.json
    rehearsals = _side_by_side(found, quiet) if len(found) > 1 else [rehearse(found[0], _said(quiet))]
    if quiet:
        print(json.dumps([as_json(item) for item in rehearsals], indent=2))
    else:
        print("\n".join(lines(rehearsals)))
    return 0 if all(item.passed for item in rehearsals) and not failed else 1


def _said(quiet: bool) -> Callable[[str], None]:
    return (lambda _text: None) if quiet else (lambda text: print(text, file=sys.stderr, flush=True))


def _side_by_side(found: Sequence[Loaded], quiet: bool) -> list[Rehearsal]:
    """Each procedure in a process of its own, as many at once as there are cores; in the library's order.

    Those with the most to walk begin first, so that no core waits for a long one at the end.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=spawn) as pool:
        by_work = sorted(found, key=lambda loaded: work(loaded.procedure), reverse=True)
        asked = {loaded.path: pool.submit(_rehearsed, loaded.path, quiet) for loaded in by_work}
        return [asked[loaded.path].result() for loaded in found]


def _rehearsed(path: Path, quiet: bool) -> Rehearsal:
    """In the other process: a procedure by its file."""
    return rehearse(load(path), _said(quiet))


def lines(rehearsals: list[Rehearsal]) -> list[str]:
    """The table, and below it every edge that is open, with why."""
    width = max((len(item.procedure) for item in rehearsals), default=9)
    rows = [f"{'procedure':{width}}  edges  taken  not rehearsed  missing  walks"]
    rows += [
        f"{item.procedure:{width}}  {len(item.edges):5}  {len(item.taken):5}"
        f"  {len(item.not_rehearsed):13}  {len(item.missed):7}  {len(item.walks):5}"
        for item in rehearsals
    ]
    for item in rehearsals:
        rows += [
            f"not rehearsed: {item.procedure}: {edge}: {why}" for edge, why in item.not_rehearsed.items()
        ]
        rows += [f"MISSING: {item.procedure}: {edge}" for edge in item.missed]
        rows += [f"WRONG END: {item.procedure}: {text}" for text in item.problems]
        if not item.walks:
            rows.append(f"MISSING: {item.procedure}: it has no scenario in drills/")
    return rows


def as_json(item: Rehearsal) -> dict[str, object]:
    """One procedure's rehearsal as JSON values."""
    return {
        "procedure": item.procedure,
        "passed": item.passed,
        "edges": len(item.edges),
        "taken": [str(edge) for edge in item.taken],
        "not_rehearsed": {str(edge): why for edge, why in item.not_rehearsed.items()},
        "missing": [str(edge) for edge in item.missed],
        "problems": item.problems,
        "walks": [
            {"scenario": walk.scenario, "for": walk.why, "end": walk.how, "harmed": len(walk.harmed)}
            for walk in item.walks
        ],
    }
