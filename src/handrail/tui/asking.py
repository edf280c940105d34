"""One question at a time on the reserved lines: what is asked, what was typed, and whether it still counts.

Pure but for what was typed so far. No rule lives here: a view says what may be asked, `walk.asking` what for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from handrail.tui.paper import Ink, Row, chopped, columns, folded, limited, wrapped
from handrail.tui.typed import Typed
from handrail.walk import commands as c
from handrail.walk.asking import Input, NotUnderstood, check, command, inputs
from handrail.walk.readback import readback
from handrail.walk.rules import best_end, left_behind, safe_point
from handrail.walk.view import Do, View

ASKS_YES = frozenset({Do.SEND, Do.DONE_BY_HAND, Do.COMPLETE, Do.HOLD, Do.HAND_OVER, Do.KEEP, Do.ALREADY})
"""What is asked once more; the second key is y, never the first one again."""
OF_RUN = frozenset(
    {Do.NOTE, Do.HOLD, Do.HAND_OVER, Do.KEEP, Do.ABORT, Do.RETRACT, Do.ACCEPT_GUARD, Do.COMPLETE}
)
"""What does not speak of the step the pointer is on; a question about it outlives the step."""
IN_THE_STEP = frozenset({Do.CHOOSE, Do.ATTEST})
"""Their options stand in the step already."""
FOOT = " Escape leaves the question. Nothing is done before it is answered."


@dataclass
class Asking:
    """A question that is open: one key pressed, its answers still to come."""

    do: Do
    stamp: tuple[object, ...]
    """What it was asked about; once that has changed the question is stale."""
    questions: tuple[Input, ...]
    given: list[str] = field(default_factory=list)
    typed: Typed = field(default_factory=Typed)
    remark: str = ""
    """Why the last answer did not do, or was not taken."""
    read_back: c.Command | None = None
    """What is read back, once everything is answered: it is shown, and y does it."""

    @property
    def is_yes(self) -> bool:
        """Whether one more key, y, is all it waits for."""
        return not self.questions or self.read_back is not None

    def passes_on(self, view: View) -> bool:
        """Whether p, too, answers: one who would leave may give the walk to a colleague instead."""
        return self.do is Do.HOLD and view.permits.get(Do.HAND_OVER) is None

    def stale(self, view: View) -> str:
        """Why it is not asked any more; nothing while it counts."""
        if (why := view.permits.get(self.do)) is not None:
            return f"not asked any more: {why}"
        if stamp(self.do, view) != self.stamp:
            return "not asked any more: what it was about has changed"
        return ""

    def enter(self, view: View) -> c.Command | None:
        """Take what was typed; the command once nothing is missing, unless y must be pressed first."""
        value = self.typed.text.strip()
        if not value:
            self.remark = "Type it first, or press Escape."
            return None
        self.given.append(value)
        self.typed, self.remark = Typed(), ""
        try:
            check(self.do, view, self.given)
            if len(self.given) < len(self.questions):
                return None
            wanted = command(self.do, view, self.given)
        except NotUnderstood as problem:
            # Only this answer is asked for again: what was typed before it did.
            self.given.pop()
            self.remark = str(problem)
            return None
        if not readback(view, wanted):
            return wanted
        self.read_back = wanted
        return None

    def yes(self, view: View) -> c.Command:
        """The command after y: what was shown, and nothing that has become of it since."""
        return self.read_back or command(self.do, view, ())

    def rows(self, view: View, width: int, height: int) -> list[Row]:
        """What is asked, whole, in at most `height` rows: context, options, the question, the typed line."""
        if self.is_yes:
            rows = self._yes_rows(view, width)
            if self.do is Do.SEND and view.current is not None and not view.current.by_hand:
                # Line by line as it is sent: run together, two lines read as one command.
                rows += [row for line in view.current.shown for row in folded(line, width, "   ")]
            remark = wrapped(self.remark, width, " ", " ", Ink.CAUTION)
            return [
                *limited(rows, height - 1 - len(remark), "read it on the page"),
                *remark,
                Row(
                    f" y = yes{', p = pass it on' if self.passes_on(view) else ''}, any other key = no",
                    Ink.STRONG,
                ),
            ]
        question = self.questions[len(self.given)]
        above = _context(self.do, view, width)
        options = () if self.do in IN_THE_STEP else question.options
        for number, option in enumerate(options, 1):
            above += wrapped(option, width, f"   {number}  ", "      ")
        if question.free and question.options:
            above.append(Row("   Type a number and words of your own, such as: 4 Ana, network", Ink.DIM))
        prompt = question.prompt.rstrip(": ")
        if "type " in prompt.lower():
            prompt = prompt.rstrip(".")
        asked = wrapped(f"{prompt}{_how_to_answer(prompt)}", width, " ", " ", Ink.STRONG)
        remark = wrapped(self.remark, width, " ", " ", Ink.CAUTION)
        below = [*remark, *asked, _typed_row(self.typed, width)]
        return [*limited(above, max(0, height - len(below)), "type its title"), *below]

    def _yes_rows(self, view: View, width: int) -> list[Row]:
        if self.read_back is None:
            return wrapped(_yes_question(self.do, view), width, " ", " ", Ink.STRONG)
        rows = wrapped(f"To be recorded: {readback(view, self.read_back)}", width, " ", "   ", Ink.CAUTION)
        return [*rows, Row(" Do it?", Ink.STRONG)]


def _how_to_answer(prompt: str) -> str:
    """What follows the question; one that says itself what to type is not told twice."""
    if "type " in prompt.lower():
        # Behind an example a comma would look like part of what is to be typed.
        return "   then Enter" if ":" in prompt else ", then Enter."
    return f"{'' if prompt.endswith(('?', '.')) else ':'} Type it, then Enter."


def ask(do: Do, view: View) -> Asking | c.Command:
    """The question this opens, or at once the command where one key is enough."""
    questions = inputs(do, view)
    if questions or do in ASKS_YES:
        return Asking(do, stamp(do, view), questions)
    return command(do, view, ())


def stamp(do: Do, view: View) -> tuple[object, ...]:
    """What a question is about: its options, and the attempt at the step unless it is about the run."""
    about: tuple[object, ...] = (inputs(do, view),)
    if do not in OF_RUN and view.current is not None:
        current = view.current
        about += (current.planned.key, current.state.attempt, current.shown)
    if do is Do.ABORT:
        about += (safe_point(view.state),)
    if do is Do.ACCEPT_GUARD:
        about += (view.state.open_guards[:1],)
    if do is Do.COMPLETE:
        about += (best_end(view.state),)
    return about


def _yes_question(do: Do, view: View) -> str:
    current = view.current
    match do:
        case Do.SEND if current is not None:
            if current.by_hand:
                return "Begin this by hand now? It is recorded as begun before you touch anything."
            to = f" to {current.server}" if current.server else ""
            each = f", for each of {current.rows_words}" if current.rows_words else ""
            return f"Send{to} now{each}?"
        case Do.DONE_BY_HAND:
            return "Is it done?"
        case Do.COMPLETE:
            return f"Call the run {best_end(view.state).replace('-', ' ')}? It is sealed then."
        case Do.HOLD if view.state.opened is not None and view.state.opened.mode == "drill":
            return "Leave this drill? Its servers end with it, so a drill cannot be resumed."
        case Do.HOLD:
            return (
                "Rest here and leave? The run is kept; while it rests nothing is watched. "
                "p instead passes the walk on to a colleague."
            )
        case Do.HAND_OVER:
            return "Offer this walk to a colleague? Nothing is sent until they take it or you keep it."
        case Do.KEEP:
            return "Keep the walk? The offer is taken back."
        case _:
            return "Take the step as done, because the systems show it?"


def _context(do: Do, view: View, width: int) -> list[Row]:
    """What must be known before answering."""
    if do is not Do.ABORT:
        return []
    if safe_point(view.state):
        text = "This ends the run as ABORTED: a safe point."
    else:
        text = "This ends the run as ABANDONED: this is not a safe point."
    left = left_behind(view.state)
    return [
        *wrapped(text, width, " ", " ", Ink.CAUTION),
        *wrapped(left, width, " Left behind: ", "   "),
    ]


def _typed_row(typed: Typed, width: int) -> Row:
    """The typed line with its cursor; of a long one the part around the cursor."""
    room = max(10, width - 6)
    before, after = typed.text[: typed.at][-room:], typed.text[typed.at :][:room]
    while columns(before) >= room:
        before = before[1:]
    text = f" > {before}"
    shown = f"{text}{chopped(after, max(0, room - columns(before)))} "
    return Row(shown, Ink.PLAIN, cursor=len(text))
