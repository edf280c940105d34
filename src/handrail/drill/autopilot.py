"""The autopilot of drills: answers a view as an operator who does everything right would.

It exists in drills only. A route tells it where to leave the straight way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.rules import best_end, safe_point
from handrail.walk.state import Phase
from handrail.walk.view import CurrentStep, Do, View


@dataclass(frozen=True)
class Route:
    """Where to leave the straight way: choices, attested values and if-nots by step id."""

    choices: Mapping[str, str] = field(default_factory=dict)
    attest: Mapping[str, str] = field(default_factory=dict)
    if_not: Mapping[str, int] = field(default_factory=dict)
    """Step id to the number of the if-not taken as soon as the step is not obtained."""
    abort_at: str = ""


@dataclass
class Autopilot:
    """Decides one command for a view, or none while there is nothing to do."""

    finds: Mapping[str, str]
    """What a look where no interface tells would show: step id to value."""
    route: Route = field(default_factory=Route)
    patience: int = 2
    """How often it waits longer before it gives up and aborts."""
    _given: set[tuple[object, ...]] = field(default_factory=set)
    _waits: dict[str, int] = field(default_factory=dict)

    def decide(self, view: View) -> c.Command | None:
        """The next command, each given once for the same attempt and phase."""
        command = self._wanted(view)
        if command is None:
            return None
        current = view.current
        key: tuple[object, ...] = (
            type(command).__name__,
            getattr(command, "event", command),
            current.planned.key if current else "",
            current.state.phase if current else "",
            view.state.count,
        )
        if key in self._given:
            return None
        self._given.add(key)
        return command

    def _wanted(self, view: View) -> c.Command | None:
        may = {do for do, why in view.permits.items() if why is None}
        if view.stopped or view.busy:
            return None
        if Do.READ_BRIEF in may:
            return c.Record(e.BriefRead())
        if Do.ACCEPT_GUARD in may:
            return c.Record(e.GuardAccepted(guard=view.state.open_guards[0], reason="autopilot goes on"))
        if Do.COMPLETE in may:
            return c.Record(e.Ended(how=best_end(view.state)))
        current = view.current
        if current is None:
            return None
        if current.planned.step.id == self.route.abort_at and Do.ABORT in may:
            return self._abort(view, "the route ends here")
        return self._at_step(view, current, may)

    def _at_step(self, view: View, current: CurrentStep, may: set[Do]) -> c.Command | None:
        step = current.planned.step
        key, attempt = current.planned.key, current.state.attempt
        match current.state.phase:
            case Phase.NOW if step.choice:
                option = self.route.choices.get(step.id, step.choice.options[0].name)
                return c.Record(e.Chosen(step=key, attempt=attempt, option=option))
            case Phase.NOW if Do.CONFIRM in may:
                typed = current.server if step.confirm and step.confirm.kind == "target" else ""
                how = "target" if typed else "acknowledge"
                return c.Record(e.Confirmed(step=key, attempt=attempt, how=how, typed=typed))
            case Phase.NOW if Do.OVERRIDE_HOLD in may:
                return c.Record(
                    e.Overrode(
                        step=key,
                        attempt=attempt,
                        what="hold-point",
                        typed=current.server,
                        reason="alone in a drill",
                    )
                )
            case Phase.NOW if Do.SEND in may:
                return c.Send(key, attempt)
            case Phase.SENDING if Do.DONE_BY_HAND in may:
                return c.DoneByHand(key, attempt)
            case Phase.MET if step.attest:
                return c.Record(e.Attested(step=key, attempt=attempt, value=self._value(current)))
            case Phase.MISSED:
                return self._missed(view, current, may)
            case Phase.UNDECIDED:
                how = "took-effect" if step.already else "stated-took-effect"
                return c.Record(
                    e.Resolved(step=key, attempt=attempt, how=how, reason="seen by the autopilot")
                )
            case _:
                return None

    def _missed(self, view: View, current: CurrentStep, may: set[Do]) -> c.Command | None:
        step = current.planned.step
        key, attempt = current.planned.key, current.state.attempt
        number = self.route.if_not.get(step.id)
        if number is not None and (to := step.if_not[number - 1].goto):
            return c.Record(e.Branched(step=key, attempt=attempt, number=number, to=to))
        waited = self._waits.get(key, 0)
        if Do.WAIT_LONGER in may and waited < self.patience:
            self._waits[key] = waited + 1
            return c.Record(
                e.WaitedLonger(step=key, attempt=attempt, seconds=300, reason="the autopilot waits")
            )
        if Do.RETRY in may and waited < self.patience:
            self._waits[key] = waited + 1
            return c.Record(e.Retried(step=key, attempt=attempt, reason="the autopilot tries again"))
        return self._abort(view, f"{step.title} was not obtained") if Do.ABORT in may else None

    def _abort(self, view: View, reason: str) -> c.Command:
        how = "aborted" if safe_point(view.state) else "abandoned"
        left = view.current.planned.section.abort if view.current else ""
        return c.Record(e.Ended(how=how, reason=reason, left=left))

    def _value(self, current: CurrentStep) -> str:
        step = current.planned.step
        attest = step.attest
        if attest is None:
            return ""
        for known in (self.route.attest.get(step.id), self.finds.get(step.id)):
            if known is not None:
                return known
        if attest.options:
            return (attest.must_be or attest.options)[0]
        return "0" if attest.kind == "number" else "as expected"
