"""The conductor: the one that reads, acts, appends to the ledger and tells the faces.

It runs in an event loop of its own thread, so that a stalled terminal stops nothing. An event is first
durable, then it takes effect, then the faces are told. Only the conductor appends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest

from handrail.clock import Clock
from handrail.errors import LedgerError
from handrail.observe.expectations import HeldSince, Judgement, judge_all
from handrail.procedure.filling import NotCaptured, resolved
from handrail.products.product import Shown
from handrail.readings import Verdict
from handrail.text import NOTHING, SafeText, safe
from handrail.walk import brief
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.asked import asked_now, is_hold_point
from handrail.walk.carrying import Carrying
from handrail.walk.countdown import SeenBefore
from handrail.walk.hearing import HasHeard, Hearing, recorded
from handrail.walk.looking import REQUIRE_MAX_AGE_S, GuardFound, Look, Looker, fields_of, logs_of
from handrail.walk.observations import Observations
from handrail.walk.observing import LOGS_EVERY_S, READ_EVERY_S, Observing, Words
from handrail.walk.plan import Plan, Planned
from handrail.walk.recorder import Outside, Recorder
from handrail.walk.row_words import countdown_words
from handrail.walk.rules import refusal, row_options, rows_to_send
from handrail.walk.sending import Sending, perform, perform_rows, shown
from handrail.walk.state import Phase, State, after
from handrail.walk.systems import Systems
from handrail.walk.view import (
    Notice,
    StepLine,
    Surroundings,
    View,
    lines_of,
    newly_done,
    settled_words,
    view,
)
from handrail.walk.waiting import Waiting, follow

TICK_S = 0.25
UNSAVED_RETRY_S = 2.0
OWED_LIMIT_S = 30.0
"""How long a stop waits for a disk to take what is owed; then the outcome stays undecided."""
READS_A_TICK = 1.5
"""A walk that looks seldom reads less often still, but never so seldom that readings are too old to count."""
OFFERED = safe("offered: a colleague runs `handrail accept`; p keeps the walk")
ALWAYS_READ = frozenset({"version"})
"""Read whatever the procedure asks: it decides which wording of a line is awaited."""


@dataclass
class Conductor:
    """Walks one plan. Make it, then `await run()` in its loop; faces call `submit` from any thread."""

    plan: Plan
    systems: Systems
    recorder: Recorder
    clock: Clock
    words: Words
    tell: Callable[[View], None]
    outside: Outside = field(default_factory=Outside)
    run_path: str = ""
    past: Sequence[e.Event] = ()
    """Events already in the ledger; none for a new run."""
    past_walls: Sequence[datetime] = ()
    """When each of them was recorded, UTC."""
    past_values: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """Last observed values before a resume, for the brief."""
    past_windows: Mapping[str, SeenBefore] = field(default_factory=dict)
    """Countdowns that were seen before a resume, by scope."""
    past_chunks: int = 0
    successor: e.TookOver | None = None
    """Who takes the walk up in a new watch; None where it is gone on with in its own."""
    away_s: float = 0.0
    started_ns: int = 0
    tick_s: float = TICK_S
    """How long it rests between looks; a rehearsal in virtual time may look less often."""

    def __post_init__(self) -> None:
        self.state = State(self.plan)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger-writer")
        self._errands = ThreadPoolExecutor(max_workers=1, thread_name_prefix="anchor")
        self._carrying = Carrying(self._errands)
        self._observations = Observations()
        self._observations.go_on_after(self.past_chunks)
        self._held = HeldSince()
        self._looker = Looker(self.plan, self.words.awaited, self._held, {}, self.past_windows)
        self._observing = Observing(
            self.systems,
            self.clock,
            {server: sorted(names | ALWAYS_READ) for server, names in fields_of(self.plan).items()},
            self.words,
            self._observations,
            logs_every_s=max(LOGS_EVERY_S, self.tick_s),
            read_every_s=max(READ_EVERY_S, READS_A_TICK * self.tick_s),
        )
        self._queue: asyncio.Queue[c.Command | _ActEnded | _Saving | HasHeard] = asyncio.Queue()
        self._hearing = Hearing(self.outside.hear, self.clock, self._errands, self._queue.put_nowait)
        self._offered: tuple[str, ...] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._act: asyncio.Task[None] | None = None
        self._owed: list[e.Event] = []
        self._waiting: Waiting | None = None
        self._notice = Notice()
        self._unsaved: SafeText = NOTHING
        self._unsaved_ns = 0
        self._saved = 0
        self._brief: tuple[SafeText, ...] = ()
        self._busy: SafeText = NOTHING
        self._verdict: SafeText = NOTHING
        self._stopping: str | None = None
        self._stop_ns = 0
        self._stopped = False
        self._look = Look()
        self._settled_at: dict[str, str] = {}
        self._drawn: tuple[State, tuple[StepLine, ...]] | None = None
        self._awaited = sorted(logs_of(self.plan))

    def submit(self, command: c.Command) -> None:
        """Ask for something, from any thread. What comes of it is told through the next view."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._queue.put_nowait, command)

    async def run(self, opened: e.Opened | None) -> State:
        """Walk until the run ends or is held; `opened` is the first event of a new run."""
        self._loop = asyncio.get_running_loop()
        for event, wall in zip_longest(self.past, self.past_walls[: len(self.past)]):
            self._take_effect(event, wall)
        try:
            marks = {server: (mark.number, mark.position) for server, mark in self.state.marks.items()}
            await self._observing.start(marks)
            if opened is not None:
                await self._append(opened.model_copy(update={"marks": self._marks()}))
                self._carry_head()
            elif self.state.handed_over is not None and self.successor is None:
                await self._seal()  # accepted and recorded; the process ended before the seal
            else:
                await self._resume()
                # Whether heads arrive outside was known to the process that is gone only.
                self._carry_head()
            await self._keep_walking()
        finally:
            await self._observing.stop()
            await self.systems.close()
            await self._carrying.wait()
            self._writer.shutdown(wait=True)
            self._errands.shutdown(wait=False, cancel_futures=True)
            self._stopped = True
            self._tell()
        return self.state

    async def _keep_walking(self) -> None:
        while not self.state.ended and not self.state.held:
            await self._look_once()
            if self.state.ended or self._may_stop():
                break
            try:
                command = await asyncio.wait_for(self._queue.get(), self.tick_s)
            except TimeoutError:
                continue
            await self._obey(command)
        if self._stopping and not self.state.ended:
            await self._append(e.Held(why=self._stopping))
            self._carry_head()

    def _may_stop(self) -> bool:
        """Asked to stop, with no act in flight and nothing owed, or owed in vain for too long."""
        if self._stopping is None or self._act is not None:
            return False
        return not self._owed or self.clock.boot_ns() - self._stop_ns > OWED_LIMIT_S * 1e9

    # --- looking ---------------------------------------------------------------------------------

    async def _look_once(self) -> None:
        situation = self._observing.situation()
        self._look = self._looker.look(self.state, situation)
        if not self._unsaved or situation.boot_ns - self._unsaved_ns >= UNSAVED_RETRY_S * 1e9:
            await self._pay_what_is_owed()
            if not self._owed and self.state.opened and not self.state.brief_unread and not self.state.ended:
                await self._follow_guards(self._look.guards)
                await self._follow_step(self._look)
                self._listen()
        self._tell()

    async def _pay_what_is_owed(self) -> None:
        """Record the ends of acts that could not be saved when they came; nothing else goes before them."""
        while self._owed:
            if not await self._append(self._owed[0]):
                return
            self._owed.pop(0)

    async def _follow_guards(self, guards: Sequence[GuardFound]) -> None:
        for found in guards:
            key = found.watched.key
            known = self.state.guards.get(key)
            lost = known is not None and known.lost
            evidence = e.seen(found.judgement.evidence)
            if found.lost and not lost:
                await self._append(e.GuardLost(guard=key, evidence=evidence))
            elif lost and found.watching and found.judgement.verdict is Verdict.MET:
                await self._append(e.GuardBack(guard=key, evidence=evidence))

    async def _follow_step(self, look: Look) -> None:
        current = self.state.current
        if current is None:
            return
        now = self.state.step(current.key)
        this = {"step": current.key, "attempt": now.attempt}
        if now.phase is Phase.TODO:
            self._held.forget(f"{current.key}#{now.attempt}")
            await self._append(self._begun(current, now.attempt))
            return
        if now.phase not in (Phase.WAITING, Phase.MISSED) or now.why.startswith("refused"):
            return
        if now.phase is Phase.MISSED and now.attested:
            return  # what the operator saw is not as it must be: readings do not overrule that
        for way in look.ways:
            if way.judgement.verdict is Verdict.MET and await self._record_met(
                current, way.name, way.judgement
            ):
                return
        waiting = self._waiting
        if now.phase is not Phase.WAITING or waiting is None:
            return
        if why := waiting.overdue(current, self._observing.situation()):
            evidence = tuple(item for way in look.ways for item in way.judgement.evidence)
            await self._append(
                e.Missed(**this, waited_s=self._waited_s() or 0.0, why=why, evidence=e.seen(evidence))
            )

    def _begun(self, current: Planned, attempt: int) -> e.Begun:
        """The step's beginning; a hold point's tells the request, for the second person sees only records."""
        confirm = current.step.confirm
        if confirm is None or confirm.kind != "hold-point":
            return e.Begun(step=current.key, attempt=attempt)
        lines, rows = self._preview(current).lines, rows_to_send(self.state, current)
        return e.Begun(step=current.key, attempt=attempt, shown=tuple(lines), rows=tuple(rows))

    async def _record_met(self, current: Planned, outcome: str, judgement: Judgement) -> bool:
        situation = self._observing.situation()
        captured = self._looker.capture(
            current, situation, self._looker.context(self.state, situation, current)
        )
        if captured is None:
            return False
        return await self._append(
            e.Met(
                step=current.key,
                attempt=self.state.step(current.key).attempt,
                outcome=outcome,
                waited_s=self._waited_s() or 0.0,
                evidence=e.seen(judgement.evidence),
                captured=captured.values,
                lists=captured.lists,
            )
        )

    # --- the second person -----------------------------------------------------------------------

    def _listen(self) -> None:
        """Look for a second person's statement while one is waited for."""
        current = self.state.current
        if self._stopping is not None or not self._hearing.due:
            return
        if not self.state.offered and (current is None or not is_hold_point(self.state, current)):
            return  # nobody is waited for, so the request need not be made
        lines = self._preview(current).lines if current is not None else ()
        rows = rows_to_send(self.state, current) if current is not None else ()
        wanted = asked_now(self.state, lines, rows, self._offered)
        if wanted is not None:
            self._hearing.look(wanted)

    async def _take_statement(self, found: HasHeard) -> None:
        """Record the statement, its bytes beside the record; what it was for may be over by now."""
        if why := self._hearing.ended(found):
            self._say(f"a second person's statement does not count: {why}", "refused")
        if found.heard.vouched is None:
            return
        event, files = recorded(found.wanted, found.heard.vouched, self._saved + 1)
        if (refused := refusal(self.state, event)) is not None:
            self._say(f"a second person's statement does not count: {refused}", "refused")
            return
        if await self._append(event, files) and isinstance(event, e.HandedOver):
            await self._seal()

    # --- obeying ---------------------------------------------------------------------------------

    async def _obey(self, command: c.Command | _ActEnded | _Saving | HasHeard) -> None:
        match command:
            case HasHeard():
                await self._take_statement(command)
            case _Saving():
                await self._pay_what_is_owed()
                saved = not self._owed and await self._append(command.event)
                if not saved and isinstance(command.event, e.RowsActed):
                    self._owed.append(command.event)
                command.saved.set_result(saved)
            case _ActEnded():
                self._busy = NOTHING
                self._act = None
                self._owed.append(command.event)
                await self._pay_what_is_owed()
            case c.Record():
                await self._record(command.event)
            case c.Send():
                await self._send(command.step, command.attempt)
            case c.DoneByHand():
                event = e.Acted(
                    step=command.step, attempt=command.attempt, result="accepted", detail=command.detail
                )
                await self._record_checked(event)
            case c.ReadAgain():
                await self._observing.read_all()
                self._say("read again")
            case c.Stop():
                self._stopping = command.why
                self._stop_ns = self.clock.boot_ns()

    async def _record(self, event: e.Event) -> None:
        situation = self._observing.situation()
        current = self.state.current
        if isinstance(event, e.HandoverOffered):
            if self._act is not None:
                self._say("an act is being sent; wait for its end", "refused")
                return
            event = e.HandoverOffered(brief=self._handover_brief())
        if isinstance(event, e.Overrode) and current is not None:
            evidence = tuple(item for way in self._look.ways for item in way.judgement.evidence)
            event = event.model_copy(update={"evidence": e.seen(evidence)})
        if isinstance(event, e.Resolved) and event.how in ("took-effect", "did-not") and current is not None:
            await self._observing.read_all(self._servers_of(current))
            situation = self._observing.situation()
            found = judge_all(current.step.already, self._looker.context(self.state, situation, current))
            wanted = Verdict.MET if event.how == "took-effect" else Verdict.NOT_MET
            if refusal(self.state, event) is None and found.verdict is not wanted:
                self._say(f"the systems do not show that: {_first(found)}", "refused")
                return
            event = event.model_copy(update={"evidence": e.seen(found.evidence)})
        await self._record_checked(event)

    async def _record_checked(self, event: e.Event) -> None:
        why = refusal(self.state, event)
        if why is not None:
            self._say(why, "refused")
            return
        if not await self._append(event):
            return
        if isinstance(event, e.Ended):
            await self._seal()

    async def _send(self, key: str, attempt: int) -> None:
        """Require, intend, require once more, send: in this order, each durable before the next."""
        current = self.state.current
        if current is None or current.key != key:
            self._say("the pointer has moved on; nothing was sent", "refused")
            return
        this = {"step": key, "attempt": attempt}
        act = current.step.do
        why = refusal(self.state, e.Intended(**this, shown=()))
        if why is not None or act is None:
            self._say(why or "there is nothing to send", "refused")
            return
        if self._act is not None:
            self._say("an act is being sent; wait for its end", "refused")
            return
        required = await self._required(current)
        if required.verdict is not Verdict.MET:
            self._say(f"nothing was sent; required first: {_first(required)}", "refused")
            return
        if not await self._sources_ready(current):
            return
        sending = self._sending(current)
        if isinstance(sending, str):
            self._say(f"nothing was sent; {sending}", "refused")
            return
        server = sending.server
        preview = shown(self.systems, sending)
        intended = e.Intended(
            **this,
            server=server,
            shown=tuple(preview.lines),
            rows=tuple(sending.rows),
            evidence=e.seen(required.evidence),
            marks=self._marks(),
        )
        if not await self._append(intended):
            return
        self._looker.sent(key, attempt, self.clock.boot_ns())
        if preview.by_hand:
            self._say("started by hand; say when it is done")
            return
        required = await self._required(current)
        if required.verdict is not Verdict.MET:
            why = f"no longer true: {_first(required)}"
            self._owed.append(e.NotSent(**this, why=why, evidence=e.seen(required.evidence)))
            await self._pay_what_is_owed()
            self._say(f"nothing was sent; {why}", "refused")
            return
        self._busy = safe(f"sending to {server}" if server else "sending")
        self._tell()
        self._act = asyncio.create_task(self._perform(current, sending, attempt))

    def _sending(self, current: Planned) -> Sending | str:
        """The step's act with captured values in their places, or why it cannot be made."""
        assert current.step.do is not None  # noqa: S101 - the caller has seen it
        try:
            act, arguments = resolved(current.step.do, self._looker.captured(self.state, current))
        except NotCaptured as problem:
            return f"{problem} was never captured"
        rows = rows_to_send(self.state, current)
        noun = self.plan.noun(act.rows) if act.rows else ""
        return Sending(current.server or "", act, arguments, rows, row_options(self.state, current), noun)

    async def _perform(self, current: Planned, sending: Sending, attempt: int) -> None:
        """Send and report the end to the walking task, which alone appends."""
        if sending.act.rows is None:
            answer = await perform(self.systems, sending)
        else:
            answer = await perform_rows(
                self.systems, sending, current.key, attempt, self._saved_by_walk, self._why_no_more
            )
        self._queue.put_nowait(
            _ActEnded(
                e.Acted(
                    step=current.key,
                    attempt=attempt,
                    result=answer.result.value,
                    detail=safe(answer.detail, 600),
                )
            )
        )

    async def _saved_by_walk(self, event: e.Event) -> bool:
        """Hand an event of the act in flight to the walking task; comes back once it is durable or is not."""
        saving = _Saving(event, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(saving)
        return await saving.saved

    def _why_no_more(self) -> str:
        """Why a batch should send no more rows now; empty while it should go on."""
        if self._stopping is not None:
            return f"the walk is held: {self._stopping}"
        return f"guard lost: {', '.join(self.state.open_guards)}" if self.state.open_guards else ""

    async def _required(self, current: Planned) -> Judgement:
        """The step's requirements on readings taken now."""
        if not current.step.require:
            return Judgement(Verdict.MET, ())
        await self._observing.read_all(self._servers_of(current))
        await self._observing.read_logs()
        situation = self._observing.situation()
        context = self._looker.context(self.state, situation, current, REQUIRE_MAX_AGE_S)
        return judge_all(current.step.require, context)

    async def _sources_ready(self, current: Planned) -> bool:
        """Consume every log up to now, so that the mark lies right before the act."""
        await self._observing.read_logs()
        awaited = {
            current.pair.roles.get(leaf.on or current.step.on or "", "")
            for way in current.step.ways()
            for expectation in way.expect
            for leaf in expectation.leaves()
            if leaf.log is not None
        }
        for server in sorted(awaited):
            source = self._observing.sources().get(server)
            if source is None or source.state.value != "ready":
                detail = source.detail if source else "no log source in the inventory"
                self._say(f"nothing was sent; the log of {server} cannot be read: {detail}", "refused")
                return False
        return True

    def _servers_of(self, current: Planned) -> list[str]:
        return sorted(set(current.pair.roles.values()))

    # --- recording -------------------------------------------------------------------------------

    async def _append(self, event: e.Event, beside: Mapping[str, bytes] | None = None) -> bool:
        """Make one event durable, then let it take effect; False when it could not be saved."""
        chunk = self._observations.take()
        files = {**(beside or {}), **({chunk[0]: chunk[1]} if chunk else {})}
        loop = asyncio.get_running_loop()
        try:
            saved = await loop.run_in_executor(self._writer, self.recorder.append, e.to_table(event), files)
        except LedgerError as problem:
            self._unsaved = safe(problem.problem, 300)
            self._unsaved_ns = self.clock.boot_ns()
            self._say(f"NOT SAVED: {self._unsaved}", "NOT SAVED")
            return False
        if chunk:
            self._observations.taken()
        self._unsaved = NOTHING
        self._saved = saved.record.number
        self._take_effect(event)
        self._say(f"saved {saved.record.number}: {_event_words(event)}")
        return True

    def _take_effect(self, event: e.Event, wall: datetime | None = None) -> None:
        """Let a durable event happen; `wall` is when it was recorded, if that is not now."""
        before = self.state
        self.state = after(before, event)
        if isinstance(event, e.HandoverOffered):
            self._offered = event.brief
        for key in newly_done(before, self.state):
            self._settled_at[key] = settled_words(wall or self.clock.wall(), before.who)
        self._waiting = follow(self._waiting, before, self.state, event, self.clock.boot_ns())

    async def _seal(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._writer, self.recorder.seal)
        except LedgerError as problem:
            self._unsaved = safe(problem.problem, 300)
            self._say(f"NOT SAVED: the run ended but is not sealed: {self._unsaved}", "NOT SAVED")
            return
        self._carry_head()
        self._verdict = await loop.run_in_executor(self._writer, self.outside.verdict)

    def _carry_head(self) -> None:
        """Send the head as it is now; the walk does not wait for it."""
        self._carrying.carry(self.outside.anchor(), self._saved)

    async def _resume(self) -> None:
        """Say how long the walk was left and what changed; nothing else is accepted before that is read."""
        now = brief.values_of(reading for rows in self._observing.readings.values() for reading in rows)
        changed = brief.changes(self.past_values, now)
        told = {"away_s": round(self.away_s, 1), "changes": tuple(safe(item, 200) for item in changed)}
        event = e.Resumed(**told) if self.successor is None else self.successor.model_copy(update=told)
        if await self._append(event):
            window = self._looker.look(self.state, self._observing.situation()).window
            counted = () if window is None else (countdown_words(window),)
            self._brief = brief.lines(self.state, self.away_s, changed, counted)

    def _handover_brief(self) -> tuple[str, ...]:
        return brief.for_handover(
            self.state, [f"{item.name} = {item.word}" for item in self._look.functions], self._look.ways
        )

    # --- telling ---------------------------------------------------------------------------------

    def _say(self, text: str, level: str = "info") -> None:
        self._notice = Notice(self._notice.number + 1, safe(text, 400), level)

    def _marks(self) -> dict[str, e.Mark]:
        return {
            server: e.Mark(number=source.consumed, position=source.position)
            for server, source in self._observing.sources().items()
        }

    def _waited_s(self) -> float | None:
        waiting = self._waiting
        if waiting is None or waiting.key != self.state.pointer:
            return None
        return waiting.waited_s(self.clock.boot_ns())

    def _preview(self, current: Planned) -> Shown:
        """The step's request as it would be sent now."""
        if current.step.do is None:
            return Shown(())
        sending = self._sending(current)
        if isinstance(sending, str):
            return Shown((safe(f"cannot be sent: {sending}"),))
        return shown(self.systems, sending)

    def _near_miss(self) -> SafeText:
        current = self.state.current
        if current is None or self.state.step(current.key).phase not in (Phase.WAITING, Phase.MISSED):
            return NOTHING
        for leaf in current.step.expectations():
            if leaf.log is None:
                continue
            server = current.pair.roles.get(leaf.on or current.step.on or "", "")
            mark = self.state.marks.get(server)
            for line in reversed(self._observing.recent):
                if line.server != server or (mark and line.number <= mark.number):
                    continue
                if found := self.words.near_miss(leaf.log, line):
                    return found
        return NOTHING

    def _tell(self) -> None:
        current = self.state.current
        preview = self._preview(current) if current is not None else Shown(())
        waiting = self._waiting
        waited = self._waited_s()
        next_read = self._observing.read_every_s - (self.clock.boot_ns() - self._observing.read_at_ns) / 1e9
        around = Surroundings(
            now=self.clock.wall(),
            started=None,
            situation=self._observing.situation(),
            shown=preview.lines,
            by_hand=preview.by_hand,
            waited_s=waited,
            limit_s=waiting.limit_s if waiting and current and waiting.key == current.key else 0.0,
            next_read_s=max(0.0, next_read),
            near_miss=self._near_miss(),
            saved=self._saved,
            unsaved=self._unsaved,
            notice=self._notice,
            brief=self._brief,
            log=tuple(self._observing.recent),
            busy=self._busy or (OFFERED if self.state.offered else NOTHING),
            anchoring=self._carrying.anchoring,
            run_path=self.run_path,
            verdict=self._verdict,
            stopped=self._stopped,
            settled_at=dict(self._settled_at),
        )
        if self._drawn is None or self._drawn[0] is not self.state:
            self._drawn = (self.state, lines_of(self.state, around.settled_at))
        self.tell(view(self.state, self._look, around, self._drawn[1]))


@dataclass(frozen=True, slots=True)
class _Saving:
    """An event of the act in flight, to be made durable before it goes on."""

    event: e.Event
    saved: asyncio.Future[bool]


@dataclass(frozen=True, slots=True)
class _ActEnded:
    """The act in flight has ended with this event, not yet recorded."""

    event: e.Acted


def _first(judgement: Judgement) -> str:
    for item in judgement.evidence:
        if item.verdict is not Verdict.MET:
            return f"{item.expected} (now: {item.now})"
    return "nothing"


def _event_words(event: e.Event) -> str:
    kind = str(getattr(event, "kind", "")).replace("-", " ")
    step = getattr(event, "step", "")
    return f"{kind} {step}".strip()
