"""Whether every `{name}` in a text that is shown will be filled, and with something captured before."""

from __future__ import annotations

from collections.abc import Iterator

from handrail.procedure.filling import FILLED, PLACE
from handrail.procedure.lint_names import captured_before
from handrail.procedure.lint_scope import Scope
from handrail.toml_file import Location

_CHECKED_ELSEWHERE = (("do", "cli"), ("derive", "join"))
"""Where a `{name}` stands for an argument or a part of a path."""


def check_texts(scope: Scope) -> None:
    """Every text of the procedure, of its sections, and of their steps."""
    procedure = scope.procedure.model_dump(by_alias=True, exclude={"sections"})
    _never_filled(scope, (), procedure)
    for number, section in enumerate(scope.procedure.sections):
        _never_filled(scope, ("sections", number), section.model_dump(by_alias=True, exclude={"steps"}))
    for place in scope.places:
        known = captured_before(scope, place)
        for at, text in _texts(place.step.model_dump(by_alias=True)):
            keys = tuple(key for key in at if isinstance(key, str))
            if keys in FILLED:
                for name in PLACE.findall(text):
                    if name not in known:
                        mend = "capture it in an earlier step"
                        scope.say((*place.at, *at), f"nothing captures {name}", mend, name)
            elif keys not in _CHECKED_ELSEWHERE:
                _refuse(scope, (*place.at, *at), text)


def _never_filled(scope: Scope, at: Location, model: object) -> None:
    for below, text in _texts(model):
        _refuse(scope, (*at, *below), text)


def _refuse(scope: Scope, at: Location, text: str) -> None:
    for name in PLACE.findall(text):
        mend = "say it in the step's text, its question or its hazards"
        scope.say(at, f"no value is put in here: {{{name}}} would be shown so", mend, name)


def _texts(part: object, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Every text in a dumped model, with its keys and numbers."""
    if isinstance(part, str):
        yield at, part
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _texts(value, (*at, str(key)))
    elif isinstance(part, tuple | list):
        for number, value in enumerate(part):
            yield from _texts(value, (*at, number))
