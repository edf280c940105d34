"""Batches: rows fixed in the record, eight in flight, retried only where they failed, chosen row by row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.walk.staging import MemoryRecorder, Staged, play

from handrail.procedure.loading import loads
from handrail.products.product import Answer, Result
from handrail.readings import Failure, Value
from handrail.text import safe
from handrail.walk import events as e
from handrail.walk.plan import BoundPair, lay_out
from handrail.walk.row_words import all_rows, open_rows, progress_words
from handrail.walk.rules import refusal
from handrail.walk.sending import IN_FLIGHT
from handrail.walk.state import Phase, State, fold
from handrail.walk.view import Do, View

FILE = Path(__file__).with_name("batch.toml")
PLAN = lay_out(loads(FILE, FILE.read_bytes()).procedure, (BoundPair("pair", "replication", {"site": "ny"}),))
COUNT = 20
NAMES = tuple(f"vpn-{number}" for number in range(COUNT))
Values = dict[tuple[str, str], Value | Failure | Mapping[str, Value]]


def opened() -> e.Opened:
    """The run begins."""
    return e.Opened(
        procedure="solace/batch",
        version=1,
        sha256="0",
        mode="live",
        site="test",
        operator="ana",
        principal="key",
        program="x",
        pairs=(),
    )


def rows(value: str = "active") -> Values:
    """Every row with this role."""
    return {("ny", "role"): dict.fromkeys(NAMES, value), ("ny", "version"): "10.9.0"}


def at(step: str, phase: Phase) -> Any:
    """The pointer is on this step in this phase."""

    def wanted(view: View) -> bool:
        current = view.current
        return current is not None and current.planned.key == step and current.state.phase is phase

    return wanted


async def decided(stage: Staged, leave: tuple[str, ...] = ()) -> None:
    """Walk up to the batch, leaving these rows out."""
    await stage.until(at("decide", Phase.NOW))
    options = {name: "leave" if name in leave else "standby" for name in NAMES}
    stage.record(e.Chosen(step="decide", option="by row", rows=options))
    await stage.until(at("send", Phase.NOW))


async def confirmed(stage: Staged, words: str = f"{COUNT} test") -> None:
    """Type how many, and the site."""
    attempt = stage.view.state.step("send").attempt
    stage.record(e.Confirmed(step="send", attempt=attempt, how="count", typed=words))
    await stage.until(lambda view: view.current is not None and view.current.state.confirmed)


def taking_effect(stage: Staged, spoilt: tuple[str, ...] = ()) -> None:
    """A row takes its new role, save the spoilt ones, which the system refuses."""

    def answer(arguments: Mapping[str, Value]) -> Answer | None:
        row = str(arguments["row"])
        if row in spoilt:
            return Answer(Result.REFUSED, safe("not allowed"))
        told = dict(stage.systems.values[("ny", "role")])  # type: ignore[arg-type]
        stage.systems.values[("ny", "role")] = {**told, row: "standby"}
        return None

    stage.systems.of_row = answer


def send(stage: Staged) -> None:
    """As the key does."""
    from handrail.walk import commands as c

    stage.submit(c.Send("send", stage.view.state.step("send").attempt))


def test_every_row_is_sent_once_and_at_most_eight_are_in_flight() -> None:
    """Would catch a flood of requests, a row left out, a row sent twice."""

    async def script(stage: Staged) -> None:
        taking_effect(stage)
        stage.systems.takes_s = 1.0
        await decided(stage)
        await confirmed(stage)
        send(stage)
        await stage.until(lambda view: view.current is None)

    staged = play(PLAN, opened(), script, values=rows())
    sent = [arguments["row"] for arguments in staged.systems.arguments]
    assert sorted(map(str, sent)) == sorted(NAMES)
    assert staged.systems.most_in_flight == IN_FLIGHT
    assert all(arguments["option"] == "standby" for arguments in staged.systems.arguments)
    assert all(arguments["reason"] == "x" for arguments in staged.systems.arguments)
    assert staged.state is not None
    assert staged.state.step("send").phase is Phase.DONE


def test_the_rows_about_to_be_sent_are_durable_before_any_of_them_is() -> None:
    """Would catch a crash that leaves more rows undecided than were in flight."""
    recorder = MemoryRecorder()

    async def script(stage: Staged) -> None:
        def sent(_server: str, _act: object) -> None:
            last = [event for event in recorder.events if isinstance(event, e.RowsSending)][-1]
            assert len(last.rows) <= IN_FLIGHT

        stage.systems.on_perform = sent
        taking_effect(stage)
        await decided(stage)
        await confirmed(stage)
        send(stage)
        await stage.until(lambda view: view.current is None)

    play(PLAN, opened(), script, values=rows(), recorder=recorder)
    order = [kind for kind in recorder.kinds() if kind.startswith("rows")]
    assert order == ["rows-sending", "rows-acted"] * 3


def test_a_new_attempt_sends_only_the_rows_that_were_refused() -> None:
    """Would catch doing the good rows again."""

    async def script(stage: Staged) -> None:
        taking_effect(stage, spoilt=("vpn-3", "vpn-17"))
        await decided(stage)
        await confirmed(stage)
        send(stage)
        await stage.until(at("send", Phase.MISSED))
        current = stage.view.current
        assert current is not None
        assert progress_words(current) == "18 of 20 rows done, 2 refused"
        assert list(open_rows(current)) == ["x vpn-3: not allowed", "x vpn-17: not allowed"]
        assert len(list(all_rows(current))) == COUNT
        stage.record(e.Retried(step="send", reason="mended"))
        await stage.until(at("send", Phase.NOW))
        taking_effect(stage)
        stage.systems.arguments.clear()
        await confirmed(stage, "2 test")
        send(stage)
        await stage.until(lambda view: view.current is None)
        assert [item["row"] for item in stage.systems.arguments] == ["vpn-3", "vpn-17"]

    play(PLAN, opened(), script, values=rows())


def test_rows_chosen_to_be_left_are_not_sent() -> None:
    """Would catch a transaction committed that was to be left alone."""

    async def script(stage: Staged) -> None:
        taking_effect(stage)
        await decided(stage, leave=("vpn-0", "vpn-1"))
        assert stage.view.current is not None
        assert stage.view.current.count_words == "18 test"
        await confirmed(stage, "18 test")
        send(stage)
        await stage.until(at("send", Phase.WAITING))
        assert {str(item["row"]) for item in stage.systems.arguments} == set(NAMES) - {"vpn-0", "vpn-1"}

    play(PLAN, opened(), script, values=rows())


def test_a_wrong_count_confirms_nothing() -> None:
    """Would catch the 20 of yesterday typed for the 300 of today."""

    async def script(stage: Staged) -> None:
        await decided(stage)
        event = e.Confirmed(step="send", how="count", typed="19 test")
        assert refusal(stage.view.state, event) == "type the count and the site: 20 test"
        assert refusal(stage.view.state, event.model_copy(update={"typed": " 20  test "})) is None
        assert stage.view.permits[Do.SEND] == "confirm it first"

    play(PLAN, opened(), script, values=rows())


def test_a_choice_by_rows_needs_an_option_for_every_row() -> None:
    """Would catch a row that nobody decided."""

    async def script(stage: Staged) -> None:
        await stage.until(at("decide", Phase.NOW))
        some = dict.fromkeys(NAMES[:-1], "standby")
        event = e.Chosen(step="decide", option="by row", rows=some)
        assert refusal(stage.view.state, event) == f"nothing is chosen for {NAMES[-1]}"
        odd = e.Chosen(step="decide", option="by row", rows={**some, NAMES[-1]: "explode"})
        assert refusal(stage.view.state, odd) == "there is no option explode"

    play(PLAN, opened(), script, values=rows())


def test_without_rows_the_choice_does_not_apply() -> None:
    """Would catch a question about nothing."""

    async def script(stage: Staged) -> None:
        await stage.until(at("send", Phase.NOW))
        assert stage.view.state.step("decide").phase is Phase.NOT_APPLICABLE
        assert stage.view.state.captured["vpns-count"] == 0

    play(PLAN, opened(), script, values={("ny", "role"): {}, ("ny", "version"): "10.9.0"})


def test_a_crash_leaves_the_rows_in_flight_undecided_and_the_others_as_they_were() -> None:
    """Would catch rows resent after a crash although nobody knows what became of them."""
    this: dict[str, Any] = {"step": "send", "attempt": 1}
    events: list[e.Event] = [
        opened(),
        e.Begun(step="list"),
        e.Met(step="list", outcome="met", waited_s=0, lists={"vpns": NAMES}),
        e.Begun(step="decide"),
        e.Chosen(step="decide", option="by row", rows=dict.fromkeys(NAMES, "standby")),
        e.Begun(**this),
        e.Confirmed(**this, how="count", typed=f"{COUNT} test"),
        e.Intended(**this, shown=("x",), rows=NAMES),
        e.RowsSending(**this, rows=NAMES[:8]),
        e.RowsActed(**this, ends=tuple(e.RowEnd(row=name, result="accepted") for name in NAMES[:8])),
        e.RowsSending(**this, rows=NAMES[8:16]),
        e.Resumed(away_s=5),
    ]
    state: State = fold(PLAN, events)
    step = state.step("send")
    assert step.phase is Phase.UNDECIDED
    assert [name for name, row in step.rows.items() if row.result == "unknown"] == list(NAMES[8:16])
    decided_state = fold(
        PLAN, [*events, e.BriefRead(), e.Resolved(**this, how="stated-did-not", reason="looked")]
    )
    assert set(decided_state.step("send").rows) == set(NAMES[:8]), "what was accepted is not sent again"


def test_a_full_disk_in_the_middle_of_a_batch_sends_nothing_more() -> None:
    """Would catch requests that no record tells of."""
    count = 0

    def fails(event: Mapping[str, Any]) -> bool:
        nonlocal count
        count += event["kind"] == "rows-sending"
        return bool(event["kind"] == "rows-sending" and count == 2)

    recorder = MemoryRecorder(fail=fails)

    async def script(stage: Staged) -> None:
        taking_effect(stage)
        await decided(stage)
        await confirmed(stage)
        send(stage)
        view = await stage.until(at("send", Phase.MISSED))
        assert view.current is not None
        assert "12 not sent: it could not be saved" in view.current.state.why
        assert len(stage.systems.arguments) == IN_FLIGHT

    play(PLAN, opened(), script, values=rows(), recorder=recorder)
