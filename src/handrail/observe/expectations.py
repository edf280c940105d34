"""Judging an expectation against a situation: met, not met or unknown, and the evidence for it.

Three-valued throughout: what could not be read, is too old, or is contradicted is unknown, and unknown
never becomes met by being combined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_interface

from handrail.observe.situation import Situation, Source
from handrail.procedure.model import Captured, Expectation, Operand, Scalar, side_parts
from handrail.readings import (
    NOTHING_THERE,
    Evidence,
    Failure,
    Reading,
    Value,
    Verdict,
    measured,
    value_words,
)
from handrail.text import NOTHING, SafeText, amount, safe

MAX_AGE_S = 10.0
"""A reading older than this is unknown when nothing stricter is asked."""

GAP_S = 15.0
"""Longest time between two readings that still counts as without a break: a slow read and its time limit."""

BEFORE_ACT = safe("not read since the act")
"""What is known of a reading that was taken before what is awaited could begin."""

_RELATIONS = {
    "equal": "equal",
    "distinct": "distinct",
    "same-subnet": "in one subnet",
    "different-subnet": "in different subnets",
}
_NAMED = 3
"""How many rows that are not as expected the evidence names."""
_WORDS = {"is": "=", "is_not": "is not", "at_least": "at least", "at_most": "at most", "one_of": "one of"}


class HeldSince:
    """Since when each expectation with `held` has been true without a break, in boot nanoseconds.

    A gap in which nothing was read is a break: a process that slept for a minute has held nothing.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[str, Expectation], int] = {}
        self._last: dict[tuple[str, Expectation], int] = {}

    def note(self, scope: str, expectation: Expectation, true: bool, boot_ns: int) -> float:
        """Take note of one judgement; returns how long it has been true, in seconds."""
        key = (scope, expectation)
        if not true:
            self._since.pop(key, None)
            return 0.0
        if boot_ns - self._last.get(key, boot_ns) > GAP_S * 1e9:
            self._since.pop(key, None)
        self._last[key] = boot_ns
        since = self._since.setdefault(key, boot_ns)
        return max(0.0, (boot_ns - since) / 1e9)

    def take_up(self, scope: str, expectation: Expectation, since_ns: int, boot_ns: int) -> None:
        """Go on with what was true since then when it was last looked at, by whoever looked."""
        key = (scope, expectation)
        self._since[key], self._last[key] = since_ns, boot_ns

    def forget(self, scope: str) -> None:
        """Start anew for everything noted under this scope."""
        self._since = {key: since for key, since in self._since.items() if key[0] != scope}


@dataclass(frozen=True)
class Context:
    """What an expectation is judged in: the situation, who is who, and what was captured."""

    situation: Situation
    roles: Mapping[str, str]
    """Role to server name."""
    default_role: str | None = None
    marks: Mapping[str, int] = field(default_factory=dict)
    """Server to the number of the last line that does not count any more."""
    captured: Mapping[str, Value] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Captured lists of row names."""
    sent_ns: int | None = None
    """Boot time at which the step's act was sent, where that is known."""
    act_ns: int | None = None
    """For what is awaited of an act: when it was sent. What was read by then is not what came of it."""
    max_age_s: float = MAX_AGE_S
    scope: str = ""
    held: HeldSince | None = None
    line_words: Callable[[str, str], SafeText] = lambda name, _server: safe(name)
    """Message name and server to the real line awaited there, for the screen."""

    def server(self, role: str | None) -> str:
        """The server that has this role; the role's own name where it is not bound."""
        name = role or self.default_role or ""
        return self.roles.get(name, name)

    def is_before_act(self, reading: Reading) -> bool:
        """Whether this was read before the act whose effect is awaited."""
        return self.act_ns is not None and reading.boot_ns <= self.act_ns

    def applies(self, expectation: Expectation) -> bool:
        """Whether what it speaks of is there: an optional role may stand for no server of this group."""
        return expectation.on is None or expectation.on in self.roles or not self.roles


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and one piece of evidence for each plain expectation within."""

    verdict: Verdict
    evidence: tuple[Evidence, ...]


def judge(expectation: Expectation, context: Context) -> Judgement:
    """The verdict on one expectation now, its `held` included."""
    found = _judge_now(expectation, context)
    if expectation.held <= 0:
        return found
    if context.held is None:
        return found
    held_s = context.held.note(
        context.scope, expectation, found.verdict is Verdict.MET, _moment(expectation, context)
    )
    verdict = found.verdict
    holding = verdict is Verdict.MET and held_s < expectation.held
    if holding:
        verdict = Verdict.NOT_MET
    evidence = tuple(
        Evidence(
            safe(f"{item.expected} (held {_seconds(expectation.held)})"),
            item.found,
            verdict if item.verdict is Verdict.MET else item.verdict,
            item.source,
            item.age_s,
            held_s,
            holding and item.verdict is Verdict.MET,
        )
        for item in found.evidence
    )
    return Judgement(verdict, evidence)


def judge_all(expectations: Sequence[Expectation], context: Context) -> Judgement:
    """All of them together: not met if one is not met, else unknown if one is unknown, else met."""
    judgements = [judge(item, context) for item in expectations if context.applies(item)]
    return Judgement(
        conjunction([item.verdict for item in judgements]),
        tuple(evidence for item in judgements for evidence in item.evidence),
    )


def conjunction(verdicts: Sequence[Verdict]) -> Verdict:
    """Three-valued and: not met wins, then unknown, then met; nothing at all is met."""
    if Verdict.NOT_MET in verdicts:
        return Verdict.NOT_MET
    if Verdict.UNKNOWN in verdicts:
        return Verdict.UNKNOWN
    return Verdict.MET


def disjunction(verdicts: Sequence[Verdict]) -> Verdict:
    """Three-valued or: met wins, then unknown, then not met."""
    if Verdict.MET in verdicts:
        return Verdict.MET
    if Verdict.UNKNOWN in verdicts:
        return Verdict.UNKNOWN
    return Verdict.NOT_MET


def negation(verdict: Verdict) -> Verdict:
    """Three-valued not: unknown stays unknown."""
    if verdict is Verdict.UNKNOWN:
        return verdict
    return Verdict.NOT_MET if verdict is Verdict.MET else Verdict.MET


def counted(verdicts: Sequence[Verdict], expectation: Expectation) -> Verdict:
    """Whether the number of met verdicts fits, given that unknown ones may be either."""
    low = sum(verdict is Verdict.MET for verdict in verdicts)
    high = low + sum(verdict is Verdict.UNKNOWN for verdict in verdicts)
    fits = [_number_fits(number, expectation) for number in range(low, high + 1)]
    if all(fits):
        return Verdict.MET
    return Verdict.UNKNOWN if any(fits) else Verdict.NOT_MET


def describe(expectation: Expectation, context: Context) -> SafeText:
    """The expectation in words, with real server names."""
    if expectation.parts():
        parts = "; ".join(describe(part, context) for part in expectation.parts())
        if expectation.count:
            how_many = (
                f"exactly {expectation.exactly}"
                if expectation.exactly is not None
                else f"at least {expectation.at_least}"
                if expectation.at_least is not None
                else f"at most {expectation.at_most}"
            )
            return safe(f"{how_many} of: {parts}")
        word = "all of" if expectation.all else "any of" if expectation.any else "none of"
        return safe(f"{word}: {parts}")
    if expectation.log is not None:
        server = context.server(expectation.on)
        absent = "no line " if expectation.absent else ""
        return safe(f"{absent}{context.line_words(expectation.log, server)} in the log of {server}")
    if expectation.relation is not None:
        sides = " and ".join(
            expectation.values or [_side_words(side, context) for side in expectation.fields]
        )
        return safe(f"{sides} {_RELATIONS[expectation.relation]}")
    subject = expectation.value or f"{expectation.field} of {context.server(expectation.on)}"
    if expectation.row is not None:
        subject += f" [{expectation.row}]"
    if expectation.every is not None:
        subject = f"every {expectation.field} of {context.server(expectation.on)}"
    if expectation.since_sent:
        return safe(f"{subject} less than the time since it was sent: restarted")
    comparisons = " and ".join(
        f"{_WORDS[word]} {_operand_words(operand, context)}" for word, operand in expectation.comparisons()
    )
    return safe(f"{subject} {comparisons}")


def _judge_now(expectation: Expectation, context: Context) -> Judgement:
    if expectation.parts():
        judgements = [judge(part, context) for part in expectation.parts() if context.applies(part)]
        verdicts = [item.verdict for item in judgements]
        if expectation.all:
            verdict = conjunction(verdicts)
        elif expectation.any:
            verdict = disjunction(verdicts)
        elif expectation.none:
            verdict = negation(disjunction(verdicts))
        else:
            verdict = counted(verdicts, expectation)
        return Judgement(verdict, tuple(evidence for item in judgements for evidence in item.evidence))
    if expectation.log is not None:
        return _judge_log(expectation, context)
    if expectation.relation is not None:
        return _judge_relation(expectation, context)
    if expectation.value is not None:
        return _judge_value(expectation, context)
    return _judge_field(expectation, context)


def _judge_log(expectation: Expectation, context: Context) -> Judgement:
    assert expectation.log is not None  # noqa: S101 - the model says so
    server = context.server(expectation.on)
    expected = describe(expectation, context)
    mark = context.marks.get(server, 0)
    for match in reversed(context.situation.matches.get(server, ())):
        if match.name == expectation.log and match.line.number > mark:
            age = max(0.0, (context.situation.boot_ns - match.line.boot_ns) / 1e9)
            verdict = Verdict.NOT_MET if expectation.absent else Verdict.MET
            return _one(expected, match.line.text, verdict, safe(f"log of {server}"), age)
    source = context.situation.sources.get(server)
    if source is None or source.state is not Source.READY:
        detail = source.detail if source else safe("no log source")
        return _one(
            expected, safe(f"cannot read the log: {detail}"), Verdict.UNKNOWN, safe(f"log of {server}")
        )
    verdict = Verdict.MET if expectation.absent else Verdict.NOT_MET
    return _one(
        expected,
        safe(f"not seen in {amount(max(0, source.consumed - mark), 'line')}"),
        verdict,
        safe(f"log of {server}"),
    )


def _judge_relation(expectation: Expectation, context: Context) -> Judgement:
    expected = describe(expectation, context)
    found: list[Value] = []
    words: list[str] = []
    unknown = False
    for name in expectation.values:
        value = context.captured.get(name)
        unknown |= value is None
        words.append(f"{name}: {'never captured' if value is None else value_words(value)}")
        found += [] if value is None else [value]
    for side in expectation.fields:
        role, name, chosen = side_parts(side)
        reading, why = _fresh(context, context.server(role or None), name, chosen)
        if reading is None or reading.value is None:
            unknown = True
            words.append(f"{_side_words(side, context)}: {why}")
        else:
            found.append(reading.value)
            words.append(f"{_side_words(side, context)}: {value_words(reading.value)}")
    verdict = Verdict.UNKNOWN if unknown else _related(expectation.relation or "equal", found)
    if verdict is Verdict.MET and expectation.relation == "equal" and NOTHING_THERE in found:
        # Fields that were seen to hold nothing do not fit each other: they are not filled in.
        verdict = Verdict.NOT_MET
    return _one(expected, safe("; ".join(words)), verdict)


def _related(relation: str, found: Sequence[Value]) -> Verdict:
    if relation == "equal":
        return _truth(all(value == found[0] for value in found))
    if relation == "distinct":
        return _truth(len({repr(value) for value in found}) == len(found))
    try:
        networks = {ip_interface(str(value)).network for value in found}
    except ValueError:
        return Verdict.UNKNOWN
    return _truth((len(networks) == 1) == (relation == "same-subnet"))


def _judge_value(expectation: Expectation, context: Context) -> Judgement:
    expected = describe(expectation, context)
    value = context.captured.get(expectation.value or "")
    if value is None:
        return _one(expected, safe("never captured"), Verdict.UNKNOWN)
    return _one(expected, safe(value_words(value)), _compare(value, expectation, context), safe("captured"))


def _judge_field(expectation: Expectation, context: Context) -> Judgement:
    assert expectation.field is not None  # noqa: S101 - the model says so
    expected = describe(expectation, context)
    server = context.server(expectation.on)
    if expectation.total:
        return _judge_total(expectation, context, expected, server)
    if expectation.every is not None:
        return _judge_every(expectation, context, expected, server)
    reading, why = _fresh(context, server, expectation.field, expectation.row)
    if reading is None:
        return _one(expected, why, Verdict.UNKNOWN)
    age = reading.age_s(context.situation.boot_ns)
    if reading.failure is not None:
        verdict = _failed(reading.failure, expectation)
        return _one(expected, _why(reading), verdict, reading.source, age)
    assert reading.value is not None  # noqa: S101 - a reading without a failure has a value
    found = safe(measured(reading.value, reading.unit))
    if expectation.since_sent:
        return _judge_since_sent(reading, context, expected, found, age)
    return _one(expected, found, _compare(reading.value, expectation, context), reading.source, age)


def _judge_since_sent(
    reading: Reading, context: Context, expected: SafeText, found: SafeText, age: float
) -> Judgement:
    """A number of seconds that began after the act was sent."""
    seconds = reading.value
    if context.sent_ns is None or isinstance(seconds, bool | str) or seconds is None:
        return _one(expected, safe(f"{found}; when it was sent is not known"), Verdict.UNKNOWN)
    since_s = (reading.boot_ns - context.sent_ns) / 1e9
    found = safe(f"{found}; sent {since_s:.0f} s before")
    return _one(expected, found, _truth(seconds < since_s), reading.source, age)


def _failed(failure: Failure, expectation: Expectation) -> Verdict:
    """What a reading that failed is worth: unknown, unless the expectation says what it means."""
    if failure.value in expectation.also_when:
        return Verdict.MET
    return Verdict.NOT_MET if failure.value in expectation.not_when else Verdict.UNKNOWN


def _judge_every(expectation: Expectation, context: Context, expected: SafeText, server: str) -> Judgement:
    """Each row of the list, or each there is; the evidence counts them and names the first others."""
    rows = {row.row: row for row in context.situation.rows(server, expectation.field or "")}
    listed = (
        [row for row in rows if row]
        if expectation.every == "*"
        else context.lists.get(expectation.every or "")
    )
    if listed is None:
        return _one(expected, safe(f"{expectation.every} was never captured"), Verdict.UNKNOWN)
    if any(context.is_before_act(row) for row in rows.values()):
        return _one(expected, BEFORE_ACT, Verdict.UNKNOWN)
    failed = rows.get("")
    if failed is not None and failed.failure is not None and failed.failure is not Failure.NO_ROWS:
        return _one(expected, _why(failed), _failed(failed.failure, expectation), failed.source)
    if not rows:
        return _one(expected, safe("not read yet"), Verdict.UNKNOWN)
    if not listed:
        return _one(expected, safe("there are none"), Verdict.MET, next(iter(rows.values())).source)
    judged = {name: _judge_row(rows.get(name), expectation, context) for name in listed}
    other = [f"{name}: {found}" for name, (verdict, found) in judged.items() if verdict is not Verdict.MET]
    words = f"{len(listed) - len(other)} of {len(listed)}"
    if other:
        words += f"; {', '.join(other[:_NAMED])}{' ...' if len(other) > _NAMED else ''}"
    seen = [rows[name] for name in listed if name in rows]
    unmet = [
        rows[name] for name, (verdict, _) in judged.items() if verdict is not Verdict.MET and name in rows
    ]
    if meaning := next((row.meaning for row in unmet if row.meaning), NOTHING):
        words += f" ({meaning})"
    age = max((row.age_s(context.situation.boot_ns) for row in seen), default=0.0)
    source = seen[0].source if seen else NOTHING
    return _one(expected, safe(words), conjunction([verdict for verdict, _ in judged.values()]), source, age)


def _why(reading: Reading) -> SafeText:
    """The failure of a reading, and what it means."""
    failure = reading.failure or ""
    return safe(f"{failure}: {reading.meaning}" if reading.meaning else failure)


def _judge_row(reading: Reading | None, expectation: Expectation, context: Context) -> tuple[Verdict, str]:
    if reading is None:
        return Verdict.UNKNOWN, "not read"
    if reading.age_s(context.situation.boot_ns) > context.max_age_s:
        return Verdict.UNKNOWN, "too old"
    if reading.failure is not None:
        return _failed(reading.failure, expectation), reading.failure.value
    assert reading.value is not None  # noqa: S101 - a reading without a failure has a value
    return _compare(reading.value, expectation, context), value_words(reading.value)


def _judge_total(expectation: Expectation, context: Context, expected: SafeText, server: str) -> Judgement:
    rows = context.situation.rows(server, expectation.field or "")
    if any(context.is_before_act(row) for row in rows):
        return _one(expected, BEFORE_ACT, Verdict.UNKNOWN)
    if len(rows) == 1 and rows[0].failure is Failure.NO_ROWS:
        return _one(expected, safe("0: there are no rows"), _compare(0, expectation, context), rows[0].source)
    stale = [row for row in rows if row.age_s(context.situation.boot_ns) > context.max_age_s]
    numbers = [
        row.value for row in rows if isinstance(row.value, int | float) and not isinstance(row.value, bool)
    ]
    if not rows or stale or len(numbers) != len(rows):
        failed = next((f": {_why(row)}" for row in rows if row.failure is not None), "")
        return _one(expected, safe(f"not all rows could be read{failed}"), Verdict.UNKNOWN)
    total = sum(numbers)
    age = max(row.age_s(context.situation.boot_ns) for row in rows)
    return _one(
        expected,
        safe(f"{total:g} in {amount(len(rows), 'row')}"),
        _compare(total, expectation, context),
        rows[0].source,
        age,
    )


def _fresh(context: Context, server: str, name: str, row: str | None) -> tuple[Reading | None, SafeText]:
    rows = context.situation.rows(server, name)
    chosen = [reading for reading in rows if row is None or reading.row == row]
    if not chosen:
        nobody = server and context.roles and server not in context.roles.values()
        return None, safe(f"no server is bound as {server}" if nobody else "not read yet")
    reading = chosen[0]
    if context.is_before_act(reading):
        told = reading.failure.value if reading.value is None and reading.failure else reading.value
        return None, safe(f"{value_words(told if told is not None else '')} before the act; {BEFORE_ACT}")
    age = reading.age_s(context.situation.boot_ns)
    if age > context.max_age_s:
        return None, safe(f"last read {age:.0f} s ago: too old")
    why = reading.failure.value if reading.failure is not None else ""
    return reading, safe(why)


def _compare(value: Value, expectation: Expectation, context: Context) -> Verdict:
    verdicts: list[Verdict] = []
    for word, operand in expectation.comparisons():
        wanted = _resolved(operand, context)
        if wanted is None:
            verdicts.append(Verdict.UNKNOWN)
        else:
            verdicts.append(_holds(word, value, wanted))
    return conjunction(verdicts)


def _holds(word: str, value: Value, wanted: Scalar | tuple[Scalar, ...]) -> Verdict:
    if word == "one_of":
        assert isinstance(wanted, tuple)  # noqa: S101 - the model says so
        return _truth(any(_same(value, item) for item in wanted))
    assert not isinstance(wanted, tuple)  # noqa: S101 - only one_of holds several
    if word == "is":
        return _truth(_same(value, wanted))
    if word == "is_not":
        return _truth(not _same(value, wanted))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or isinstance(wanted, bool | str):
        return Verdict.UNKNOWN
    assert isinstance(value, int | float)  # noqa: S101 - just tested
    return _truth(value >= wanted if word == "at_least" else value <= wanted)


def _same(value: Value, wanted: Scalar) -> bool:
    # True == 1 in Python; a broker's `1` is not its `true`.
    return isinstance(value, bool) == isinstance(wanted, bool) and value == wanted


def _resolved(operand: Operand | tuple[Scalar, ...], context: Context) -> Scalar | tuple[Scalar, ...] | None:
    if isinstance(operand, Captured):
        return context.captured.get(operand.captured)
    return operand


def _number_fits(number: int, expectation: Expectation) -> bool:
    low, high = expectation.at_least, expectation.at_most
    return (
        (expectation.exactly is None or number == expectation.exactly)
        and (not isinstance(low, int | float) or number >= low)
        and (not isinstance(high, int | float) or number <= high)
    )


def _moment(expectation: Expectation, context: Context) -> int:
    """The boot time the judgement speaks of: the oldest reading it rests on, not the moment of judging."""
    moments = [
        reading.boot_ns
        for leaf in expectation.leaves()
        if leaf.field is not None
        for reading in context.situation.rows(context.server(leaf.on), leaf.field)
    ]
    return min(moments, default=context.situation.boot_ns)


def _truth(holds: bool) -> Verdict:
    return Verdict.MET if holds else Verdict.NOT_MET


def _one(
    expected: SafeText,
    found: SafeText,
    verdict: Verdict,
    source: SafeText = NOTHING,
    age_s: float | None = None,
) -> Judgement:
    return Judgement(verdict, (Evidence(expected, found, verdict, source, age_s),))


def _side_words(side: str, context: Context) -> str:
    role, name, row = side_parts(side)
    return f"{name} of {context.server(role or None)}{f' [{row}]' if row else ''}"


def _operand_words(operand: Operand | tuple[Scalar, ...], context: Context) -> str:
    if isinstance(operand, Captured):
        value = context.captured.get(operand.captured)
        return f"{operand.captured} ({value_words(value) if value is not None else 'not captured'})"
    if isinstance(operand, tuple):
        return ", ".join(value_words(item) for item in operand)
    return value_words(operand)


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s"
