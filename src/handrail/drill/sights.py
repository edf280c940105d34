"""What is so where a person is asked or acts by hand: `drills/truth.toml` over the simulator's truth.

A drill can do what a live walk cannot: look behind the operator. Each sight belongs to a step and says, in
the language of expectations, how what is said there is to be compared. Names of readings are those of the
product's `truth`, which knows more than any client can read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from handrail import toml_file
from handrail.drill.comparing import output_differs, same
from handrail.drill.scenario import Scenario
from handrail.errors import Finding, ProcedureError
from handrail.observe.expectations import Context, Judgement, judge_all
from handrail.observe.situation import Situation
from handrail.procedure.loading import library
from handrail.procedure.model import Duration, Expectation, Name, Part, Procedure, Sentence, Step
from handrail.procedure.recipes import SIGHTS
from handrail.readings import Reading, Value, Verdict, value_words
from handrail.text import SafeText, safe
from handrail.walk.plan import Planned

Rows = tuple[str, ...]
"""Of what a reading tells many of: paths, names."""
Known = Mapping[str, Value]
"""What was captured so far, by plain names."""


class Says(Part):
    """One option of a question, and when it is the true one."""

    option: str
    when: tuple[Expectation, ...] = Field(min_length=1)


class Shows(Part):
    """The value a look would show; of a reading with rows each of them is one.

    For a time: `until` is a reading of the latest that can be meant, where nobody can tell more closely, and
    `within` how far off is still so. For pasted output: the output as the system prints it itself.
    """

    field: Name
    on: Name | None = None
    until: Name | None = None
    within: Duration = 0.0


class Sight(Part):
    """What is so at one step: the value a look shows, the true option, when an act by hand is done.

    For a step that only decides, `says` names the options that fit what is so.
    """

    step: Name
    of: tuple[str, ...] = ()
    """The procedures it is for; empty: every procedure of the product with such a step."""
    shows: Shows | None = None
    says: tuple[Says, ...] = ()
    done: tuple[Expectation, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.shows and self.says:
            raise ValueError("a step asks for a value or for an option: shows or says")
        if not (self.shows or self.says or self.done):
            raise ValueError("a sight needs shows, says or done")
        return self


class Word(Part):
    """Questions at which a drill, too, takes a person's word, and why nothing there could tell better."""

    why: Sentence
    steps: tuple[Name, ...] = Field(min_length=1)
    of: tuple[str, ...] = ()
    """The procedures it is for, as in a sight."""


class Brief(Part):
    """Choices that ask what is so of the site: a drill's brief says it, and its `finds` repeat it.

    What is chosen at any other choice is a decision, and no look contradicts it.
    """

    steps: tuple[Name, ...] = Field(min_length=1)
    of: tuple[str, ...] = ()
    """The procedures it is for, as in a sight."""


class SightFile(Part):
    """A `truth.toml`."""

    schema_: int = Field(alias="schema", ge=1, le=1)
    product: Name
    sight: tuple[Sight, ...] = Field(min_length=1)
    word: tuple[Word, ...] = ()
    brief: tuple[Brief, ...] = ()


NOBODY_LOOKED = frozenset({"not looked", "not known", "not tested", "not tried", "not compared"})
"""Options that say so themselves: no look can show them."""


def load_sights(path: Path) -> SightFile:
    """One `truth.toml`; raises ProcedureError."""
    return toml_file.check(path, toml_file.read_capped(path, ProcedureError), SightFile, ProcedureError)


@dataclass(frozen=True, slots=True)
class Compared:
    """What was said beside what is so. `agrees` is None where nothing tells."""

    agrees: bool | None
    found: SafeText


@dataclass(frozen=True)
class Sights:
    """The sights of one procedure, by step id."""

    by_step: Mapping[str, Sight] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    """Step id to why its answer is taken at the person's word."""
    product: str = ""
    briefed: frozenset[str] = frozenset()
    """Ids of choices that the brief of a drill answers."""
    finds: Mapping[str, str] = field(default_factory=dict)
    """Step id to what the drill at hand has there for whoever looks; empty outside of a drill."""

    def in_drill(self, scenario: Scenario) -> Sights:
        """With what this scenario finds, but for that for which somebody only vouches."""
        finds = {step: value for step, value in scenario.finds.items() if step not in scenario.mistaken}
        return replace(self, finds=finds)

    def look(self, planned: Planned, situation: Situation, known: Known) -> SafeText | None:
        """What somebody who looks would answer now; None where nothing tells."""
        sight = self.by_step.get(planned.step.id)
        if sight is None:
            return None
        if sight.shows is not None:
            values = _values(sight.shows, sight.shows.field, planned, situation)
            return safe(value_words(values[0])) if values and not _is_pasted(planned) else None
        for says in sight.says:
            if _judged(says.when, planned, situation, known).verdict is Verdict.MET:
                return safe(says.option)
        return None

    def attested(self, planned: Planned, said: str, situation: Situation, known: Known) -> Compared | None:
        """Whether what was answered is so; None where nothing tells."""
        sight = self.by_step.get(planned.step.id)
        if sight is None or not (sight.shows or sight.says):
            return self._as_found(planned.step, said)
        if sight.shows is not None:
            return self._compared(sight.shows, planned, said, situation)
        for says in sight.says:
            if says.option == said:
                judged = _judged(says.when, planned, situation, known)
                return Compared(_answer(judged.verdict), _found(judged))
        return None

    def _as_found(self, step: Step, said: str) -> Compared | None:
        """Beside the option that the scenario has there; words of one's own are not compared."""
        shown, attest = self.finds.get(step.id), step.attest
        if shown is not None and said not in NOBODY_LOOKED:
            if attest is not None and attest.kind == "choice":
                return Compared(said == shown, safe(f"a look there shows {shown}"))
            if step.choice is not None and step.choice.rows is None and step.id in self.briefed:
                return Compared(said == shown, safe(f"the brief of this drill says {shown}"))
        why = self.words.get(step.id)
        return Compared(None, safe(why)) if why is not None and attest is not None else None

    def _compared(self, shows: Shows, planned: Planned, said: str, situation: Situation) -> Compared | None:
        values = _values(shows, shows.field, planned, situation)
        if values is None:
            return None
        where = planned.pair.roles.get(shows.on or planned.step.on or "", "")
        attest = planned.step.attest
        if attest is not None and attest.parser is not None:
            off = output_differs(self.product, attest.parser, str(values[0]), said)
            return None if off is None else Compared(not off, safe("; ".join((f"on {where}", *off))))
        latest = _values(shows, shows.until, planned, situation) if shows.until else None
        last = latest[0] if latest else None
        told = " or ".join(value_words(value) for value in values[:3]) or "nothing"
        if last is not None and last not in values:
            told += f", {shows.until} {value_words(last)}"
        agrees = any(same(value, said, until=last, within_s=shows.within) for value in values)
        return Compared(agrees, safe(f"{shows.field} of {where} is {told}"))

    def done(self, planned: Planned, situation: Situation, known: Known) -> Compared | None:
        """Whether what was said to be done by hand is done; None where no sight tells."""
        sight = self.by_step.get(planned.step.id)
        if sight is None or not sight.done:
            return None
        judged = _judged(sight.done, planned, situation, known)
        return Compared(_answer(judged.verdict), _found(judged))


def sights_of(procedure_id: str, folder: Path) -> Sights:
    """The sights for this procedure in its product's folder; none without a file. Raises ProcedureError."""
    path = folder / "drills" / SIGHTS
    if not path.exists():
        return Sights()
    file = load_sights(path)
    fits = {item.step: item for item in file.sight if not item.of or procedure_id in item.of}
    words = {
        step: item.why for item in file.word if not item.of or procedure_id in item.of for step in item.steps
    }
    briefed = {step for item in file.brief if not item.of or procedure_id in item.of for step in item.steps}
    return Sights(fits, words, procedure_id.partition("/")[0], frozenset(briefed))


def untold(procedure: Procedure, sights: Sights) -> list[str]:
    """Questions and acts by hand of which nothing tells in a drill, and nothing says why; and stale words."""
    found: list[str] = []
    for step in procedure.steps():
        sight, attest, act = sights.by_step.get(step.id), step.attest, step.do
        asks = attest is not None and not (sight and (sight.shows or sight.says))
        acts = act is not None and act.by_hand is not None and not (act.console or (sight and sight.done))
        if (asks or acts) and step.id not in sights.words:
            found.append(f"nothing tells in a drill whether what is said at {step.id} is so")
        elif not (asks or acts) and step.id in sights.words:
            found.append(f"{step.id} is taken at somebody's word, although a sight tells")
        if attest is not None and sight is not None and sight.says:
            open_ = set(attest.options) - {says.option for says in sight.says} - NOBODY_LOOKED
            found += [f"the sight of {step.id} does not tell when {item} is so" for item in sorted(open_)]
    return found


def situation_of(
    truths: Mapping[str, Mapping[str, Value | Rows]], stamp: Situation, source: str = "simulator"
) -> Situation:
    """The simulator's truth by server as readings taken at the moment of `stamp`."""

    def readings(server: str, name: str, told: Value | Rows) -> tuple[Reading, ...]:
        rows = {row: row for row in told} if isinstance(told, tuple) else {"": told}
        return tuple(
            Reading(server, name, value, stamp.at, stamp.boot_ns, safe(source), row=row)
            for row, value in rows.items()
        )

    return Situation(
        stamp.at,
        stamp.boot_ns,
        {
            (server, name): readings(server, name, value)
            for server, told in truths.items()
            for name, value in told.items()
        },
    )


def check_sights(path: Path) -> list[Finding]:
    """What is wrong with a `truth.toml`: its form, the procedures, steps and options it names."""
    try:
        file = load_sights(path)
    except ProcedureError as error:
        return error.findings
    steps: dict[str, list[Step]] = {}
    known: set[str] = set()
    found: list[Finding] = []
    for loaded in library((path.parent.parent.parent,))[0]:
        if loaded.path.parent == path.parent.parent:
            known.add(loaded.procedure.id)
            untold_here = untold(loaded.procedure, sights_of(loaded.procedure.id, loaded.path.parent))
            found += [
                Finding(path, 0, f"{loaded.procedure.id}: {problem}", "a sight, or a word with its reason")
                for problem in untold_here
            ]
            for step in loaded.procedure.steps():
                steps.setdefault(step.id, []).append(step)
    found += [
        Finding(path, 0, f"word: there is no step {step}", "name one of this product")
        for word in file.word
        for step in word.steps
        if step not in steps
    ]
    found += [
        Finding(path, 0, f"brief: there is no choice {step}", "name one of this product")
        for brief in file.brief
        for step in brief.steps
        if not any(item.choice for item in steps.get(step, []))
    ]
    for sight in file.sight:
        here = steps.get(sight.step, [])
        if not here:
            found.append(
                Finding(path, 0, f"sight: there is no step {sight.step}", "name one of this product")
            )
        found += [
            Finding(path, 0, f"sight: there is no procedure {identity}", "name one of this product")
            for identity in sight.of
            if identity not in known
        ]
        options = {option for step in here if step.attest for option in step.attest.options}
        options |= {option.name for step in here if step.choice for option in step.choice.options}
        found += [
            Finding(
                path, 0, f"sight {sight.step}: {says.option} is no option there", "name one of its options"
            )
            for says in sight.says
            if here and says.option not in options
        ]
    return found


def _judged(
    expectations: Sequence[Expectation], planned: Planned, situation: Situation, known: Known
) -> Judgement:
    context = Context(situation, planned.pair.roles, planned.step.on, captured=known)
    return judge_all(expectations, context)


def _is_pasted(planned: Planned) -> bool:
    return planned.step.attest is not None and planned.step.attest.parser is not None


def _values(shows: Shows, name: str, planned: Planned, situation: Situation) -> tuple[Value, ...] | None:
    """What the reading is, row by row; None where there is no such reading."""
    server = planned.pair.roles.get(shows.on or planned.step.on or "", "")
    if (server, name) not in situation.readings:
        return None
    return tuple(row.value for row in situation.rows(server, name) if row.value is not None)


def _answer(verdict: Verdict) -> bool | None:
    return None if verdict is Verdict.UNKNOWN else verdict is Verdict.MET


def _found(judged: Judgement) -> SafeText:
    """What stands against it, else all that speaks for it."""
    against = [item for item in judged.evidence if item.verdict is not Verdict.MET]
    told = [f"{item.expected}: it is {item.found}" for item in against or judged.evidence]
    return safe("; ".join(dict.fromkeys(told)), 400)
