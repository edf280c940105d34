"""Whether every name an expectation uses means something: roles, fields, log lines, captured values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from handrail.procedure.fields import Field
from handrail.procedure.filling import PLACE
from handrail.procedure.lint_lists import check_lists, known_list
from handrail.procedure.lint_scope import Place, Scope
from handrail.procedure.model import Capture, Captured, Expectation, side_parts
from handrail.toml_file import Location

_NUMBERS = ("int", "float")


def check_names(scope: Scope) -> None:
    """Every expectation, capture and progress of the procedure."""
    for place in scope.places:
        step = place.step
        for key, group in _groups(place):
            for expectation in group:
                _expectation(scope, expectation, (*place.at, *key), step.on, place)
        for capture in step.capture:
            _capture(scope, capture, (*place.at, "capture"))
        for derive in step.derive:
            own = {*captured_before(scope, place), *_captures((place,))}
            parts = (
                [derive.of] if derive.of else [name for part in derive.join for name in PLACE.findall(part)]
            )
            for name in parts:
                if name not in own:
                    scope.say((*place.at, "derive"), f"nothing captures {name}", "capture it before", name)
        check_lists(scope, place)
        _arguments(scope, place)
        if step.window:
            at = (*place.at, "window")
            _expectation(scope, step.window.begins(), at, step.on, place)
            if step.window.length_field:
                _field(scope, step.window.length_field, at)
        if step.progress:
            at = (*place.at, "progress")
            _field(scope, step.progress.field, at)
            _role(scope, step.progress.on or step.on, at)
        _can_be_met(scope, place)
    for number, guard in enumerate(scope.procedure.guards):
        _expectation(scope, guard.expect, ("guards", number, "expect"), None, None)
    for number, function in enumerate(scope.procedure.functions):
        _expectation(scope, function.expect, ("functions", number, "expect"), None, None)
        if function.show:
            _capture(scope, function.show, ("functions", number, "show"))


def captured_before(scope: Scope, place: Place | None) -> set[str]:
    """Names that the run holds when it comes to this step; those a later repeated section means, too."""
    places = scope.places if place is None else scope.places[: place.position]
    return set(_captures(places))


def _captures(places: Iterable[Place]) -> Iterator[str]:
    for place in places:
        for capture in place.step.capture:
            yield f"{capture.name}-count" if capture.rows else capture.name
        if place.step.attest and place.step.attest.capture:
            yield place.step.attest.capture
        for derive in place.step.derive:
            yield derive.name


def _groups(place: Place) -> Iterator[tuple[Location, Sequence[Expectation]]]:
    step = place.step
    yield ("require",), step.require
    yield ("already",), step.already
    yield ("expect",), step.expect
    for number, way in enumerate(step.outcomes):
        yield ("outcomes", number, "expect"), way.expect


def _expectation(
    scope: Scope, expectation: Expectation, at: Location, default: str | None, place: Place | None
) -> None:
    for leaf in expectation.leaves():
        role = leaf.on or default
        if leaf.field is not None or leaf.log is not None:
            _role(scope, role, at)
        if leaf.field is not None:
            _compared(scope, leaf, at)
        if leaf.log is not None:
            _log(scope, leaf, at, role, place)
        for side in leaf.fields:
            named, name, _ = side_parts(side)
            _role(scope, named or default, at)
            _field(scope, name, at)
        for name in leaf.values:
            _known_capture(scope, name, at, place)
        if leaf.every is not None and leaf.every != "*":
            known_list(scope, leaf.every, at, place)
        if leaf.value is not None:
            _known_capture(scope, leaf.value, at, place)
        for _, operand in leaf.comparisons():
            if isinstance(operand, Captured):
                _known_capture(scope, operand.captured, at, place)


def _role(scope: Scope, role: str | None, at: Location) -> None:
    if role is None:
        scope.say(at, "it is not said on which role", 'add on = "role"')
    elif role not in scope.roles:
        known = ", ".join(sorted(scope.roles))
        scope.say(at, f"there is no role {role}", f"known here: {known}; or declare it in [[roles]]", role)


def _field(scope: Scope, name: str, at: Location) -> Field | None:
    if scope.fields is None:
        return None
    if name not in scope.fields:
        scope.say(at, f"the product has no field {name}", "see fields.toml beside the procedure", name)
        return None
    return scope.fields[name]


def _compared(scope: Scope, leaf: Expectation, at: Location) -> None:
    assert leaf.field is not None  # noqa: S101 - the caller has seen it
    known = _field(scope, leaf.field, at)
    if known is None:
        return
    if (leaf.row is not None or leaf.total or leaf.every) and not known.rows:
        scope.say(
            at, f"{leaf.field} is one value, not one for each row", "drop row, total and every", leaf.field
        )
    if leaf.since_sent and known.type not in _NUMBERS:
        scope.say(at, f"{leaf.field} is a {known.type}: since_sent needs seconds", "name another", leaf.field)
    for word, operand in leaf.comparisons():
        if isinstance(operand, Captured):
            continue
        if word in ("at_least", "at_most"):
            if known.type not in _NUMBERS:
                scope.say(at, f"{leaf.field} is a {known.type}: {word} needs a number", "use is", leaf.field)
            continue
        for value in operand if isinstance(operand, tuple) else (operand,):
            fits = known.accepts(value) or (known.type == "float" and known.accepts(float(value or 0)))
            if not fits:
                scope.say(
                    at,
                    f"{leaf.field} is a {known.type}, and {value!r} is none",
                    "write a value of that type",
                    leaf.field,
                )


def _log(scope: Scope, leaf: Expectation, at: Location, role: str | None, place: Place | None) -> None:
    name = leaf.log or ""
    product = f"{scope.procedure.product}."
    if not name.startswith(product):
        scope.say(at, f"{name} is no line of {scope.procedure.product}", f'write "{product}..."', name)
        return
    if scope.catalogue is None:
        return
    if name.removeprefix(product) not in scope.catalogue:
        scope.say(at, f"the catalogue has no line {name}", "see messages.toml beside the procedure", name)
        return
    modes = scope.procedure.modes if place is None else scope.modes_of(place)
    if role in scope.roles and modes and not printing_modes(scope, leaf, role, modes):
        scope.say(
            at,
            f"no release prints {name} in the log of the {role} in {' or '.join(modes)} mode",
            "await another line, or say in `when` which mode the step is for",
            name,
        )


def printing_modes(scope: Scope, leaf: Expectation, role: str | None, modes: Iterable[str]) -> set[str]:
    """Those of the modes in which some release prints the line in this role's log."""
    plain = (leaf.log or "").removeprefix(f"{scope.procedure.product}.")
    if scope.catalogue is None or plain not in scope.catalogue:
        return set(modes)
    return {
        mode
        for mode in modes
        if any(
            variant.printed_by == "either" or variant.printed_by == role
            for variant in scope.catalogue.expected(plain, None, mode)
        )
    }


def _meetable(scope: Scope, expectation: Expectation, role: str | None, modes: set[str]) -> set[str]:
    """The modes in which this can ever be met, going by the lines it awaits."""
    if expectation.log is not None:
        return (
            modes if expectation.absent else printing_modes(scope, expectation, expectation.on or role, modes)
        )
    if expectation.any:
        return set().union(*(_meetable(scope, part, role, modes) for part in expectation.any))
    if expectation.all:
        return modes.intersection(*(_meetable(scope, part, role, modes) for part in expectation.all))
    return modes


def _can_be_met(scope: Scope, place: Place) -> None:
    """Each mode must have a way to go on, and each way a mode."""
    modes = set(scope.modes_of(place))
    if not modes:
        scope.say(
            (*place.at, "when"),
            f"{place.step.id} is walked in none of the procedure's modes",
            f"the modes are {', '.join(scope.procedure.modes)}",
        )
        return
    left = set(modes)
    for number, way in enumerate(place.step.ways()):
        possible = modes.intersection(*(_meetable(scope, item, place.step.on, modes) for item in way.expect))
        left -= possible
        if not possible and place.step.outcomes:
            scope.say(
                (*place.at, "outcomes", number),
                f"the outcome {way.name} awaits lines that no mode prints together",
                "split it by mode",
            )
    if left and place.step.ways() and left != modes:
        scope.say(
            (*place.at, "outcomes" if place.step.outcomes else "expect"),
            f"{place.step.id} can never be met in {' or '.join(sorted(left))} mode: no such line there",
            "use any = [...], or say in `when` which mode the step is for",
        )


def _known_capture(scope: Scope, name: str, at: Location, place: Place | None) -> None:
    if name in captured_before(scope, place):
        if place is not None and not place.group and not _captured_outside(scope, name, place):
            scope.say(
                at,
                f"{name} is kept for each pair, and this section is walked once: which pair is meant?",
                "repeat this section over pairs, too",
                name,
            )
        return
    later = name in captured_before(scope, None)
    problem = f"{name} is captured only later" if later else f"nothing captures {name}"
    scope.say(at, problem, "capture it in an earlier step", name)


def _captured_outside(scope: Scope, name: str, place: Place) -> bool:
    return any(name in _captures((other,)) and not other.group for other in scope.before(place))


def _capture(scope: Scope, capture: Capture, at: Location) -> None:
    known = _field(scope, capture.field, at)
    if known is not None and (capture.total or capture.rows or capture.row) and not known.rows:
        scope.say(at, f"{capture.field} is one value, not one for each row", "drop total, row", capture.field)
    for role in capture.on:
        _role(scope, role, at)


def _arguments(scope: Scope, place: Place) -> None:
    """Every argument of an act is captured before, and every `{name}` in a vendor's line is an argument."""
    act = place.step.do
    if act is None:
        return
    for operand in act.arguments.values():
        if isinstance(operand, Captured):
            _known_capture(scope, operand.captured, (*place.at, "do"), place)
    given = {*act.arguments, *(("row", "option") if act.rows else ())}
    for name in PLACE.findall(" ".join(act.cli)):
        if name not in given:
            scope.say(
                (*place.at, "do"), f"the line has {{{name}}} and arguments have no {name}", "add it", name
            )
