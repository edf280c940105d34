"""Playing a drill: a scenario on stage, a throw-away key, a run in the ledger, a session to walk it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from handrail import __version__
from handrail.clock import LoopClock
from handrail.drill.debrief import Said, step_by_step, told
from handrail.drill.objectives import Judged, objectives_of, told_objectives
from handrail.drill.scenario import Scenario
from handrail.drill.sights import Sights, sights_of
from handrail.drill.stage import Stage, bound_pairs_of, set_stage
from handrail.drill.virtual_loop import VirtualLoop
from handrail.ledger.anchor import Anchoring, NoAnchor
from handrail.ledger.disk import Disk, RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.watch import SavedRecord, Watch
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.fields import load_fields
from handrail.procedure.file_names import CATALOGUE_FILE, FIELDS_FILE, PROCEDURE_FILE
from handrail.procedure.loading import Loaded
from handrail.readings import Verdict
from handrail.text import SafeText, safe
from handrail.walk import events as e
from handrail.walk.conductor import TICK_S, Conductor
from handrail.walk.plan import lay_out
from handrail.walk.session import (
    Session,
    WatchRecorder,
    host_name,
    operator_name,
    outside,
    pair_events,
)
from handrail.walk.view import View
from handrail.walk.words import CatalogueWords

SITE = "DRILL"


class HeardRecorder(WatchRecorder):
    """Keeps at hand what has become durable, for judging at the end."""

    def __init__(self, watch: Watch, heard: list[e.Event]) -> None:
        super().__init__(watch)
        self._heard = heard

    def append(self, event: Mapping[str, Any], files: Mapping[str, bytes]) -> SavedRecord:
        """Make the event durable; raises NotSaved."""
        saved = super().append(event, files)
        self._heard.append(e.from_table(event))
        return saved


@dataclass
class Drill:
    """A drill ready to be walked: start the session, submit commands, be told views."""

    session: Session
    scenario: Scenario
    loop: VirtualLoop
    run_path: Path
    _stages: list[Stage]
    record: Sequence[e.Event] = ()
    """What the walk has recorded so far."""

    @property
    def stage(self) -> Stage:
        """The stage; there once the session has started walking."""
        return self._stages[0]

    def found(self, step: str) -> str:
        """What a look shows at this step now: what is so; where nothing tells, what the scenario says."""
        look = self.stage.look if self._stages else None
        return self.scenario.finds.get(step, "") if look is None else look

    @property
    def said(self) -> Sequence[Said]:
        """What the operator said so far, each beside what was so."""
        return self.stage.debrief.said if self._stages else ()

    def debrief(self) -> list[SafeText]:
        """How much of what was said was so, and each thing that was not."""
        return told(self.said)

    def step_by_step(self) -> list[SafeText]:
        """Everything that was said, each beside what was so."""
        return step_by_step(self.said)

    @property
    def harmed(self) -> tuple[str, ...]:
        """Who or what was hurt for good, such as stranded clients; after the drill has stopped."""
        return tuple(self.stage.simulator.simulator.harmed()) if self._stages else ()

    def judged(self) -> tuple[Judged, ...]:
        """Every objective as it stands; after the drill has stopped, as it ended."""
        if not self._stages:
            return ()
        return self.stage.objectives.judged(
            self.stage.simulator.simulator.harm(), self.said, self.stage.debrief.steps, self.record
        )

    def end(self) -> list[SafeText]:
        """What became of it: who was hurt for good, what it was for, what was said and was not so."""
        if not self._stages:
            return []
        harm = harm_lines(self.stage.simulator.simulator.harm())
        return [*harm, *told_objectives(self.judged()), *self.debrief()]


def harm_lines(harm: Mapping[str, Sequence[str]]) -> list[SafeText]:
    """How many were hurt for good in each way, and who."""
    return [
        safe(f"{what}: {len(who)}{' (' + ', '.join(who) + ')' if who else ''}", 240)
        for what, who in harm.items()
    ]


@lru_cache(maxsize=64)
def _sights(procedure: str, folder: Path) -> Sights:
    """What is so where this procedure asks; read once, as many drills follow one another in a rehearsal."""
    return sights_of(procedure, folder)


def prepare(
    loaded: Loaded,
    scenario: Scenario,
    ledger_root: Path,
    tell: Callable[[View], None],
    *,
    speed: float | None,
    operator: str = "",
    incident: str = "",
    disk: Disk | None = None,
    tick_s: float = TICK_S,
    automatic: bool = False,
    short: bool = False,
    two_person: bool = False,
) -> Drill:
    """Open the drill's run and set its stage; raises LedgerError when the run cannot be kept.

    `speed` is how many drill seconds pass in one second; None jumps (autopilot only). `automatic` is for the
    autopilot: what a person would type at a console types itself. `disk`, `tick_s` and `short`
    are for rehearsals, which keep nothing, look less often and need no HTTP bytes.
    """
    product_folder = loaded.path.parent
    catalogue = load_catalogue(product_folder / CATALOGUE_FILE)
    fields = load_fields(product_folder / FIELDS_FILE)
    sights = _sights(loaded.procedure.id, product_folder).in_drill(scenario)
    ruled = objectives_of(scenario, product_folder)
    start = datetime.now(UTC).replace(microsecond=0)
    loop = VirtualLoop(speed, alone=short)
    # Records of a drill tell the drill's own time, so that its waits can be read afterwards.
    clock = LoopClock(start, loop)
    ledger = Ledger(ledger_root, disk or RealDisk(), clock)
    operator = operator or operator_name()
    files = {
        PROCEDURE_FILE: loaded.data,
        CATALOGUE_FILE: (product_folder / CATALOGUE_FILE).read_bytes(),
    }
    key = MemoryKey()
    watch = ledger.open_run("drill", loaded.procedure.id, key, operator, host_name(), files)
    stages: list[Stage] = []
    record: list[e.Event] = []

    def heard(view: View) -> None:
        current = view.current
        blocked = current is not None and current.require_verdict is not Verdict.MET
        stages[0].follow(view.state, blocked=blocked)
        tell(view)

    def conductor() -> Conductor:
        stage = set_stage(
            scenario, catalogue, fields, clock, sights=sights, ruled=ruled, automatic=automatic, short=short
        )
        stages.append(stage)
        return Conductor(
            plan=lay_out(loaded.procedure, stage.pairs, two_person=two_person),
            systems=stage.systems,
            recorder=HeardRecorder(watch, record),
            clock=clock,
            words=CatalogueWords(catalogue, stage.pairs),
            tell=heard,
            outside=outside(watch, Anchoring(NoAnchor()), None),
            run_path=str(watch.path.parent),
            tick_s=tick_s,
        )

    opened = e.Opened(
        procedure=loaded.procedure.id,
        version=loaded.procedure.version,
        sha256=loaded.sha256,
        mode="drill",
        site=SITE,
        incident=incident,
        operator=operator,
        principal=f"drill:{operator}",
        program=f"handrail {__version__}",
        pairs=pair_events(bound_pairs_of(scenario)),
        scenario=scenario.id,
        two_person=two_person,
    )
    session = Session(conductor, opened, lambda: loop, watch.close)
    return Drill(session, scenario, loop, watch.path.parent, stages, record)
