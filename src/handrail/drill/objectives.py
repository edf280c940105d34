"""What a drill was for, and what became of it: `drills/objectives.toml` over the simulator's truth.

A scenario says its objectives in words. Here stands, once for a product, how each is judged; an objective
with `of` belongs to every drill of these procedures. What no simulated server can tell is left to people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from handrail import toml_file
from handrail.drill.batches import sent_again, sent_once
from handrail.drill.debrief import Said
from handrail.drill.scenario import Scenario, scenarios_in
from handrail.errors import Finding, ProcedureError
from handrail.observe.expectations import Context, Judgement, judge_all
from handrail.observe.situation import Situation
from handrail.procedure.loading import library
from handrail.procedure.model import Expectation, Name, Part, Sentence
from handrail.procedure.recipes import OBJECTIVES
from handrail.readings import Verdict
from handrail.text import NOTHING, SafeText, safe
from handrail.walk import events as e
from handrail.walk.plan import BoundPair
from handrail.walk.state import Phase, StepState

HEADING = "What this drill was for"
_WORDS = {Verdict.MET: "met", Verdict.NOT_MET: "NOT met", Verdict.UNKNOWN: "cannot be told"}
_ORDER = (Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.MET, None)
YOURS = "yours to judge"


class Objective(Part):
    """One objective, judged by one of unharmed, met, never, first with then, said, done, once, again."""

    says: Sentence
    of: tuple[str, ...] = ()
    """The procedures whose drills all have it, or the product; empty: the scenarios that say these words."""
    but: tuple[Name, ...] = ()
    """Scenarios it is not for, because what happens there leaves it open or makes it impossible."""
    ends: Literal["complete", "aborted"] | None = None
    """With `of`: only drills that are to end so."""
    unharmed: tuple[str, ...] = ()
    """The headings of the product's harm under which nothing may stand."""
    met: tuple[Expectation, ...] = ()
    """What must be so at the end, of every pair."""
    never: tuple[Expectation, ...] = ()
    """What must not be so at any look; what begins and ends between two looks is not seen."""
    first: tuple[Expectation, ...] = ()
    then: tuple[Expectation, ...] = ()
    """`first` must have been so at a look, and none before it at which `then` was."""
    said: tuple[Name, ...] = ()
    """Steps that must have been come to, and what was said there last must have been so."""

    done: tuple[Name, ...] = ()
    """Steps that must have been obtained, not passed over: those that do not apply do not count, but not all.

    For what was to be recognised or waited for, where the step itself asks it of the simulated servers.
    """
    once: tuple[Name, ...] = ()
    """Steps that act on rows: by the walk's record none is sent again after it was accepted."""
    again: tuple[Name, ...] = ()
    """Steps that act on rows: by the record every refused row is sent again, until it is accepted."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        of_world = (self.unharmed, self.met, self.never, self.first)
        of_walk = (self.said, self.done, self.once, self.again)
        if sum(bool(way) for way in of_world + of_walk) != 1 or bool(self.first) != bool(self.then):
            known = "unharmed, met, never, first with then, said, done, once, again"
            raise ValueError(f"say how it is judged: one of {known}")
        if self.ends and not self.of:
            raise ValueError("ends goes with of")
        return self


class ObjectiveFile(Part):
    """An `objectives.toml`."""

    schema_: Literal[1] = Field(alias="schema")
    product: Name
    objective: tuple[Objective, ...] = Field(min_length=1)


def load_objectives(path: Path) -> ObjectiveFile:
    """One `objectives.toml`; raises ProcedureError."""
    return toml_file.check(path, toml_file.read_capped(path, ProcedureError), ObjectiveFile, ProcedureError)


@dataclass(frozen=True, slots=True)
class Judged:
    """One objective at the end; `verdict` is None where it is a person's to judge."""

    says: str
    verdict: Verdict | None
    why: SafeText = NOTHING

    def line(self) -> SafeText:
        """In words."""
        word = YOURS if self.verdict is None else _WORDS[self.verdict]
        why = f" ({self.why})" if self.why and self.verdict is not Verdict.MET else ""
        return safe(f"- {word}: {self.says}{why}", 400)


@dataclass(frozen=True, slots=True)
class Ruled:
    """One objective of a drill in words, and its rule if there is one."""

    says: str
    rule: Objective | None


def objectives_of(scenario: Scenario, folder: Path) -> tuple[Ruled, ...]:
    """The scenario's own objectives and those of its procedure; `folder` is the product's."""
    rules = [rule for rule in _rules(folder / "drills" / OBJECTIVES) if scenario.id not in rule.but]
    by_words = {rule.says: rule for rule in rules}
    shared = [
        rule.says
        for rule in rules
        if (scenario.procedure in rule.of or scenario.product in rule.of)
        and rule.ends in (None, scenario.ends)
    ]
    words = dict.fromkeys((*scenario.objectives, *shared))
    return tuple(Ruled(says, by_words.get(says)) for says in words)


@lru_cache(maxsize=8)
def _rules(path: Path) -> tuple[Objective, ...]:
    """Read once, as many drills follow one another in a rehearsal."""
    return load_objectives(path).objective if path.exists() else ()


@dataclass
class Watcher:
    """Looks at the simulated world as often as the walk does, for what must never be or come first."""

    ruled: Sequence[Ruled]
    pairs: Sequence[BoundPair]
    truth: Callable[[], Situation]
    _settled: dict[str, tuple[Verdict, SafeText]] = field(default_factory=dict)
    """Words to a verdict that nothing can change any more."""

    def look(self) -> None:
        """Settle what this moment settles."""
        open_ = [
            item.rule
            for item in self.ruled
            if item.rule and (item.rule.never or item.rule.first) and item.says not in self._settled
        ]
        if not open_:
            return
        now = self.truth()
        for rule in open_:
            if rule.never and (found := self._so_somewhere(rule.never, now)) is not None:
                self._settled[rule.says] = (Verdict.NOT_MET, found)
            elif rule.first and (late := self._so_somewhere(rule.then, now)) is not None:
                self._settled[rule.says] = (Verdict.NOT_MET, late)
            elif rule.first and self._so_somewhere(rule.first, now) is not None:
                self._settled[rule.says] = (Verdict.MET, NOTHING)

    def judged(
        self,
        harm: Mapping[str, Sequence[str]],
        said: Sequence[Said],
        steps: Mapping[str, StepState],
        record: Sequence[e.Event] = (),
    ) -> tuple[Judged, ...]:
        """Every objective as it stands now; `steps` as the walk has them, by key; `record`: its events."""
        now = self.truth() if any(item.rule for item in self.ruled) else None
        return tuple(
            Judged(item.says, None)
            if item.rule is None or now is None
            else Judged(item.says, *self._verdict(item.rule, now, harm, said, steps, record))
            for item in self.ruled
        )

    def _verdict(
        self,
        rule: Objective,
        now: Situation,
        harm: Mapping[str, Sequence[str]],
        said: Sequence[Said],
        steps: Mapping[str, StepState],
        record: Sequence[e.Event],
    ) -> tuple[Verdict, SafeText]:
        if rule.says in self._settled:
            return self._settled[rule.says]
        if rule.unharmed:
            return _of_harm(rule.unharmed, harm)
        if rule.said:
            return _of_said(rule.said, said)
        if rule.done:
            return _of_done(rule.done, steps)
        if rule.once:
            return sent_once(record, rule.once)
        if rule.again:
            return sent_again(record, rule.again)
        if rule.first:
            return Verdict.NOT_MET, safe("it was not come to")
        if rule.never:
            return Verdict.MET, NOTHING
        found = [self._judge(rule.met, now, pair) for pair in self.pairs]
        for verdict in (Verdict.NOT_MET, Verdict.UNKNOWN):
            for one in found:
                if one.verdict is verdict:
                    return verdict, _against(one)
        return Verdict.MET, NOTHING

    def _judge(self, wanted: Sequence[Expectation], now: Situation, pair: BoundPair) -> Judgement:
        return judge_all(wanted, Context(now, pair.roles))

    def _so_somewhere(self, wanted: Sequence[Expectation], now: Situation) -> SafeText | None:
        """What was found where it is so of some pair; None where it is so of none."""
        for pair in self.pairs:
            one = self._judge(wanted, now, pair)
            if one.verdict is Verdict.MET:
                found = "; ".join(f"{item.expected} was seen" for item in one.evidence)
                return safe(found, 200)
        return None


def told_objectives(judged: Iterable[Judged]) -> list[SafeText]:
    """How many were met, then a line each, what was not met first; nothing where there are none."""
    found = sorted(judged, key=lambda item: _ORDER.index(item.verdict))
    if not found:
        return []
    counts = Counter(YOURS if item.verdict is None else _WORDS[item.verdict] for item in found)
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    return [safe(f"{HEADING}: {told}."), *(item.line() for item in found)]


def check_objectives(path: Path) -> list[Finding]:
    """What is wrong with an `objectives.toml`: its form, unknown procedures and steps, rules nobody uses."""
    try:
        file = load_objectives(path)
    except ProcedureError as error:
        return error.findings
    folder = path.parent.parent
    loaded = [item.procedure for item in library((folder.parent,))[0] if item.path.parent == folder]
    known = {procedure.id for procedure in loaded}
    steps = {step.id for procedure in loaded for step in procedure.steps()}
    words = {
        says for identity in known for item in scenarios_in(path.parent, identity) for says in item.objectives
    }
    found: list[Finding] = []
    for rule in file.objective:
        found += [
            Finding(path, 0, f"objective: there is no procedure {identity}", "name one of this product")
            for identity in rule.of
            if identity not in known and identity != file.product
        ]
        found += [
            Finding(path, 0, f"objective: there is no step {step}", "name one of this product")
            for step in (*rule.said, *rule.done, *rule.once, *rule.again)
            if step not in steps
        ]
        if not rule.of and rule.says not in words:
            found.append(
                Finding(
                    path, 0, f'objective: no drill says "{rule.says}"', "use a scenario's words, or say of"
                )
            )
    return found


def _of_harm(headings: Sequence[str], harm: Mapping[str, Sequence[str]]) -> tuple[Verdict, SafeText]:
    """Nothing under these headings; who it is stands in their own lines."""
    if unknown := [heading for heading in headings if heading not in harm]:
        return Verdict.UNKNOWN, safe(f"nothing is counted under {unknown[0]}")
    hurt = [f"{heading}: {len(harm[heading])}" for heading in headings if harm[heading]]
    return (Verdict.NOT_MET if hurt else Verdict.MET), safe("; ".join(hurt))


def _of_said(steps: Sequence[str], said: Sequence[Said]) -> tuple[Verdict, SafeText]:
    """Of each step the last thing said there that can be told, which must have been so."""
    for step in steps:
        here = [item for item in said if item.step == step]
        if not here:
            return Verdict.NOT_MET, safe(f"the step {step} was not come to")
        # A path that was typed cannot be told; whether the copy was made, said at the same step, can.
        telling = [item for item in here if item.agrees is not None]
        if not telling:
            return Verdict.UNKNOWN, here[-1].line()
        if telling[-1].agrees is False:
            return Verdict.NOT_MET, telling[-1].line()
    return Verdict.MET, NOTHING


def _of_done(names: Sequence[str], steps: Mapping[str, StepState]) -> tuple[Verdict, SafeText]:
    """What the walk has of these steps, of every pair."""
    found = [(key, step.phase) for key, step in steps.items() if key.split("@")[0] in names]
    applied = [(key, phase) for key, phase in found if phase is not Phase.NOT_APPLICABLE]
    for key, phase in applied:
        if phase is not Phase.DONE:
            return Verdict.NOT_MET, safe(f"the step {key}: {phase.value}")
    if not applied:
        return Verdict.NOT_MET, safe(f"the step {names[0]} was not come to")
    return Verdict.MET, NOTHING


def _against(one: Judgement) -> SafeText:
    wrong = [item for item in one.evidence if item.verdict is not Verdict.MET]
    return safe("; ".join(dict.fromkeys(f"{item.expected}: it is {item.found}" for item in wrong)), 300)
