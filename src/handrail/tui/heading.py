"""The top of every screen of a walk: what kind of run, where in it, the critical functions, what is wrong.

Pure: a view in, rows out.
"""

from __future__ import annotations

from handrail.readings import Verdict
from handrail.tui.paper import BLANK, Ink, Row, aligned, clipped, columns, cut, padded, wrapped
from handrail.walk.view import View


def mode_word(view: View | None) -> str:
    """`DRILL`, or `LIVE` and the site's own word: the first thing on every screen of a walk."""
    opened = view.state.opened if view is not None else None
    if opened is None:
        return "handrail"
    return "DRILL" if opened.mode == "drill" else f"LIVE {opened.site}"


def header(view: View, width: int) -> list[Row]:
    """The first two lines: what kind of run this is and where one is in it, and the critical functions.

    The first line gives way from its middle: the mode and the place are always whole.
    """
    opened = view.state.opened
    right = f"{_place(view)}  {view.now:%H:%M}Z "
    left = f" {mode_word(view)}"
    if opened is None:
        return [
            Row(aligned(f"{left}  reading every server before the first step", "", width), Ink.BAR),
            BLANK,
        ]
    for part in (
        "UNWITNESSED" if view.state.unwitnessed else "",
        opened.incident,
        opened.procedure.rpartition("/")[2],
        view.state.who,
        f"v{opened.version} #{opened.sha256[:6]}",
    ):
        if part and columns(left) + 2 + columns(part) + 1 + columns(right) <= width:
            left += f"  {part}"
    return [Row(aligned(left, right, width), Ink.BAR), strip(view, width)]


def page_header(view: View | None, title: str, width: int) -> list[Row]:
    """The first two lines of a page over a walk: the mode, the page's title, and the critical functions."""
    if view is None:
        return [Row(padded(f" {title}", width), Ink.BAR), BLANK]
    clock = f"{view.now:%H:%M}Z "
    alarm = clipped(alarms(view, width), 1, width)
    return [
        Row(aligned(f" {mode_word(view)}  {title}", clock, width), Ink.BAR),
        *(alarm or [strip(view, width)]),
    ]


def _place(view: View) -> str:
    current = view.current
    if current is not None:
        planned = current.planned
        return f"Step {planned.number}/{planned.of}  sect {planned.section_number}/{view.state.plan.sections}"
    if view.state.ended is not None:
        return "ended"
    return "every step settled" if view.state.opened else "starting"


def strip(view: View, width: int) -> Row:
    """The critical functions, each a word; one that is lost is marked `!` and drawn as an alert,
    unless the procedure expects it here."""
    text = " " + "   ".join(f"{item.name}={item.word}" for item in view.strip)
    if view.anchoring.pending:
        text += "   Anchor=pending"
    lost = any(item.verdict is Verdict.NOT_MET and not item.expected for item in view.strip)
    return Row(cut(text, width), Ink.CAUTION if lost else Ink.STRONG)


def alarms(view: View, width: int, *, whole: bool = False) -> list[Row]:
    """At most one interrupting matter: what could not be saved, else a lost guard, and the way on.

    Unless it is wanted whole, what takes more than a few rows is cut, and the cut is marked.
    """
    if view.unsaved:
        text = f"NOT SAVED: {view.unsaved}. Nothing takes effect unsaved; what you ask for next tries again."
        rows = wrapped(text, width, " !! ", "    ", Ink.ALERT)
        return rows if whole else clipped(rows, 4, width)
    for guard in view.guards:
        if not guard.accepted:
            lost = wrapped(f"GUARD LOST: {guard.line.rstrip(' -')}", width, " !! ", "    ", Ink.ALERT)
            way = wrapped(f"{guard.lost} Or g Go on..", width, "    ", "    ", Ink.CAUTION)
            return [*lost, *way] if whole else [*clipped(lost, 2, width), *clipped(way, 3, width)]
    return []
