"""Judging: three-valued to the last corner. Unknown never becomes met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.observe.expectations import (
    Context,
    HeldSince,
    conjunction,
    counted,
    disjunction,
    judge,
    negation,
)
from handrail.observe.situation import LogMatch, Situation, Source, SourceState
from handrail.procedure.model import Expectation
from handrail.readings import Failure, Line, Reading, Value, Verdict
from handrail.text import safe

NOW = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
SECOND = 1_000_000_000
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


def reading(
    value: Value | Failure, *, server: str = "a", name: str = "active", age_s: float = 0, row: str = ""
) -> Reading:
    """One reading, so old at boot second 100."""
    failed = value if isinstance(value, Failure) else None
    plain = None if isinstance(value, Failure) else value
    boot = int((100 - age_s) * SECOND)
    return Reading(server, name, plain, NOW, boot, safe("test"), row=row, failure=failed)


def context(*readings: Reading, lines: tuple[LogMatch, ...] = (), **rest: object) -> Context:
    """A context at boot second 100 with these readings."""
    rows: dict[tuple[str, str], tuple[Reading, ...]] = {}
    for item in readings:
        rows[item.server, item.field] = (*rows.get((item.server, item.field), ()), item)
    sources = {"a": SourceState(Source.READY, 10)}
    situation = Situation(NOW, 100 * SECOND, rows, {"a": lines}, sources)
    return Context(situation, {"master": "a", "slave": "b"}, "master", **rest)  # type: ignore[arg-type]


def expectation(**fields: object) -> Expectation:
    """An expectation as a file would say it."""
    return Expectation.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "value", "wanted"),
    [
        ({"is": True}, True, MET),
        ({"is": True}, False, NOT_MET),
        ({"is": True}, 1, NOT_MET),
        ({"is": 1}, True, NOT_MET),
        ({"is": "x"}, "x", MET),
        ({"is_not": "x"}, "y", MET),
        ({"is_not": "x"}, "x", NOT_MET),
        ({"one_of": ("a", "b")}, "b", MET),
        ({"one_of": ("a", "b")}, "c", NOT_MET),
        ({"at_least": 5}, 4, NOT_MET),
        ({"at_least": 5}, 5, MET),
        ({"at_least": 5}, 6, MET),
        ({"at_most": 5}, 5, MET),
        ({"at_most": 5}, 6, NOT_MET),
        ({"at_least": 1, "at_most": 3}, 2, MET),
        ({"at_least": 1, "at_most": 3}, 0, NOT_MET),
        ({"at_least": 1}, "many", UNKNOWN),
        ({"at_least": 1}, True, UNKNOWN),
        ({"is": True}, Failure.TIMED_OUT, UNKNOWN),
        ({"is": True}, Failure.REFUSED, UNKNOWN),
        ({"is": True, "also_when": ("refused",)}, Failure.REFUSED, MET),
        ({"is": True, "also_when": ("refused",)}, Failure.TIMED_OUT, UNKNOWN),
        ({"is": True, "not_when": ("refused",)}, Failure.REFUSED, NOT_MET),
    ],
)
def test_each_comparison_on_both_sides_of_its_bound(
    fields: dict[str, object], value: Value | Failure, wanted: Verdict
) -> None:
    """Would catch a comparison turned round, off by one, or one that takes 1 for true."""
    assert judge(expectation(field="active", **fields), context(reading(value))).verdict is wanted


def test_what_is_too_old_or_was_never_read_is_unknown() -> None:
    """Would catch a stale value that passes a gate."""
    wanted = expectation(field="active", **{"is": True})
    assert judge(wanted, context(reading(True, age_s=9))).verdict is MET
    assert judge(wanted, context(reading(True, age_s=11))).verdict is UNKNOWN
    assert judge(wanted, context(reading(True, age_s=3), max_age_s=2.0)).verdict is UNKNOWN
    assert judge(wanted, context()).verdict is UNKNOWN


def test_held_counts_from_the_first_reading_that_was_true_to_the_latest() -> None:
    """Would catch one lucky reading counting as held, and time in which nothing was read."""
    wanted, held = expectation(field="active", held="5s", **{"is": True}), HeldSince()

    def at(second: float, value: Value | Failure) -> Verdict:
        found = reading(value)
        moment = Reading(
            **{**{name: getattr(found, name) for name in found.__slots__}, "boot_ns": int(second * SECOND)}
        )
        situation = Situation(NOW, int(second * SECOND), {("a", "active"): (moment,)})
        return judge(wanted, Context(situation, {"master": "a"}, "master", held=held)).verdict

    assert [at(0, True), at(3, True), at(4.9, True)] == [NOT_MET] * 3
    assert at(5, True) is MET
    assert at(6, Failure.TIMED_OUT) is UNKNOWN
    assert at(7, True) is NOT_MET
    assert at(12, True) is MET
    assert at(13, False) is NOT_MET
    assert at(17, True) is NOT_MET
    assert at(40, True) is NOT_MET, "nothing was read for 23 s: that is a break"
    assert at(45, True) is MET


def match(number: int, name: str = "x.up") -> LogMatch:
    """A matched line."""
    return LogMatch(name, Line("a", safe("up"), NOW, 99 * SECOND, "", number))


def test_a_line_counts_only_after_its_mark() -> None:
    """Would catch yesterday's line passing today's gate."""
    wanted = expectation(log="x.up")
    assert judge(wanted, context(lines=(match(5),), marks={"a": 4})).verdict is MET
    assert judge(wanted, context(lines=(match(5),), marks={"a": 5})).verdict is NOT_MET
    assert judge(wanted, context(lines=(match(5, "x.down"),))).verdict is NOT_MET


def test_not_seen_is_a_statement_only_where_the_log_can_be_read() -> None:
    """Would catch "not seen" of a log nobody could read, above all for lines that must be absent."""
    blind = context()
    blind = Context(
        Situation(NOW, 0, {}, {}, {"a": SourceState(Source.CANNOT_READ, detail=safe("denied"))}),
        blind.roles,
        "master",
    )
    assert judge(expectation(log="x.up"), blind).verdict is UNKNOWN
    assert judge(expectation(log="x.up", absent=True), blind).verdict is UNKNOWN
    assert judge(expectation(log="x.up", absent=True), context()).verdict is MET
    assert judge(expectation(log="x.up", absent=True), context(lines=(match(5),))).verdict is NOT_MET


def test_relations_need_every_side() -> None:
    """Would catch two unreadable values that are taken for equal."""
    equal = expectation(relation="equal", fields=("master:node-id", "slave:node-id"))
    distinct = expectation(relation="distinct", fields=("master:node-id", "slave:node-id"))
    one = reading("n1", name="node-id")
    assert judge(equal, context(one, reading("n1", server="b", name="node-id"))).verdict is MET
    assert judge(equal, context(one, reading("n2", server="b", name="node-id"))).verdict is NOT_MET
    assert judge(distinct, context(one, reading("n2", server="b", name="node-id"))).verdict is MET
    assert judge(distinct, context(one, reading("n1", server="b", name="node-id"))).verdict is NOT_MET
    assert (
        judge(equal, context(one, reading(Failure.TIMED_OUT, server="b", name="node-id"))).verdict is UNKNOWN
    )
    assert judge(equal, context()).verdict is UNKNOWN


def test_totals_need_every_row() -> None:
    """Would catch a sum over the rows that happened to answer."""
    wanted = expectation(field="messages", total=True, at_least=10)
    rows = [reading(6, name="messages", row="q1"), reading(4, name="messages", row="q2")]
    assert judge(wanted, context(*rows)).verdict is MET
    assert judge(wanted, context(*rows[:1])).verdict is NOT_MET
    assert (
        judge(wanted, context(rows[0], reading(Failure.TIMED_OUT, name="messages", row="q2"))).verdict
        is UNKNOWN
    )


def test_captured_values_stand_where_literals_do() -> None:
    """Would catch a comparison with a value that was never captured."""
    wanted = expectation(field="connections", at_least={"captured": "before"})
    now = reading(8, name="connections")
    assert judge(wanted, context(now, captured={"before": 8})).verdict is MET
    assert judge(wanted, context(now, captured={"before": 9})).verdict is NOT_MET
    assert judge(wanted, context(now)).verdict is UNKNOWN


VERDICTS = st.lists(st.sampled_from([MET, NOT_MET, UNKNOWN]), max_size=5)


@given(VERDICTS, st.integers(0, 5))
def test_groups_say_what_every_possible_world_says(verdicts: list[Verdict], wanted: int) -> None:
    """Against all worlds: unknown is met or not met in each; a group is met only if it is in all of them."""
    worlds = list(product(*[[True, False] if item is UNKNOWN else [item is MET] for item in verdicts]))

    def over_all(results: set[bool]) -> Verdict:
        return UNKNOWN if len(results) > 1 else MET if True in results else NOT_MET

    assert conjunction(verdicts) is over_all({all(world) for world in worlds})
    assert disjunction(verdicts) is over_all({any(world) for world in worlds})
    exactly = expectation(count=({"log": "x.y"},), exactly=wanted)
    assert counted(verdicts, exactly) is over_all({sum(world) == wanted for world in worlds})
    at_most = expectation(count=({"log": "x.y"},), at_most=wanted)
    assert counted(verdicts, at_most) is over_all({sum(world) <= wanted for world in worlds})
    assert [negation(item) for item in (MET, NOT_MET, UNKNOWN)] == [NOT_MET, MET, UNKNOWN]


LISTED = {"vpns": ("one", "two")}


def test_rows_that_could_not_be_read_say_what_that_means() -> None:
    """Would catch a bare `stale` on the screen, which names neither its meaning nor its mend."""
    kept = replace(reading(Failure.STALE, name="role", row="x"), meaning=safe("kept by a proxy; ask itself"))
    well = reading("standby", name="role", row="y")
    every = expectation(field="role", every="*", **{"is": "standby"})
    [found] = judge(every, context(kept, well)).evidence
    assert (found.verdict, found.found) == (UNKNOWN, "1 of 2; x: stale (kept by a proxy; ask itself)")
    [whole] = judge(every, context(replace(kept, row=""))).evidence
    assert whole.found == "stale: kept by a proxy; ask itself"
    [total] = judge(expectation(field="role", total=True, at_least=1), context(kept, well)).evidence
    assert total.found == "not all rows could be read: stale: kept by a proxy; ask itself"


@pytest.mark.parametrize(
    ("every", "values", "wanted"),
    [
        ("vpns", {"one": "standby", "two": "standby"}, MET),
        ("vpns", {"one": "standby", "two": "active"}, NOT_MET),
        ("vpns", {"one": "standby"}, UNKNOWN),
        ("vpns", {"one": "standby", "two": Failure.NOT_APPLICABLE}, UNKNOWN),
        ("vpns", {"one": "standby", "two": "standby", "three": "active"}, MET),
        ("*", {"one": "standby", "three": "active"}, NOT_MET),
        ("*", {"": Failure.NO_ROWS}, MET),
        ("*", {"": Failure.REFUSED}, UNKNOWN),
        ("*", {}, UNKNOWN),
        ("nothing", {"one": "standby"}, UNKNOWN),
    ],
)
def test_every_row_of_a_list_must_be_so(
    every: str, values: dict[str, Value | Failure], wanted: Verdict
) -> None:
    """A row that is not there, or shows a dash, is unknown; rows outside the list do not count."""
    readings = [reading(value, name="role", row=row) for row, value in values.items()]
    found = judge(
        expectation(field="role", every=every, **{"is": "standby"}), context(*readings, lists=LISTED)
    )
    assert found.verdict is wanted


def test_the_first_rows_that_are_not_so_are_named() -> None:
    """Of 300 rows the two that are wrong must be found."""
    readings = [
        reading("active" if row == "two" else "standby", name="role", row=row) for row in ("one", "two")
    ]
    found = judge(
        expectation(field="role", every="vpns", **{"is": "standby"}), context(*readings, lists=LISTED)
    )
    assert found.evidence[0].found == "1 of 2; two: active"


@pytest.mark.parametrize(
    ("uptime", "sent_s", "wanted"),
    [(5, 90, MET), (50, 90, NOT_MET), (5, None, UNKNOWN), (Failure.REFUSED, 90, UNKNOWN)],
)
def test_a_restart_is_seen_by_an_uptime_younger_than_the_act(
    uptime: int | Failure, sent_s: int | None, wanted: Verdict
) -> None:
    """A server that accepted a restart and has not begun it must not pass."""
    sent = None if sent_s is None else sent_s * SECOND
    found = judge(
        expectation(field="uptime", since_sent=True), context(reading(uptime, name="uptime"), sent_ns=sent)
    )
    assert found.verdict is wanted


@pytest.mark.parametrize(
    ("relation", "one", "other", "wanted"),
    [
        ("equal", "AB:CD", "AB:CD", MET),
        ("equal", "AB:CD", "AB:CE", NOT_MET),
        ("equal", "empty", "empty", NOT_MET),
        ("distinct", "a", "a", NOT_MET),
        ("same-subnet", "10.1.2.3/24", "10.1.2.77/24", MET),
        ("same-subnet", "10.1.2.3/24", "10.1.3.77/24", NOT_MET),
        ("different-subnet", "10.1.2.3/24", "10.1.3.77/24", MET),
        ("different-subnet", "2001:db8::1/64", "10.1.3.77/24", MET),
        ("same-subnet", "somewhere", "10.1.2.77/24", UNKNOWN),
    ],
)
def test_typed_values_are_compared(relation: str, one: str, other: str, wanted: Verdict) -> None:
    """What was typed on one page must fit what was typed on the other."""
    found = judge(
        expectation(relation=relation, values=("one", "other")),
        context(captured={"one": one, "other": other}),
    )
    assert found.verdict is wanted
    missing = judge(expectation(relation=relation, values=("one", "other")), context(captured={"one": one}))
    assert missing.verdict is UNKNOWN


def test_what_speaks_of_a_role_nobody_has_is_left_out() -> None:
    """A site without an HA mate is not held up by the mate."""
    both = tuple({"on": role, "field": "active", "is": True} for role in ("master", "mate"))
    assert judge(expectation(all=both), context(reading(True))).verdict is MET
    assert judge(expectation(count=both, exactly=1), context(reading(True))).verdict is MET


def test_no_rows_add_up_to_nothing() -> None:
    """No prepared transaction is left: 0, not unknown."""
    readings = (reading(Failure.NO_ROWS, name="prepared"),)
    assert judge(expectation(field="prepared", total=True, **{"is": 0}), context(*readings)).verdict is MET


@pytest.mark.parametrize(
    "fields",
    [
        {"field": "active", "is": True},
        {"field": "active", "every": "*", "is": True},
        {"field": "active", "total": True, "at_least": 1},
    ],
)
def test_what_was_read_before_the_act_is_unknown_and_later_readings_count(fields: dict[str, object]) -> None:
    """Would catch an expectation met by the state before what was sent."""
    wanted = expectation(**fields)
    value = 1 if "total" in fields else True
    one = reading(value, row="x" if "every" in fields else "", age_s=2)
    assert judge(wanted, context(one, act_ns=99 * SECOND)).verdict is UNKNOWN
    assert judge(wanted, context(one, act_ns=98 * SECOND)).verdict is UNKNOWN
    assert judge(wanted, context(one, act_ns=97 * SECOND)).verdict is MET
    assert judge(wanted, context(one)).verdict is MET
