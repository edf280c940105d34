"""From what an operator asks for to the command it becomes, and what must be typed or picked for it.

Shared by every face, so that a key and a typed word always mean the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handrail import moments
from handrail.procedure.model import Attest, duration_s
from handrail.text import SafeText, amount, safe
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.attesting import as_kept
from handrail.walk.rules import best_end, left_behind, refusal, safe_point
from handrail.walk.until import until
from handrail.walk.view import CurrentStep, Do, StepLine, View

REASONS = (
    "unsafe as written",
    "does not apply here",
    "equipment differs",
    "told by somebody (name them)",
    "done another way",
)
"""The kinds of reason a deviation may have. Haste is not among them."""


ABORT_WORD = "abort"
"""Typed to end a run: a server's name typed by mistake must not do it, whatever letters it has."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to type or pick. A choice has options; `free` adds words of one's own to the picked one.

    `pasted` is a vendor's output, of many lines.
    """

    prompt: SafeText
    options: tuple[SafeText, ...] = ()
    free: bool = False
    pasted: bool = False


class NotUnderstood(ValueError):
    """What was typed does not fit; the message says what would."""


def inputs(do: Do, view: View) -> tuple[Input, ...]:
    """What must be typed or picked before this can be asked for; none when one key is enough."""
    reasons = tuple(safe(item) for item in REASONS)
    why = Input(safe("Why"))
    current = view.current
    match do:
        case Do.CONFIRM if current and _confirms_target(current):
            return (Input(safe(f"To confirm, type the server's name ({_letters(current.server)})")),)
        case Do.CONFIRM if current and _confirms_count(current):
            return (
                Input(safe(f"For {current.rows_words}, type the count and the site: {current.count_words}")),
            )
        case Do.CHOOSE if current and current.planned.step.choice:
            choice = current.planned.step.choice
            if choice.rows is not None:
                return tuple(
                    Input(
                        safe(f"{row} ({number} of {len(current.rows)})"),
                        tuple(safe(f"{item.title}: {item.consequence}") for item in choice.options),
                    )
                    for number, row in enumerate(current.rows, 1)
                )
            options = tuple(safe(f"{item.title}: {item.consequence}") for item in choice.options)
            return (Input(safe(choice.ask), options),)
        case Do.ATTEST if current and current.planned.step.attest:
            attest = current.planned.step.attest
            options = tuple(safe(item) for item in attest.options)
            how = f" Type one such as {moments.EXAMPLES}" if attest.kind == "time" else ""
            return (Input(safe(f"{attest.ask}{how}"), options, pasted=attest.parser is not None),)
        case Do.WAIT_LONGER:
            return (Input(safe("How much longer, such as 60s or 5m")), why)
        case Do.IF_NOT if current:
            options = tuple(safe(item.text) for item in current.planned.step.if_not if item.goto)
            return (Input(safe("Which if-not"), options),)
        case Do.RETRACT:
            options = tuple(safe(line.title) for line in retractable(view))
            return (Input(safe("Which step is taken back"), options), why)
        case Do.OVERRIDE | Do.OVERRIDE_HOLD if current:
            typed = (
                (Input(safe(f"To {_passes(do)}, type the server's name ({_letters(current.server)})")),)
                if current.server
                else ()
            )
            return (*typed, Input(safe("Reason to pass it"), reasons, free=True))
        case Do.SKIP:
            return (Input(safe("Reason to skip this step"), reasons, free=True),)
        case Do.DEFER:
            return (Input(safe("Who does it")), Input(safe("Until when, such as 8h or tomorrow 09:00")), why)
        case Do.DECIDE if current:
            return (Input(safe("What happened"), tuple(safe(text) for _, text in _decisions(current))), why)
        case Do.ABORT:
            left = f" (left behind: {left_behind(view.state)})" if view.current else ""
            return (Input(safe(f"To end the run here, type {ABORT_WORD}{left}")), why)
        case Do.RETRY:
            return (Input(safe("Why is this step tried again")),)
        case Do.ACCEPT_GUARD:
            return (Input(safe("Why is it gone on past the lost guard")),)
        case Do.NOTE:
            return (Input(safe("Note")),)
        case _:
            return ()


def check(do: Do, view: View, given: Sequence[str]) -> None:
    """Raise NotUnderstood when the last of these answers cannot do, before the next is typed and lost."""
    first, text, current = len(given) == 1, given[-1].strip(), view.current
    match do:
        case Do.ABORT if first:
            _abort_word(text)
        case Do.RETRACT if first:
            _picked(text, [line.title for line in retractable(view)])
        case Do.OVERRIDE | Do.OVERRIDE_HOLD if first and current is not None and current.server:
            if text != current.server:
                raise NotUnderstood(f"that is not the server this step is on ({_letters(current.server)})")
        case Do.SKIP | Do.OVERRIDE | Do.OVERRIDE_HOLD:
            _reason(text)
        case Do.WAIT_LONGER if first:
            _longer(text)
        case Do.DEFER if len(given) == 2:
            _until(text, view)
        case Do.DECIDE if first and current is not None:
            _picked(text, [words for _, words in _decisions(current)])
        case Do.CHOOSE if current is not None and current.planned.step.choice is not None:
            _picked(text, [option.name for option in current.planned.step.choice.options])
        case Do.ATTEST if current is not None and current.planned.step.attest is not None:
            understood(current.planned.step.attest, text, view)
        case Do.IF_NOT if current is not None:
            _picked(text, [item.text for item in current.planned.step.if_not if item.goto])


def command(do: Do, view: View, given: Sequence[str]) -> c.Command:
    """The command for this, with what was typed or picked (an option by its number from 1, or its words).

    Raises NotUnderstood when something given does not fit.
    """
    given = [item.strip() for item in given]
    asked = inputs(do, view)
    if len(given) < len(asked):
        raise NotUnderstood(asked[len(given)].prompt)
    for item, value in zip(asked, given, strict=False):
        if not value:
            raise NotUnderstood(f"{item.prompt}: nothing was given")
    match do:
        case Do.AGAIN:
            return c.ReadAgain()
        case Do.READ_BRIEF:
            return c.Record(e.BriefRead())
        case Do.HOLD:
            return c.Stop("asked for")
        case Do.HAND_OVER:
            return c.Record(e.HandoverOffered(brief=()))
        case Do.KEEP:
            return c.Record(e.HandoverWithdrawn())
        case Do.NOTE:
            return c.Record(e.Noted(text=given[0], step=view.current.planned.key if view.current else ""))
        case Do.ABORT:
            how = "aborted" if safe_point(view.state) else "abandoned"
            _abort_word(given[0])
            return c.Record(e.Ended(how=how, reason=given[1], left=left_behind(view.state)))
        case Do.COMPLETE:
            return c.Record(e.Ended(how=best_end(view.state)))
        case Do.ACCEPT_GUARD:
            lost = view.state.open_guards
            if not lost:
                raise NotUnderstood("no guard is lost")
            return c.Record(e.GuardAccepted(guard=lost[0], reason=given[0]))
        case Do.RETRACT:
            lines = retractable(view)
            line = lines[_picked(given[0], [item.title for item in lines])]
            attempt = view.state.step(line.key).attempt
            return c.Record(e.Retracted(step=line.key, attempt=attempt, reason=given[1]))
    if view.current is None:
        raise NotUnderstood("every step is settled")
    return _of_step(do, view, view.current, given)


def retractable(view: View) -> list[StepLine]:
    """The settled steps that can be taken back, the latest first."""
    return [
        line
        for line in reversed(view.steps)
        if refusal(
            view.state, e.Retracted(step=line.key, attempt=view.state.step(line.key).attempt, reason="x")
        )
        is None
    ]


def _of_step(do: Do, view: View, current: CurrentStep, given: Sequence[str]) -> c.Command:
    step = current.planned.step
    key, attempt = current.planned.key, current.state.attempt
    match do:
        case Do.SEND:
            return c.Send(key, attempt)
        case Do.DONE_BY_HAND:
            return c.DoneByHand(key, attempt)
        case Do.CONFIRM:
            if _confirms_count(current):
                return c.Record(e.Confirmed(step=key, attempt=attempt, how="count", typed=given[0]))
            if _confirms_target(current):
                return c.Record(e.Confirmed(step=key, attempt=attempt, how="target", typed=given[0]))
            return c.Record(e.Confirmed(step=key, attempt=attempt, how="acknowledge"))
        case Do.CHOOSE:
            options = step.choice.options if step.choice else ()
            if step.choice and step.choice.rows is not None:
                names = [item.name for item in options]
                rows = {
                    row: names[_picked(text, names)] for row, text in zip(current.rows, given, strict=True)
                }
                return c.Record(e.Chosen(step=key, attempt=attempt, option="by row", rows=rows))
            picked = options[_picked(given[0], [item.name for item in options])]
            return c.Record(e.Chosen(step=key, attempt=attempt, option=picked.name))
        case Do.ATTEST:
            value, typed = understood(step.attest, given[0], view) if step.attest else (given[0], "")
            return c.Record(e.Attested(step=key, attempt=attempt, value=value, typed=typed))
        case Do.WAIT_LONGER:
            seconds = _longer(given[0])
            return c.Record(e.WaitedLonger(step=key, attempt=attempt, seconds=seconds, reason=given[1]))
        case Do.IF_NOT:
            leading = [(number, item) for number, item in enumerate(step.if_not, 1) if item.goto]
            number, item = leading[_picked(given[0], [item.text for _, item in leading])]
            return c.Record(e.Branched(step=key, attempt=attempt, number=number, to=item.goto or ""))
        case Do.RETRY:
            return c.Record(e.Retried(step=key, attempt=attempt, reason=given[0]))
        case Do.SKIP:
            return c.Record(e.Skipped(step=key, attempt=attempt, reason=_reason(given[0])))
        case Do.OVERRIDE | Do.OVERRIDE_HOLD:
            what = "expectation" if do is Do.OVERRIDE else "hold-point"
            typed = given[0] if current.server else ""
            return c.Record(
                e.Overrode(step=key, attempt=attempt, what=what, typed=typed, reason=_reason(given[-1]))
            )
        case Do.DEFER:
            moment = _until(given[1], view)
            return c.Record(
                e.Deferred(step=key, attempt=attempt, owner=given[0], until=moment, reason=given[2])
            )
        case Do.ALREADY:
            return c.Record(
                e.Resolved(step=key, attempt=attempt, how="took-effect", reason="found done already")
            )
        case Do.DECIDE:
            decisions = _decisions(current)
            how = decisions[_picked(given[0], [text for _, text in decisions])][0]
            return c.Record(e.Resolved(step=key, attempt=attempt, how=how, reason=given[1]))
    raise NotUnderstood(f"{do} is not asked of a step")


def understood(attest: Attest, text: str, view: View) -> tuple[str, str]:
    """What an answer is taken to be, and as it was said where that is something else.

    An option may be given by its number, a moment in any way that `moments` reads.
    """
    if attest.kind == "time" and not _names(text, attest.options):
        try:
            value = f"{moments.moment(text, view.now):{moments.WRITTEN}}"
        except ValueError as problem:
            raise NotUnderstood(str(problem)) from None
        return value, "" if value == text else text
    if attest.options and (attest.format is None or _names(text, attest.options)):
        return attest.options[_picked(text, attest.options)], ""
    return as_kept(attest, text), ""


def _names(text: str, options: Sequence[str]) -> bool:
    """Whether this picks one of them."""
    try:
        _picked(text, options)
    except NotUnderstood:
        return False
    return True


def _decisions(current: CurrentStep) -> list[tuple[str, str]]:
    found = []
    if current.planned.step.already:
        found.append(("took-effect", "the readings show that it took effect"))
        if current.planned.step.repeat != "never":
            found.append(("did-not", "the readings show that it did not"))
    found.append(("stated-took-effect", "I know that it took effect"))
    found.append(("stated-did-not", "I know that it did not"))
    return found


def _confirms_target(current: CurrentStep) -> bool:
    confirm = current.planned.step.confirm
    return confirm is not None and confirm.kind == "target"


def _confirms_count(current: CurrentStep) -> bool:
    confirm = current.planned.step.confirm
    return confirm is not None and confirm.kind == "count"


def _abort_word(text: str) -> None:
    if text.lower() != ABORT_WORD:
        raise NotUnderstood(f"nothing was ended: it takes the word {ABORT_WORD}")


def _longer(text: str) -> float:
    try:
        seconds = duration_s(text)
    except ValueError as problem:
        raise NotUnderstood(str(problem)) from None
    if seconds <= 0:
        raise NotUnderstood("longer than nothing")
    return seconds


def _until(text: str, view: View) -> str:
    try:
        return until(text, view.now)
    except ValueError as problem:
        raise NotUnderstood(str(problem)) from None


def _reason(text: str) -> str:
    """One of the reasons by its number, alone or before words of one's own.

    Words alone are refused: they may have been typed for another question.
    """
    number, _, rest = text.partition(" ")
    if number.isascii() and number.isdigit() and 1 <= int(number) <= len(REASONS):
        return f"{REASONS[int(number) - 1]}{': ' + rest.strip() if rest.strip() else ''}"
    raise NotUnderstood(f"a reason begins with its number, 1 to {len(REASONS)}")


def _picked(text: str, options: Sequence[str]) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= len(options):
        return int(text) - 1
    exact = [index for index, option in enumerate(options) if option.lower() == text.lower()]
    if len(exact) == 1:
        return exact[0]
    numbers = f"1 to {len(options)}" if len(options) > 1 else "1"
    raise NotUnderstood(f"pick {numbers}, or type one of: {', '.join(options)}")


def _passes(do: Do) -> str:
    """What an override does: the name of the server alone would not say that it is one."""
    return "pass the hold point alone" if do is Do.OVERRIDE_HOLD else "override what is not met"


def _letters(server: str) -> str:
    return amount(len(server), "letter")
