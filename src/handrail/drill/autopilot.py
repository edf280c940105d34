"""The autopilot of drills: answers a view as an operator who does everything right would.

It exists in drills only. A route tells it where to leave the straight way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handrail.readings import Verdict
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.asking import understood
from handrail.walk.rules import best_end, left_behind, safe_point
from handrail.walk.state import Phase
from handrail.walk.view import CurrentStep, Do, View

BLOCKED_S = 60.0
"""Drill seconds after which a step that may not be sent is taken as one that cannot go on."""
AGAIN_S = 60.0
"""Drill seconds after which a send that was refused is asked for again."""
GIVE_UP_S = 900.0
"""Drill seconds without anything to do after which it aborts."""
EXAMPLES = {
    "address": "192.0.2.10",
    "address-with-prefix": "192.0.2.10/24",
    "host": "host.example.org",
    "email": "ops@example.org",
    "path": "/srv/backup",
    "fingerprint": ":".join(["00"] * 32),
}
"""What it types where a scenario says nothing, by the format that is asked for."""
UNSAVED_S = 120.0
"""Drill seconds without being able to save anything after which it stops."""
ATTEMPTS = 8
"""Attempts at one step after which it aborts; the longest way back in a procedure makes three."""


@dataclass(frozen=True)
class Route:
    """Where to leave the straight way: choices, attested values and if-nots by step id."""

    choices: Mapping[str, str] = field(default_factory=dict)
    attest: Mapping[str, str] = field(default_factory=dict)
    """What is attested at the first time the step is reached, instead of what would be found."""
    if_not: Mapping[str, int] = field(default_factory=dict)
    """Step id to the number of the if-not taken, once, as soon as the step is not obtained or blocked."""
    abort_at: str = ""
    """The walk is aborted when it reaches this step."""
    abort_when_missed: str = ""
    """The walk is aborted when this step is not obtained, undecided or blocked."""


@dataclass
class Autopilot:
    """Decides one command for a view, or none while there is nothing to do."""

    finds: Mapping[str, str]
    """What a look where no interface tells would show, and which way is chosen: step id to value."""
    route: Route = field(default_factory=Route)
    patience: int = 2
    """How often it waits longer before it gives up and aborts."""
    look: Callable[[], str | None] = lambda: None
    """What somebody who looks sees at the current step, where the scenario leaves it open."""
    blocked: set[str] = field(default_factory=set)
    """Steps whose act could not be sent because something required was not so."""
    _given: set[tuple[object, ...]] = field(default_factory=set)
    _waits: dict[str, int] = field(default_factory=dict)
    _attested: set[str] = field(default_factory=set)
    _branched: set[str] = field(default_factory=set)
    _still: tuple[tuple[object, ...], datetime] | None = None
    _unsaved: datetime | None = None

    def decide(self, view: View) -> c.Command | None:
        """The next command, each given once for the same attempt and phase; a send again once a minute.

        What is required can be lost between a look and the send, which is then refused, and come back.
        """
        command = c.Stop("the record cannot be kept") if self._gives_up(view) else self._wanted(view)
        if command is None:
            return None
        current = view.current
        key: tuple[object, ...] = (
            type(command).__name__,
            repr(getattr(command, "event", command)),
            current.planned.key if current else "",
            current.state.phase if current else "",
            view.state.count,
            int(self._still_s(view, current) // AGAIN_S) if current and isinstance(command, c.Send) else 0,
        )
        if key in self._given:
            return None
        self._given.add(key)
        if current is not None and isinstance(command, c.Record):
            self._remember(current.planned.step.id, command.event)
        return command

    def _gives_up(self, view: View) -> bool:
        """Whether nothing could be saved for so long that nobody would go on trying."""
        if not view.unsaved or view.stopped:
            self._unsaved = None
            return False
        self._unsaved = self._unsaved or view.now
        return (view.now - self._unsaved).total_seconds() > UNSAVED_S

    def _remember(self, step: str, event: e.Event) -> None:
        if isinstance(event, e.Attested):
            self._attested.add(step)
        elif isinstance(event, e.Branched):
            self._branched.add(step)

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
        still_s = self._still_s(view, current)
        if still_s > GIVE_UP_S and Do.ABORT in may and current.state.phase is not Phase.WAITING:
            return self._abort(view, f"{current.planned.step.title}: there was nothing left to do")
        if current.state.attempt > ATTEMPTS and Do.ABORT in may:
            return self._abort(view, f"{current.planned.step.title}: {ATTEMPTS} attempts are enough")
        return self._at_step(view, current, may, still_s)

    def _still_s(self, view: View, current: CurrentStep) -> float:
        """For how many drill seconds nothing was recorded at this step."""
        now = (current.planned.key, current.state.attempt, current.state.phase, view.state.count)
        if self._still is None or self._still[0] != now:
            self._still = (now, view.now)
        return (view.now - self._still[1]).total_seconds()

    def _at_step(self, view: View, current: CurrentStep, may: set[Do], still_s: float) -> c.Command | None:
        step = current.planned.step
        key, attempt = current.planned.key, current.state.attempt
        match current.state.phase:
            case Phase.NOW if step.choice:
                usual = self.finds.get(step.id, step.choice.options[0].name)
                option = self.route.choices.get(step.id, usual)
                if step.choice.rows is None:
                    return c.Record(e.Chosen(step=key, attempt=attempt, option=option))
                rows = dict.fromkeys(current.rows, option)
                return c.Record(e.Chosen(step=key, attempt=attempt, option="by row", rows=rows))
            case Phase.NOW if Do.ALREADY in may:
                return c.Record(self._resolved(current, "took-effect"))
            case Phase.NOW if Do.CONFIRM in may:
                return c.Record(self._confirmed(current))
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
            case Phase.NOW if still_s > BLOCKED_S:
                self.blocked.add(step.id)
                return self._off_the_way(view, current, may)
            case Phase.SENDING if Do.DONE_BY_HAND in may:
                return c.DoneByHand(key, attempt)
            case Phase.MET if step.attest:
                value, typed = understood(step.attest, self._value(current), view)
                return c.Record(e.Attested(step=key, attempt=attempt, value=value, typed=typed))
            case Phase.MISSED:
                return self._missed(view, current, may)
            case Phase.UNDECIDED:
                return self._undecided(view, current, may, still_s)
            case _:
                return None

    def _confirmed(self, current: CurrentStep) -> e.Confirmed:
        step = current.planned.step
        typed = {"target": current.server, "count": current.count_words}
        kind = step.confirm.kind if step.confirm else "acknowledge"
        return e.Confirmed.model_validate(
            {
                "step": current.planned.key,
                "attempt": current.state.attempt,
                "how": kind,
                "typed": typed.get(kind, ""),
            }
        )

    def _off_the_way(self, view: View, current: CurrentStep, may: set[Do]) -> c.Command | None:
        """What the route says for a step that is not obtained or cannot go on."""
        step = current.planned.step
        number = self.route.if_not.get(step.id)
        if number is not None and step.id not in self._branched and (to := step.if_not[number - 1].goto):
            return c.Record(
                e.Branched(step=current.planned.key, attempt=current.state.attempt, number=number, to=to)
            )
        if self.route.abort_when_missed == step.id and Do.ABORT in may:
            return self._abort(view, f"{step.title} was not obtained, and the route ends there")
        return None

    def _missed(self, view: View, current: CurrentStep, may: set[Do]) -> c.Command | None:
        if (off := self._off_the_way(view, current, may)) is not None:
            return off
        step = current.planned.step
        key, attempt = current.planned.key, current.state.attempt
        waited = self._waits.get(key, 0)
        if Do.WAIT_LONGER in may and waited < self.patience and not current.state.attested:
            self._waits[key] = waited + 1
            return c.Record(
                e.WaitedLonger(step=key, attempt=attempt, seconds=300, reason="the autopilot waits")
            )
        if Do.RETRY in may and waited < self.patience + 2:
            self._waits[key] = waited + 1
            return c.Record(e.Retried(step=key, attempt=attempt, reason="the autopilot tries again"))
        return self._abort(view, f"{step.title} was not obtained") if Do.ABORT in may else None

    def _undecided(self, view: View, current: CurrentStep, may: set[Do], still_s: float) -> c.Command | None:
        """As the readings say; when they say nothing for a while, as somebody who has looked would state."""
        step = current.planned.step
        if self.route.abort_when_missed == step.id:
            return c.Record(self._resolved(current, "stated-did-not"))
        if step.already and current.already is Verdict.MET:
            return c.Record(self._resolved(current, "took-effect"))
        if still_s < BLOCKED_S / 2:
            return None
        if step.already and current.already is Verdict.NOT_MET and step.repeat != "never":
            return c.Record(self._resolved(current, "did-not"))
        return c.Record(self._resolved(current, "stated-did-not" if step.already else "stated-took-effect"))

    def _resolved(self, current: CurrentStep, how: str) -> e.Resolved:
        return e.Resolved.model_validate(
            {
                "step": current.planned.key,
                "attempt": current.state.attempt,
                "how": how,
                "reason": "seen by the autopilot",
            }
        )

    def _abort(self, view: View, reason: str) -> c.Command:
        how = "aborted" if safe_point(view.state) else "abandoned"
        return c.Record(e.Ended(how=how, reason=reason, left=left_behind(view.state)))

    def _value(self, current: CurrentStep) -> str:
        step = current.planned.step
        attest = step.attest
        if attest is None:
            return ""
        if step.id not in self._attested and (first := self.route.attest.get(step.id)) is not None:
            return first
        if (known := self.finds.get(step.id)) is not None:
            return known
        if (seen := self.look()) is not None:
            return seen
        if attest.options and attest.format is None:
            return (attest.must_be or attest.options)[0]
        if attest.default is not None:
            return attest.default
        if attest.kind == "number":
            return f"{attest.at_least or 0:g}"
        if attest.kind == "time":
            return "1m ago"
        return EXAMPLES.get(attest.format or "", "as expected")
