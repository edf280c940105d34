"""What a face may submit to the conductor. Everything else is the conductor's own."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.walk import events as e


@dataclass(frozen=True, slots=True)
class Record:
    """An operator's event, recorded if the rules allow it; evidence is added by the conductor."""

    event: (
        e.Chosen
        | e.Confirmed
        | e.Witnessed
        | e.WaitedLonger
        | e.Attested
        | e.Branched
        | e.Retried
        | e.Retracted
        | e.Skipped
        | e.Overrode
        | e.Deferred
        | e.Resolved
        | e.GuardAccepted
        | e.HandoverOffered
        | e.HandoverWithdrawn
        | e.BriefRead
        | e.Noted
        | e.Ended
    )


@dataclass(frozen=True, slots=True)
class Send:
    """Send the step's act, or begin it by hand."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class DoneByHand:
    """The act done by hand is done."""

    step: str
    attempt: int
    detail: str = "done by hand"


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Read every server now."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish the act in flight, record `held`, and stop."""

    why: str


Command = Record | Send | DoneByHand | ReadAgain | Stop
