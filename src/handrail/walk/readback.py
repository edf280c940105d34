"""What is read back before it is recorded: what departs from the procedure, and a time as it was understood.

Words typed for another question must not become a skip, nor `3:14` the wrong day. What demands the server's
name typed, or the word that ends a run, is not asked twice. Pure.
"""

from __future__ import annotations

from datetime import datetime

from handrail import moments
from handrail.text import NOTHING, SafeText, safe
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.view import View


def readback(view: View, wanted: c.Command) -> SafeText:
    """What will be recorded, in the words of the record; empty for what needs no second key."""
    if not isinstance(wanted, c.Record):
        return NOTHING
    match wanted.event:
        case e.Attested(typed=typed) as event if typed:
            before = ago(moments.read(event.value), view.now)
            return safe(f"{event.value}, {before}; you typed: {typed}. {_step(view, event.step)}")
        case e.Skipped() as event:
            return safe(f"SKIP {_step(view, event.step)}. Reason: {event.reason}")
        case e.Overrode(typed="") as event:
            return safe(f"OVERRIDE the {event.what} of {_step(view, event.step)}. Reason: {event.reason}")
        case e.Deferred() as event:
            who = f"to {event.owner} until {event.until}"
            return safe(f"DEFER {_step(view, event.step)} {who}. Reason: {event.reason}")
        case e.Retried() as event:
            return safe(f"RETRY {_step(view, event.step)} as a new attempt. Reason: {event.reason}")
        case e.Retracted() as event:
            return safe(f"TAKE BACK {_step(view, event.step)}. Reason: {event.reason}")
        case e.GuardAccepted() as event:
            title = next((item.title for item in view.guards if item.key == event.guard), event.guard)
            at = f", at {_step(view, view.current.planned.key)}" if view.current is not None else ""
            return safe(f'GO ON although "{title}" is lost{at}. Reason: {event.reason}')
    return NOTHING


def ago(moment: datetime, now: datetime) -> str:
    """How long before now a moment was: the one thing that shows a wrong day or a wrong zone."""
    minutes, seconds = divmod(int((now - moment).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    told = [f"{number} {unit}" for number, unit in parts if number]
    return f"{' '.join(told[:2]) or '0 s'} ago"


def _step(view: View, key: str) -> str:
    """The step by number, title and server, as the checklist has it."""
    for planned in view.state.plan.steps:
        if planned.key == key:
            where = f" on {planned.server}" if planned.server else ""
            return f"{planned.section_number}.{planned.number} {planned.step.title}{where}"
    return key
