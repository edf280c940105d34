"""Setting a scenario on stage: simulated servers behind the same Systems a live walk has."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handrail.clock import LoopClock
from handrail.drill.debrief import Debrief, console_of
from handrail.drill.network import DrillNetwork, address_of
from handrail.drill.objectives import Ruled, Watcher
from handrail.drill.scenario import Inject, Scenario
from handrail.drill.short_wire import ShortWire
from handrail.drill.sights import Sights, situation_of
from handrail.observe.situation import Situation, Source, SourceState
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.procedure.filling import resolved
from handrail.products.http import Http
from handrail.products.product import (
    Answer,
    CommandResult,
    Console,
    Product,
    Request,
    Response,
    Result,
    Simulator,
    Truth,
)
from handrail.products.registry import product
from handrail.readings import Line, Value
from handrail.text import SafeText, safe
from handrail.walk.bound_systems import BoundSystems
from handrail.walk.plan import BoundPair
from handrail.walk.state import Phase, State, seen_from

COMMAND_S = 0.5
"""What a start or stop script takes to return, in drill seconds."""
BLOCKED_S = 30.0
"""A step whose requirement is not so for this long cannot go on; who only thinks is not hurried."""


class Timed:
    """A simulator whose world is brought up to the clock before it is asked anything."""

    def __init__(self, simulator: Simulator, clock: LoopClock) -> None:
        self.simulator = simulator
        self._clock = clock

    def now(self) -> Simulator:
        """The simulator, advanced to this moment."""
        self.simulator.advance(self._clock.elapsed())
        return self.simulator

    def advance(self, to_s: float) -> None:
        """Let the world live until this moment."""
        self.simulator.advance(to_s)

    def next_change_s(self) -> float | None:
        """When the world will next change by itself."""
        return self.now().next_change_s()

    def listens(self, server: str) -> bool:
        """Whether the console's port accepts connections now."""
        return self.now().listens(server)

    def answer(self, server: str, request: Request) -> Response:
        """Answer one request now."""
        return self.now().answer(server, request)

    def command(self, server: str, name: str) -> CommandResult:
        """Run a command on the server now."""
        return self.now().command(server, name)

    def lines(self, server: str, after: int) -> Sequence[str]:
        """Log lines so far, from index `after` on."""
        return self.now().lines(server, after)

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Cause a fault now."""
        self.now().inject(name, arguments)

    def console(self, server: str) -> Console:
        """The server's console, as things are now."""
        return self.now().console(server)

    def harmed(self) -> Sequence[str]:
        """Who was hurt for good until now."""
        return self.now().harmed()

    def harm(self) -> Mapping[str, Sequence[str]]:
        """The same, by what it is."""
        return self.now().harm()

    def truth(self, server: str) -> Truth:
        """What is so of this server now."""
        return self.now().truth(server)


class StagedLog:
    """A LogSource over a simulated server's log; its position is the number of lines consumed."""

    def __init__(self, server: str, simulator: Timed, clock: LoopClock) -> None:
        self._server = server
        self._simulator = simulator
        self._clock = clock
        self._index = 0
        self._number = 0
        self._started = False

    @property
    def server(self) -> str:
        """Whose log it is."""
        return self._server

    @property
    def state(self) -> SourceState:
        """Always readable once started."""
        return SourceState(Source.READY if self._started else Source.STARTING, self._number, str(self._index))

    async def start(self, number: int = 0, position: str = "") -> None:
        """Begin at the end, or after the position."""
        self._number = number
        self._index = int(position) if position else len(self._simulator.lines(self._server, 0))
        self._started = True

    async def read(self) -> Sequence[Line]:
        """The lines that came since."""
        found = self._simulator.lines(self._server, self._index)
        at, boot_ns = self._clock.wall(), self._clock.boot_ns()
        lines = []
        for text in found:
            self._index += 1
            self._number += 1
            lines.append(Line(self._server, safe(text, 16384), at, boot_ns, str(self._index), self._number))
        return lines

    async def agrees(self) -> bool:
        """Whether nothing is left."""
        return not self._simulator.lines(self._server, self._index)

    async def close(self) -> None:
        """Nothing to release."""


COMMAND_FAULTS = ("slow-command", "lost-command", "failing-command")
"""Injects of the drill itself: a command that works only `seconds` after it returned, one that returns and
does nothing, one that fails. Each takes `server` and `command`, and strikes once."""


class StagedCommands:
    """Start, stop and kill of simulated servers."""

    def __init__(self, product: Product, simulator: Timed, clock: LoopClock) -> None:
        self._product = product
        self._simulator = simulator
        self._clock = clock
        self._faults: dict[tuple[str, str], tuple[str, float]] = {}
        self._later: set[asyncio.Task[None]] = set()

    def spoil(self, fault: str, arguments: Mapping[str, Value]) -> None:
        """Let the next such command on this server go wrong; raises KeyError for a missing argument."""
        key = (str(arguments["server"]), str(arguments["command"]))
        self._faults[key] = (fault, float(arguments.get("seconds", 0.0)))

    def has(self, server: str, name: str) -> bool:
        """A drill has every command."""
        del server
        return name in ("start", "stop", "kill")

    def words(self, server: str, name: str) -> SafeText:
        """The command as the product's own script has it."""
        return safe(self._product.command_words(server, name))

    async def run(self, server: str, name: str, limit_s: float) -> Answer:
        """Run it; it returns after a moment, as the script does."""
        fault, seconds = self._faults.pop((server, name), ("", 0.0))
        if fault == "failing-command":
            return Answer(Result.UNKNOWN, safe("exit status 1: the process does not react"))
        if fault:
            if fault == "slow-command":
                task = asyncio.create_task(self._run_later(server, name, seconds))
                self._later.add(task)
                task.add_done_callback(self._later.discard)
            await self._clock.sleep(min(COMMAND_S, limit_s))
            return Answer(Result.ACCEPTED, safe("exit status 0"))
        done = self._simulator.command(server, name)
        await self._clock.sleep(min(COMMAND_S, limit_s))
        if done.exit_status == 0:
            return Answer(Result.ACCEPTED, safe("exit status 0"))
        return Answer(Result.UNKNOWN, safe(f"exit status {done.exit_status}: {done.output}"))

    async def _run_later(self, server: str, name: str, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._simulator.command(server, name)


@dataclass
class Stage:
    """A scenario being played."""

    scenario: Scenario
    simulator: Timed
    systems: BoundSystems
    network: DrillNetwork
    pairs: tuple[BoundPair, ...]
    clock: LoopClock
    commands: StagedCommands
    debrief: Debrief
    objectives: Watcher
    automatic: bool = False
    """The stage types what a person would type at a console, as soon as a step by hand has begun."""
    look: SafeText | None = None
    """What somebody would see who looks where the current step asks; None where the simulator cannot tell."""
    _typed: set[tuple[str, int]] = field(default_factory=set)
    _caused: set[int] = field(default_factory=set)
    _moments: dict[tuple[str, str], float] = field(default_factory=dict)
    """When a step first begun, was sent, or was missed."""
    _standing: tuple[str, int, float] = ("", 0, 0.0)
    """Which attempt cannot be sent, and since when."""

    def follow(self, state: State, *, blocked: bool = False) -> None:
        """Cause the injects that are due, given the time and what has been sent.

        `blocked`: something the current step requires is not so.
        """
        now = self.clock.elapsed()
        self.debrief.follow(state)
        self.objectives.look()
        self._note_moments(state, now, blocked=blocked)
        if self.automatic:
            self._type(state)
        for index, inject in enumerate(self.scenario.injects):
            if index not in self._caused and self._due(inject, now):
                self._caused.add(index)
                if inject.name in COMMAND_FAULTS:
                    self.commands.spoil(inject.name, inject.arguments)
                else:
                    self.simulator.inject(inject.name, inject.arguments)
        # After what has just happened: whoever looks now sees it.
        self.look = self.debrief.look(state)

    def _type(self, state: State) -> None:
        """Type the lines of a step done by hand, once for each attempt."""
        current = state.current
        if current is None or current.step.do is None or not current.step.do.console:
            return
        step = state.step(current.key)
        if step.phase is not Phase.SENDING or (current.key, step.attempt) in self._typed:
            return
        self._typed.add((current.key, step.attempt))
        act, _ = resolved(current.step.do, seen_from(state.captured, current))
        for line in act.console:
            self.enter(console_of(current), line)

    def enter(self, server: str, line: str) -> Sequence[str]:
        """Type a line at a server's console; gives what it prints. What was typed is kept for the debrief."""
        self.debrief.typed.setdefault(server, []).append(line.strip())
        return self.simulator.console(server).enter(line)

    def _note_moments(self, state: State, now: float, *, blocked: bool) -> None:
        for key, step in state.steps.items():
            name = key.split("@")[0]
            if step.intended:
                self._moments.setdefault(("sent", name), now)
            if step.phase in (Phase.MISSED, Phase.UNDECIDED):
                self._moments.setdefault(("missed", name), now)
        if state.pointer is None:
            return
        name, step = state.pointer.split("@")[0], state.step(state.pointer)
        self._moments.setdefault(("begun", name), now)
        if step.phase is not Phase.NOW or not blocked:
            self._standing = ("", 0, now)
        elif self._standing[:2] != (state.pointer, step.attempt):
            self._standing = (state.pointer, step.attempt, now)
        elif now - self._standing[2] >= BLOCKED_S:
            self._moments.setdefault(("missed", name), now)

    def _due(self, inject: Inject, now: float) -> bool:
        if inject.at is not None:
            return now >= inject.at + inject.delay
        for kind, name in (("begun", inject.begun), ("sent", inject.after), ("missed", inject.missed)):
            if name is not None:
                moment = self._moments.get((kind, name))
                return moment is not None and now >= moment + inject.delay
        return False

    @property
    def harmed(self) -> tuple[str, ...]:
        """Who or what was hurt for good so far, such as clients without a broker although one is live."""
        return tuple(self.simulator.harmed())


def set_stage(
    scenario: Scenario,
    catalogue: Catalogue,
    fields: Fields,
    clock: LoopClock,
    *,
    sights: Sights | None = None,
    ruled: Sequence[Ruled] = (),
    automatic: bool = False,
    short: bool = False,
) -> Stage:
    """The scenario's servers at second zero, behind Systems, over an in-memory network.

    `sights` tell what is so where a person is asked. `automatic`: what would be typed at a console types
    itself. `short`: requests and answers are handed over without HTTP bytes between, for rehearsals.

    Raises ValueError when the scenario has words its product does not know.
    """
    played = product(scenario.product)
    simulator = Timed(played.simulated(scenario, catalogue, clock.start), clock)
    staged = [played.drill_server(name) for name in scenario.servers()]
    network = DrillNetwork({address_of(server.url): (simulator, server.name) for server, _ in staged})
    http = ShortWire(network) if short else Http(network)
    clients = {server.name: played.client(server, secret, fields, http, clock) for server, secret in staged}
    logs = {server.name: StagedLog(server.name, simulator, clock) for server, _ in staged}
    commands = StagedCommands(played, simulator, clock)
    systems = BoundSystems(clients, commands, logs)

    def truth() -> Situation:
        told = {server.name: simulator.truth(server.name) for server, _ in staged}
        return situation_of(told, Situation(clock.wall(), clock.boot_ns()))

    debrief = Debrief(sights or Sights(), truth)
    pairs = bound_pairs_of(scenario)
    watcher = Watcher(ruled, pairs, truth)
    return Stage(scenario, simulator, systems, network, pairs, clock, commands, debrief, watcher, automatic)


def bound_pairs_of(scenario: Scenario) -> tuple[BoundPair, ...]:
    """The scenario's pairs as a run is bound to them."""
    return tuple(BoundPair(pair.name, scenario.mode, dict(pair.roles)) for pair in scenario.pairs)
