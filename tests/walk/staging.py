"""Systems, recorder and run of a conductor for tests: everything scripted, time virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from handrail.clock import LoopClock
from handrail.drill.virtual_loop import VirtualLoop
from handrail.errors import NotSaved
from handrail.ledger.record import Record
from handrail.ledger.watch import SavedRecord
from handrail.observe.situation import LogMatch, Source, SourceState
from handrail.procedure.model import Act
from handrail.products.product import Answer, Result, Shown
from handrail.readings import Failure, Line, Reading, Value
from handrail.text import SafeText, safe
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.conductor import Conductor
from handrail.walk.countdown import SeenBefore
from handrail.walk.plan import Plan
from handrail.walk.recorder import Outside
from handrail.walk.state import State
from handrail.walk.view import View

START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
BEFORE_SEND: tuple[e.Event, ...] = (
    e.Begun(step="read"),
    e.Met(step="read", outcome="met", waited_s=0.0),
    e.Begun(step="choose"),
    e.Chosen(step="choose", option="long"),
    e.Begun(step="only-long"),
    e.Confirmed(step="only-long", how="acknowledge"),
    e.Begun(step="send"),
    e.Confirmed(step="send", how="target", typed="a2"),
)
"""The small procedure on its long way, up to where `send` may be sent."""


@dataclass
class ScriptedLog:
    """A log whose lines a test adds."""

    server: str
    clock: LoopClock
    pending: list[str] = field(default_factory=list)
    readable: bool = True
    number: int = 0

    @property
    def state(self) -> SourceState:
        """Ready unless the test made it unreadable."""
        state = Source.READY if self.readable else Source.CANNOT_READ
        return SourceState(
            state, self.number, str(self.number), safe("" if self.readable else "permission denied")
        )

    async def start(self, number: int = 0, position: str = "") -> None:
        """Count on from there."""
        del position
        self.number = number

    async def read(self) -> Sequence[Line]:
        """What was added."""
        lines = []
        for text in self.pending:
            self.number += 1
            lines.append(
                Line(
                    self.server,
                    safe(text),
                    self.clock.wall(),
                    self.clock.boot_ns(),
                    str(self.number),
                    self.number,
                )
            )
        self.pending.clear()
        return lines

    async def agrees(self) -> bool:
        """Nothing is left."""
        return not self.pending

    async def close(self) -> None:
        """Nothing to release."""


class ScriptedWords:
    """Every line that starts with `!name` is the message of that name."""

    def matches(self, line: Line) -> Sequence[LogMatch]:
        """The message the line names."""
        return [LogMatch(line.text[1:].split()[0], line)] if line.text.startswith("!") else []

    def counts(self, match: LogMatch) -> bool:
        """Every release prints it."""
        del match
        return True

    def learn(self, server: str, version: str) -> None:
        """Nothing to learn."""

    def awaited(self, name: str, server: str) -> SafeText:
        """The name itself."""
        return safe(f"{name} of {server}")

    def near_miss(self, name: str, line: Line) -> SafeText | None:
        """None."""
        del name, line
        return None


@dataclass
class ScriptedSystems:
    """Values by (server, field); a Failure stands for a reading that failed."""

    clock: LoopClock
    values: dict[tuple[str, str], Value | Failure | Mapping[str, Value]] = field(default_factory=dict)
    """A mapping stands for a field of rows: row to value; an empty one for a field without any."""
    performed: list[tuple[str, Act]] = field(default_factory=list)
    arguments: list[Mapping[str, Value]] = field(default_factory=list)
    reads: int = 0
    on_perform: Callable[[str, Act], Any] = lambda _server, _act: None
    answer: Answer = field(default_factory=lambda: Answer(Result.ACCEPTED, safe("done")))
    of_row: Callable[[Mapping[str, Value]], Answer | None] = lambda _arguments: None
    """The answer to one row of a batch; `answer` where it gives none."""
    takes_s: float = 0.0
    in_flight: int = 0
    most_in_flight: int = 0
    _logs: dict[str, ScriptedLog] = field(default_factory=dict)

    @property
    def logs(self) -> Mapping[str, ScriptedLog]:
        """One for each server of the pairs."""
        return self._logs

    async def read(self, server: str, fields: Collection[str]) -> Sequence[Reading]:
        """The scripted values."""
        self.reads += 1
        found = []
        for name in fields:
            value = self.values.get((server, name), Failure.NOT_READ)
            rows: Mapping[str, Value | Failure] = value if isinstance(value, Mapping) else {"": value}
            for row, told in (rows or {"": Failure.NO_ROWS}).items():
                found.append(
                    Reading(
                        server,
                        name,
                        None if isinstance(told, Failure) else told,
                        self.clock.wall(),
                        self.clock.boot_ns(),
                        safe("script"),
                        row=row,
                        failure=told if isinstance(told, Failure) else None,
                    )
                )
        return found

    def show(self, server: str, act: Act, arguments: Mapping[str, Value]) -> Shown:
        """The act in a line."""
        words = safe(f"{server}: {act.command or act.operation or act.by_hand}")
        return Shown((words,), by_hand=act.by_hand is not None)

    async def perform(self, server: str, act: Act, arguments: Mapping[str, Value]) -> Answer:
        """Take note, take the scripted time, answer."""
        self.performed.append((server, act))
        self.arguments.append(arguments)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        result = self.on_perform(server, act)
        if asyncio.iscoroutine(result):
            await result
        await asyncio.sleep(self.takes_s)
        self.in_flight -= 1
        return self.of_row(arguments) or self.answer

    async def close(self) -> None:
        """Nothing to release."""


@dataclass
class MemoryRecorder:
    """A recorder that keeps events, and fails when told to. `log` is the order of everything that happened."""

    events: list[e.Event] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    fail: Callable[[Mapping[str, Any]], bool] = lambda _event: False
    refused: list[str] = field(default_factory=list)
    sealed: bool = False

    def append(self, event: Mapping[str, Any], files: Mapping[str, bytes]) -> SavedRecord:
        """Keep it, or raise NotSaved."""
        assert not self.sealed, "an append after the seal"
        if self.fail(event):
            self.refused.append(str(event["kind"]))
            raise NotSaved("disk full", "free some space")
        self.events.append(e.from_table(event))
        self.files.update(files)
        record = Record(
            "run", 1, len(self.events), "0" * 64, START, 0, "boot", "ana", "host", dict(event), {}
        )
        return SavedRecord(record, "0" * 64)

    def seal(self) -> object:
        """Nothing follows."""
        self.sealed = True
        return None

    def kinds(self) -> list[str]:
        """The kinds of all events, in order."""
        return [str(getattr(event, "kind", "")) for event in self.events]


@dataclass
class Staged:
    """A conductor on scripted systems, and the script that plays the operator."""

    conductor: Conductor
    systems: ScriptedSystems
    recorder: MemoryRecorder
    views: list[View]
    state: State | None = None

    @property
    def view(self) -> View:
        """The newest view."""
        return self.views[-1]

    def submit(self, command: c.Command) -> None:
        """As a face would."""
        self.conductor.submit(command)

    def record(self, event: Any) -> None:
        """Submit an operator's event."""
        self.submit(c.Record(event))

    async def until(self, wanted: Callable[[View], bool], limit_s: float = 600.0) -> View:
        """Let virtual time pass until a view is as wanted."""
        async with asyncio.timeout(limit_s):
            while not (self.views and wanted(self.view)):
                await asyncio.sleep(0.05)
        return self.view

    async def rest(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)


Script = Callable[[Staged], Any]


def play(
    plan: Plan,
    opened: e.Opened | None,
    script: Script,
    *,
    values: Mapping[tuple[str, str], Value | Failure | Mapping[str, Value]] | None = None,
    past: Sequence[e.Event] = (),
    past_windows: Mapping[str, SeenBefore] | None = None,
    recorder: MemoryRecorder | None = None,
    outside: Outside | None = None,
) -> Staged:
    """Walk in virtual time while the script plays the operator; the walk is stopped when the script ends."""
    loop = VirtualLoop(None)
    staged: list[Staged] = []

    async def main() -> None:
        clock = LoopClock(START, loop)
        systems = ScriptedSystems(clock, dict(values or {}))
        for server in plan.servers():
            systems._logs[server] = ScriptedLog(server, clock)
        views: list[View] = []
        kept = recorder or MemoryRecorder()
        conductor = Conductor(
            plan=plan,
            systems=systems,
            recorder=kept,
            clock=clock,
            words=ScriptedWords(),
            tell=views.append,
            past=past,
            past_windows=past_windows or {},
            outside=outside or Outside(),
        )
        stage = Staged(conductor, systems, kept, views)
        staged.append(stage)
        walking = asyncio.create_task(conductor.run(opened))
        await asyncio.sleep(0)
        try:
            await script(stage)
        finally:
            conductor.submit(c.Stop("the script ended"))
            stage.state = await asyncio.wait_for(walking, 4000)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main())
    return staged[0]
