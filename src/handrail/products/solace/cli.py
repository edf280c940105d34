"""The lines of the Solace CLI that are known here: modes to enter, and what each line does there.

A line means its own words after those that led into the mode it is typed in: `replication state active`
within `message-vpn X` is the same as `message-vpn X replication state active`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from handrail.products.solace import operations as act
from handrail.products.solace.operations import Deed, Line, NotSent
from handrail.readings import Value

_ANY = "*"
_PLACE = re.compile(r"\{([a-z0-9-]+)\}")

CONFIGURE, ADMIN = "configure", "admin"


@dataclass(frozen=True, slots=True)
class Mode:
    """Where a line is typed: its root, its name in the prompt, and the words that led there."""

    root: str
    name: str
    words: tuple[str, ...] = ()


_MODES: Mapping[str, Mapping[tuple[str, ...], str]] = {
    CONFIGURE: {
        ("message-vpn", _ANY): "message-vpn",
        ("message-vpn", _ANY, "replication"): "message-vpn/replication",
        ("message-vpn", _ANY, "replication", "queue"): "message-vpn/replication/queue",
        ("service",): "service",
        ("service", "msg-backbone"): "service/msg-backbone",
    },
    ADMIN: {
        ("message-spool", "message-vpn", _ANY): "message-spool",
        ("client", _ANY, "message-vpn", _ANY): "client",
    },
}

_Make = Callable[[Sequence[str], bool], Deed]
"""From the words in the places of a pattern, and whether the line does not begin with `no`."""


def _transaction(how: str) -> _Make:
    return lambda given, _: act.end_transaction(*act.named_transaction(given[0], given[1]), how)


_DEEDS: Mapping[str, Mapping[tuple[str, ...], _Make]] = {
    CONFIGURE: {
        ("message-vpn", _ANY, "replication", "state", _ANY): lambda given, _: act.set_role(
            act.named_vpn(given[0]), act.one_of(given[1], ("active", "standby"), "the state")
        ),
        ("message-vpn", _ANY, "shutdown"): lambda given, yes: act.vpn_enabled(
            act.named_vpn(given[0]), not yes
        ),
        (
            "message-vpn",
            _ANY,
            "replication",
            "queue",
            "reject-msg-to-sender-on-discard",
        ): lambda given, yes: act.reject_on_discard(act.named_vpn(given[0]), yes),
        (
            "message-vpn",
            _ANY,
            "replication",
            "reject-msg-when-sync-ineligible",
        ): lambda given, yes: act.reject_when_ineligible(act.named_vpn(given[0]), yes),
        ("service", "msg-backbone", "shutdown"): lambda _, yes: act.backbone(not yes),
    },
    ADMIN: {
        **{
            ("message-spool", "message-vpn", _ANY, f"{how}-transaction", "xid", _ANY): _transaction(how)
            for how in ("commit", "rollback", "delete")
        },
        ("client", _ANY, "message-vpn", _ANY, "disconnect"): lambda given, _: act.disconnect(
            act.named_vpn(given[1]), given[0]
        ),
    },
}
_NEGATABLE = ("shutdown", "reject-msg-to-sender-on-discard", "reject-msg-when-sync-ineligible")


def interpret(mode: Mode, words: Sequence[str]) -> Mode | Deed | None:
    """The mode this line enters, what it does, or None when it is not known here; raises NotSent."""
    yes = words[:1] != ["no"]
    whole = (*mode.words, *(words if yes else words[1:]))
    for pattern, make in _DEEDS[mode.root].items():
        if (given := _fits(pattern, whole)) is not None and (yes or pattern[-1] in _NEGATABLE):
            return make(given, yes)
    for pattern, name in _MODES[mode.root].items():
        if yes and _fits(pattern, whole) is not None:
            return Mode(mode.root, f"{mode.root}/{name}", whole)
    return None


def script(lines: Sequence[str], given: Mapping[str, Value]) -> Deed:
    """What these lines do, typed one after the other from `configure` or `admin` on.

    `{name}` as a word of a line is replaced by the argument of that name, as one word. Raises NotSent for a
    line that is not known here, and when the last one does nothing or another does.
    """
    for root in (CONFIGURE, ADMIN):
        found = _walk(Mode(root, root), [_filled(line, given) for line in lines])
        if found is not None:
            return found
    raise NotSent(f"no such lines are known here: {'; '.join(lines)}")


def words_of(line: str) -> list[str]:
    """The words of a line, quotes taken off; raises NotSent for one that is not closed."""
    try:
        return shlex.split(line)
    except ValueError:
        raise NotSent(f"a quote is not closed: {line}") from None


def known(mode: Mode) -> list[str]:
    """The lines that can go on from this mode, for help and completion."""
    found: list[str] = []
    depth = len(mode.words)
    names = {"state": "active|standby"}
    for pattern in (*_MODES[mode.root], *_DEEDS[mode.root]):
        if len(pattern) > depth and _fits(pattern[:depth], mode.words) is not None:
            rest = pattern[depth:]
            before = (*pattern[:depth], *rest)[depth - 1 :] if depth else ("", *rest)
            shown = [
                names.get(last, "<name>") if word == _ANY else word
                for last, word in zip(before, rest, strict=False)
            ]
            line = " ".join(shown)
            found += [line, f"no {line}"] if pattern[-1] in _NEGATABLE else [line]
    return found


def _walk(mode: Mode, lines: Sequence[Sequence[str]]) -> Deed | None:
    shown: list[Line] = []
    for number, words in enumerate(lines):
        shown.append(Line(mode.name, " ".join(act.word(item) for item in words)))
        step = interpret(mode, words)
        if isinstance(step, Deed):
            return Deed(tuple(shown), step.request) if number == len(lines) - 1 else None
        if step is None:
            return None
        mode = step
    return None


def _filled(line: str, given: Mapping[str, Value]) -> list[str]:
    words = []
    for item in words_of(line):
        place = _PLACE.fullmatch(item)
        if place is None and _PLACE.search(item):
            raise NotSent(f"an argument stands for a whole word: {item}")
        if place is not None and place[1] not in given:
            raise NotSent(f"there is no argument {place[1]}")
        words.append(item if place is None else str(given[place[1]]))
    return words


def _fits(pattern: Sequence[str], words: Sequence[str]) -> list[str] | None:
    """The words in the places of the pattern, if the words are it."""
    if len(pattern) != len(words):
        return None
    given = []
    for part, item in zip(pattern, words, strict=True):
        if part == _ANY:
            given.append(item)
        elif part != item:
            return None
    return given
