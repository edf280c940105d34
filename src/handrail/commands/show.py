"""`handrail show`: a procedure as text to read, or on paper with boxes and lines to write on."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from handrail.observe.expectations import Context, describe
from handrail.observe.situation import Situation
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.file_names import CATALOGUE_FILE
from handrail.procedure.filling import named
from handrail.procedure.loading import Loaded, find
from handrail.procedure.model import Act, Captured, Expectation, Procedure, Section, Step
from handrail.readings import value_words
from handrail.text import SafeText, safe
from handrail.walk.state import condition_words

WIDTH = 80
LINE = "_" * 24


def main(options: argparse.Namespace) -> int:
    """Print the procedure; `--paper` adds what a pen needs."""
    print("\n".join(text_of(find(options.procedure), paper=options.paper)))
    return 0


def text_of(loaded: Loaded, *, paper: bool) -> list[str]:
    """The whole procedure, lines of at most 80 columns; with boxes and lines to write on for paper."""
    path = loaded.path.parent / CATALOGUE_FILE
    shown = _Text(loaded.procedure, load_catalogue(path) if path.exists() else None, paper)
    return [line.rstrip() for line in shown.lines(loaded.sha256)]


class _Text:
    """One procedure as lines. Roles stand where a walk has the servers' names."""

    def __init__(self, procedure: Procedure, catalogue: Catalogue | None, paper: bool) -> None:
        self._procedure = procedure
        self._catalogue = catalogue
        self._paper = paper
        self._where = captured_at(procedure)

    def lines(self, sha256: str) -> Iterator[str]:
        procedure = self._procedure
        yield procedure.title.upper()
        yield f"{procedure.id}  version {procedure.version}  #{sha256[:12]}"
        yield from _wrapped(f"From: {procedure.document.name}: {procedure.document.passage}")
        pairs = "one pair" if procedure.pairs == "one" else "any number of pairs"
        yield f"For: {' and '.join(procedure.modes)}; {pairs}"
        yield ""
        yield from _wrapped(procedure.summary)
        yield ""
        for role in procedure.roles:
            written = f" = {LINE}" if self._paper else ""
            yield from _wrapped(f"{role.name}{written}: {role.what}", "  ", "    ")
        if self._paper:
            yield ""
            yield f"  operator {LINE}  date {LINE}"
            yield f"  incident {LINE}  second person {LINE}"
        for guard in procedure.guards:
            yield ""
            yield from _wrapped(f"Watched all along: {guard.title}. {guard.lost}", "! ", "  ")
        for number, section in enumerate(procedure.sections, 1):
            yield from self._section(number, section)

    def _section(self, number: int, section: Section) -> Iterator[str]:
        repeat = "  (for each pair)" if section.repeat else ""
        yield ""
        yield "-" * WIDTH
        yield f"{number}. {section.title}{repeat}"
        for index, step in enumerate(section.steps, 1):
            yield ""
            yield from self._step(f"{number}.{index}", step)
        yield ""
        yield from _wrapped(f"Pause point: {section.pause}", "== ", "   ")
        yield from _wrapped(f"Ending here: {section.abort}", "   ", "   ")

    def _step(self, number: str, step: Step) -> Iterator[str]:
        box = "[ ] " if self._paper else ""
        where = f"  on the {step.on}" if step.on else ""
        yield from _wrapped(f"{box}{number} {step.title}{where} ({step.id})", "", "    ")
        if step.when:
            yield from _wrapped(f"Only if: {condition_words(step.when).replace('only when ', '')}", "    ")
        yield from _wrapped(f"From: {step.passage}", "    ", "      ")
        if step.documented:
            yield from _wrapped(f'Documented wording: "{step.documented}"', "    ", "      ")
        yield from _wrapped(self._named(step.text), "    ")
        for hazard in step.hazards:
            yield from _wrapped(f"{hazard.level.upper()}: {self._named(hazard.text)}", "  ! ", "    ")
        yield from self._expectations("Required", step.require, step)
        if step.confirm:
            yield from _wrapped(
                f"Confirm ({step.confirm.kind}): {self._named(step.confirm.text)}", "    ", "      "
            )
        if step.do:
            yield from _wrapped(f"Do: {self._act(step.do, step.on)}", "    ", "      ")
        if step.choice:
            yield from _wrapped(f"Choose: {self._named(step.choice.ask)}", "    ", "      ")
            for option in step.choice.options:
                goto = f" -> {option.goto}" if option.goto else ""
                mark = "( ) " if self._paper else "- "
                told = self._named(f"{option.title}: {option.consequence}")
                yield from _wrapped(f"{mark}{told}{goto}", "      ", "        ")
        yield from self._ways(step)
        if step.attest:
            options = f" ({' / '.join(step.attest.options)})" if step.attest.options else ""
            answer = f" {LINE}" if self._paper else ""
            yield from _wrapped(
                f"Write down: {self._named(step.attest.ask)}{options}{answer}", "    ", "      "
            )
        for item in step.if_not:
            goto = f" -> {item.goto}" if item.goto else ""
            yield from _wrapped(f"If not: {item.text}{goto}", "    ", "      ")
        if step.why:
            yield from _wrapped(f"Why: {self._named(step.why)}", "    ", "      ")
        if self._paper:
            yield f"    at ____:____ UTC  by {LINE}"

    def _ways(self, step: Step) -> Iterator[str]:
        ways = step.ways()
        limit = f"within {step.within:g} s"
        for way in ways:
            goto = f" -> {way.goto}" if way.goto else ""
            mark = "( ) " if self._paper and len(ways) > 1 else ""
            head = f"{mark}Expect {limit}" + (f", {way.title}{goto}:" if len(ways) > 1 or goto else ":")
            yield from _wrapped(head, "    ", "      ")
            yield from self._expectations("", way.expect, step)

    def _expectations(self, word: str, group: Sequence[Expectation], step: Step) -> Iterator[str]:
        roles = {role.name: f"the {role.name}" for role in self._procedure.roles}
        context = Context(
            Situation(datetime(2000, 1, 1, tzinfo=UTC), 0),
            roles,
            step.on,
            captured=self._where,
            line_words=self._line_words,
        )
        for expectation in group:
            gone = f" (or {' or '.join(expectation.also_when)})" if expectation.also_when else ""
            held = gone + (f" (held {expectation.held:g} s)" if expectation.held else "")
            prefix = f"{word}: " if word else ("[ ] " if self._paper else "- ")
            indent = "    " if word else "      "
            yield from _wrapped(f"{prefix}{describe(expectation, context)}{held}", indent, indent + "  ")
            for leaf in expectation.leaves():
                if leaf.log is not None:
                    yield from self._wordings(leaf.log)

    def _named(self, text: str) -> str:
        """A text with the places of captured values named: nothing is captured before a walk."""
        return named(text, self._where)

    def _act(self, act: Act, on: str | None) -> str:
        if act.by_hand is not None:
            return f"by hand: {self._named(act.by_hand)}"
        if act.operation is not None:
            return f"the management operation {act.operation} of the {on}"
        if act.cli:
            each = f" for each of {act.rows}" if act.rows else ""
            return f"on the {on}{each}: {'; '.join(self._line(line, act) for line in act.cli)}"
        return f"the {act.command} command of the {on}"

    def _line(self, line: str, act: Act) -> str:
        """A vendor's line with what is known of its arguments before a walk."""
        for name, value in act.arguments.items():
            told = f"{{{value.captured}}}" if isinstance(value, Captured) else value_words(value)
            line = line.replace(f"{{{name}}}", told)
        return self._named(line.replace("{row}", f"<each of {act.rows}>"))

    def _line_words(self, name: str, _server: str) -> SafeText:
        return safe(name)

    def _wordings(self, name: str) -> Iterator[str]:
        plain = name.removeprefix(f"{self._procedure.product}.")
        if self._catalogue is None or plain not in self._catalogue:
            return
        seen: set[str] = set()
        for mode in self._procedure.modes:
            for variant in self._catalogue.expected(plain, None, mode):
                line = f"{variant.releases}: {variant.shown}"
                if line not in seen:
                    seen.add(line)
                    yield from _wrapped(line, "          ", "            ")


def captured_at(procedure: Procedure) -> dict[str, str]:
    """Name of each captured value to where it is captured first: `captured at step 1.3`."""
    found: dict[str, str] = {}
    for number, section in enumerate(procedure.sections, 1):
        for index, step in enumerate(section.steps, 1):
            names = [f"{item.name}-count" if item.rows else item.name for item in step.capture]
            names += [step.attest.capture] if step.attest and step.attest.capture else []
            names += [item.name for item in step.derive]
            for name in names:
                found.setdefault(name, f"captured at step {number}.{index}")
    return found


def _wrapped(text: str, indent: str = "", hanging: str | None = None) -> list[str]:
    if not text:
        return []
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_on_hyphens=False,
    )
