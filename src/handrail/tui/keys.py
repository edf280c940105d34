"""The keys of a walk, declared once: what they ask for, the key lines and the help are all made from here.

Single letters only; none means "continue for all the rest", and Escape never aborts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from handrail.tui.paper import columns
from handrail.walk.state import Phase
from handrail.walk.view import Do, View


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it asks for, the word on the key line, and a sentence for the help.

    Two dots after a word say that it opens a question and does not act at once.
    """

    key: str
    word: str
    help: str
    asks: tuple[Do, ...] = ()
    """What it asks the conductor for; empty for keys that only change what is shown."""

    @property
    def name(self) -> str:
        """The key as it is written on the screen."""
        return {"question_mark": "?", "enter": "Enter", "slash": "/"}.get(self.key, self.key)


PRIMARY = (
    Do.READ_BRIEF,
    Do.CONFIRM,
    Do.CHOOSE,
    Do.ATTEST,
    Do.DONE_BY_HAND,
    Do.SEND,
    Do.COMPLETE,
)
"""What Enter stands for: the first of these that may be asked for now."""

ENTER = Key(
    "enter",
    "",
    "The next thing this step needs: accept, type, choose, send, begin, take as done, answer, complete.",
    PRIMARY,
)
STEP_KEYS = (
    Key("r", "Read", "Read every server again now.", (Do.AGAIN,)),
    Key("k", "Done already", "Take the step as done because the systems show it.", (Do.ALREADY,)),
    Key("u", "Decide..", "Say what became of an act whose end is not known.", (Do.DECIDE,)),
    Key("w", "Wait..", "Give the step more time, with a reason.", (Do.WAIT_LONGER,)),
    Key("n", "If-not..", "Take one of the ways written for when it is not obtained.", (Do.IF_NOT,)),
    Key("t", "Retry..", "Do the step again as a new attempt, with a reason.", (Do.RETRY,)),
    Key(
        "o",
        "Override..",
        "Pass an unmet expectation or a hold point alone, with a reason.",
        (Do.OVERRIDE_HOLD, Do.OVERRIDE),
    ),
    Key("s", "Skip..", "Leave the step out, with a reason.", (Do.SKIP,)),
    Key("d", "Defer..", "Leave the step to a named person by a date.", (Do.DEFER,)),
    Key("p", "Keep..", "Keep the walk that was offered to a colleague.", (Do.KEEP,)),
)
GUARD_KEY = Key("g", "Go on..", "Go on although a guard is lost, with a reason.", (Do.ACCEPT_GUARD,))
"""Said where the lost guard is shown, and on the key line before what does not bring one past it."""
HOLD = Key(
    "h",
    "Hold..",
    "Rest here and leave: the run is kept and can be resumed; or pass it on to a colleague.",
    (Do.HOLD,),
)
HOLD_DRILL = replace(HOLD, help="Leave this drill: its servers end with it, so it cannot be resumed.")
RUN_KEYS = (
    Key("b", "Take back..", "Take back a settled step: it becomes a new attempt.", (Do.RETRACT,)),
    Key("e", "Note..", "Put a remark into the record, such as that a step is wrong.", (Do.NOTE,)),
    HOLD,
    Key("a", "Abort..", "End the run here, with a reason; says first what is left behind.", (Do.ABORT,)),
)
LOOKS = (
    Key("l", "Log", "Show the servers' logs."),
    Key("m", "Map", "Show the whole procedure on one screen."),
    Key("v", "View", "Show the exact request, the reasons and all readings of this step."),
    Key("question_mark", "Keys", "Show the keys and what each does."),
)
CONSOLE = Key("c", "Console", "Type at the consoles of the drill's servers what is done by hand.")
"""In drills only; said where something is done by hand."""
KEYS = (ENTER, *STEP_KEYS, GUARD_KEY, *RUN_KEYS, *LOOKS)
DRILL_KEYS = tuple(HOLD_DRILL if key is HOLD else key for key in KEYS)
NARROWEST = 80
"""Columns a key line must fit into."""
LEAVE = "q"
"""Leaves the screen once the walk has stopped."""


def primary(view: View) -> Do | None:
    """What Enter asks for now, if anything.

    What the systems show as done is taken as done and not sent once more. A second attempt was asked for
    with a reason: there Enter sends again.
    """
    first = next((do for do in PRIMARY if view.permits.get(do) is None), None)
    current = view.current
    if first not in (Do.CONFIRM, Do.SEND) or current is None or current.state.attempt > 1:
        return first
    return Do.ALREADY if view.permits.get(Do.ALREADY, "") is None else first


def wanted(key: Key, view: View) -> Do | None:
    """Which of the key's requests may be made now."""
    if key is ENTER:
        return primary(view)
    return next((do for do in key.asks if view.permits.get(do) is None), None)


def refused(key: Key, view: View) -> str:
    """Why the key does nothing now."""
    reasons = [why for do in key.asks if (why := view.permits.get(do))]
    if key.key == "enter":
        return _enter_off(view, reasons)
    return reasons[0] if reasons else ""


def _enter_off(view: View, reasons: list[str]) -> str:
    phase = view.current.state.phase if view.current is not None else None
    if phase is Phase.WAITING:
        return "what is expected is not there yet, so Enter is off; wait, or pick a key below"
    if phase is Phase.MISSED:
        return "what is expected was not obtained, so Enter is off; pick a key below"
    if phase is Phase.UNDECIDED:
        return "it is not known what became of the act; read the state, then press u"
    if phase is Phase.SENDING:
        return "an act is being sent; wait for its end"
    if view.permits.get(Do.OVERRIDE_HOLD) is None:
        return "a second person signs with `handrail witness`, or o passes it alone"
    send = view.permits.get(Do.SEND)
    return send or (reasons[0] if reasons else "there is nothing to press Enter for")


def enter_off(view: View) -> str:
    """Why Enter does nothing, in a few words; nothing where it does or where nothing is to be done."""
    current = view.current
    if current is None or view.stopped or primary(view) is not None:
        return ""
    match current.state.phase:
        case Phase.WAITING:
            return "waiting for the above"
        case Phase.MISSED:
            return "pick a key below"
        case Phase.UNDECIDED:
            return "u decides"
        case Phase.SENDING:
            return "sending"
        case Phase.NOW if view.permits.get(Do.OVERRIDE_HOLD) is None:
            return "a second person signs, or o"
        case Phase.NOW if view.state.open_guards and current.planned.step.sends:
            return "a guard is lost"
        case Phase.NOW:
            return "something required is not so"
        case _:
            return ""


ENTER_WORDS = {
    Do.READ_BRIEF: "Enter I have read it",
    Do.CONFIRM: "Enter accept",
    Do.CHOOSE: "Enter choose..",
    Do.ATTEST: "Enter answer..",
    Do.DONE_BY_HAND: "Enter done..",
    Do.SEND: "Enter send..",
    Do.ALREADY: "Enter take as done..",
    Do.COMPLETE: "Enter complete..",
}


def enter_word(view: View, unread: bool) -> str:
    """What Enter does now, as the key line says it; nothing when it is off."""
    first = primary(view)
    if first is None:
        return ""
    if unread:
        return "Enter read to the end.."
    if first is Do.SEND and view.current is not None and view.current.by_hand:
        return "Enter begin.."
    confirm = view.current.planned.step.confirm if view.current is not None else None
    if first is Do.CONFIRM and confirm is not None and confirm.kind == "target":
        return "Enter accept.."
    return ENTER_WORDS[first]


def lines(view: View, unread: bool) -> tuple[str, str]:
    """The two key lines: what this step allows, Enter first; then what the run and the screen allow.

    Every key that may be pressed is there or beside what it is about; `unread` says that a long request
    comes before Enter.
    """
    enter = enter_word(view, unread)
    step = [enter] if enter else []
    current = view.current
    if current is not None and current.in_drill and current.by_hand and not view.stopped:
        step.append(f"{CONSOLE.name} {CONSOLE.word}")
    step += [f"{key.name} {key.word}" for key in (GUARD_KEY, *STEP_KEYS) if wanted(key, view)]
    run = [f"{key.name} {key.word}" for key in RUN_KEYS if wanted(key, view)]
    if view.stopped:
        run.append(f"{LEAVE} Leave")
    run += [f"{key.name} {key.word}" for key in LOOKS]
    return _joined(step), _joined(run)


def _joined(words: list[str]) -> str:
    """The words two blanks apart, or one where that is too wide for the narrowest screen."""
    line = " " + "  ".join(words)
    return line if columns(line) <= NARROWEST else " " + " ".join(words)
