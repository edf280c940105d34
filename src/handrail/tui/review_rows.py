"""The review as rows: the slider, the timeline, one record's evidence, plots. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handrail.clock import DRILL_BOOT
from handrail.ledger.record import Record
from handrail.ledger.runs import RunSummary
from handrail.ledger.verify import Anchored, Who, Whole
from handrail.review.account import QUICK_S, Account
from handrail.review.listing import Judged, Listing
from handrail.review.people import people
from handrail.review.run import RunRead
from handrail.review.series import LEGEND, changing, plot, series_of
from handrail.review.timeline import TimelineLine
from handrail.text import amount, safe
from handrail.tui.paper import BLANK, Ink, Row, aligned, cut, padded, wrapped
from handrail.walk import events as e
from handrail.walk.brief import duration
from handrail.walk.who import called

WIDE = 100
"""Columns from which a procedure is shown with its product."""
INKS = {"!": Ink.CAUTION, "x": Ink.ALERT, ">": Ink.STRONG}


def review_header(
    run: RunRead,
    line: TimelineLine | None,
    count: int,
    width: int,
    doing: str = "REVIEW",
    as_of: str = "",
) -> list[Row]:
    """What is reviewed and what it is worth on the first line; where in it, and how old, on the second."""
    opened = run.opened
    mode = "DRILL" if opened and opened.mode == "drill" else f"LIVE {opened.site}" if opened else "?"
    what = opened.procedure.rpartition("/")[2] if opened else run.name
    left = f" {doing}  {mode}  {what}"
    first = Row(aligned(cut(left, width - 40), f"{cut(run.verification.verdict, 60)} ", width), Ink.BAR)
    drill = opened is not None and opened.mode == "drill"
    return [first, slider(line, count, width, run.witness_word, "drill time" if drill else "", as_of)]


def mode_word(run: RunRead) -> str:
    """DRILL, or LIVE and the site: on the first line of every screen, of a review as well."""
    opened = run.opened
    return "DRILL" if opened and opened.mode == "drill" else f"LIVE {opened.site}" if opened else "?"


def worth(run: RunRead) -> str:
    """What a reader must know on every screen, also where the verdict has no room; mostly empty."""
    found = run.verification
    words = [found.whole.value] if found.whole is not Whole.SEALED else []
    words += [found.who.value] if found.who is Who.UNKNOWN else []
    words += [found.anchored.value] if found.anchored is Anchored.DIFFERS else []
    return ", ".join([*words, run.witness_word] if run.witness_word else words)


def slider(
    line: TimelineLine | None,
    count: int,
    width: int,
    witness: str = "",
    clock: str = "",
    as_of: str = "",
) -> Row:
    """The place among the records, as a bar, a number and a time; before it, that nobody witnessed.

    `clock` names another clock than the host's, `as_of` how old the newest record is.
    """
    if line is None or not count:
        return Row(" no record can be read", Ink.ALERT)
    # Whoever looks on knows the day, and wants to know how old it is.
    stamp = f"{line.wall:%H:%M:%S}Z" if as_of else f"{line.wall:%Y-%m-%d %H:%M:%S}Z"
    parts = (f"{line.index + 1}/{count}", stamp, clock, f"+{duration(line.since_start_s)}", as_of)
    said = f"  {'  '.join(filter(None, parts))} "
    before = f"{cut(witness, 28)} " if witness else ""
    room = max(8, width - len(said) - 4 - len(before))
    at = 0 if count == 1 else round(line.index / (count - 1) * (room - 1))
    bar = "=" * at + "O" + "-" * (room - 1 - at)
    return Row(cut(f" {before}[{bar}]{said}", width), Ink.STRONG)


def timeline_rows(
    lines: Sequence[TimelineLine], at: int, room: int, width: int, dwelt: Mapping[int, float]
) -> list[Row]:
    """The records around the one looked at; behind what an operator did how long they had it before them.

    Above the first record of a later watch stands whose it is.
    """
    top = max(0, min(at - room // 2, len(lines) - room))
    rows: list[Row] = []
    place = 0
    for line in lines[top : top + room]:
        if line.begins:
            rows.append(Row(cut(f"----- {line.begins} {'-' * width}", width), Ink.STRONG))
        if line.index == at:
            place = len(rows)
        pointer = ">" if line.index == at else " "
        text = f"{pointer}{line.number:5} {line.wall:%H:%M:%S} {line.mark} {line.text}"
        if line.index in dwelt:
            text = aligned(text, f"after {duration(dwelt[line.index])}", width)
        ink = Ink.BAR if line.index == at else INKS.get(line.mark, Ink.PLAIN)
        rows.append(Row(padded(cut(text, width), width) if line.index == at else cut(text, width), ink))
    first = max(0, min(place - room // 2, len(rows) - room))
    return rows[first : first + room]


def record_rows(
    run: RunRead, account: Account | None, index: int, signature: str, dwelt_s: float | None, width: int
) -> list[Row]:
    """One record whole: what it says, its evidence, who signed it, and how long was dwelt before it."""
    entry = run.entries[index]
    record, event = entry.record, entry.event
    rows = [
        *wrapped(
            f"Record {record.number} of watch {record.watch}: {record.kind}", width, " ", ink=Ink.STRONG
        ),
        *wrapped(f"{_when(record)} by {record.operator} on {record.host}", width, " "),
        *wrapped(f"follows {record.previous[:16]}...; run: {run.verification.verdict}", width, " "),
        *wrapped(f"signature {signature}", width, " ", ink=Ink.ALERT if "BAD" in signature else Ink.PLAIN),
    ]
    if dwelt_s is not None:
        hardly = ": hardly read" if dwelt_s < QUICK_S else ""
        rows += wrapped(f"Dwell before this act: {duration(dwelt_s)}{hardly}", width, " ")
    step = str(getattr(event, "step", "") or "")
    told = next((item for item in account.steps if item.key == step), None) if account else None
    if told is not None and told.dwell_s is not None:
        rows += wrapped(f"Dwell at this step before the first act: {duration(told.dwell_s)}", width, " ")
    rows.append(BLANK)
    for key, value in record.event.items():
        if key in ("kind", "schema", "evidence", "shown", "marks"):
            continue
        rows += _field_rows(key, value, width)
    shown = getattr(event, "shown", ())
    if shown:
        rows += [
            BLANK,
            Row(" Sent", Ink.STRONG),
            *(row for text in shown for row in wrapped(text, width, "   ")),
        ]
    evidence: Sequence[e.Seen] = getattr(event, "evidence", ())
    if evidence:
        rows += [BLANK, Row(" Evidence", Ink.STRONG)]
    for item in evidence:
        age = f" ({item.age_s:g} s old)" if item.age_s is not None else ""
        rows += wrapped(f"{item.verdict.value}: {item.expected}", width, "   ", "     ")
        rows += wrapped(
            f"found {item.found}{age}{f' [{item.source}]' if item.source else ''}", width, "     "
        )
    if record.files:
        rows += [BLANK, Row(" Files named by this record", Ink.STRONG)]
        rows += [
            Row(cut(f"   {safe(name)}  {digest[:16]}...", width)) for name, digest in record.files.items()
        ]
    return rows


def _when(record: Record) -> str:
    """A record's time, and which clock's it is where it is not the host's."""
    drill = " (the drill's clock)" if record.boot_id == DRILL_BOOT else ""
    return f"{record.wall.isoformat()}{drill}"


def _field_rows(key: str, value: object, width: int) -> list[Row]:
    """One field of a record; a list has a line for each item, a table names its keys."""
    if isinstance(value, list):
        items = [row for item in value for row in wrapped(_plain(item), width, "   ", "     ")]
        return [*wrapped(f"{key}:{'' if value else ' none'}", width, " ", "   "), *items]
    return wrapped(f"{key}: {_plain(value)}", width, " ", "   ")


def _plain(value: object) -> str:
    """A value of a record in words: no brackets, no quotation marks."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    return str(value)


def verdict_rows(run: RunRead, width: int) -> list[Row]:
    """The verdict and everything behind it, then everybody who had a hand in the run."""
    found = run.verification
    rows = [row for text in (*found.lines(), *run.problems) for row in wrapped(text, width, " ", "    ")]
    rows += [BLANK, Row(" People, as the records name them", Ink.STRONG)]
    rows += [row for text in people(run) for row in wrapped(text, width, "   ", "     ")]
    proof = f"`handrail verify {run.name}` proves each record and each signature."
    return [*rows, BLANK, *wrapped(proof, width, " ", "    ", Ink.DIM)]


def plot_rows(run: RunRead, width: int) -> list[Row]:
    """Every reading that changed, over the whole run."""
    if not run.entries:
        return []
    begin, end = run.entries[0].record.wall, run.entries[-1].record.wall
    found = changing(series_of(run.observations(len(run.entries))))
    name_width = min(34, max((len(item.name) for item in found), default=0))
    rows = [
        Row(cut(f" {begin:%H:%M:%S}Z to {end:%H:%M:%S}Z", width), Ink.DIM),
        Row(cut(f" {LEGEND}", width), Ink.DIM),
    ]
    for item in found:
        drawn = plot(item, begin, end, max(10, width - name_width - 16))
        last = cut(item.last, 10)
        rows.append(Row(cut(f" {cut(item.name, name_width):{name_width}} |{drawn}| {last}", width)))
    return rows if found else [Row(" No reading changed in this run.", Ink.DIM)]


def list_header(listing: Listing, shown: int, width: int) -> list[Row]:
    """How many runs there are and what they were found to be; an unsealed one is not a good one."""
    total, done = len(listing.rows), len(listing.judged)
    bad = listing.count(Whole.BROKEN)
    counts = f"{listing.count(Whole.SEALED)} sealed, {listing.count(Whole.UNSEALED)} unsealed, {bad} BROKEN"
    if len(listing.read) < total:
        counts = f"read {len(listing.read)} of {total}"
    elif done < total:
        counts = f"verified {done} of {total}: {counts}"
    chain = f"  CHAIN {listing.chain_findings} wrong" if listing.chain_findings else ""
    text = f" REVIEW  {shown} of {amount(total, 'run')}  {counts}{chain}"
    return [Row(padded(cut(text, width), width), Ink.BAR), BLANK]


def run_end(run: RunSummary) -> str:
    """How a run ended, in one short word; nothing before it is read."""
    if run.problem:
        return "missing" if run.missing else "?"
    return run.end if run.mode else ""


def run_row(
    run: RunSummary, judged: Judged | None, pointer: bool, width: int, shared: frozenset[str] = frozenset()
) -> Row:
    """One run in the list: when, live or drill, its verdict, how it ended, what, and who.

    `shared` are the names that stand for more than one key.
    Before it is verified there is no verdict; an unknown signer stands in the operator's place, and
    UNWITNESSED before either.
    """
    started = f"{run.started:%Y-%m-%d %H:%M}" if run.started else "?" * 16
    whole = "MISSING" if run.missing else str(judged.whole) if judged else "..."
    unknown = judged is not None and str(judged.who) == Who.UNKNOWN.value
    who = Who.UNKNOWN.value if unknown else called(run.operator, run.key, shared)
    what = str(run.procedure or run.run)
    short = what.rpartition("/")[2] if width < WIDE else what
    text = f"{'>' if pointer else ' '}{started} {run.mode or '?':5} {whole:8} {run_end(run):9} "
    alone = judged is not None and judged.unwitnessed
    who = f"UNWITNESSED {who}" if alone else who
    # An unknown signer is worth more of 80 columns than a procedure's last letters.
    room = width - len(text) - max(len(Who.UNKNOWN), len(who) if alone else 0) - 1
    text += f"{cut(short, room):{room}} {who}"
    bad = bool(run.problem) or (judged is not None and judged.whole is Whole.BROKEN)
    doubtful = unknown or alone or not run.sealed
    ink = Ink.BAR if pointer else Ink.ALERT if bad else Ink.CAUTION if doubtful else Ink.PLAIN
    return Row(padded(cut(text, width), width) if pointer else cut(text.rstrip(), width), ink)
