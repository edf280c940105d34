"""Situations to draw: a fold of events over a real procedure, and readings and log lines made up for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from handrail.observe.expectations import HeldSince
from handrail.observe.situation import LogMatch, Situation, Source, SourceState
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import Loaded, builtin_root, load
from handrail.procedure.model import Act
from handrail.readings import Failure, Line, Reading, Value
from handrail.text import NOTHING, SafeText, safe
from handrail.walk import events as e
from handrail.walk.looking import Looker
from handrail.walk.plan import BoundPair, Plan, Planned, lay_out
from handrail.walk.state import State, after
from handrail.walk.view import Anchoring, Notice, Surroundings, View, view
from handrail.walk.words import CatalogueWords

START = datetime(2026, 3, 29, 3, 14, tzinfo=UTC)
NS = 1_000_000_000
PAIR = BoundPair("orders", "replication", {"master": "broker-a", "slave": "broker-b"})
FROZEN = Path(__file__).with_name("split-brain-recovery.toml")
"""The procedure as it once was: the screens are compared over it, whatever becomes of the procedure."""
HEALTHY: dict[str, Value] = {
    "active": True,
    "started": True,
    "backup": False,
    "replica-sync": False,
    "client-connections": 4,
    "node-id": "5c1e0b9c-1f9e-11f1-9d3a-0242ac110002",
    "version": "2.44.0",
    "total-messages": 1204,
}


@dataclass
class Scene:
    """One moment of a walk, built step by step; `view()` is what a face would be told of it."""

    loaded: Loaded = field(default_factory=lambda: load(FROZEN))
    pairs: Sequence[BoundPair] = (PAIR,)
    mode: str = "live"
    site: str = "production-eu"
    incident: str = "INC-4711"
    second: float = 60.0
    """Seconds since the walk began."""
    events: list[e.Event] = field(default_factory=list)
    values: dict[tuple[str, str], tuple[Value | Failure, float]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    sources: dict[str, SourceState] = field(default_factory=dict)
    around: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plan: Plan = lay_out(self.loaded.procedure, self.pairs)
        self._folded: tuple[list[e.Event], State] = ([], State(self.plan))
        folder = builtin_root() / self.loaded.procedure.product
        self.words = CatalogueWords(load_catalogue(folder / "messages.toml"), self.pairs)
        self.looker = Looker(self.plan, self.words.awaited, HeldSince(), {})
        for server in self.plan.servers():
            self.sources[server] = SourceState(Source.READY, 12, "12")
            self.words.learn(server, "2.44.0")
            for name, value in HEALTHY.items():
                self.values[server, name] = (value, 0.4)
        self.events.append(
            e.Opened(
                procedure=self.loaded.procedure.id,
                version=self.loaded.procedure.version,
                sha256="9c41e2" + "0" * 58,
                mode="drill" if self.mode == "drill" else "live",
                site=self.site,
                incident=self.incident,
                operator="ana",
                principal="SHA256:ana",
                program="handrail 0",
                pairs=tuple(
                    e.PairBound(name=pair.name, mode=pair.mode, roles=dict(pair.roles)) for pair in self.pairs
                ),
            )
        )

    # --- what happened ---------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The fold of what happened so far; what was folded before is not folded again."""
        before, state = self._folded
        known = len(before)
        if [id(event) for event in self.events[:known]] != [id(event) for event in before]:
            known, state = 0, State(self.plan)
        for event in self.events[known:]:
            state = after(state, event)
        self._folded = (list(self.events), state)
        return state

    @property
    def current(self) -> Planned:
        """The step the pointer is on."""
        current = self.state.current
        assert current is not None
        return current

    @property
    def this(self) -> dict[str, Any]:
        """Which step and attempt an event is of."""
        return {"step": self.current.key, "attempt": self.state.step(self.current.key).attempt}

    def add(self, *events: e.Event) -> Scene:
        """Let this have happened."""
        self.events += events
        return self

    def reach(self, step: str) -> Scene:
        """Walk every step before this one as if all went well."""
        while self.current.step.id != step:
            self.do()
        return self.add(e.Begun(**self.this))

    def settle(self) -> Scene:
        """Walk every step that is left."""
        while self.state.pointer is not None:
            self.do()
        return self

    def do(self) -> Scene:
        """Walk the step the pointer is on as if all went well."""
        step, this = self.current.step, self.this
        if step.choice:
            return self.add(e.Chosen(**this, option=step.choice.options[0].name))
        self.confirm()
        if step.do:
            self.send()
            self.add(e.Acted(**this, result="accepted", detail="stopped"))
        if step.ways():
            captured = {capture.name: 4 for capture in step.capture}
            self.add(e.Met(**this, outcome=step.ways()[0].name, waited_s=4, captured=captured))
        if step.attest:
            good = (step.attest.must_be or step.attest.options or ("8",))[0]
            self.add(e.Attested(**this, value=good))
        if self.state.pointer == this["step"] and self.state.step(this["step"]).attempt == this["attempt"]:
            self.add(e.Begun(**this))
        return self

    def confirm(self) -> Scene:
        """Confirm the step, if it asks for it."""
        confirm, this = self.current.step.confirm, self.this
        if confirm is None:
            return self
        server = self.current.server or ""
        if confirm.kind == "hold-point":
            return self.add(e.Overrode(**this, what="hold-point", typed=server, reason="alone at night"))
        how = "target" if confirm.kind == "target" else "acknowledge"
        return self.add(e.Confirmed(**this, how=how, typed=server))

    def send(self) -> Scene:
        """Intend the step's act."""
        return self.add(e.Intended(**self.this, server=self.current.server or "", shown=self.shown()))

    # --- what is read ----------------------------------------------------------------------------

    def read(self, server: str, **values: Value | Failure) -> Scene:
        """Let this be read on a server; names with _ for -."""
        for name, value in values.items():
            self.values[server, name.replace("_", "-")] = (value, 0.4)
        return self

    def print(self, server: str, text: str, at: float | None = None) -> Scene:
        """Let the server's log say this."""
        at = self.second if at is None else at
        moment = START + timedelta(seconds=at)
        number = 13 + sum(line.server == server for line in self.lines)
        self.lines.append(Line(server, safe(text), moment, int(at * NS), str(number), number))
        return self

    def situation(self) -> Situation:
        """What is known at this second."""
        now, boot_ns = START + timedelta(seconds=self.second), int(self.second * NS)
        readings = {}
        for (server, name), (value, age_s) in self.values.items():
            failure = value if isinstance(value, Failure) else None
            readings[server, name] = (
                Reading(
                    server,
                    name,
                    None if isinstance(value, Failure) else value,
                    now - timedelta(seconds=age_s),
                    boot_ns - int(age_s * NS),
                    safe("jolokia"),
                    failure=failure,
                    meaning=safe("nobody listens there: the process is down") if failure else NOTHING,
                ),
            )
        matches: dict[str, tuple[LogMatch, ...]] = {}
        for line in self.lines:
            found = tuple(match for match in self.words.matches(line) if self.words.counts(match))
            matches[line.server] = (*matches.get(line.server, ()), *found)
        return Situation(now, boot_ns, readings, matches, self.sources)

    def shown(self) -> tuple[SafeText, ...]:
        """The act as the systems would show it."""
        act = self.current.step.do
        return shown_of(act, self.current.server or "") if act is not None else ()

    def view(self) -> View:
        """What a face is told."""
        state, situation = self.state, self.situation()
        look = self.looker.look(state, situation)
        current = state.current
        act = current.step.do if current is not None else None
        given = {
            "shown": self.shown() if current is not None else (),
            "by_hand": act is not None and act.by_hand is not None,
            "notice": Notice(len(self.events), safe(f"saved {len(self.events)}: begun"), "info"),
            "saved": len(self.events),
            "log": tuple(self.lines),
            "anchoring": Anchoring(1),
            "run_path": "/home/ana/.local/state/handrail/runs/2026-03-29-031400-split-brain-9c41e2",
            "settled_at": {planned.key: "03:12 ana" for planned in self.plan.steps},
            **self.around,
        }
        return view(state, look, Surroundings(now=situation.at, started=START, situation=situation, **given))


def shown_of(act: Act, server: str) -> tuple[SafeText, ...]:
    """An act in the words of a site whose brokers are services."""
    if act.by_hand is not None:
        return (safe(f"by hand: {act.by_hand}"),)
    if act.command is not None:
        return (safe(f"{server}$ systemctl {act.command} artemis"),)
    return (
        safe(f"POST http://{server}:8161/console/jolokia"),
        safe('{"type": "exec", "mbean": "org.apache.activemq.artemis:broker=\\"x\\"",'),
        safe(f' "operation": "{act.operation}", "arguments": [""]}}'),
    )
