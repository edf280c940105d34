"""Countdowns beside steps: how long is left of one, or what became of it; earlier watches are remembered.

One that nobody saw begin is not counted: its end would be a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from handrail.observe.expectations import GAP_S, HeldSince
from handrail.observe.situation import Situation
from handrail.procedure.model import Expectation, Window
from handrail.readings import Verdict
from handrail.text import NOTHING, SafeText, safe
from handrail.walk.plan import Plan, Planned


@dataclass(frozen=True, slots=True)
class WindowFound:
    """A countdown beside the step; `left_s` is None while it is not counted, negative once it has run out."""

    title: SafeText
    left_s: float | None
    over: SafeText
    ended: datetime | None = None
    """When what it counts from ceased to be so; None while it is so, or was never seen to be."""
    lasted_s: float = 0.0
    """Once it has ended: how long it had lasted by then."""
    began: datetime | None = None
    """When what it counts from was first so, where that was seen; UTC."""
    due: datetime | None = None
    """When it runs out, or was to."""
    note: SafeText = NOTHING
    """Why it is not counted although it was seen to begin, or although what it counts from is so."""


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """What earlier watches saw of a countdown; UTC."""

    began: datetime
    length_s: float
    until: datetime
    """When what it counts from was first seen to be so no longer; where it was not, when watching stopped."""
    over: bool = False


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is known of a countdown: begun, last so at, and its length then; boot times."""

    begun_ns: int
    seen_ns: int
    length_s: float
    over: bool = False
    """It was seen to cease, at about `seen_ns`."""
    before: bool = False
    """Known of an earlier watch alone."""

    @property
    def due_ns(self) -> int:
        return self.begun_ns + int(self.length_s * 1e9)


def scope_of(pair: str, window: Window) -> str:
    """What a countdown is remembered under; steps that speak of the same one give it the same title."""
    return f"window:{pair}:{window.title}"


def seen_before(
    plan: Plan, entries: Iterable[Mapping[str, object]], until: datetime
) -> dict[str, SeenBefore]:
    """The plan's countdowns as observations of a run tell of them, by scope; it was watched until then."""
    watched = {
        scope_of(planned.pair.name, planned.step.window): (
            planned.pair.roles.get(planned.step.window.on, ""),
            planned.step.window,
        )
        for planned in plan.steps
        if planned.step.window is not None
    }
    lengths = {scope: window.length for scope, (_, window) in watched.items()}
    found: dict[str, SeenBefore] = {}
    for told in entries if watched else ():
        for scope, (server, window) in watched.items():
            if told.get("server") != server or told.get("field") not in (window.field, window.length_field):
                continue
            at = _moment(told)
            if at is None or "value" not in told:
                continue
            value = told["value"]
            if told.get("field") == window.length_field:
                known = isinstance(value, int | float) and not isinstance(value, bool)
                lengths[scope] = float(value) if known else None  # type: ignore[arg-type]
            if told.get("field") == window.field:
                so = value == window.is_ and isinstance(value, bool) == isinstance(window.is_, bool)
                _tell(found, scope, at, so, lengths[scope])
    return {scope: seen if seen.over else replace(seen, until=until) for scope, seen in found.items()}


def _tell(found: dict[str, SeenBefore], scope: str, at: datetime, so: bool, length: float | None) -> None:
    known = found.get(scope)
    if not so:
        if known is not None and not known.over:
            found[scope] = replace(known, until=at, over=True)
    elif known is None or known.over:
        found.pop(scope, None)
        if length is not None:
            found[scope] = SeenBefore(at, length, at)
    elif at > known.began + timedelta(seconds=known.length_s):
        del found[scope]  # told anew after a rest, and longer than it lasts: another one, begun unseen


def _moment(told: Mapping[str, object]) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(told.get("at")))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


@dataclass
class Countdowns:
    """Counts for one plan."""

    held: HeldSince
    before: Mapping[str, SeenBefore] = field(default_factory=dict)
    _counted: dict[str, _Counted] = field(default_factory=dict)
    _idle: set[str] = field(default_factory=set)
    """Scopes that this watch has seen not to be so: what begins after that is seen to begin."""
    _unseen: set[str] = field(default_factory=set)
    """Scopes that are so since a moment nobody saw."""

    def look(
        self, planned: Planned, window: Window, verdict: Verdict, length: float | None, situation: Situation
    ) -> WindowFound:
        """The countdown now; `verdict` says whether what it counts from is so, `length` is in seconds."""
        scope, now_ns = scope_of(planned.pair.name, window), situation.boot_ns
        self._recall(scope, situation)
        found = WindowFound(safe(window.title), None, safe(window.over))
        if verdict is Verdict.MET:
            return self._going_on(scope, window, length, situation, found)
        if verdict is Verdict.NOT_MET:
            self.held.note(scope, window.begins(), False, now_ns)
            self._idle.add(scope)
            self._unseen.discard(scope)
        last = self._counted.get(scope)
        if last is None:
            return found
        if verdict is Verdict.NOT_MET and not last.over and not last.before:
            last = self._counted[scope] = replace(last, over=True)
        if last.over:
            lasted_s = (last.seen_ns - last.begun_ns) / 1e9
            ended = _wall(situation, last.seen_ns)
            return replace(found, left_s=last.length_s - lasted_s, ended=ended, lasted_s=lasted_s)
        unread = verdict is Verdict.UNKNOWN
        note = "cannot be read now" if unread else "is over, and nobody saw when"
        began, due = _wall(situation, last.begun_ns), _wall(situation, last.due_ns)
        return replace(found, began=began, due=due, note=safe(note))

    def _going_on(
        self, scope: str, window: Window, length: float | None, situation: Situation, found: WindowFound
    ) -> WindowFound:
        begins, now_ns = window.begins(), situation.boot_ns
        self._go_on(scope, begins, now_ns)
        held_s = self.held.note(scope, begins, True, now_ns)
        if scope in self._unseen:
            return replace(found, note=safe("goes on, and nobody saw it begin"))
        if length is None:
            return found
        self._counted[scope] = _Counted(now_ns - int(held_s * 1e9), now_ns, length)
        return replace(found, left_s=length - held_s)

    def _go_on(self, scope: str, begins: Expectation, now_ns: int) -> None:
        """Count on where nobody watched for a while, unless it may have ceased and begun again meanwhile."""
        last = self._counted.get(scope)
        if last is None or (scope in self._idle if last.before else last.over):
            return  # it begins now
        unwatched = now_ns - last.seen_ns > GAP_S * 1e9
        if last.over or (unwatched and last.due_ns < now_ns):
            self._unseen.add(scope)
        elif unwatched or last.before:
            self.held.take_up(scope, begins, last.begun_ns, now_ns)

    def _recall(self, scope: str, situation: Situation) -> None:
        """Take over what earlier watches saw, once; their times are those of the wall."""
        seen = self.before.get(scope)
        if seen is None or scope in self._counted:
            return

        def boot_ns(moment: datetime) -> int:
            return situation.boot_ns - int((situation.at - moment).total_seconds() * 1e9)

        begun_ns, seen_ns = boot_ns(seen.began), boot_ns(seen.until)
        self._counted[scope] = _Counted(begun_ns, seen_ns, seen.length_s, over=seen.over, before=True)


def _wall(situation: Situation, moment_ns: int) -> datetime:
    return situation.at - timedelta(seconds=(situation.boot_ns - moment_ns) / 1e9)
