"""Rehearsing a procedure: the autopilot walks every edge of its step graph on simulated servers.

Virtual time, a ledger that is thrown away, real records: what a walk took is read from its sealed run. An
edge counts as taken only when a record says so; one no drill can cause is listed as not rehearsed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.edges import Edge, Kind, edges_of, taken
from handrail.drill.playing import Drill, prepare
from handrail.drill.recipes import recipes_beside, with_recipe
from handrail.drill.scenario import Scenario, scenarios_in
from handrail.drill.stage import bound_pairs_of
from handrail.ledger.disk import RealDisk
from handrail.ledger.examine import Examined, examine
from handrail.procedure.loading import Loaded
from handrail.procedure.model import IfNot, Procedure, Step
from handrail.procedure.recipes import Recipe
from handrail.readings import Verdict
from handrail.walk import events as e
from handrail.walk.plan import Plan, Planned, lay_out
from handrail.walk.session import events_of
from handrail.walk.view import View

TICK_S = 2.0
"""Virtual seconds between looks: eight times a person's, and still below every limit of a procedure."""
MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private
"""Where Linux keeps files in memory; a rehearsal's ledgers are gone with it anyway."""
UNMET = (Verdict.NOT_MET, Verdict.UNKNOWN)
RUN_LIMIT_S = 120.0
"""Real seconds after which one walk is given up as hanging; a usual one takes less than two."""


class QuickDisk(RealDisk):
    """The file system without waiting for the platter: a rehearsal's ledger has nothing to survive."""

    def fsync(self, handle: int) -> None:
        """Nothing: the ledger is removed when the rehearsal ends."""

    def fsync_dir(self, path: Path) -> None:
        """Nothing, as above."""


@dataclass(frozen=True)
class Walked:
    """One rehearsed walk, as its sealed run tells it."""

    scenario: str
    why: str
    """Which edge it was for; empty for the scenario's straight way."""
    events: tuple[e.Event, ...]
    edges: frozenset[Edge]
    blocked: frozenset[str]
    how: str
    harmed: tuple[str, ...]
    problems: tuple[str, ...]
    """Why the run does not verify, or did not end."""
    steps: frozenset[str]
    """Ids of the steps it reached."""
    untrue: tuple[str, ...] = ()
    """What was said and was not so, where the scenario does not say that it is not."""
    unmet: tuple[str, ...] = ()
    """The objectives that a rule judges, and that were not met."""

    @property
    def rang(self) -> frozenset[str]:
        """Ids of the guards that were lost."""
        return frozenset(event.guard.split("@")[0] for event in self.events if isinstance(event, e.GuardLost))


@dataclass
class Rehearsal:
    """A procedure's edges, what the walks took, and what no drill can cause."""

    procedure: str
    edges: list[Edge]
    walks: list[Walked] = field(default_factory=list)
    not_rehearsed: dict[Edge, str] = field(default_factory=dict)
    shown: set[Edge] = field(default_factory=set)
    """If-nots that lead nowhere and whose condition a walk has shown."""
    dead_ends: list[str] = field(default_factory=list)
    """Scenarios whose straight way does not end as it should, says what is not so, does not meet what it is
    for, or rings other guards."""

    @property
    def taken(self) -> list[Edge]:
        """The edges some record tells of, in written order."""
        found = self.shown.union(*(walk.edges for walk in self.walks))
        return [edge for edge in self.edges if edge in found]

    @property
    def missed(self) -> list[Edge]:
        """The edges that a drill should cause and no walk took."""
        done = set(self.taken)
        return [edge for edge in self.edges if edge not in done and edge not in self.not_rehearsed]

    @property
    def problems(self) -> list[str]:
        """Walks that did not end sealed, and scenarios that end elsewhere than they should."""
        broken = [f"{walk.scenario} {walk.why}: {text}" for walk in self.walks for text in walk.problems]
        return broken + self.dead_ends

    @property
    def passed(self) -> bool:
        """Every edge that can be caused was taken, and every run verified."""
        return not self.missed and not self.problems and bool(self.walks)


@dataclass
class Rehearser:
    """Walks one procedure on every edge. `tell` hears one line for each walk."""

    loaded: Loaded
    ledger: Path
    tell: Callable[[str], None] = lambda _text: None

    def __post_init__(self) -> None:
        procedure = self.loaded.procedure
        self._recipes = recipes_beside(self.loaded.path)
        self._scenarios = scenarios_in(self.loaded.path.parent / "drills", procedure.id)
        self._result = Rehearsal(procedure.id, edges_of(procedure))
        self._straight: dict[str, Walked] = {}
        self._behind: set[tuple[str, str, str]] = set()

    def run(self) -> Rehearsal:
        """Scenarios as they are, then each if-not, each option, each section's abort that is still open."""
        for scenario in self._scenarios:
            walk = self._walk(scenario, Route())
            self._straight[scenario.id] = walk
            if not walk.how.startswith(scenario.ends):
                self._result.dead_ends.append(f"{scenario.id} should end {scenario.ends}: {walk.how}")
            self._result.dead_ends += [
                f"{scenario.id} finds what is not there: {text}" for text in walk.untrue
            ]
            self._result.dead_ends += [f"{scenario.id} done as it says: {text}" for text in walk.unmet]
            self._result.dead_ends += _other_guards(scenario, walk)
        for step, number, item in self._if_nots():
            self._rehearse_if_not(step, number, item)
        for edge in self._open(Kind.CHOICE):
            self._rehearse_choice(edge)
        for step, number, item in self._if_nots():
            self._rehearse_if_not(step, number, item)  # those behind an option can be reached only now
        for edge in self._open(Kind.ABORT):
            self._rehearse_abort(edge)
        for edge in self._open(Kind.OUTCOME, Kind.DONE, Kind.NOT_TAKEN):
            self._rehearse_behind_choices(edge)
        return self._result

    def _open(self, *kinds: Kind) -> list[Edge]:
        return [edge for edge in self._result.missed if edge.kind in kinds]

    def _if_nots(self) -> Iterator[tuple[Step, int, IfNot]]:
        for step in self.loaded.procedure.steps():
            for number, item in enumerate(step.if_not, 1):
                yield step, number, item

    # --- one kind of edge after the other ---------------------------------------------------------

    def _rehearse_if_not(self, step: Step, number: int, item: IfNot) -> None:
        edge = Edge(Kind.IF_NOT, step.id, str(number))
        if edge in self._result.taken:
            return
        if item.inject is None:
            self._result.not_rehearsed[edge] = "no drill can cause it"
            return
        recipe = self._recipes.get(item.inject)
        if recipe is None:
            return
        for scenario, planned in self._reaching(step.id):
            leads = {step.id: number} if item.goto else {}
            route = Route(
                attest={**(_wrong_value(step) if recipe.attest else {}), **recipe.finds},
                if_not=leads,
                abort_when_missed="" if item.goto else step.id,
                choices=self._choices_to(step.id),
            )
            walk = self._walk(with_recipe(scenario, recipe, planned), route, str(edge))
            if edge in walk.edges:
                return
            if not item.goto and _shows(walk, step, recipe):
                self._result.shown.add(edge)
                return

    def _rehearse_choice(self, edge: Edge) -> None:
        for scenario, _ in self._reaching(edge.at):
            route = Route(choices={**self._choices_to(edge.at), edge.at: edge.name})
            if edge in self._walk(scenario, route, str(edge)).edges:
                return

    def _rehearse_abort(self, edge: Edge) -> None:
        section = next(item for item in self.loaded.procedure.sections if item.id == edge.at)
        for step in section.steps:
            for scenario, _ in self._reaching(step.id):
                route = Route(abort_at=step.id, choices=self._choices_to(step.id))
                if edge in self._walk(scenario, route, str(edge)).edges:
                    return

    def _rehearse_behind_choices(self, edge: Edge) -> None:
        """What stands behind an option in another scenario than the one that first took the option."""
        for scenario in self._scenarios:
            for step in self.loaded.procedure.steps():
                for option in step.choice.options[1:] if step.choice else ():
                    if edge in self._result.taken:
                        return
                    tried = (scenario.id, step.id, option.name)
                    if tried in self._behind or step.id not in self._straight[scenario.id].steps:
                        continue  # the walk would be the same as one before, whatever edge it is for
                    self._behind.add(tried)
                    self._walk(scenario, Route(choices={step.id: option.name}), str(edge))

    def _reaching(self, step: str) -> list[tuple[Scenario, Planned]]:
        """Scenarios in which a walk reached this step, and the step there; straight and short ones first."""
        found: list[tuple[Scenario, Planned]] = []
        for scenario in self._scenarios:
            walks = [walk for walk in self._result.walks if walk.scenario == scenario.id]
            if any(step in walk.steps for walk in walks):
                planned = self._planned(scenario, step)
                found.append((scenario, planned))

        def effort(item: tuple[Scenario, Planned]) -> tuple[bool, int]:
            straight = self._straight[item[0].id]
            return step not in straight.steps, len(straight.events)

        return sorted(found, key=effort)

    def _choices_to(self, step: str) -> dict[str, str]:
        """The options taken by the first walk that reached this step."""
        for walk in self._result.walks:
            if step in walk.steps:
                return {
                    event.step.split("@")[0]: next(iter(event.rows.values()), event.option)
                    for event in walk.events
                    if isinstance(event, e.Chosen)
                }
        return {}

    def _planned(self, scenario: Scenario, step: str) -> Planned:
        plan = self._plan(scenario)
        return next(item for item in plan.steps if item.step.id == step)

    def _plan(self, scenario: Scenario) -> Plan:
        return lay_out(self.loaded.procedure, bound_pairs_of(scenario))

    # --- walking ----------------------------------------------------------------------------------

    def _walk(self, scenario: Scenario, route: Route, why: str = "") -> Walked:
        pilot = Autopilot(scenario.finds, route, patience=1)
        drill = play(self.loaded, scenario, self.ledger, pilot)
        walk = _as_recorded(drill, self._plan(scenario), scenario, why, pilot)
        self._result.walks.append(walk)
        self.tell(f"{self.loaded.procedure.id}: {scenario.id}{f', {why}' if why else ''}: {walk.how}")
        shutil.rmtree(drill.run_path, ignore_errors=True)
        return walk


def work(procedure: Procedure) -> int:
    """How much there is to walk, to compare by: nearly every if-not is a walk over all the steps."""
    steps = list(procedure.steps())
    return len(steps) * (1 + sum(len(step.if_not) for step in steps))


def rehearse(loaded: Loaded, tell: Callable[[str], None] = lambda _text: None) -> Rehearsal:
    """Walk this procedure on every edge; the runs are removed afterwards."""
    memory = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(
        prefix="handrail-rehearsal-", dir=memory, ignore_cleanup_errors=True
    ) as folder:
        return Rehearser(loaded, Path(folder), tell).run()


def play(loaded: Loaded, scenario: Scenario, ledger: Path, pilot: Autopilot, *, short: bool = True) -> Drill:
    """Walk one scenario to its end; the autopilot answers in the walk's own loop, so nothing races.

    Without `short` the HTTP bytes of a drill are carried.
    """
    drills: list[Drill] = []

    def told(view: View) -> None:
        command = pilot.decide(view)
        if command is not None:
            drills[0].session.submit(command)

    drill = prepare(
        loaded,
        scenario,
        ledger,
        told,
        speed=None,
        disk=QuickDisk(),
        tick_s=TICK_S,
        automatic=True,
        short=short,
    )
    drills.append(drill)
    pilot.look = lambda: drill.stage.look
    drill.session.start()
    drill.session.join(RUN_LIMIT_S)
    return drill


def _as_recorded(drill: Drill, plan: Plan, scenario: Scenario, why: str, pilot: Autopilot) -> Walked:
    problems: list[str] = []
    if drill.session.error is not None:
        problems.append(f"the walk broke off: {drill.session.error!r}")
    elif not drill.session.join(0):
        problems.append(f"the walk had not ended after {RUN_LIMIT_S:g} s")
    found = _examined(drill.run_path)
    events: list[e.Event] = []
    for watch in found:
        problems += watch.findings
        if not watch.sealed:
            problems.append("UNSEALED")
        events += events_of(watch.records)
    ended = next((event for event in events if isinstance(event, e.Ended)), None)
    return Walked(
        scenario=scenario.id,
        why=why,
        events=tuple(events),
        edges=frozenset(taken(plan, events)),
        blocked=frozenset(pilot.blocked),
        how=f"{ended.how}{f' ({ended.reason})' if ended.reason else ''}" if ended else "no end",
        harmed=drill.harmed,
        problems=tuple(problems),
        untrue=tuple(
            item.line() for item in drill.said if item.agrees is False and item.step not in scenario.mistaken
        ),
        unmet=() if why else tuple(item.line() for item in drill.judged() if item.verdict in UNMET),
        steps=frozenset(event.step.split("@")[0] for event in events if isinstance(event, e.OfStep)),
    )


def _other_guards(scenario: Scenario, walk: Walked) -> list[str]:
    """Guards that ring although nothing makes them, and those that stay silent although something should.

    One that rings where the procedure itself does what it watches for teaches to wave alarms away.
    """
    false = sorted(walk.rang.difference(scenario.rings))
    silent = sorted(set(scenario.rings) - walk.rang)
    return [f"{scenario.id}: the guard {guard} is lost, and nothing makes it so" for guard in false] + [
        f"{scenario.id}: the guard {guard} should be lost, and is not" for guard in silent
    ]


def _examined(run: Path) -> list[Examined]:
    disk = QuickDisk()
    return [examine(disk, path) for path in sorted(run.iterdir()) if path.is_dir()]


def _wrong_value(step: Step) -> dict[str, str]:
    attest = step.attest
    if attest is None:
        return {}
    wrong = [option for option in attest.options if option not in attest.must_be]
    return {step.id: wrong[0]} if wrong else {}


def _shows(walk: Walked, step: Step, recipe: Recipe) -> bool:
    """Whether the walk shows what the recipe says it must."""
    if recipe.shows == "blocked":
        return step.id in walk.blocked or any(
            isinstance(event, e.NotSent) for event in _of(walk.events, step.id)
        )
    for event in _of(walk.events, step.id):
        match event:
            case e.Missed() if recipe.shows == "missed":
                return True
            case e.Acted(result="refused") if recipe.shows == "missed":
                return True
            case e.Attested() if recipe.shows == "missed" and step.attest and step.attest.must_be:
                return event.value not in step.attest.must_be
            case e.Acted(result="unknown") if recipe.shows == "undecided":
                return True
            case e.Met() if recipe.shows == "outcome" and event.outcome != step.ways()[0].name:
                return True
            case e.Met() if recipe.shows == "met":
                return True
            case _:
                continue
    return False


def _of(events: Sequence[e.Event], step: str) -> Iterator[e.OfStep]:
    for event in events:
        if isinstance(event, e.OfStep) and event.step.split("@")[0] == step:
            yield event
