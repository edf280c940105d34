"""The language of a procedure file, as types: sections of steps, expectations, choices, guards.

Every key of the TOML is a field here and no other key is accepted. Durations are strings such as
"90s", "5m" or "1h30m" and become seconds. Meanings are taught in docs/writing-procedures.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from handrail.readings import NOTHING_THERE

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
_NAME = r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$"


def duration_s(text: object) -> float:
    """Seconds of "90s", "5m", "1h30m" or "0.5s"; raises ValueError for anything else."""
    if isinstance(text, str) and text:
        match = _DURATION.fullmatch(text)
        if match:
            hours, minutes, seconds = (float(part or 0) for part in match.groups())
            return hours * 3600 + minutes * 60 + seconds
    raise ValueError('a duration is written "90s", "5m" or "1h30m"')


Duration = Annotated[float, BeforeValidator(duration_s)]
Name = Annotated[str, Field(pattern=_NAME, max_length=60)]
Sentence = Annotated[str, Field(min_length=1, max_length=400)]
Scalar = bool | int | float | str


class Part(BaseModel):
    """The base of every part: frozen, strict, and no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


Gone = Literal["refused", "mbean-missing", "booting", "timed-out", "unreachable", "no-rows", "not-applicable"]
"""Failures of a reading that can be a statement of their own."""


class Captured(Part):
    """A value captured earlier in the run, used where a literal could stand."""

    captured: Name


Operand = Scalar | Captured


class Expectation(Part):
    """What a reading or a log line must be. Exactly one of field, log, relation, value or a group.

    - `field` with one comparison: a reading of the server `on` (the step's own when absent);
      `row` chooses one row of a field of many rows, `total = true` adds all rows up, `every` asks it of each
      row of a list captured earlier (or of all there are: "*"); `since_sent = true` asks that a number of
      seconds, such as an uptime, is less than the time since the step's act was sent.
    - `log`: a line of the catalogue, seen on `on` after the mark.
    - `relation` over `fields` written "role:field" or "role:field[row]", or over `values` captured earlier.
    - `value`: something captured earlier.
    - `all`, `any`, `none`, `count` with `exactly` / `at_least` / `at_most`.
    """

    on: Name | None = None
    field: Name | None = None
    row: str | None = None
    total: bool = False
    every: str | None = None
    since_sent: bool = False
    log: Name | None = None
    relation: Literal["equal", "distinct", "same-subnet", "different-subnet"] | None = None
    fields: tuple[str, ...] = ()
    values: tuple[Name, ...] = ()
    value: Name | None = None

    is_: Operand | None = Field(default=None, alias="is")
    is_not: Operand | None = None
    one_of: tuple[Scalar, ...] = ()
    at_least: Annotated[Operand | None, Field()] = None
    at_most: Operand | None = None
    exactly: int | None = None

    all: tuple[Expectation, ...] = ()
    any: tuple[Expectation, ...] = ()
    none: tuple[Expectation, ...] = ()
    count: tuple[Expectation, ...] = ()

    held: Duration = 0.0
    """How long it must have been true without a break."""

    absent: bool = False
    """For `log`: met while the line was *not* seen and the source can be read."""

    also_when: tuple[Gone, ...] = ()
    """Failures of the reading that count as met: a stopped broker refuses connections."""

    not_when: tuple[Gone, ...] = ()
    """Failures of the reading that count as not met, where a server that is down cannot be it."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [
            self.field is not None,
            self.log is not None,
            self.relation is not None,
            self.value is not None,
            bool(self.all),
            bool(self.any),
            bool(self.none),
            bool(self.count),
        ]
        if sum(kinds) != 1:
            raise ValueError(
                "an expectation has exactly one of field, log, relation, value, all, any, none, count"
            )
        if self.since_sent and (not self.field or self.comparisons()):
            raise ValueError("since_sent compares a field of seconds by itself: no is, at_most and so on")
        if (self.field or self.value) and not self.comparisons() and not self.since_sent:
            raise ValueError("say what it must be: is, is_not, one_of, at_least or at_most")
        if self.count and self.exactly is None and self.at_least is None and self.at_most is None:
            raise ValueError("count needs exactly, at_least or at_most")
        if self.relation and (len(self.fields) < 2) == (len(self.values) < 2):
            raise ValueError('relation compares two or more fields, each written "role:field", or values')
        if self.relation and "subnet" in self.relation and not self.values:
            raise ValueError('subnets are compared of values written with a prefix, such as "10.1.2.3/24"')
        if self.every and (self.row or self.total or not self.field):
            raise ValueError("every goes with field, and without row and total")
        return self

    def comparisons(self) -> list[tuple[str, Operand | tuple[Scalar, ...]]]:
        """The comparisons asked for, by name."""
        found: list[tuple[str, Operand | tuple[Scalar, ...]]] = []
        if self.is_ is not None:
            found.append(("is", self.is_))
        if self.is_not is not None:
            found.append(("is_not", self.is_not))
        if self.one_of:
            found.append(("one_of", self.one_of))
        if self.at_least is not None and not self.count:
            found.append(("at_least", self.at_least))
        if self.at_most is not None and not self.count:
            found.append(("at_most", self.at_most))
        return found

    def parts(self) -> tuple[Expectation, ...]:
        """The members of a group; empty for a plain expectation."""
        return self.all or self.any or self.none or self.count

    def leaves(self) -> Iterator[Expectation]:
        """Every plain expectation within, itself included."""
        if not self.parts():
            yield self
        for part in self.parts():
            yield from part.leaves()


def side_parts(side: str) -> tuple[str, str, str | None]:
    """Role, field and row of one side of a relation, written "role:field" or "role:field[row]"."""
    role, _, rest = side.partition(":") if ":" in side.partition("[")[0] else ("", "", side)
    name, bracket, row = rest.partition("[")
    return role, name, row.removesuffix("]") if bracket else None


class Condition(Part):
    """A test on what the run holds: a choice, an outcome, a fact of the inventory, a captured value."""

    choice: Name | None = None
    outcome: Name | None = None
    fact: Name | None = None
    value: Name | None = None
    is_: Scalar | None = Field(default=None, alias="is")
    is_not: Scalar | None = None
    at_least: float | int | None = None
    at_most: float | int | None = None
    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        named = [self.choice, self.outcome, self.fact, self.value]
        if sum(name is not None for name in named) + bool(self.any) + bool(self.all) != 1:
            raise ValueError("a condition names exactly one of choice, outcome, fact, value, any, all")
        return self

    def leaves(self) -> Iterator[Condition]:
        """Every plain condition within, itself included."""
        if not (self.any or self.all):
            yield self
        for part in self.any + self.all:
            yield from part.leaves()


class Hazard(Part):
    """Warning: loss of data or service. Caution: damage short of that. Note: worth knowing."""

    level: Literal["warning", "caution", "note"]
    text: Sentence


class Confirm(Part):
    """What the operator does before anything is sent.

    acknowledge: reads and accepts `text`; target: types the server's name; count: types how many rows a
    batch has and the site's word; hold-point: a second person signs, or the operator overrides.
    """

    kind: Literal["acknowledge", "target", "count", "hold-point"]
    text: Sentence


class Act(Part):
    """What is done: exactly one of a command of the inventory, a client operation, vendor lines, or by hand.

    With `rows` it is a batch: one request for each row of a list captured earlier.
    """

    command: Name | None = None
    operation: Name | None = None
    cli: tuple[str, ...] = ()
    """Lines of the vendor's own command line, `{name}` where an argument stands; sent as one request."""
    arguments: dict[str, Operand] = Field(default_factory=dict)
    rows: Name | None = None
    """The captured list whose every row it is done for."""
    choice: Name | None = None
    """The step of a choice by rows: its option goes along, and rows with the option `leave` are left out."""
    by_hand: Sentence | None = None
    console: tuple[str, ...] = ()
    """For by_hand: what is typed at the drill's console of the step's server."""
    limit: Duration = 60.0
    """How long the act itself may take before its end counts as unknown."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        parts = (self.command, self.operation, self.by_hand, self.cli or None)
        if sum(part is not None for part in parts) != 1:
            raise ValueError("do is exactly one of command, operation, cli, by_hand")
        if self.rows and not (self.operation or self.cli):
            raise ValueError("rows are for operation or cli")
        if self.choice and not self.rows:
            raise ValueError("choice goes with rows")
        if self.console and self.by_hand is None:
            raise ValueError("console says how what is done by_hand is done in a drill")
        return self


class Outcome(Part):
    """One named way a step's waiting can end well, and where it leads."""

    name: Name
    title: Sentence
    expect: tuple[Expectation, ...] = Field(min_length=1)
    goto: Name | None = None


class IfNot(Part):
    """What to do when the expectation is not obtained; `inject` causes it in a drill."""

    text: Sentence
    goto: Name | None = None
    inject: str | None = None


class Pasted(Part):
    """What pasted output must show: a field and its value, by the product's own names."""

    field: Name
    is_: Scalar = Field(alias="is")
    every: Name | None = None
    """For output with rows: the captured list whose every row must stand in it and show this."""


_PICKED = ("choice", "time")


class Attest(Part):
    """A value the operator saw, where the machine cannot see, or beside what it sees."""

    ask: Sentence
    kind: Literal["text", "number", "choice", "time"]
    """time: when something was, as a time, a stamp of a log or how long ago; recorded as the UTC it means."""
    options: tuple[str, ...] = ()
    """For choice; for time what may be said in place of one, such as never; beside a format: empty."""
    capture: Name | None = None
    must_be: tuple[str, ...] = ()
    """For choice: the options with which the walk may go on; others count as not obtained."""
    format: Literal["address", "address-with-prefix", "host", "email", "path", "fingerprint"] | None = None
    """For text: what it must look like."""
    parser: Name | None = None
    """For text: pasted output of the vendor's command line, read by the product's parser of this name."""
    shows: tuple[Pasted, ...] = ()
    """With `parser`: what the pasted output must show; other output is refused."""
    at_least: int | float | None = None
    at_most: int | float | None = None
    """For number: the documented range; what lies outside is refused, with the range."""
    default: str | None = None
    """The product's default, shown beside the question; never taken by itself."""

    def lets_on(self, value: str) -> bool:
        """Whether the walk may go on with this answer."""
        return not self.must_be or value in self.must_be

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        if self.kind == "choice" and not self.options:
            raise ValueError("kind = choice needs options")
        if self.format is not None and self.options not in ((), (NOTHING_THERE,)):
            raise ValueError(f"beside a format the one option is {NOTHING_THERE}")
        if self.options and self.kind not in _PICKED and self.format is None:
            raise ValueError("options belong to kind = choice, to kind = time and beside a format")
        if unknown := set(self.must_be) - set(self.options):
            raise ValueError(f"must_be names no option: {sorted(unknown)}")
        if self.format and self.kind != "text":
            raise ValueError("format belongs to kind = text")
        if bool(self.parser) != bool(self.shows) or (self.parser and (self.kind != "text" or self.format)):
            raise ValueError("parser goes with shows, belongs to kind = text, and needs no format")
        if len({wanted.every is None for wanted in self.shows}) > 1:
            raise ValueError("shows speaks of rows with every, or of none: output is a table or it is not")
        if (self.at_least is not None or self.at_most is not None) and self.kind != "number":
            raise ValueError("at_least and at_most belong to kind = number")
        return self


class Option(Part):
    """One branch of a choice, with its consequence in words."""

    name: Name
    title: Sentence
    consequence: Sentence
    goto: Name | None = None


class Choice(Part):
    """A decision of the operator between named branches; with `rows`, one for each row of a captured list."""

    ask: Sentence
    options: tuple[Option, ...] = Field(min_length=2)
    rows: Name | None = None

    @model_validator(mode="after")
    def _rows_lead_nowhere(self) -> Self:
        if self.rows and any(option.goto for option in self.options):
            raise ValueError("options chosen row by row have no goto")
        return self


class Capture(Part):
    """A reading kept under a name when the step is met; several sources are added up.

    With `rows = true` the names of the field's rows are kept as a list (those whose value `is` this), and
    their number as `<name>-count`.
    """

    name: Name
    field: Name
    on: tuple[Name, ...] = Field(min_length=1)
    total: bool = False
    rows: bool = False
    noun: Annotated[str, Field(max_length=30)] = ""
    """For rows: what they are, in the plural, such as Message VPNs."""
    row: str | None = None
    is_: Scalar | None = Field(default=None, alias="is")

    @model_validator(mode="after")
    def _noun_of_rows(self) -> Self:
        if self.noun and not self.rows:
            raise ValueError("noun says what rows are: it goes with rows = true")
        return self


class Derive(Part):
    """A value made of captured ones when the step is done: a number `times` another, or parts joined.

    `join` puts parts together as a path, each a literal or `{name}`.
    """

    name: Name
    of: Name | None = None
    times: int | float | None = None
    join: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.of is not None and self.times is not None) == bool(self.join):
            raise ValueError("derive is `of` with `times`, or `join`")
        return self


class Window(Part):
    """A countdown beside the step, from the moment a reading is first so."""

    title: Annotated[str, Field(min_length=1, max_length=40)]
    on: Name
    field: Name
    is_: Scalar = Field(alias="is")
    length: Duration | None = None
    length_field: Name | None = None
    """A field of the same server that tells the length in seconds."""
    over: Sentence
    """What it means when it has run out."""

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.length is None) == (self.length_field is None):
            raise ValueError("a window has length or length_field")
        return self

    def begins(self) -> Expectation:
        """The expectation whose being true it is counted from."""
        return Expectation.model_validate({"on": self.on, "field": self.field, "is": self.is_})


class Progress(Part):
    """For waits without a fixed end: a field that must keep moving towards `to`."""

    on: Name | None = None
    field: Name
    to: int | float
    stalled_after: Duration


class Step(Part):
    """One step: require, confirm, do, expect, attest, in this order."""

    id: Name
    title: Annotated[str, Field(min_length=1, max_length=60)]
    on: Name | None = None
    passage: Sentence
    """Which passage of which document it comes from, or the source of what was added."""
    documented: str | None = None
    """The documented wording of a log line or name that the product prints differently."""
    text: Annotated[str, Field(max_length=300)] = ""
    why: Annotated[str, Field(max_length=1500)] = ""
    hazards: tuple[Hazard, ...] = ()
    when: Condition | None = None
    require: tuple[Expectation, ...] = ()
    confirm: Confirm | None = None
    do: Act | None = None
    changes: bool = True
    """For by-hand acts: false when nothing on the systems changes (a copy, a reading)."""
    repeat: Literal["safe", "check-first", "never"] = "check-first"
    irreversible: bool = False
    already: tuple[Expectation, ...] = ()
    expect: tuple[Expectation, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    within: Duration = 60.0
    progress: Progress | None = None
    attest: Attest | None = None
    choice: Choice | None = None
    capture: tuple[Capture, ...] = ()
    derive: tuple[Derive, ...] = ()
    window: Window | None = None
    undo: Annotated[str, Field(max_length=300)] = ""
    """How this is taken back on the systems, where that can be."""
    if_not: tuple[IfNot, ...] = ()
    killer: bool = False
    """Cannot be skipped."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.expect and self.outcomes:
            raise ValueError("a step has expect or outcomes, not both")
        if self.choice and (self.do or self.outcomes or self.attest):
            raise ValueError("a choice step only chooses; put what follows into steps of its own")
        return self

    @property
    def sends(self) -> bool:
        """True when the step changes something on the systems."""
        return self.do is not None and (self.do.by_hand is None or self.changes)

    def ways(self) -> tuple[Outcome, ...]:
        """The outcomes; a plain `expect` is the single outcome `met`."""
        if self.outcomes:
            return self.outcomes
        if self.expect:
            # What it is made of has been validated; this is asked for at every look.
            return (Outcome.model_construct(name="met", title="As expected", expect=self.expect),)
        return ()

    def expectations(self) -> Iterator[Expectation]:
        """Every plain expectation the step holds, wherever it stands."""
        groups = [self.require, self.already, self.expect, *(way.expect for way in self.outcomes)]
        for group in groups:
            for expectation in group:
                yield from expectation.leaves()


class Repeat(Part):
    """A section walked once for each pair; sections of the same `group` in a row are walked together."""

    over: Literal["pairs"]
    order: Literal["forward", "reverse"] = "forward"
    group: Name | None = None


class Section(Part):
    """Steps up to a pause point."""

    id: Name
    title: Annotated[str, Field(min_length=1, max_length=60)]
    pause: Sentence
    """What is true when the section is complete: a place where one may stop."""
    abort: Sentence
    """What is left behind when the walk is aborted within this section."""
    safe: bool
    """Whether stopping within this section reaches a safe point (aborted) or not (abandoned)."""
    repeat: Repeat | None = None
    when: Condition | None = None
    """The section is walked only when this is so; else all its steps are n/a."""
    steps: tuple[Step, ...] = Field(min_length=1)


class Role(Part):
    """What a server is in the procedure."""

    name: Name
    what: Sentence
    optional: bool = False
    """Whether a group may be without it, such as the HA mate of a single broker; its steps are n/a then."""


class GuardException(Part):
    """Steps during which the guard may be lost, and for how long after the step's act was sent."""

    step: Name
    for_: Duration = Field(alias="for")


class Guard(Part):
    """An expectation watched through many steps."""

    id: Name
    title: Annotated[str, Field(min_length=1, max_length=60)]
    expect: Expectation
    lost: Sentence
    """What it means when it is lost, and the first thing to do."""
    from_: Name | None = Field(default=None, alias="from")
    until: Name | None = None
    debounce: Duration = 5.0
    on_lost: Literal["interrupt", "block-changes"] = "interrupt"
    on_unknown: Literal["say", "block-changes"] = "say"
    except_: tuple[GuardException, ...] = Field(default=(), alias="except")


class Span(Part):
    """From the moment one step is reached until another is done; open ends are the walk's own."""

    from_: Name | None = Field(default=None, alias="from")
    until: Name | None = None


class Function(Part):
    """One critical function of the strip on the second line of the screen."""

    name: Annotated[str, Field(min_length=1, max_length=12)]
    expect: Expectation
    ok: Annotated[str, Field(max_length=10)] = "ok"
    lost: Annotated[str, Field(max_length=10)] = "LOST"
    show: Capture | None = None
    """A number shown instead of the word."""
    normal: tuple[Span, ...] = ()
    """Where the procedure itself expects it not to hold: shown, and no alarm."""


class ContinueWith(Part):
    """What to walk next, said at the end."""

    procedure: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9.-]+$", max_length=60)]
    text: Sentence
    when: Condition | None = None


class Document(Part):
    """The document a procedure comes from."""

    name: Sentence
    passage: Sentence


class Procedure(Part):
    """One documented procedure, whole."""

    schema_: Literal[1] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9.-]+$", max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=60)]
    product: Name
    version: Annotated[int, Field(ge=1)]
    summary: Annotated[str, Field(min_length=1, max_length=800)]
    document: Document
    modes: tuple[Name, ...] = Field(min_length=1)
    """HA modes of the product this procedure is for."""
    pairs: Literal["one", "many"] = "one"
    roles: tuple[Role, ...] = Field(min_length=1)
    takes: tuple[str, ...] = ()
    """What it claims on the things it is bound to, as "role:verb"."""
    functions: tuple[Function, ...] = ()
    guards: tuple[Guard, ...] = ()
    sections: tuple[Section, ...] = Field(min_length=1)
    continue_with: tuple[ContinueWith, ...] = ()

    def steps(self) -> Iterator[Step]:
        """Every step in written order."""
        for section in self.sections:
            yield from section.steps
