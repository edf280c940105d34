"""Putting captured values into texts, arguments and derived values. Values are placed, never parsed again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from handrail.procedure.model import Act, Captured, Choice, Derive, Step
from handrail.readings import Value, value_words

PLACE = re.compile(r"\{([a-z0-9]+(?:[-.][a-z0-9]+)*)\}")


FILLED = (
    ("text",),
    ("why",),
    ("undo",),
    ("hazards", "text"),
    ("confirm", "text"),
    ("attest", "ask"),
    ("choice", "ask"),
    ("choice", "options", "title"),
    ("choice", "options", "consequence"),
    ("do", "by_hand"),
    ("do", "console"),
)
"""Keys of a step whose texts have captured values put into them; elsewhere a `{name}` would be shown so."""


class NotCaptured(Exception):
    """An argument stands for a value that was never captured; the message is its name."""


def filled(text: str, values: Mapping[str, Value]) -> str:
    """The text with `{name}` replaced by the value, or by `<name>` while there is none."""
    return PLACE.sub(
        lambda match: value_words(values[match[1]]) if match[1] in values else f"<{match[1]}>", text
    )


def named(text: str, where: Mapping[str, str]) -> str:
    """The text as it is read before a walk: `{name}` as the name, and where it is captured."""
    return PLACE.sub(
        lambda match: f"<{match[1]}, {where[match[1]]}>" if match[1] in where else match[0], text
    )


def with_values(step: Step, values: Mapping[str, Value]) -> Step:
    """The step with captured values in the texts that are shown; the very same one where none stand in it."""
    changes: dict[str, object] = {
        name: filled(text, values)
        for name in ("text", "why", "undo")
        if PLACE.search(text := getattr(step, name))
    }
    if step.do and step.do.console:
        lines = tuple(filled(line, values) for line in step.do.console)
        if lines != step.do.console:
            changes["do"] = step.do.model_copy(update={"console": lines})
    if step.confirm and PLACE.search(step.confirm.text):
        changes["confirm"] = step.confirm.model_copy(update={"text": filled(step.confirm.text, values)})
    if step.choice:
        choice = _choice_with(step.choice, values)
        if choice != step.choice:
            changes["choice"] = choice
    if step.attest and PLACE.search(step.attest.ask):
        changes["attest"] = step.attest.model_copy(update={"ask": filled(step.attest.ask, values)})
    if any(PLACE.search(hazard.text) for hazard in step.hazards):
        changes["hazards"] = tuple(
            hazard.model_copy(update={"text": filled(hazard.text, values)}) for hazard in step.hazards
        )
    return step.model_copy(update=changes) if changes else step


def _choice_with(choice: Choice, values: Mapping[str, Value]) -> Choice:
    options = tuple(
        option.model_copy(
            update={
                "title": filled(option.title, values),
                "consequence": filled(option.consequence, values),
            }
        )
        for option in choice.options
    )
    return choice.model_copy(update={"ask": filled(choice.ask, values), "options": options})


def derived(derive: Derive, values: Mapping[str, Value]) -> Value | None:
    """What this is made of the values, or None while a part is not there or is no number."""
    if derive.of is not None:
        number = values.get(derive.of)
        if isinstance(number, bool | str) or number is None or derive.times is None:
            return None
        return number * derive.times
    if any(name not in values for part in derive.join for name in PLACE.findall(part)):
        return None
    return str(PurePosixPath(*(filled(part, values) for part in derive.join)))


def resolved(act: Act, values: Mapping[str, Value]) -> tuple[Act, dict[str, Value]]:
    """The act with captured values in its texts, and its arguments as values; raises NotCaptured."""
    arguments: dict[str, Value] = {}
    for name, operand in act.arguments.items():
        if isinstance(operand, Captured):
            if operand.captured not in values:
                raise NotCaptured(operand.captured)
            arguments[name] = values[operand.captured]
        else:
            arguments[name] = operand
    by_hand = filled(act.by_hand, values) if act.by_hand is not None else None
    console = tuple(filled(line, values) for line in act.console)
    return act.model_copy(update={"by_hand": by_hand, "console": console}), arguments
