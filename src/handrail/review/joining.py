"""What a second person is shown of a run, and the statement they sign about it.

The second person sees records only, never what the walking operator's screen says: so what they sign for is
what everybody can read afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handrail.ledger import runs
from handrail.ledger.disk import Disk, RealDisk
from handrail.ledger.statement import Kind, Statement, request_hash
from handrail.review.replay import Replay
from handrail.review.run import RunRead
from handrail.text import SafeText, safe
from handrail.walk import events as e
from handrail.walk.asked import is_hold_point
from handrail.walk.plan import Planned
from handrail.walk.state import State


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody is waited for: to witness a hold point, to take the walk, to countersign afterwards."""

    kind: Kind
    step: str
    attempt: int
    title: str
    type_this: str
    """What is typed to sign: the target, or where there is none a word."""
    shown: tuple[str, ...]
    rows: tuple[str, ...]
    at: int
    """Place among the run's entries of the record that asks."""

    @property
    def request(self) -> str:
        """The hash of exactly this request."""
        return request_hash(self.shown, self.rows)


def hold_point(run: RunRead) -> Wanted | None:
    """The hold point the walk stands at now, if it does."""
    state = last_state(run)
    if state is None or state.current is None or state.ended or not is_hold_point(state, state.current):
        return None
    current = state.current
    found = _begun(run, current, state.step(current.key).attempt, len(run.entries))
    if found is None:
        return None
    at, begun = found
    word = current.server or current.step.id
    return Wanted(
        Kind.WITNESS, current.key, begun.attempt, current.step.title, word, begun.shown, begun.rows, at
    )


def offer(run: RunRead) -> Wanted | None:
    """The handover that is offered now, if one is; its request is the brief."""
    state = last_state(run)
    if state is None or not state.offered or state.opened is None:
        return None
    for at in range(len(run.entries) - 1, -1, -1):
        event = run.entries[at].event
        if isinstance(event, e.HandoverOffered):
            title = state.plan.procedure.title
            return Wanted(Kind.ACCEPT, "", 0, title, state.opened.site, event.brief, (), at)
    return None


def passed_alone(run: RunRead) -> list[Wanted]:
    """Every hold point that was overridden, as it would be countersigned, in the order of the walk."""
    found = []
    for at, entry in enumerate(run.entries):
        event = entry.event
        if not isinstance(event, e.Overrode) or event.what != "hold-point" or run.plan is None:
            continue
        planned = run.plan.by_key[event.step]
        begun = _begun(run, planned, event.attempt, at)
        shown, rows = (begun[1].shown, begun[1].rows) if begun else ((), ())
        word = planned.server or planned.step.id
        found.append(
            Wanted(Kind.COUNTERSIGN, event.step, event.attempt, planned.step.title, word, shown, rows, at)
        )
    return found


def words(run: RunRead, wanted: Wanted) -> list[SafeText]:
    """All that must be known before signing, one line each, safe for a terminal."""
    opened, state = run.opened, run.state_at(wanted.at)
    if opened is None or state is None:
        return []
    where = "DRILL" if opened.mode == "drill" else f"LIVE {opened.site}"
    said = [
        f"{where}  {opened.incident}".rstrip(),
        f"{opened.procedure}, run {run.name}",
        f"walked by {state.operator} ({state.principal})",
        "",
    ]
    if wanted.kind is Kind.ACCEPT:
        return [safe(line) for line in [*said, *wanted.shown]]
    planned = state.plan.by_key[wanted.step]
    step = planned.step
    on = f" on {planned.server}" if planned.server else ""
    said += [f"Step {planned.number} of {planned.of} in {planned.section.title}: {step.title}{on}"]
    said += [step.text] if step.text else []
    said += [f"{item.level.upper()}: {item.text}" for item in step.hazards]
    said += [step.confirm.text] if step.confirm else []
    event = run.entries[wanted.at].event
    if isinstance(event, e.Overrode):
        said += [f"It was passed alone: {event.reason}"]
        said += [f"  {item.expected}: {item.verdict.value}, {item.found}" for item in event.evidence]
    said += _required(run) if wanted.kind is Kind.WITNESS else []
    if step.do is None:
        said += ["", "Nothing is sent here: you sign for what stands above."]
    else:
        tense = "is to be" if wanted.kind is Kind.WITNESS else "was to be"
        said += ["", f"Exactly this {tense} {'done by hand' if step.do.by_hand else 'sent'}:"]
        said += [f"  {line}" for line in wanted.shown]
    if wanted.rows:
        said += [f"for these {len(wanted.rows)}:", *(f"  {row}" for row in wanted.rows)]
    return [safe(line) for line in said]


def stated(
    run: RunRead, wanted: Wanted, typed: str, operator: str, now: datetime, disk: Disk | None = None
) -> Statement:
    """The statement about it, naming the record that it was signed after. Raises OSError."""
    at = wanted.at if wanted.kind is Kind.COUNTERSIGN else len(run.entries) - 1
    entry = run.entries[at]
    head = runs.head_of(disk or RealDisk(), entry.watch, entry.record.number)
    return Statement(
        kind=wanted.kind,
        run=run.name,
        watch=entry.record.watch,
        step=wanted.step,
        attempt=wanted.attempt,
        number=entry.record.number,
        head=head,
        request=wanted.request,
        typed=typed,
        operator=operator,
        made=now,
    )


def used(run: RunRead, sha256: str) -> int | None:
    """The number of the record that took the statement of this hash; None while none has."""
    for entry in run.entries:
        if isinstance(entry.event, e.Witnessed | e.HandedOver) and entry.event.sha256 == sha256:
            return entry.record.number
    return None


def last_state(run: RunRead) -> State | None:
    """The state after the last record."""
    return run.state_at(len(run.entries) - 1) if run.entries else None


def _begun(run: RunRead, planned: Planned, attempt: int, before: int) -> tuple[int, e.Begun] | None:
    for at in range(before - 1, -1, -1):
        event = run.entries[at].event
        if isinstance(event, e.Begun) and (event.step, event.attempt) == (planned.key, attempt):
            return at, event
    return None


def _required(run: RunRead) -> Sequence[str]:
    """What the step requires, as of the last readings in the record."""
    view = Replay(run).view_at(len(run.entries) - 1)
    if view.current is None:
        return []
    return [f"Required: {item.expected}: {item.verdict.value}, {item.found}" for item in view.current.require]
