"""The events of a run: one closed, versioned union. Each is signed and durable before it takes effect.

A verdict is inside its event, with the evidence it rests on; nothing is judged again when records are folded.
Evidence and shown requests are lists of one-line strings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from handrail.readings import Evidence, Verdict
from handrail.text import safe

SCHEMA = 1


class Event(BaseModel):
    """The base of every event; frozen, closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Seen(Event):
    """One piece of evidence as it stands in a record."""

    expected: str
    found: str
    verdict: Verdict
    source: str = ""
    age_s: float | None = None
    held_s: float | None = None


class Mark(Event):
    """How far a log had been consumed: lines since the run began, and the source's own position."""

    number: int = Field(ge=0)
    position: str = ""


class PairBound(Event):
    """A pair as the run is bound to it."""

    name: str
    mode: str
    roles: dict[str, str]
    facts: dict[str, bool | int | float | str] = Field(default_factory=dict)


class Opened(Event):
    """The run begins."""

    kind: Literal["opened"] = "opened"
    procedure: str
    version: int
    sha256: str
    mode: Literal["live", "drill"]
    site: str
    incident: str = ""
    operator: str
    principal: str
    program: str
    pairs: tuple[PairBound, ...]
    scenario: str = ""
    swapped: bool = False
    """The operator walks on although the roles are swapped at the moment."""
    two_person: bool = False
    """The site's rule, or the drill's: what is confirmed by typing the target needs a second person."""
    approved_by: str = ""
    """Who approved the procedure, where the site walks approved ones only."""
    override_allowed: bool = True
    """Whether the site's policy lets an operator pass a hold point or an unmet expectation alone."""
    marks: dict[str, Mark] = Field(default_factory=dict)


class OfStep(Event):
    """The base of what happens to one attempt at one step."""

    step: str
    attempt: int = Field(default=1, ge=1)


class Begun(OfStep):
    """The pointer reached the step; waiting and dwell count from here."""

    kind: Literal["begun"] = "begun"
    shown: tuple[str, ...] = ()
    """For a hold point: the exact request, which the second person sees and signs for."""
    rows: tuple[str, ...] = ()
    """For a hold point of a batch: the rows it is for."""


class Chosen(OfStep):
    """A branch was chosen; with `rows`, one for each row of the list."""

    kind: Literal["chosen"] = "chosen"
    option: str
    rows: dict[str, str] = Field(default_factory=dict)


class Confirmed(OfStep):
    """The operator accepted what the step says; `typed` is what they typed."""

    kind: Literal["confirmed"] = "confirmed"
    how: Literal["acknowledge", "target", "count"]
    typed: str = ""


class Witnessed(OfStep):
    """A second person watched and signed for the hold point; the statement is a file of the run."""

    kind: Literal["witnessed"] = "witnessed"
    principal: str
    statement: str
    key: str = ""
    """Fingerprint of the key that signed the statement."""
    sha256: str = ""
    """Of the statement: one counts once."""


class Intended(OfStep):
    """About to send exactly this; durable before the first byte leaves."""

    kind: Literal["intended"] = "intended"
    server: str = ""
    shown: tuple[str, ...]
    rows: tuple[str, ...] = ()
    """For a batch: the rows it is done for, in this order."""
    evidence: tuple[Seen, ...] = ()
    marks: dict[str, Mark] = Field(default_factory=dict)


class NotSent(OfStep):
    """Read once more after `intended`, the requirement no longer held; nothing was sent."""

    kind: Literal["not-sent"] = "not-sent"
    why: str
    evidence: tuple[Seen, ...] = ()


class RowsSending(OfStep):
    """About to send for these rows of the batch, at most eight; durable before the first byte leaves."""

    kind: Literal["rows-sending"] = "rows-sending"
    rows: tuple[str, ...] = Field(min_length=1)


class RowEnd(Event):
    """How one row of a batch ended."""

    row: str
    result: Literal["accepted", "refused", "unknown"]
    detail: str = ""


class RowsActed(OfStep):
    """The rows were sent; these are their answers."""

    kind: Literal["rows-acted"] = "rows-acted"
    ends: tuple[RowEnd, ...] = Field(min_length=1)


class Acted(OfStep):
    """The act was sent; this is its answer. Unknown: it may or may not have taken effect."""

    kind: Literal["acted"] = "acted"
    result: Literal["accepted", "refused", "unknown"]
    detail: str


class Met(OfStep):
    """One named way for the step to end well was found."""

    kind: Literal["met"] = "met"
    outcome: str
    waited_s: float
    evidence: tuple[Seen, ...] = ()
    captured: dict[str, bool | int | float | str] = Field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Names of rows, kept as they were at this moment."""


class Missed(OfStep):
    """The time limit passed, or progress stalled, and nothing expected was found."""

    kind: Literal["missed"] = "missed"
    waited_s: float
    why: str
    evidence: tuple[Seen, ...] = ()


class WaitedLonger(OfStep):
    """The operator gives the step more time."""

    kind: Literal["waited-longer"] = "waited-longer"
    seconds: float = Field(gt=0)
    reason: str = Field(min_length=1)


class Attested(OfStep):
    """What the operator saw, in their own value."""

    kind: Literal["attested"] = "attested"
    value: str = Field(min_length=1)
    """As it was understood: of a time the moment in UTC."""
    typed: str = ""
    """As it was said, where that is something else, such as `20 minutes ago`."""

    @property
    def words(self) -> str:
        """As understood, and as said."""
        return f"{self.value}, said as {self.typed}" if self.typed else self.value


class Branched(OfStep):
    """The operator took an if-not."""

    kind: Literal["branched"] = "branched"
    number: int = Field(ge=1)
    to: str


class Retried(OfStep):
    """The step is tried again as a new attempt."""

    kind: Literal["retried"] = "retried"
    reason: str = Field(min_length=1)


class Retracted(OfStep):
    """The operator takes back what was confirmed; the step becomes a new attempt."""

    kind: Literal["retracted"] = "retracted"
    reason: str = Field(min_length=1)


class Skipped(OfStep):
    """The step is left out."""

    kind: Literal["skipped"] = "skipped"
    reason: str = Field(min_length=1)


class Overrode(OfStep):
    """The operator passes a hold point alone, or an expectation the machine does not find met."""

    kind: Literal["overrode"] = "overrode"
    what: Literal["hold-point", "expectation"]
    typed: str
    reason: str = Field(min_length=1)
    evidence: tuple[Seen, ...] = ()


class Deferred(OfStep):
    """The step is left to a named person by a date."""

    kind: Literal["deferred"] = "deferred"
    owner: str = Field(min_length=1)
    until: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Resolved(OfStep):
    """An undecided step is decided, or a step was found to be done already."""

    kind: Literal["resolved"] = "resolved"
    how: Literal["took-effect", "did-not", "stated-took-effect", "stated-did-not"]
    reason: str = ""
    evidence: tuple[Seen, ...] = ()


class GuardLost(Event):
    """A watched expectation no longer holds."""

    kind: Literal["guard-lost"] = "guard-lost"
    guard: str
    evidence: tuple[Seen, ...] = ()


class GuardBack(Event):
    """A lost guard holds again."""

    kind: Literal["guard-back"] = "guard-back"
    guard: str
    evidence: tuple[Seen, ...] = ()


class GuardAccepted(Event):
    """The operator goes on although a guard is lost."""

    kind: Literal["guard-accepted"] = "guard-accepted"
    guard: str
    reason: str = Field(min_length=1)


class Held(Event):
    """The walk rests; nothing is watched until it is resumed."""

    kind: Literal["held"] = "held"
    why: str


class Resumed(Event):
    """The walk goes on in a new process; `changes` says what differs from when it was left."""

    kind: Literal["resumed"] = "resumed"
    away_s: float
    changes: tuple[str, ...] = ()


class HandoverOffered(Event):
    """The operator offers the walk to a colleague; the brief says where it stands."""

    kind: Literal["handover-offered"] = "handover-offered"
    brief: tuple[str, ...]


class HandoverWithdrawn(Event):
    """The operator keeps the walk."""

    kind: Literal["handover-withdrawn"] = "handover-withdrawn"


class HandedOver(Event):
    """A colleague accepted by their own key; the watch ends here and theirs begins."""

    kind: Literal["handed-over"] = "handed-over"
    principal: str
    key: str
    statement: str
    sha256: str


class TookOver(Event):
    """Another operator goes on in the next watch: it was handed over, or taken over with a reason.

    `changes` says what differs from when it was left.
    """

    kind: Literal["took-over"] = "took-over"
    operator: str
    principal: str
    how: Literal["handover", "take-over"]
    reason: str = ""
    away_s: float
    changes: tuple[str, ...] = ()


class BriefRead(Event):
    """The operator read the brief after a resume."""

    kind: Literal["brief-read"] = "brief-read"


class Noted(Event):
    """A remark, perhaps on a step that is wrong."""

    kind: Literal["noted"] = "noted"
    step: str = ""
    text: str = Field(min_length=1)


class Ended(Event):
    """The last record of a walk."""

    kind: Literal["ended"] = "ended"
    how: Literal["complete", "complete-with-deferred", "aborted", "abandoned"]
    reason: str = ""
    left: str = ""


AnyEvent = Annotated[
    Opened
    | Begun
    | Chosen
    | Confirmed
    | Witnessed
    | Intended
    | NotSent
    | RowsSending
    | RowsActed
    | Acted
    | Met
    | Missed
    | WaitedLonger
    | Attested
    | Branched
    | Retried
    | Retracted
    | Skipped
    | Overrode
    | Deferred
    | Resolved
    | GuardLost
    | GuardBack
    | GuardAccepted
    | Held
    | Resumed
    | HandoverOffered
    | HandoverWithdrawn
    | HandedOver
    | TookOver
    | BriefRead
    | Noted
    | Ended,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def to_table(event: Event) -> dict[str, Any]:
    """The event as a TOML table: no nulls, its schema number and kind first."""
    table = event.model_dump(mode="json", exclude_none=True)
    return {"kind": table.pop("kind"), "schema": SCHEMA, **table}


def from_table(table: Mapping[str, Any]) -> AnyEvent:
    """The event of a record's table; raises ValueError for a schema or kind this program does not know."""
    fields = dict(table)
    schema = fields.pop("schema", None)
    if schema != SCHEMA:
        raise ValueError(f"event schema {schema!r} is not known here; a newer handrail may have written it")
    return _ADAPTER.validate_python(fields)


def seen(evidence: Sequence[Evidence]) -> tuple[Seen, ...]:
    """Evidence as it stands in a record, every text capped."""
    return tuple(
        Seen(
            expected=safe(item.expected, 400),
            found=safe(item.found, 600),
            verdict=item.verdict,
            source=safe(item.source, 200),
            age_s=None if item.age_s is None else round(item.age_s, 3),
            held_s=None if item.held_s is None else round(item.held_s, 3),
        )
        for item in evidence
    )
