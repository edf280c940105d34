"""Whether each step fits a terminal of 80 by 24 in every phase, going by the length of its texts.

The budgets are those of the run screen: 24 lines less two of header, the reserved line and the keys; less
one step before and two after in view, and a blank line. They are estimates on the safe side: what is read is
taken at its usual length, a server's name at `NAME_LENGTH`, and no alarm stands above. An inventory with
longer names may wrap a line more; the screen then shows the rest on a page of its own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from handrail.procedure.lint_scope import Scope
from handrail.procedure.model import Captured, Expectation, Operand, Scalar, Step, side_parts

WIDTH = 79
ROOM = 16
"""Rows of the current step at 80x24, its blank line and its title among them."""
NAME_LENGTH = 12
"""A realistic server name; the inventory's limit is 40, which would halve every text."""
MARGIN = 5
HANGING = 14
_SERVER = "x" * NAME_LENGTH
_FOUND = "now false (2 s ago)"
_WORDS = {"is": "=", "is_not": "is not", "at_least": "at least", "at_most": "at most", "one_of": "one of"}
_HEAD = 2
"""A blank line and the step's title."""


def check_fit(scope: Scope) -> None:
    """Every step in every phase that it has."""
    for place in scope.places:
        for phase, rows in phases(place.step):
            if rows > ROOM:
                scope.say(
                    place.at,
                    f"{place.step.id} does not fit 80x24 {phase}: {rows} lines where {ROOM} are free",
                    "shorten its texts, or make two steps of it",
                )
        title = f" > 99.99 .   {place.step.title} on {_SERVER}"
        if len(title) > WIDTH:
            scope.note((*place.at, "title"), f"the title of {place.step.id} is cut", "make it shorter")
    _check_strip(scope)


def phases(step: Step) -> Iterator[tuple[str, int]]:
    """The rows a step takes in each phase it passes through, the phase in words."""
    if step.do or step.confirm or step.choice:
        yield "before it is sent", _before_sending(step)
    if step.ways():
        yield "while it waits", _waiting(step)
    if step.attest:
        yield "when a value is asked for", _asking(step)


def _before_sending(step: Step) -> int:
    rows = _HEAD + _rows(step.text) + _hazards(step) + 1
    if step.do:
        rows += _act(step)
    rows += sum(_evidence(item, step) for item in step.require)
    if step.choice:
        rows += _rows(step.choice.ask)
        rows += sum(
            _rows(f"{option.title}: {option.consequence}", MARGIN + 3) for option in step.choice.options
        )
    if step.confirm:
        rows += _rows(step.confirm.text, HANGING)
    if step.do:
        ways = step.ways()
        rows += len(_leaves(ways[0].expect)) + len(ways) - 1 if ways else 0
    return rows + _if_nots(step)


def _waiting(step: Step) -> int:
    ways = step.ways()
    rows = _HEAD + _hazards(step, only_warnings=True) + 1
    best = max(sum(_evidence(item, step) for item in way.expect) for way in ways)
    if len(ways) > 1:
        rows += 1 + best + len(ways) - 1
    else:
        rows += best
    if step.window:
        rows += 1
    # While waiting the if-nots give way, but never all of them: the last line says where they are.
    return rows + 1 + min(_if_nots(step), 2)


def _asking(step: Step) -> int:
    assert step.attest is not None  # noqa: S101 - the caller has seen it
    rows = _HEAD + _rows(step.text) + _hazards(step) + 1 + _rows(step.attest.ask)
    rows += sum(_rows(option, MARGIN + 3) for option in step.attest.options)
    return rows + _if_nots(step)


def _rows(text: str, indent: int = MARGIN) -> int:
    if not text:
        return 0
    return len(textwrap.wrap(" ".join(text.split()), WIDTH - indent, break_long_words=True))


def _hazards(step: Step, only_warnings: bool = False) -> int:
    return sum(
        _rows(f"{hazard.level.upper()}: {hazard.text}")
        for hazard in step.hazards
        if hazard.level == "warning" or not only_warnings
    )


def _act(step: Step) -> int:
    act = step.do
    assert act is not None  # noqa: S101 - the caller has seen it
    if act.by_hand is not None:
        return min(_rows(f"by hand: {act.by_hand}", HANGING), 4)
    if act.operation is not None or act.cli:
        return 5 if act.rows else 4
    return 1


def _if_nots(step: Step) -> int:
    return sum(
        _rows(f"{item.text}{f' [n: {item.goto}]' if item.goto else ''}", HANGING) for item in step.if_not
    )


def _leaves(group: Sequence[Expectation]) -> list[Expectation]:
    return [leaf for expectation in group for leaf in expectation.leaves()]


def _evidence(expectation: Expectation, step: Step) -> int:
    """One line for each plain expectation, two where what is expected and what is found do not share one."""
    rows = 0
    for leaf in expectation.leaves():
        left = MARGIN + 8 + 5 + len(_described(leaf))
        rows += 1 if leaf.log is None and left + 3 + len(_FOUND) <= WIDTH else 2
    return rows


def _described(leaf: Expectation) -> str:
    held = f" (held {leaf.held:g} s)" if leaf.held else ""
    if leaf.relation is not None and leaf.values:
        return f"{' and '.join(leaf.values)} {leaf.relation}{held}"
    if leaf.since_sent:
        return f"{leaf.field} of {_SERVER} less than the time since it was sent: restarted{held}"
    if leaf.relation is not None:
        sides = " and ".join(f"{side_parts(side)[1]} of {_SERVER}" for side in leaf.fields)
        return f"{sides} {leaf.relation}{held}"
    subject = leaf.value or f"{'every ' if leaf.every else ''}{leaf.field} of {_SERVER}"
    if leaf.row is not None:
        subject += f" [{leaf.row}]"
    compared = " and ".join(f"{_WORDS[word]} {_operand(operand)}" for word, operand in leaf.comparisons())
    return f"{subject} {compared}{held}"


def _operand(operand: Operand | tuple[Scalar, ...]) -> str:
    if isinstance(operand, Captured):
        return f"{operand.captured} (999)"
    if isinstance(operand, tuple):
        return ", ".join(str(item) for item in operand)
    return str(operand).lower()


def _check_strip(scope: Scope) -> None:
    """The critical functions share one line; all lost at once is the longest it gets."""
    words = [f"{item.name}={'99 ' if item.show else ''}{item.lost} !" for item in scope.procedure.functions]
    if (length := 1 + len("   ".join(words))) > WIDTH + 1:
        scope.say(
            ("functions",),
            f"the critical functions need {length} columns when all are lost, 80 are there",
            "shorten their names or their words",
        )
