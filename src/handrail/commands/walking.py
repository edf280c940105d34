"""What `drill`, `run` and `resume` share: the choice of face, hang-ups, and the exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from handrail.plain import PlainFace, converse, watch
from handrail.walk import commands as c
from handrail.walk.session import Session, status
from handrail.walk.view import View

Decide = Callable[[View], c.Command | None]


def terminal_fits() -> bool:
    """Whether a screen can be shown here: Textual draws on stderr and reads stdin."""
    return sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("TERM") not in (None, "", "dumb")


def walk_plain(session: Session, face: PlainFace, decide: Decide | None) -> int:
    """Walk line by line; with `decide`, the autopilot answers instead of a person."""
    on_hangup(session)
    session.start()
    if decide is not None:
        watch(session, face, decide)
    else:
        converse(session, face, sys.stdin)
    session.join()
    return ended(session)


def ended(session: Session) -> int:
    """The exit status of a session that has stopped; raises what ended it unexpectedly."""
    if session.error is not None:
        raise session.error
    state = session.state
    return status(state)


def on_hangup(session: Session) -> None:
    """On SIGHUP and SIGTERM hold the walk. The handler only asks; the conductor alone writes."""

    def stop(number: int, _frame: FrameType | None) -> None:
        session.submit(c.Stop(f"hang-up ({signal.Signals(number).name})"))

    signal.signal(signal.SIGHUP, stop)
    signal.signal(signal.SIGTERM, stop)
