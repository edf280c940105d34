"""A run's events as lines of a timeline: when, what, on which step, and departures from the page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handrail.review.run import Entry, RunRead
from handrail.text import NOTHING, SafeText, amount, safe
from handrail.walk import events as e
from handrail.walk.who import short

DEVIATIONS = (e.Skipped, e.Overrode, e.Deferred, e.WaitedLonger, e.Retracted, e.Retried, e.GuardAccepted)
"""Events that depart from the page, each with its reason."""
TROUBLES = (e.Missed, e.NotSent, e.GuardLost, e.Held, e.Resumed)
"""Events that are nobody's choice and worth a look."""


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One record on the timeline; `index` is its place among the entries, `wall` is UTC."""

    index: int
    number: int
    wall: datetime
    since_start_s: float
    mark: str
    """`!` a deviation, `x` a trouble, `>` an act, a blank for the rest."""
    step: str
    text: SafeText
    begins: SafeText = NOTHING
    """Of the first record of a later watch: which watch it is, and whose."""


def timeline(run: RunRead) -> list[TimelineLine]:
    """Every record in order."""
    entries = run.entries
    if not entries:
        return []
    start = entries[0].record.wall
    return [
        TimelineLine(
            index,
            entry.record.number,
            entry.record.wall,
            (entry.record.wall - start).total_seconds(),
            "x" if run.doubt(entry) or run.refused(entry.event) else mark_of(entry.event),
            str(getattr(entry.event, "step", "") or ""),
            _told(entry, run.doubt(entry)),
            _begins(entry) if index and entry.record.watch != entries[index - 1].record.watch else NOTHING,
        )
        for index, entry in enumerate(entries)
    ]


def _told(entry: Entry, doubt: str) -> SafeText:
    return safe(f"BROKEN: {doubt}: {words_of(entry)}", 500) if doubt else words_of(entry)


def _begins(entry: Entry) -> SafeText:
    record = entry.record
    return safe(f"watch {record.watch}: {record.operator} on {record.host}, {record.wall:%Y-%m-%d}", 120)


def mark_of(event: e.Event | None) -> str:
    """The timeline's mark."""
    if isinstance(event, DEVIATIONS) or (
        isinstance(event, e.Ended) and event.how in ("aborted", "abandoned")
    ):
        return "!"
    if isinstance(event, TROUBLES):
        return "x"
    if isinstance(event, e.Acted) and event.result != "accepted":
        return "x"
    return ">" if isinstance(event, e.Intended | e.Acted | e.RowsSending | e.RowsActed) else " "


def words_of(entry: Entry) -> SafeText:
    """What one record says, in a line."""
    event = entry.event
    if entry.problem:
        return safe(entry.problem, 300)
    if event is None:
        return safe(f"ledger: {entry.record.kind.removeprefix('ledger.')}")
    return safe(_words(event), 400)


def _words(event: e.AnyEvent) -> str:
    step = getattr(event, "step", "")
    match event:
        case e.Opened():
            pairs = ", ".join(pair.name for pair in event.pairs)
            who = f"{event.operator}{_key(event.principal)}"
            return f"opened {event.procedure} on {pairs} by {who} ({event.mode}, {event.site})"
        case e.Chosen():
            rows = f" for {amount(len(event.rows), 'row')}" if event.rows else ""
            return f"{step}: chose {event.option}{rows}"
        case e.Confirmed():
            return f"{step}: confirmed by {event.how}{f', typed {event.typed}' if event.typed else ''}"
        case e.Witnessed():
            return f"{step}: witnessed by {event.principal}"
        case e.Intended():
            shown = event.shown[0] if event.shown else ""
            return f"{step}: about to send to {event.server or '-'}: {shown}"
        case e.NotSent():
            return f"{step}: NOT SENT: {event.why}"
        case e.RowsSending():
            return f"{step}: sending {amount(len(event.rows), 'row')}: {', '.join(event.rows)}"
        case e.RowsActed():
            bad = [f"{end.row}: {end.result} {end.detail}" for end in event.ends if end.result != "accepted"]
            return f"{step}: {amount(len(event.ends), 'row')} answered{'; ' + '; '.join(bad) if bad else ''}"
        case e.Acted():
            return f"{step}: {event.result}: {event.detail}"
        case e.Met():
            return f"{step}: met ({event.outcome}) after {event.waited_s:.0f} s"
        case e.Missed():
            return f"{step}: NOT OBTAINED after {event.waited_s:.0f} s: {event.why}"
        case e.WaitedLonger():
            return f"{step}: {event.seconds:g} s more: {event.reason}"
        case e.Attested():
            return f"{step}: operator says: {event.words}"
        case e.Branched():
            return f"{step}: if-not {event.number} taken, to {event.to}"
        case e.Retried() | e.Retracted() | e.Skipped():
            return f"{step}: {event.kind}: {event.reason}"
        case e.Overrode():
            return f"{step}: OVERRODE the {event.what}: {event.reason}"
        case e.Deferred():
            return f"{step}: deferred to {event.owner} until {event.until}: {event.reason}"
        case e.Resolved():
            return f"{step}: decided {event.how}: {event.reason}"
        case e.GuardLost() | e.GuardBack():
            return f"guard {event.guard} {'LOST' if isinstance(event, e.GuardLost) else 'holds again'}"
        case e.GuardAccepted():
            return f"went on although guard {event.guard} is lost: {event.reason}"
        case e.Held():
            return f"held: {event.why}"
        case e.Resumed():
            return f"resumed after {event.away_s:.0f} s; {amount(len(event.changes), 'reading')} had changed"
        case e.HandoverOffered():
            return "offered to a colleague"
        case e.HandoverWithdrawn():
            return "kept: the offer was taken back"
        case e.HandedOver():
            return f"handed over to {event.principal}"
        case e.TookOver():
            why = f": {event.reason}" if event.reason else ""
            changed = amount(len(event.changes), "reading")
            who = f"{event.operator}{_key(event.principal)}"
            return f"{who} goes on ({event.how}{why}); {changed} had changed"
        case e.Noted():
            return f"note{f' on {step}' if step else ''}: {event.text}"
        case e.Ended():
            return f"ended {event.how}{f': {event.reason}' if event.reason else ''}"
        case _:
            return f"{step}: {event.kind}".removeprefix(": ")


def _key(principal: str) -> str:
    """Behind an operator's name: their key, which one account may have several of."""
    return f" (key {short(principal)})" if short(principal) else ""
