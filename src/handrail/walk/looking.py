"""One look: what the state's step, guards and functions are worth in this situation. No I/O, no events.

The only memory is since when something has been true (`held`) or lost (`debounce`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from handrail.observe.expectations import Context, HeldSince, Judgement, judge, judge_all
from handrail.observe.situation import Situation
from handrail.procedure.model import Capture, Expectation, Function, Guard, side_parts
from handrail.readings import Evidence, Failure, Value, Verdict
from handrail.text import SafeText, safe
from handrail.walk.countdown import Countdowns, SeenBefore, WindowFound
from handrail.walk.plan import BoundPair, Plan, Planned, Watched
from handrail.walk.state import Phase, State, seen_from

REQUIRE_MAX_AGE_S = 2.0
"""A requirement is judged on readings no older than this, right before sending."""


NOTHING_REQUIRED = Judgement(Verdict.MET, ())
NOTHING_TELLS = Judgement(Verdict.UNKNOWN, ())


@dataclass(frozen=True, slots=True)
class WayFound:
    """One outcome of the current step as judged now."""

    name: str
    title: str
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class FunctionFound:
    """One critical function as judged now; `word` is what the strip shows."""

    name: str
    word: SafeText
    verdict: Verdict
    expected: bool = False
    """It does not hold, and here the procedure expects it not to."""


@dataclass(frozen=True, slots=True)
class GuardFound:
    """One guard as judged now; `lost` has outlived its debounce."""

    watched: Watched
    judgement: Judgement
    lost: bool
    watching: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What a step captures: values, and lists of row names."""

    values: dict[str, Value]
    lists: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Look:
    """Everything judged at one moment."""

    ways: tuple[WayFound, ...] = ()
    require: Judgement = NOTHING_REQUIRED
    already: Judgement = NOTHING_TELLS
    functions: tuple[FunctionFound, ...] = ()
    guards: tuple[GuardFound, ...] = ()
    window: WindowFound | None = None


@dataclass
class Looker:
    """Judges looks for one plan, remembering how long things have been true."""

    plan: Plan
    line_words: Callable[[str, str], SafeText]
    held: HeldSince
    sent_ns: dict[str, int]
    """Boot time at which the latest attempt at a step was sent, by step key."""
    before: Mapping[str, SeenBefore] = field(default_factory=dict)
    """Countdowns that earlier watches saw, by scope."""

    def __post_init__(self) -> None:
        self._countdowns = Countdowns(self.held, self.before)

    def look(self, state: State, situation: Situation) -> Look:
        """Judge the current step, the guards and the functions."""
        current = state.current
        ways: tuple[WayFound, ...] = ()
        require = NOTHING_REQUIRED
        already = NOTHING_TELLS
        if current is not None:
            now = state.step(current.key)
            context = self.context(state, situation, current)
            if now.phase in (Phase.WAITING, Phase.MISSED, Phase.NOW):
                # What was read before the act was sent is not what came of it.
                sent_ns = None if now.phase is Phase.NOW else self.sent_ns.get(current.key)
                after_act = replace(context, act_ns=sent_ns)
                ways = tuple(
                    WayFound(way.name, way.title, judge_all(way.expect, after_act))
                    for way in current.step.ways()
                )
            if now.phase is Phase.NOW:
                require = judge_all(current.step.require, context)
            if current.step.already:
                already = judge_all(current.step.already, context)
        return Look(
            ways,
            require,
            already,
            tuple(self._function(state, situation, index) for index in range(len(self.plan.functions))),
            tuple(self._guard(state, situation, watched) for watched in self.plan.guards),
            self._window(state, situation, current) if current is not None else None,
        )

    def sent(self, key: str, attempt: int, boot_ns: int) -> None:
        """An act goes out now: how long something was so before it is no part of what is awaited."""
        self.sent_ns[key] = boot_ns
        self.held.forget(_scope(key, attempt))

    def context(
        self, state: State, situation: Situation, planned: Planned, max_age_s: float | None = None
    ) -> Context:
        """What the expectations of this step are judged in."""
        scope = _scope(planned.key, state.step(planned.key).attempt)
        context = Context(
            situation,
            planned.pair.roles,
            planned.step.on,
            {server: mark.number for server, mark in state.marks.items()},
            self.captured(state, planned),
            lists_seen_from(state, planned),
            self.sent_ns.get(planned.key),
            scope=scope,
            held=self.held,
            line_words=self.line_words,
        )
        return context if max_age_s is None else replace(context, max_age_s=max_age_s)

    def captured(self, state: State, planned: Planned) -> Mapping[str, Value]:
        """Captured values by their plain names, those of the step's own pair first."""
        return seen_from(state.captured, planned)

    def capture(self, planned: Planned, situation: Situation, context: Context) -> Kept | None:
        """What this step keeps, or None while something of it cannot be read."""
        kept = Kept({}, {})
        for capture in planned.step.capture:
            if capture.rows:
                rows = captured_rows(capture, situation, context)
                if rows is None:
                    return None
                kept.lists[capture.name] = rows
                continue
            value = captured_value(capture, situation, context)
            if value is None:
                return None
            kept.values[capture.name] = value
        return kept

    def _window(self, state: State, situation: Situation, planned: Planned) -> WindowFound | None:
        window = planned.step.window
        if window is None:
            return None
        context = self.context(state, situation, planned)
        length = window.length
        if window.length_field is not None:
            told = situation.rows(context.server(window.on), window.length_field)
            value = told[0].value if told else None
            length = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        verdict = judge(window.begins(), context).verdict
        return self._countdowns.look(planned, window, verdict, length, situation)

    def _function(self, state: State, situation: Situation, index: int) -> FunctionFound:
        function = self.plan.functions[index]
        verdicts: list[Verdict] = []
        shown: list[str] = []
        for pair in self.plan.pairs:
            context = self._pair_context(state, situation, pair.roles, f"function:{index}:{pair.name}")
            verdicts.append(judge(function.expect, context).verdict)
            if function.show:
                shown.append(_shown_number(function.show, situation, context))
        lost = Verdict.NOT_MET in verdicts
        verdict = Verdict.NOT_MET if lost else Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.MET
        number = " ".join(shown)
        expected = lost and self._normal(state, function)
        if expected:
            word = f"{number + ' ' if number else ''}{function.lost} (expected)"
        elif verdict is Verdict.NOT_MET:
            word = f"{number + ' ' if number else ''}{function.lost} !"
        elif verdict is Verdict.UNKNOWN:
            word = f"{number + ' ' if number else ''}unknown ?"
        else:
            word = f"{number} {function.ok}".strip()
        return FunctionFound(function.name, safe(word), verdict, expected)

    def _normal(self, state: State, function: Function) -> bool:
        """Whether the procedure expects this function not to hold where the pointer is."""
        current = state.current
        if current is None:
            return False
        for span in function.normal:
            first = [item.position for item in self.plan.steps if item.step.id == span.from_]
            last = [item.position for item in self.plan.steps if item.step.id == span.until]
            if min(first, default=0) <= current.position <= max(last, default=len(self.plan.steps)):
                return True
        return False

    def _guard(self, state: State, situation: Situation, watched: Watched) -> GuardFound:
        guard = watched.guard
        scope = f"guard:{watched.key}"
        watching = self._watching(state, watched) and not self._excepted(watched, situation.boot_ns)
        if not watching:
            self.held.forget(scope)
            return GuardFound(watched, NOTHING_TELLS, lost=False, watching=False)
        context = self._pair_context(state, situation, watched.pair.roles, scope)
        found = judge(guard.expect, context)
        bad = found.verdict is Verdict.NOT_MET or (
            found.verdict is Verdict.UNKNOWN and guard.on_unknown == "block-changes"
        )
        lost_s = self.held.note(f"{scope}:lost", guard.expect, bad, situation.boot_ns)
        return GuardFound(watched, found, lost=bad and lost_s >= guard.debounce, watching=True)

    def _watching(self, state: State, watched: Watched) -> bool:
        """Between the guard's first and last step."""
        current = state.current
        if current is None:
            return watched.guard.until is None
        return watched.first <= current.position <= watched.last

    def _excepted(self, watched: Watched, boot_ns: int) -> bool:
        """In the declared window of a step, counted from when its act was sent."""
        for exception in watched.guard.except_:
            for item in self.plan.steps:
                if item.step.id != exception.step or (
                    item.section.repeat is not None and item.pair.name != watched.pair.name
                ):
                    continue
                sent = self.sent_ns.get(item.key)
                if sent is not None and (boot_ns - sent) / 1e9 <= exception.for_:
                    return True
        return False

    def _pair_context(
        self, state: State, situation: Situation, roles: Mapping[str, str], scope: str
    ) -> Context:
        return Context(
            situation,
            roles,
            None,
            {server: mark.number for server, mark in state.marks.items()},
            state.captured,
            state.lists,
            scope=scope,
            held=self.held,
            line_words=self.line_words,
        )


def _scope(key: str, attempt: int) -> str:
    """Under which name it is kept since when what a step awaits is so."""
    return f"{key}#{attempt}"


def captured_rows(capture: Capture, situation: Situation, context: Context) -> tuple[str, ...] | None:
    """The names of the field's rows, of those with the wanted value; None while they cannot all be read."""
    found: dict[str, None] = {}
    for role in capture.on:
        rows = situation.rows(context.server(role), capture.field)
        if not rows or any(row.age_s(situation.boot_ns) > context.max_age_s for row in rows):
            return None
        for row in rows:
            if row.failure is Failure.NO_ROWS:
                continue
            if row.value is None or not row.row:
                return None
            if capture.is_ is None or row.value == capture.is_:
                found[row.row] = None
    return tuple(found)


def lists_seen_from(state: State, planned: Planned) -> dict[str, tuple[str, ...]]:
    """Captured lists by their plain names, those of the step's own pair first."""
    suffix = f"@{planned.pair.name}"
    plain = {name: rows for name, rows in state.lists.items() if "@" not in name}
    own = {name.removesuffix(suffix): rows for name, rows in state.lists.items() if name.endswith(suffix)}
    return {**plain, **own}


def captured_value(capture: Capture, situation: Situation, context: Context) -> Value | None:
    """The value of the field, added up over the servers (and rows with `total`); None if one is unknown."""
    values: list[Value] = []
    for role in capture.on:
        rows = situation.rows(context.server(role), capture.field)
        if not rows or any(row.age_s(situation.boot_ns) > context.max_age_s for row in rows):
            return None
        if capture.total and len(rows) == 1 and rows[0].failure is Failure.NO_ROWS:
            values.append(0)
            continue
        chosen = [row for row in rows if capture.row is None or row.row == capture.row]
        found = [row.value for row in (chosen if capture.total else chosen[:1])]
        if not found:
            return None
        if any(value is None for value in found):
            return None
        values.extend(value for value in found if value is not None)
    if len(values) == 1:
        return values[0]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return sum(numbers) if len(numbers) == len(values) else None


def fields_of(plan: Plan) -> dict[str, set[str]]:
    """Server to every reading the procedure speaks of there, so that one request a server reads them all."""
    found: dict[str, set[str]] = {server: set() for server in plan.servers()}

    def ask(pair: BoundPair, role: str | None, name: str) -> None:
        named = pair.roles.get(role or "")
        for server in pair.roles.values() if role is None else (named,) if named else ():
            found[server].add(name)

    def ask_for(pair: BoundPair, expectations: Sequence[Expectation], default: str | None) -> None:
        for leaf in (leaf for item in expectations for leaf in item.leaves()):
            if leaf.field:
                ask(pair, leaf.on or default, leaf.field)
            for role, name, _ in map(side_parts, leaf.fields):
                ask(pair, role or default, name)

    def ask_capture(pair: BoundPair, capture: Capture) -> None:
        for role in capture.on:
            ask(pair, role, capture.field)

    for item in plan.steps:
        step, pair = item.step, item.pair
        ask_for(
            pair,
            [*step.require, *step.already, *(part for way in step.ways() for part in way.expect)],
            step.on,
        )
        for capture in step.capture:
            ask_capture(pair, capture)
        if step.progress:
            ask(pair, step.progress.on or step.on, step.progress.field)
        if step.window:
            ask(pair, step.window.on, step.window.field)
            ask(pair, step.window.on, step.window.length_field or step.window.field)
    for pair in plan.pairs:
        ask_for(pair, [guard.expect for guard in plan.procedure.guards], None)
        for function in plan.functions:
            ask_for(pair, [function.expect], None)
            if function.show:
                ask_capture(pair, function.show)
    return found


def logs_of(plan: Plan) -> set[str]:
    """Every catalogue name the procedure awaits."""
    return {
        leaf.log for step in plan.procedure.steps() for leaf in step.expectations() if leaf.log is not None
    }


def lost_words(guard: Guard, evidence: Sequence[Evidence]) -> SafeText:
    """A lost guard in one line: its title, what was found, and what to do first."""
    found = "; ".join(
        f"{item.expected}: {item.found}" for item in evidence if item.verdict is not Verdict.MET
    )
    return safe(f"{guard.title} - {found}", 300)


def _shown_number(capture: Capture, situation: Situation, context: Context) -> str:
    """The sum over the servers that could be read; `+?` where one could not."""
    values = [
        captured_value(capture.model_copy(update={"on": (role,)}), situation, context) for role in capture.on
    ]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not numbers:
        return "?"
    return _number_words(sum(numbers)) + ("+?" if len(numbers) < len(values) else "")


def _number_words(value: Value) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
