"""The keys of a walk, declared once: bindings, the key line and the help are all made from here.

Single letters only; none means "continue for all the rest", and Escape never aborts.
"""

from __future__ import annotations

from dataclasses import dataclass

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

KEYS = (
    Key(
        "enter", "", "The next thing this step needs: accept, type, choose, send, attest, complete.", PRIMARY
    ),
    Key("r", "Read again", "Read every server now.", (Do.AGAIN,)),
    Key("w", "Wait..", "Give the step more time, with a reason.", (Do.WAIT_LONGER,)),
    Key("n", "If-not..", "Take one of the ways written for when it is not obtained.", (Do.IF_NOT,)),
    Key("t", "Try again..", "Do the step again as a new attempt, with a reason.", (Do.RETRY,)),
    Key("u", "Decide..", "Say what became of an act whose end is not known.", (Do.DECIDE,)),
    Key("k", "Done already", "Take the step as done because the systems show it.", (Do.ALREADY,)),
    Key("g", "Go on..", "Go on although a guard is lost, with a reason.", (Do.ACCEPT_GUARD,)),
    Key(
        "o",
        "Override..",
        "Pass an unmet expectation or a hold point alone, with a reason.",
        (Do.OVERRIDE_HOLD, Do.OVERRIDE),
    ),
    Key("s", "Skip..", "Leave the step out, with a reason.", (Do.SKIP,)),
    Key("d", "Defer..", "Leave the step to a named person by a date.", (Do.DEFER,)),
    Key("b", "Take back..", "Take back a settled step: it becomes a new attempt.", (Do.RETRACT,)),
    Key("e", "Note..", "Put a remark into the record, such as that a step is wrong.", (Do.NOTE,)),
    Key("h", "Hold", "Rest here: the run is kept and can be resumed.", (Do.HOLD,)),
    Key("a", "Abort..", "End the run here, with a reason; says first what is left behind.", (Do.ABORT,)),
    Key("l", "Log", "Show the servers' logs."),
    Key("m", "Map", "Show the whole procedure on one screen."),
    Key("v", "View", "Show the exact request, the reasons and all readings of this step."),
    Key("question_mark", "? Keys", "Show the keys and what each does."),
)


def primary(view: View) -> Do | None:
    """What Enter asks for now, if anything."""
    return next((do for do in PRIMARY if view.permits.get(do) is None), None)


def wanted(key: Key, view: View) -> Do | None:
    """Which of the key's requests may be made now."""
    return next((do for do in key.asks if view.permits.get(do) is None), None)


def refused(key: Key, view: View) -> str:
    """Why the key does nothing now."""
    reasons = [why for do in key.asks if (why := view.permits.get(do))]
    if key.key == "enter":
        return _enter_off(view, reasons)
    return reasons[0] if reasons else ""


def _enter_off(view: View, reasons: list[str]) -> str:
    if view.current is not None and view.current.state.phase.value in ("waiting", "not obtained"):
        return "the value is not met; Enter is off. Wait, or pick one of the keys below"
    send = view.permits.get(Do.SEND)
    return send or (reasons[0] if reasons else "there is nothing to press Enter for")


ENTER_WORDS = {
    Do.READ_BRIEF: "Enter I have read it",
    Do.CONFIRM: "Enter accept",
    Do.CHOOSE: "Enter choose..",
    Do.ATTEST: "Enter answer..",
    Do.DONE_BY_HAND: "Enter done..",
    Do.SEND: "Enter send..",
    Do.COMPLETE: "Enter complete..",
}


def line(view: View, width: int) -> str:
    """The key line: what may be pressed now, the most useful first, as much as fits."""
    words: list[str] = []
    first = primary(view)
    if first is not None:
        words.append(ENTER_WORDS[first])
    words += [
        f"{key.key} {key.word}"
        for key in KEYS[1:]
        if key.asks and key.asks != (Do.AGAIN,) and wanted(key, view)
    ]
    tail = "l Log  m Map  v View  ? Keys" if not view.stopped else "l Log  m Map  q Leave"
    if view.permits.get(Do.AGAIN) is None:
        words.append("r Read again")
    text = ""
    for word in words:
        if len(text) + len(word) + 2 + len(tail) > width - 1:
            break
        text += f" {word} "
    return text + " " + tail
