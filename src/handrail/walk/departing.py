"""What departs from the procedure, in the words it will be recorded in; asked once more before it is done.

Words typed for another question must not become a skip. What demands the server's name typed, or the word
that ends a run, is not asked twice. Pure.
"""

from __future__ import annotations

from handrail.text import NOTHING, SafeText, safe
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.view import View


def departure(view: View, wanted: c.Command) -> SafeText:
    """What will be recorded and of which step; empty for what needs no second key."""
    if not isinstance(wanted, c.Record):
        return NOTHING
    match wanted.event:
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


def _step(view: View, key: str) -> str:
    """The step by number, title and server, as the checklist has it."""
    for planned in view.state.plan.steps:
        if planned.key == key:
            where = f" on {planned.server}" if planned.server else ""
            return f"{planned.section_number}.{planned.number} {planned.step.title}{where}"
    return key
