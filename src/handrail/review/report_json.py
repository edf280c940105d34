"""A report as JSON, with a published schema (`handrail report --schema`). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from handrail.review.report import Report

SCHEMA = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Verdict(_Part):
    """What the bytes are worth: the three words, and everything behind them."""

    words: str
    whole: str
    signer: str
    anchor: str
    signers: list[str]
    keys: list[str]
    findings: list[str]
    notes: list[str]
    not_checked: list[str]
    exit_status: int


class Evidence(_Part):
    """One expectation as it stood."""

    expected: str
    found: str
    verdict: str


class Step(_Part):
    """One step as it was walked; times are UTC, durations seconds."""

    key: str
    title: str
    section: str
    server: str
    ended: str
    mark: str
    why: str
    attempts: int
    sent: int
    begun: datetime | None
    settled: datetime | None
    dwell_s: float | None
    waited_s: float
    took_s: float | None
    outcome: str
    attested: str
    evidence: list[Evidence]
    deviations: list[str]


class Deviation(_Part):
    """One departure from the page."""

    at: datetime
    step: str
    kind: str
    reason: str
    record: int


class Line(_Part):
    """One record."""

    record: int
    at: datetime
    mark: str
    step: str
    text: str


class RunReport(_Part):
    """A whole report."""

    schema_version: int = SCHEMA
    run: str
    title: str
    procedure: str
    procedure_sha256: str
    mode: str
    site: str
    incident: str
    operators: list[str]
    people: list[str]
    """Who walked, witnessed, took over and countersigned: a sentence each, with record and key."""
    began: datetime | None
    finished: datetime | None
    ended: str
    left_behind: str
    """What an aborted run left as it was; empty for any other."""
    unwitnessed: bool
    verdict: Verdict
    deviations: list[Deviation]
    steps: list[Step]
    records: list[Line]


def json_text(report: Report) -> str:
    """The report as JSON."""
    return model(report).model_dump_json(indent=2) + "\n"


def schema() -> dict[str, Any]:
    """JSON Schema of the report."""
    return RunReport.model_json_schema()


def model(report: Report) -> RunReport:
    """The report as the schema has it."""
    found, opened, one = report.run.verification, report.run.opened, report.account
    return RunReport(
        run=report.run.name,
        title=report.title,
        procedure=opened.procedure if opened else "",
        procedure_sha256=opened.sha256 if opened else "",
        mode=opened.mode if opened else "",
        site=opened.site if opened else "",
        incident=opened.incident if opened else "",
        operators=list(one.operators) if one else [],
        people=list(report.people),
        began=report.began,
        finished=report.finished,
        ended=report.end,
        left_behind=report.left_behind,
        unwitnessed=report.run.witness_word == "UNWITNESSED",
        verdict=Verdict(
            words=found.verdict,
            whole=found.whole.value,
            signer=found.who.value,
            anchor=found.anchored.value,
            signers=found.signers,
            keys=found.keys,
            findings=[*found.findings, *report.run.problems],
            notes=found.notes,
            not_checked=found.not_checked,
            exit_status=found.exit_status,
        ),
        deviations=[
            Deviation(at=item.at, step=item.step, kind=item.kind, reason=item.reason, record=item.number)
            for item in report.deviations
        ],
        steps=[
            Step(
                key=step.key,
                title=step.title,
                section=step.section,
                server=step.server,
                ended=step.phase.value,
                mark=step.mark,
                why=step.why,
                attempts=step.attempts,
                sent=step.sent,
                begun=step.begun,
                settled=step.settled,
                dwell_s=step.dwell_s,
                waited_s=step.waited_s,
                took_s=step.took_s,
                outcome=step.outcome,
                attested=step.attested,
                evidence=[
                    Evidence(expected=item.expected, found=item.found, verdict=item.verdict.value)
                    for item in step.gate
                ],
                deviations=step.deviations,
            )
            for step in report.steps
        ],
        records=[
            Line(record=line.number, at=line.wall, mark=line.mark, step=line.step, text=line.text)
            for line in report.lines
        ],
    )
