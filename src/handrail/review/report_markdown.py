"""A report as Markdown, for a ticket or a wiki: every text of the run stands in code or is escaped. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from handrail.review.report import LEGEND, Report
from handrail.text import safe
from handrail.walk.brief import duration

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&-])")


def markdown(report: Report) -> str:
    """The whole text."""
    return "\n".join(_lines(report)) + "\n"


def _t(text: object) -> str:
    """Any text of a run: one line, nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(safe(str(text)).split()))


def _lines(report: Report) -> Iterable[str]:
    found = report.run.verification
    yield f"# {_t(report.title)}"
    yield ""
    yield f"**{_t(found.verdict)}**"
    yield ""
    yield f"Run {_t(report.run.name)}"
    for key in found.keys:
        yield f"- key {_t(key)}"
    for word, sentences in (
        ("wrong", found.findings),
        ("note", found.notes),
        ("not checked", found.not_checked),
    ):
        for sentence in sentences[:50]:
            yield f"- {word}: {_t(sentence)}"
    yield ""
    for line in report.summary():
        yield _t(line)
        yield ""
    yield "## People"
    yield ""
    for line in report.people:
        yield f"- {_t(line)}"
    yield ""
    yield "## Departures from the page"
    yield ""
    if not report.deviations:
        yield "None."
    else:
        yield "| UTC | step | what | reason | record |"
        yield "|---|---|---|---|---|"
        for item in report.deviations:
            yield _row(f"{item.at:%H:%M:%S}", item.step, item.kind, item.reason, item.number)
    yield ""
    yield "## Steps"
    yield ""
    yield _t(LEGEND)
    yield ""
    yield "| | step | server | ended | attempts | took |"
    yield "|---|---|---|---|---|---|"
    for step in report.steps:
        took = "" if step.took_s is None else duration(step.took_s)
        ended = f"{step.phase.value}{f': {step.why}' if step.why else ''}"
        yield _row(step.mark, step.title, step.server, ended, step.attempts or "", took)
    yield ""
    yield "## Every record"
    yield ""
    yield "| record | UTC | | what |"
    yield "|---|---|---|---|"
    for record in report.lines:
        yield _row(record.number, f"{record.wall:%Y-%m-%d %H:%M:%S}", record.mark, record.text)


def _row(*cells: object) -> str:
    return f"| {' | '.join(_t(cell) for cell in cells)} |"
