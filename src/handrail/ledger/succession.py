"""Who may open the next watch of a run, and on what it stands: a handover or a take-over. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handrail.errors import LedgerError
from handrail.ledger import names
from handrail.ledger.examine import Examined
from handrail.ledger.record import Plain

HANDOVER = "handover"
TAKE_OVER = "take-over"


@dataclass(frozen=True, slots=True)
class Succession:
    """The next watch: its number, the hash its first record names, and what that record says of it."""

    watch: int
    previous: str
    how: str
    took_over_at: int = 0
    """For a watch that was never sealed: its last record, which the new watch's first one names."""

    def event(self, reason: str) -> dict[str, Plain]:
        """What `ledger.opened` of the next watch has beyond that of a first watch."""
        told: dict[str, Plain] = {"follows": self.how}
        if self.took_over_at:
            told["took-over-at"] = self.took_over_at
        if reason:
            told["reason"] = reason
        return told


def succession(found: Sequence[Examined], key: str, reason: str) -> Succession:
    """How the holder of this key (a fingerprint) may follow on these watches of one run.

    Without a reason only whom the run was handed to. Raises LedgerError.
    """
    last = found[-1]
    record = last.records[-1]
    watch = record.watch + 1
    if last.seal_head is None:
        if record.kind == names.HANDED_OVER and record.event.get("key") == key:
            # Accepted and recorded, and then their process ended before the seal.
            return Succession(watch, last.heads[-1], HANDOVER, record.number)
        if not reason:
            raise LedgerError(
                f"this run is {record.operator}'s, and was not handed over",
                "`handrail accept` waits for a handover; if they cannot be reached, resume with --take-over",
            )
        return Succession(watch, last.heads[-1], TAKE_OVER, record.number)
    if record.kind != names.HANDED_OVER:
        raise LedgerError("this run is sealed: there is nothing to resume", "begin a new run")
    if record.event.get("key") == key:
        return Succession(watch, last.seal_head, HANDOVER)
    if not reason:
        raise LedgerError(
            f"this run was handed over to {record.event.get('principal')}",
            "if they cannot be reached, resume with --take-over",
        )
    return Succession(watch, last.seal_head, TAKE_OVER)


def taken_over(before: Examined, after: Examined) -> str:
    """Who took over an unsealed watch where its records end; empty when that is not what happened."""
    if not after.records or not before.records:
        return ""
    event = after.records[0].event
    if event.get("took-over-at") != before.records[-1].number:
        return ""
    why = event.get("reason", "it was handed over, and its seal was not made")
    return f"{after.records[0].operator}: {why}"


def awaited(last: Examined) -> str:
    """Whom a sealed watch was handed over to; empty for one that ended otherwise, or is not sealed.

    Where it is the last one of a run that is there, the run has not ended, or its end was taken away.
    """
    if not last.sealed or not last.records or last.records[-1].kind != names.HANDED_OVER:
        return ""
    return str(last.records[-1].event.get("principal") or "somebody")


def head_for_next(one: Examined) -> str | None:
    """What the first record of the next watch names: the seal, or the last record of a watch taken over."""
    return one.seal_head or (one.heads[-1] if one.heads else None)
