"""What `drill`, `run` and `resume` share: the choice of face, hang-ups, and the exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from types import FrameType

from handrail.commands.looking_on import follow_plain
from handrail.errors import LedgerError
from handrail.ledger.keys import allowed_signers_file
from handrail.plain import PlainFace, converse, watch
from handrail.review.following import Following
from handrail.walk import commands as c
from handrail.walk.session import HANDED_OVER, HELD, Session, status
from handrail.walk.view import View

Decide = Callable[[View], c.Command | None]


def terminal_fits() -> bool:
    """Whether a screen can be shown here: Textual draws on stderr and reads stdin."""
    return sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("TERM") not in (None, "", "dumb")


def walk_plain(
    session: Session,
    face: PlainFace,
    decide: Decide | None,
    console: Callable[[str, str], Sequence[str]] | None = None,
) -> int:
    """Walk line by line; with `decide`, the autopilot answers instead of a person."""
    on_hangup(session)
    session.start()
    if decide is not None:
        watch(session, face, decide)
    else:
        converse(session, face, sys.stdin, console)
    session.join()
    stopped = ended(session)
    unsaved = face.latest is not None and face.latest.unsaved
    return LedgerError.exit_status if unsaved and stopped == HELD else stopped


def ended(session: Session) -> int:
    """The exit status of a session that has stopped; raises what ended it unexpectedly."""
    if session.error is not None:
        raise session.error
    state = session.state
    return status(state)


def look_on_after(status: int, face: PlainFace, run: Path) -> int:
    """The last words of a live walk; one that was handed over is looked on at until it is over."""
    face.line(f"Run: {run}")
    if face.latest is not None and face.latest.verdict:
        face.line(face.latest.verdict)
    if status == HANDED_OVER:
        face.line("Looking on; Ctrl+C leaves.")
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        follow_plain(Following(run, allowed_signers_file(os.environ)))
    return status


ASK_AGAIN_S = 0.2
"""A conductor that is just being made hears nothing yet, so it is asked to stop until it has."""


def on_hangup(session: Session) -> None:
    """On SIGHUP, SIGTERM and Ctrl+C hold the walk. The handler only asks; the conductor alone writes."""

    def ask(why: str) -> None:
        while True:
            session.submit(c.Stop(why))
            if session.join(ASK_AGAIN_S):
                return

    def stop(number: int, _frame: FrameType | None) -> None:
        why = f"hang-up ({signal.Signals(number).name})"
        Thread(target=ask, args=(why,), daemon=True).start()

    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
