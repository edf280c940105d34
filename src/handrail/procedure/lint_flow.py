"""Whether a walk can find its way: ids, gotos, conditions, acts, roles, guards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from handrail.procedure.lint_names import captured_before
from handrail.procedure.lint_scope import HA_MODE, Place, Scope
from handrail.procedure.model import Condition, Expectation, Guard, Span, side_parts
from handrail.toml_file import Location

COMMANDS = ("start", "stop", "kill")
"""The commands an inventory may have for a server."""
SECTION_STEPS = 9
"""More steps than this between two pause points are too many to keep in mind."""

_FACTS = (HA_MODE, "pairs")


def check_flow(scope: Scope) -> None:
    """The whole step graph."""
    _ids(scope)
    _roles(scope)
    for place in scope.places:
        _acts(scope, place)
        _gotos(scope, place)
        _if_nots(scope, place)
        for condition in (place.step.when, place.section.when):
            if condition:
                _condition(scope, condition, (*place.at, "when"), place)
    for number, item in enumerate(scope.procedure.continue_with):
        if item.when and scope.places:
            _condition(scope, item.when, ("continue_with", number), scope.places[-1])
    for number, guard in enumerate(scope.procedure.guards):
        _guard(scope, guard, ("guards", number))
    for number, function in enumerate(scope.procedure.functions):
        for index, span in enumerate(function.normal):
            _span(scope, span, ("functions", number, "normal", index))
    for number, section in enumerate(scope.procedure.sections):
        if len(section.steps) > SECTION_STEPS:
            scope.note(
                ("sections", number),
                f"section {section.id} has {len(section.steps)} steps",
                f"a pause point after at most {SECTION_STEPS} is easier to keep in mind",
            )


def _ids(scope: Scope) -> None:
    procedure = scope.procedure
    if procedure.id.split("/")[0] != procedure.product:
        scope.say(
            ("id",), f"the id {procedure.id} does not begin with its product", f"{procedure.product}/..."
        )
    if procedure.id.split("/")[1] != scope.path.stem:
        scope.say(("id",), f"the file is not named as its id {procedure.id}", "rename one of them")
    steps = Counter(place.step.id for place in scope.places)
    sections = Counter(section.id for section in procedure.sections)
    seen: set[str] = set()
    for place in scope.places:
        name = place.step.id
        if name in sections:
            scope.say(
                (*place.at, "id"), f"{name} is a section's id, too", "a goto could mean either: rename one"
            )
        if steps[name] > 1 and name in seen:
            scope.say((*place.at, "id"), f"the step id {name} is used twice", "rename one")
        seen.add(name)
    met: set[str] = set()
    for number, section in enumerate(procedure.sections):
        if section.id in met:
            scope.say(("sections", number, "id"), f"the section id {section.id} is used twice", "rename one")
        met.add(section.id)
        if section.repeat and procedure.pairs == "one":
            scope.say(
                ("sections", number, "repeat"),
                "it repeats over pairs, and the procedure is for one pair",
                'say pairs = "many"',
            )


def _roles(scope: Scope) -> None:
    used = set(_used_roles(scope))
    for number, role in enumerate(scope.procedure.roles):
        if role.name not in used:
            scope.say(("roles", number), f"no step uses the role {role.name}", "remove it")
    for take in scope.procedure.takes:
        role_name, _, verb = take.partition(":")
        if role_name not in scope.roles or not verb:
            scope.say(("takes",), f'"{take}" names no role', 'write "role:verb"', take)


def _used_roles(scope: Scope) -> Iterator[str]:
    for place in scope.places:
        step = place.step
        if step.on:
            yield step.on
            if step.on not in scope.roles:
                known = ", ".join(sorted(scope.roles))
                scope.say((*place.at, "on"), f"there is no role {step.on}", f"known here: {known}")
        for leaf in step.expectations():
            yield from _of_leaf(leaf)
        for capture in step.capture:
            yield from capture.on


def _of_leaf(leaf: Expectation) -> Iterator[str]:
    if leaf.on:
        yield leaf.on
    for side in leaf.fields:
        yield side_parts(side)[0]


def _acts(scope: Scope, place: Place) -> None:
    step = place.step
    if not (step.do or step.ways() or step.attest or step.choice or step.confirm):
        scope.say(place.at, f"{step.id} has nothing to do", "give it do, expect, attest, confirm or choice")
    if step.do and step.do.by_hand is None and step.on is None:
        scope.say((*place.at, "do"), f"{step.id} sends something to no server", 'add on = "role"')
    if step.do and step.do.command is not None and step.do.command not in COMMANDS:
        scope.say(
            (*place.at, "do"),
            f"{step.id}: an inventory has no command {step.do.command}",
            f"name one of {', '.join(COMMANDS)}, or say by_hand",
        )
    if step.require and step.do is None:
        scope.say(
            (*place.at, "require"),
            f"{step.id} requires something and does nothing: it would never be asked",
            "move it to expect, or to the step that acts",
        )
    told = bool(step.do and step.do.by_hand and step.attest)  # a person tells what no interface shows
    if step.sends and not step.ways() and not told:
        scope.say(
            (*place.at, "do"),
            f"{step.id} changes something and expects nothing",
            "add expect or outcomes; or changes = false where nothing on the systems changes",
        )
    if step.sends and not step.already and not told:
        scope.say(
            (*place.at, "do"),
            f"{step.id} changes something and has no `already`",
            "add the expectation that tells it took effect, for after a crash",
        )
    if step.confirm and step.confirm.kind == "target" and step.on is None:
        scope.say((*place.at, "confirm"), "there is no server whose name could be typed", 'add on = "role"')
    if step.irreversible and step.confirm is None:
        scope.say(place.at, f"{step.id} cannot be undone and is not confirmed", "add confirm")
    if step.confirm and step.confirm.kind == "hold-point" and not step.do:
        scope.note(
            (*place.at, "confirm"), f"{step.id} is a hold point that guards no act", "put it on the act"
        )
    names = Counter(way.name for way in step.outcomes)
    for name, count in names.items():
        if count > 1:
            scope.say((*place.at, "outcomes"), f"the outcome {name} is named twice", "rename one")
    for number, way in enumerate(step.ways()):
        held = max((leaf.held for item in way.expect for leaf in _with_self(item)), default=0.0)
        if held >= step.within and step.progress is None:
            at = (*place.at, "outcomes", number) if step.outcomes else (*place.at, "within")
            scope.say(
                at,
                f"{way.name} must hold {held:g} s and is waited for {step.within:g} s",
                "let within be longer than every held",
            )


def _with_self(expectation: Expectation) -> Iterator[Expectation]:
    yield expectation
    for part in expectation.parts():
        yield from _with_self(part)


def _gotos(scope: Scope, place: Place) -> None:
    step = place.step
    found: list[tuple[Location, str | None]] = []
    found += [((*place.at, "outcomes", number), way.goto) for number, way in enumerate(step.outcomes)]
    found += [((*place.at, "if_not"), item.goto) for item in step.if_not]
    if step.choice:
        found += [((*place.at, "choice"), option.goto) for option in step.choice.options]
    for at, goto in found:
        if goto is not None:
            _goto(scope, place, at, goto)


def _goto(scope: Scope, place: Place, at: Location, goto: str) -> None:
    target = scope.by_id.get(goto) or next(
        (other for other in scope.places if other.section.id == goto), None
    )
    if target is None:
        scope.say(at, f"there is no step or section {goto} to go to", "name an id of this file", goto)
        return
    if target.group != place.group:
        scope.say(
            at,
            f"{goto} is not repeated together with {place.step.id}: other pairs would be passed over",
            "go to a step of the same repeat group",
            goto,
        )
    if target.position == place.position:
        scope.say(at, f"{goto} leads to itself", "trying again is always offered; drop the goto", goto)


def _if_nots(scope: Scope, place: Place) -> None:
    for item in place.step.if_not:
        at = (*place.at, "if_not")
        if item.inject is None:
            scope.note(
                at,
                f"not rehearsed: {place.step.id}: {item.text}",
                "name an inject that causes it, where there is one",
                item.text[:30],
            )
        elif item.inject not in scope.injects:
            scope.say(
                at,
                f"nothing in a drill can cause {item.inject}",
                "see drills/injects.toml beside the procedure, or add it there",
                item.inject,
            )


def _condition(scope: Scope, condition: Condition, at: Location, place: Place) -> None:
    earlier = {other.step.id: other for other in scope.before(place)}
    for leaf in condition.leaves():
        if leaf.choice is not None:
            named = earlier.get(leaf.choice)
            options = (
                [option.name for option in named.step.choice.options] if named and named.step.choice else []
            )
            _named(scope, at, place, named, leaf.choice, "choice", options, leaf)
        elif leaf.outcome is not None:
            named = earlier.get(leaf.outcome)
            _named(
                scope,
                at,
                place,
                named,
                leaf.outcome,
                "outcome",
                [way.name for way in named.step.ways()] if named else [],
                leaf,
            )
        elif leaf.value is not None:
            if leaf.value not in captured_before(scope, place):
                scope.say(
                    at, f"nothing captures {leaf.value} before", "capture it in an earlier step", leaf.value
                )
        elif leaf.fact == HA_MODE:
            for mode in (leaf.is_, leaf.is_not):
                if mode is not None and mode not in scope.procedure.modes:
                    known = ", ".join(scope.procedure.modes)
                    scope.say(at, f"{mode} is no mode of this procedure", f"its modes: {known}", str(mode))
        elif leaf.fact not in _FACTS:
            scope.note(at, f"the fact {leaf.fact} must stand in the inventory", "say so in the text")


def _named(
    scope: Scope,
    at: Location,
    place: Place,
    named: Place | None,
    name: str,
    what: str,
    known: list[str],
    leaf: Condition,
) -> None:
    if named is None:
        later = "comes later" if name in scope.by_id else "is no step"
        scope.say(at, f"when: {name} {later}", f"name an earlier step with a {what}", name)
        return
    if not known:
        scope.say(at, f"when: {name} has no {what}", f"name an earlier step with a {what}", name)
        return
    if named.group and named.group != place.group:
        scope.say(at, f"when: {name} is decided for each pair elsewhere", "repeat both in one group", name)
    for value in (leaf.is_, leaf.is_not):
        if value is not None and value not in known:
            scope.say(at, f"when: {name} never is {value}", f"it is one of: {', '.join(known)}", str(value))


def _span(scope: Scope, span: Span, at: Location) -> None:
    for key, name in (("from", span.from_), ("until", span.until)):
        if name is not None and name not in scope.by_id:
            scope.say((*at, key), f"normal: there is no step {name}", "name a step of this file", name)
    first, last = scope.by_id.get(span.from_ or ""), scope.by_id.get(span.until or "")
    if first and last and first.position > last.position:
        scope.say((*at, "until"), "what is normal ends before it begins", "exchange from and until")


def _guard(scope: Scope, guard: Guard, at: Location) -> None:
    for key, name in (("from", guard.from_), ("until", guard.until)):
        if name is not None and name not in scope.by_id:
            scope.say(
                (*at, key), f"guard {guard.id}: there is no step {name}", "name a step of this file", name
            )
    first, last = scope.by_id.get(guard.from_ or ""), scope.by_id.get(guard.until or "")
    if first and last and first.position > last.position:
        scope.say((*at, "until"), f"guard {guard.id} ends before it begins", "exchange from and until")
    for exception in guard.except_:
        named = scope.by_id.get(exception.step)
        if named is None:
            scope.say(
                (*at, "except"),
                f"guard {guard.id}: there is no step {exception.step}",
                "name a step of this file",
                exception.step,
            )
        elif named.step.do is None:
            scope.say(
                (*at, "except"),
                f"guard {guard.id}: {exception.step} sends nothing, so its exception never begins",
                "name the step whose act loses the guard",
                exception.step,
            )
    others = [other.id for other in scope.procedure.guards]
    if others.count(guard.id) > 1:
        scope.say((*at, "id"), f"the guard id {guard.id} is used twice", "rename one")
