"""A report as one HTML file: no script, nothing loaded from anywhere, readable on paper. Pure.

Every text of the run is escaped; the page's own policy forbids scripts and connections as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from html import escape

from handrail.review.report import LEGEND, Report
from handrail.review.series import Series
from handrail.text import amount, safe
from handrail.walk.brief import duration

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; form-action 'none'; base-uri 'none'"
STYLE = """
body{font:15px/1.45 Georgia,serif;max-width:62em;margin:2em auto;padding:0 1em;color:#111;background:#fff}
h1{font-size:1.5em;margin:0}h2{font-size:1.15em;border-bottom:1px solid #999;margin-top:2em}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2em .5em;
border-bottom:1px solid #ddd}td.n,th.n{text-align:right;white-space:nowrap}
code,.m{font:13px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.verdict{border:2px solid #111;padding:.6em 1em;margin:1em 0}.bad{border-color:#a00;color:#a00}
.warn{font-weight:bold}.dim{color:#555}svg{background:#f6f6f6}
@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}tr{break-inside:avoid}}
"""
WORDS = """Each line under Every record is a file that was signed and stored before it took effect. The first
word of the verdict says whether all of them are there, unchanged (SEALED), the run was not closed
(UNSEALED), or something was changed or is missing (BROKEN). The second says whether the site knows the
key; the third whether a copy of the chain kept elsewhere was compared.
Dwell is the time from a step's appearing to the operator's first act at
it. This page itself is not signed; the run is, and <code>handrail verify</code>, or ssh-keygen and
sha256sum, check it."""
LIMIT = 2000
"""Timeline lines shown; a longer run says how many more there are."""
PLOTS = 24


def html(report: Report, local: tzinfo | None = None) -> str:
    """The whole page; `local` is the zone of the second time column, the machine's own when absent."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY, quote=True)}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>{_t(report.title)}: {_t(report.run.name)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{_t(report.title)}</h1>",
        f'<p class="dim">Run <code>{_t(report.run.name)}</code></p>',
        *_verdict(report),
        *(f"<p>{_t(line)}</p>" for line in report.summary()),
        *_people(report),
        *_deviations(report),
        *_steps(report),
        *_plots(report),
        *_timeline(report, local),
        *_words(),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _t(text: object) -> str:
    """Any text of a run, made harmless: control characters shown as escapes, markup escaped."""
    return escape(safe(str(text)), quote=True)


def _verdict(report: Report) -> Iterable[str]:
    found = report.run.verification
    bad = " bad" if found.exit_status else ""
    yield f'<div class="verdict{bad}"><strong>{_t(found.verdict)}</strong>'
    for key in found.keys:
        yield f'<br><span class="m">key {_t(key)}</span>'
    for word, sentences in (
        ("wrong", found.findings),
        ("note", found.notes),
        ("not checked", found.not_checked),
    ):
        for sentence in sentences[:50]:
            yield f"<br>{word}: {_t(sentence)}"
    for problem in report.run.problems:
        yield f"<br>wrong: {_t(problem)}"
    yield "</div>"


def _people(report: Report) -> Iterable[str]:
    yield "<h2>People, as the records name them</h2>"
    yield f"<p>{'<br>'.join(_t(line) for line in report.people)}</p>"


def _deviations(report: Report) -> Iterable[str]:
    yield "<h2>Departures from the page</h2>"
    if not report.deviations:
        yield "<p>None: every step was walked as written.</p>"
        return
    yield '<table><tr><th>When (UTC)<th>Step<th>What<th>Reason<th class="n">Record</tr>'
    for item in report.deviations:
        yield (
            f'<tr><td class="m">{item.at:%H:%M:%S}<td>{_t(item.step)}<td class="warn">{_t(item.kind)}'
            f'<td>{_t(item.reason)}<td class="n">{item.number}</tr>'
        )
    yield "</table>"


def _steps(report: Report) -> Iterable[str]:
    yield "<h2>The steps, as written and as walked</h2>"
    yield '<table><tr><th><th>Step<th>Server<th>Ended<th class="n">Attempts<th class="n">Dwell'
    yield '<th class="n">Took<th>On what evidence</tr>'
    section = ""
    for step in report.steps:
        if step.section != section:
            section = step.section
            yield f'<tr><th colspan="8">{_t(section)}</tr>'
        evidence = "<br>".join(
            f"{_t(item.expected)}: {_t(item.found)} ({_t(item.verdict.value)})" for item in step.gate
        )
        said = f"<br>operator says: {_t(step.attested)}" if step.attested else ""
        name = f'{_t(step.title)}<br><span class="m dim">{_t(step.key)}</span>'
        yield (
            f'<tr><td class="m">{_t(step.mark)}<td>{name}'
            f"<td>{_t(step.server)}<td>{_t(step.phase.value)}{f': {_t(step.why)}' if step.why else ''}"
            f'<td class="n">{step.attempts or ""}<td class="n">{_seconds(step.dwell_s)}'
            f'<td class="n">{_seconds(step.took_s)}<td class="m">{evidence}{said}</tr>'
        )
    yield "</table>"


def _plots(report: Report) -> Iterable[str]:
    if not report.series or not report.began or not report.finished:
        return
    yield "<h2>Readings over time</h2><table>"
    for series in report.series[:PLOTS]:
        drawn = _svg(series, report.began, report.finished)
        yield f'<tr><td class="m">{_t(series.name)}<td>{drawn}<td class="m">{_t(series.last)}</tr>'
    yield "</table>"
    if len(report.series) > PLOTS:
        yield f'<p class="dim">{len(report.series) - PLOTS} more changed; they are in the run.</p>'


def _svg(series: Series, begin: datetime, end: datetime, width: int = 420, height: int = 36) -> str:
    """A step line; nothing but numbers goes into it."""
    numbers = series.numbers
    if len(numbers) < 2:
        return f'<span class="dim">{_t(", ".join(str(value) for _, value in series.points[:6]))}</span>'
    span = max((end - begin).total_seconds(), 0.001)
    low, high = min(value for _, value in numbers), max(value for _, value in numbers)

    def x(at: datetime) -> float:
        return round((at - begin).total_seconds() / span * width, 1)

    def y(value: float) -> float:
        return round(height - 3 - (0 if high == low else (value - low) / (high - low)) * (height - 6), 1)

    path = [f"M{x(numbers[0][0])} {y(numbers[0][1])}"]
    for at, value in numbers[1:]:
        path.append(f"H{x(at)}V{y(value)}")
    path.append(f"H{width}")
    bounds = f"{low:g} to {high:g}"
    return (
        f'<svg width="{width}" height="{height}" role="img" aria-label="{bounds}">'
        f'<path d="{"".join(path)}" fill="none" stroke="#111"/></svg> <span class="dim">{bounds}</span>'
    )


def _timeline(report: Report, local: tzinfo | None) -> Iterable[str]:
    yield '<h2>Every record</h2><table><tr><th class="n">Record<th>UTC<th>Local<th><th>What</tr>'
    for line in report.lines[:LIMIT]:
        here = line.wall.astimezone(local)
        warn = ' class="warn"' if line.mark in "!x" else ""
        yield (
            f'<tr><td class="n">{line.number}<td class="m">{line.wall:%Y-%m-%d %H:%M:%S}'
            f'<td class="m">{here:%H:%M:%S %Z}<td class="m">{_t(line.mark)}<td{warn}>{_t(line.text)}</tr>'
        )
    yield "</table>"
    if len(report.lines) > LIMIT:
        yield f"<p>{amount(len(report.lines) - LIMIT, 'more record')} in the run.</p>"


def _words() -> Iterable[str]:
    yield "<h2>How to read this page</h2>"
    yield f"<p>{_t(LEGEND)}</p>"
    yield f"<p>{WORDS}</p>"


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)
