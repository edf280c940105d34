"""`handrail resume`: go on with a run that is held or was cut off."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from handrail.clock import SystemClock
from handrail.commands.bound import inventory
from handrail.commands.walking import look_on_after, terminal_fits, walk_plain
from handrail.errors import UsageError
from handrail.ledger.disk import RealDisk
from handrail.ledger.runs import RunSummary, summarise
from handrail.ledger.store import Ledger
from handrail.places import ledger_root
from handrail.plain import standard
from handrail.review.run import find_run
from handrail.walk.live_run import resume_live
from handrail.walk.session import host_name


def main(options: argparse.Namespace) -> int:
    """Take the run up again: its brief comes first, and nothing is accepted before it is read."""
    root = options.ledger or ledger_root()
    # What is wrong with the run comes before what is wrong around it.
    path = named_run(options.run, root) if options.run else newest_open(root)
    site = inventory(options)
    if options.plain or not terminal_fits():
        face = standard()
        live = resume_live(path, site, root, face.tell, key=options.key, take_over=options.take_over)
        status = walk_plain(live.session, face, None)
        return look_on_after(status, face, live.run_path)
    from handrail.tui.walking import show_resumed

    return show_resumed(path, site, root, key=options.key, take_over=options.take_over)


def named_run(run: Path, root: Path) -> Path:
    """A run by its directory or its name in the ledger; raises UsageError for none, and for a drill's."""
    path = find_run(run, root)
    found = summarise(RealDisk(), path, host_name())
    if found.mode == "drill":
        raise _is_drill(found)
    return path


def newest_open(root: Path) -> Path:
    """The newest open live run of this account, else of anybody; raises UsageError when there is none.

    Where only a drill was left, that is why there is none.
    """
    runs = list(Ledger(root, RealDisk(), SystemClock()).runs())
    found = [run for run in runs if run.open and run.mode == "live"]
    drills = [run for run in runs if run.left]
    if not found and drills:
        raise _is_drill(drills[-1])
    if not found:
        raise UsageError("there is no open run to resume", "handrail runs lists all of them")
    # In a shared ledger a colleague may have begun one since.
    own = [run for run in found if run.path.stat().st_uid == os.geteuid()]
    return (own or found)[-1].path


def _is_drill(run: RunSummary) -> UsageError:
    return UsageError(
        f"{run.path.name} is a drill's run: its servers ended with its process, so it cannot be resumed",
        f"handrail drill {run.procedure} begins a new one; handrail review shows this one",
    )
