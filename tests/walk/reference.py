"""A second, short interpreter of the rules, written apart from the program's own.

It knows only plain dictionaries and is slow and naive on purpose; where it and the program differ,
one of them is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from handrail.walk import events as e
from handrail.walk.plan import Plan

FINAL = {"done", "skipped", "overridden", "deferred", "n/a"}


def ahead(plan: Plan, guard: str, step: str) -> bool:
    """Whether every step from which the guard is watched comes after this one."""
    name, _, pair = guard.partition("@")
    begins = next(item.from_ for item in plan.procedure.guards if item.id == name)
    keys = [item.key for item in plan.steps]
    return begins in {key.split("@")[0] for key in keys} and all(
        keys.index(step) < place
        for place, key in enumerate(keys)
        if key.split("@")[0] == begins and key.partition("@")[2] in ("", pair)
    )


@dataclass
class Reference:
    """Allows or refuses events, and takes them."""

    plan: Plan
    opened: e.Opened | None = None
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    lost: dict[str, bool] = field(default_factory=dict)
    held: bool = False
    brief: bool = False
    unwitnessed: bool = False
    over: bool = False
    offered: bool = False
    handed: bool = False
    walker: tuple[str, str] = ("", "")
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for item in self.plan.steps:
            self.steps[item.key] = self.fresh(1)

    @staticmethod
    def fresh(attempt: int) -> dict[str, Any]:
        """A step nothing was done to."""
        return {
            "attempt": attempt,
            "phase": "to do",
            "confirmed": False,
            "witnessed": False,
            "sent": False,
            "refused": False,
            "way": "",
        }

    def pointer(self) -> str | None:
        """The first step that is not final, once conditions are decided."""
        for item in self.plan.steps:
            now = self.steps[item.key]
            if now["phase"] == "to do" and item.step.when is not None:
                when = item.step.when
                name = when.choice or when.outcome or ""
                value = self.chosen.get(f"{name}@{item.pair.name}", self.chosen.get(name))
                if value != when.is_:
                    now["phase"] = "n/a"
            if now["phase"] not in FINAL:
                return item.key
        return None

    def allows(self, event: e.Event) -> bool:
        """Whether the event may happen now."""
        if self.over or (self.opened is None) != isinstance(event, e.Opened):
            return False
        if isinstance(event, e.Opened | e.Noted | e.Resumed | e.TookOver):
            return True
        if isinstance(event, e.Held):
            return not self.held
        if self.held or self.handed:
            return False
        if isinstance(event, e.HandoverOffered):
            return not self.brief and not self.offered
        if isinstance(event, e.HandoverWithdrawn):
            return self.offered
        if isinstance(event, e.HandedOver):
            return self.offered and event.principal not in self.walker and event.sha256 not in self.used
        if isinstance(event, e.BriefRead):
            return self.brief
        if isinstance(event, e.GuardLost):
            return event.guard not in self.lost
        if isinstance(event, e.GuardBack):
            return event.guard in self.lost
        if isinstance(event, e.GuardAccepted):
            return not self.brief and self.lost.get(event.guard) is False
        if isinstance(event, e.Ended):
            return self.allows_end(event)
        assert isinstance(event, e.OfStep)
        machine = isinstance(event, e.Begun | e.Acted | e.NotSent | e.Met | e.Missed)
        if self.brief and not machine:
            return False
        now = self.steps[event.step]
        if event.attempt != now["attempt"]:
            return False
        return self.allows_step(event, now)

    def busy(self) -> set[str]:
        """Phases in which an act is under way or its end unknown."""
        return {step["phase"] for step in self.steps.values()} & {"sending", "undecided"}

    def allows_end(self, event: e.Ended) -> bool:
        """Whether the walk may end so."""
        key = self.pointer()
        if event.how == "abandoned":
            return bool(event.reason) and "sending" not in self.busy()
        if event.how == "aborted":
            safe = key is None or self.plan.by_key[key].section.safe
            return bool(event.reason) and not self.busy() and safe
        open_matter = self.unwitnessed or any(step["phase"] == "deferred" for step in self.steps.values())
        return key is None and not self.brief and (event.how == "complete-with-deferred") == open_matter

    def allows_step(self, event: e.OfStep, now: dict[str, Any]) -> bool:
        """Whether this may happen to the step."""
        step, phase = self.plan.by_key[event.step].step, now["phase"]
        server = self.plan.by_key[event.step].server
        hold = step.confirm is not None and step.confirm.kind == "hold-point"
        if isinstance(event, e.Retracted):
            once = step.repeat == "never" and step.do is not None and now["sent"]
            return phase in FINAL - {"n/a"} and not self.busy() and not once
        if event.step != self.pointer():
            return False
        unconfirmed = step.confirm is not None and phase == "now" and not now["confirmed"]
        match event:
            case e.Begun():
                return bool(phase == "to do")
            case e.Chosen():
                names = [option.name for option in step.choice.options] if step.choice else []
                return phase == "now" and event.option in names
            case e.Confirmed():
                right = step.confirm is not None and step.confirm.kind == event.how
                return unconfirmed and right and (event.how != "target" or event.typed == server)
            case e.Witnessed():
                foreign = event.principal not in self.walker and event.sha256 not in self.used
                return unconfirmed and hold and foreign
            case e.Intended():
                open_ = [key for key, accepted in self.lost.items() if not accepted]
                blocked = step.sends and any(not ahead(self.plan, key, event.step) for key in open_)
                ready = phase == "now" and step.do is not None and not unconfirmed
                return ready and not blocked and not self.offered
            case e.Acted() | e.NotSent():
                return bool(phase == "sending")
            case e.Met():
                waiting = phase == "waiting" or (phase == "not obtained" and not now["refused"])
                return waiting and event.outcome in [way.name for way in step.ways()]
            case e.Missed():
                return bool(phase == "waiting")
            case e.WaitedLonger():
                return phase == "not obtained" and bool(step.ways()) and not now["refused"]
            case e.Attested():
                if phase != "met" or step.attest is None:
                    return False
                if step.attest.kind == "number":
                    return event.value.isdigit()
                return step.attest.kind == "text" or event.value in step.attest.options
            case e.Branched():
                known = dict(enumerate((way.goto for way in step.if_not), 1))
                return (
                    phase in ("now", "waiting", "not obtained", "met") and known.get(event.number) == event.to
                )
            case e.Retried():
                once = step.repeat == "never" and now["sent"] and not now["refused"]
                return phase == "not obtained" and not once
            case e.Skipped():
                open_phase = phase in ("now", "waiting", "not obtained", "met")
                return open_phase and not (step.killer or step.choice or (hold and not now["confirmed"]))
            case e.Deferred():
                return phase in ("now", "waiting", "not obtained") and not (step.killer or step.choice)
            case e.Overrode():
                if self.opened is not None and not self.opened.override_allowed:
                    return False
                if step.on and event.typed != server:
                    return False
                if event.what == "hold-point":
                    return unconfirmed and hold
                return phase in ("waiting", "not obtained")
            case e.Resolved():
                return self.allows_resolution(event, step, now, hold and unconfirmed)
        raise AssertionError(event)

    @staticmethod
    def allows_resolution(event: e.Resolved, step: Any, now: dict[str, Any], hold_open: bool) -> bool:
        """Whether an undecided or already done step may be decided so."""
        by_reading = event.how in ("took-effect", "did-not")
        if by_reading and not step.already:
            return False
        if now["phase"] == "now":
            return step.do is not None and event.how == "took-effect" and not hold_open
        if now["phase"] != "undecided":
            return False
        if event.how == "did-not" and step.repeat == "never":
            return False
        return by_reading or bool(event.reason)

    def take(self, event: e.Event) -> None:
        """Let an allowed event happen."""
        match event:
            case e.Opened():
                self.opened, self.walker = event, (event.principal, event.operator)
            case e.Held():
                self.held = True
            case e.HandoverOffered() | e.HandoverWithdrawn():
                self.offered = isinstance(event, e.HandoverOffered)
            case e.HandedOver():
                self.held = self.handed = True
                self.offered = False
                self.used |= {event.sha256} - {""}
            case e.Resumed() | e.TookOver():
                if isinstance(event, e.TookOver):
                    self.handed, self.walker = False, (event.principal, event.operator)
                self.held, self.brief, self.offered = False, True, False
                for step in self.steps.values():
                    if step["phase"] == "sending":
                        step["phase"] = "undecided"
                    if isinstance(event, e.TookOver) and step["witnessed"] and step["phase"] == "now":
                        step["confirmed"] = step["witnessed"] = False
            case e.BriefRead():
                self.brief = False
            case e.GuardLost():
                self.lost[event.guard] = False
            case e.GuardBack():
                del self.lost[event.guard]
            case e.GuardAccepted():
                self.lost[event.guard] = True
            case e.Ended():
                self.over = True
            case e.OfStep():
                self.take_step(event)

    def beyond(self, key: str) -> str:
        """The phase once everything before the expectation is behind."""
        step = self.plan.by_key[key].step
        return "waiting" if step.ways() else "met" if step.attest else "done"

    def take_step(self, event: e.OfStep) -> None:
        """Let an allowed event happen to a step."""
        key, now = event.step, self.steps[event.step]
        step = self.plan.by_key[key].step
        match event:
            case e.Begun():
                now["phase"] = "now" if step.choice or step.do or step.confirm else self.beyond(key)
            case e.Chosen():
                now["phase"] = "done"
                self.chosen[key] = event.option
                assert step.choice is not None
                self.jump(
                    key, next(option.goto for option in step.choice.options if option.name == event.option)
                )
            case e.Confirmed() | e.Witnessed():
                if isinstance(event, e.Witnessed):
                    self.used |= {event.sha256} - {""}
                    now["witnessed"] = True
                now["confirmed"] = True
                now["phase"] = "now" if step.do else self.beyond(key)
            case e.Intended():
                now["phase"], now["sent"] = "sending", True
            case e.NotSent():
                now["phase"], now["sent"], now["confirmed"] = "now", False, False
            case e.Acted():
                ends = {"accepted": self.beyond(key), "refused": "not obtained", "unknown": "undecided"}
                now["phase"], now["refused"] = ends[event.result], event.result == "refused"
            case e.Met():
                now["way"] = event.outcome
                self.chosen[key] = event.outcome
                now["phase"] = "met" if step.attest else "done"
                if not step.attest:
                    self.leave(key)
            case e.Missed():
                now["phase"], now["refused"] = "not obtained", False
            case e.WaitedLonger():
                now["phase"] = "waiting"
            case e.Attested():
                assert step.attest is not None
                if step.attest.must_be and event.value not in step.attest.must_be:
                    now["phase"], now["refused"] = "not obtained", False
                else:
                    now["phase"] = "done"
                    self.leave(key)
            case e.Branched():
                now["phase"] = "n/a"
                self.jump(key, event.to)
            case e.Retried():
                self.steps[key] = self.fresh(now["attempt"] + 1)
            case e.Retracted():
                self.retract(key)
            case e.Skipped():
                now["phase"] = "skipped"
            case e.Deferred():
                now["phase"] = "deferred"
            case e.Overrode():
                if event.what == "hold-point":
                    self.unwitnessed = True
                    now["confirmed"] = True
                    now["phase"] = "now" if step.do else self.beyond(key)
                else:
                    now["phase"] = "overridden"
            case e.Resolved():
                if event.how.endswith("took-effect"):
                    now["phase"], now["sent"], now["refused"] = self.beyond(key), True, False
                else:
                    self.steps[key] = self.fresh(now["attempt"] + 1)

    def leave(self, key: str) -> None:
        """Follow the outcome the step ended with."""
        ways = self.plan.by_key[key].step.ways()
        self.jump(key, next((way.goto for way in ways if way.name == self.steps[key]["way"]), None))

    def jump(self, key: str, to: str | None) -> None:
        """Follow a goto."""
        if to is None:
            return
        order = [item.key for item in self.plan.steps]
        target = self.plan.target(to, self.plan.by_key[key])
        assert target is not None
        here, there = order.index(key), order.index(target.key)
        if there > here:
            for passed in order[here + 1 : there]:
                if self.steps[passed]["phase"] not in FINAL:
                    self.steps[passed]["phase"] = "n/a"
        else:
            for again in order[there : here + 1]:
                self.steps[again] = self.fresh(self.steps[again]["attempt"] + 1)

    def retract(self, key: str) -> None:
        """Take a settled step back; what was decided after it is decided anew."""
        order = [item.key for item in self.plan.steps]
        self.steps[key] = self.fresh(self.steps[key]["attempt"] + 1)
        self.chosen.pop(key, None)
        for later in order[order.index(key) + 1 :]:
            now = self.steps[later]
            if now["phase"] in ("n/a", "now") or (now["phase"] == "waiting" and not now["sent"]):
                self.steps[later] = self.fresh(now["attempt"])
