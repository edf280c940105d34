"""The claim on things: what an unsealed live run holds, no other live run may take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from handrail.errors import Claimed
from handrail.ledger import chain, holder, names, runs
from handrail.ledger.disk import Disk
from handrail.ledger.runs import RunSummary


def refuse_claimed(disk: Disk, root: Path, claims: Sequence[str], host: str) -> None:
    """Raise Claimed if an unsealed live run has one of these things: who, since when, alive or not.

    The ledger's lock must be held, or the answer is old before it is used. Raises OSError.
    """
    wanted = set(claims)
    if not wanted:
        return
    for run in runs.run_paths(disk, root):
        watches = runs.watch_paths(disk, run)
        if not watches or runs.is_over(disk, watches[-1]):
            continue
        summary = runs.summarise(disk, run, host)
        held = _told_by_chain(disk, root, run.name) if summary.problem else set(map(str, summary.claims))
        both = sorted(wanted & held)
        if both:
            raise _claimed(", ".join(both), summary, summary.holder or holder.look(disk, watches[-1], host))


def _claimed(things: str, run: RunSummary, who: holder.Holder) -> Claimed:
    """Who has them, since when, how to reach them, and what can be done about it."""
    reach = f"; to reach them: {run.contact}" if run.contact else ""
    if who.life is holder.Life.ALIVE:
        mend = f"ask them to end it or pass it on; look on with `handrail follow {run.run}`"
    else:
        mend = f"resume or end that run: `handrail resume {run.run}`"
    state = _state(run, who)
    said = who.told(state)
    if not who.operator and run.operator:
        since = f", last record {run.last:%Y-%m-%d %H:%M}Z" if run.last else ""
        said = f"{run.operator} on {run.host}{since} ({state})"
    return Claimed(f"{things}: taken by run {run.run} of {said}{reach}", mend)


def _state(run: RunSummary, who: holder.Holder) -> str:
    """What is known of the process; one that was killed has held nothing, and nobody knows what it left."""
    if who.life is not holder.Life.HELD or run.problem:
        return str(who.life)
    if run.last_kind == names.HANDED_OVER:
        return "handed over, and not taken up yet"
    return str(who.life) if run.last_kind == names.HELD else "its process is gone, without a hold"


def _told_by_chain(disk: Disk, root: Path, run: str) -> set[str]:
    """What the chain says a run took, for a run whose own first record cannot be read."""
    entries = chain.read(disk, root, chain.unknown_keys).entries
    return {claim for entry in entries if entry.run == run for claim in entry.claims}
