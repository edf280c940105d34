"""How long the current step has waited, and when that is too long. Pure: boot times go in, words come out."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.observe.situation import Situation
from handrail.walk import events as e
from handrail.walk.plan import Planned
from handrail.walk.state import Phase, State

SECOND_NS = 1_000_000_000


@dataclass
class Waiting:
    """Since when one attempt waits, how long it may, and how near its goal it has come."""

    key: str
    attempt: int
    since_ns: int
    limit_s: float
    moved_ns: int
    best: float | None = None

    def waited_s(self, boot_ns: int) -> float:
        """Seconds so far."""
        return round((boot_ns - self.since_ns) / SECOND_NS, 3)

    def overdue(self, current: Planned, situation: Situation) -> str:
        """Why the waiting is over, or nothing. A step with `progress` may wait as long as it moves."""
        progress = current.step.progress
        if progress is None:
            late = self.waited_s(situation.boot_ns) > self.limit_s
            return f"not obtained in {self.limit_s:g} s" if late else ""
        self._note_progress(current, situation)
        still_s = (situation.boot_ns - self.moved_ns) / SECOND_NS
        return (
            f"{progress.field} has not moved for {still_s:.0f} s" if still_s > progress.stalled_after else ""
        )

    def _note_progress(self, current: Planned, situation: Situation) -> None:
        progress = current.step.progress
        assert progress is not None  # noqa: S101 - the caller has seen it
        server = current.pair.roles.get(progress.on or current.step.on or "", "")
        rows = situation.rows(server, progress.field)
        value = rows[0].value if rows else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            distance = abs(progress.to - value)
            if self.best is None or distance < self.best:
                self.best, self.moved_ns = distance, situation.boot_ns


def follow(
    waiting: Waiting | None, before: State, now: State, event: e.Event, boot_ns: int
) -> Waiting | None:
    """The waiting after an event: begun anew when a step enters it, gone with the last step."""
    current = now.current
    if current is None:
        return None
    step = now.step(current.key)
    entered = step.phase is Phase.WAITING and (
        before.pointer != current.key or before.step(current.key).phase is not Phase.WAITING
    )
    if not entered:
        return waiting
    limit = event.seconds if isinstance(event, e.WaitedLonger) else current.step.within
    return Waiting(current.key, step.attempt, boot_ns, limit, boot_ns)
