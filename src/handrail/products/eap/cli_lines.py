"""Lines of the vendor's command line (jboss-cli) as management operations, and operations as such lines.

`/type=name/type=name:operation(parameter=value,...)`. Values are literals, quoted strings, lists, objects and
bare words. `{name}` is a place for a typed argument: it becomes a value, and is never read as text again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from handrail.products.eap.dmr import EXPRESSION, Address, Dmr, Operation

_INTEGER = re.compile(r"-?[0-9]{1,19}L?")
_DECIMAL = re.compile(r"-?[0-9]{1,30}\.[0-9]{1,30}(?:[eE][+-]?[0-9]{1,3})?")
_PLACE = re.compile(r"\{([a-z0-9]+(?:-[a-z0-9]+)*)\}")
_BARE = re.compile(r"[A-Za-z0-9_./:#$@<>%+*-]+(?: [A-Za-z0-9_./:#$@<>%+*-]+)*")
_WORD = re.compile(r"[A-Za-z0-9_.#$@*-]+")
_EXPRESSION = re.compile(r"\$\{[^{}]*\}")
_LITERALS: Mapping[str, Dmr] = {"true": True, "false": False, "undefined": None}
_ENDS = ",)]}"
_DEPTH = 20

Arguments = Mapping[str, bool | int | float | str]
NONE: Arguments = {}


class NotALine(ValueError):
    """Text that is no line of this command line; the message says what was expected, and where."""


def parse_lines(text: str, arguments: Arguments = NONE) -> list[Operation]:
    """The operations of several lines, blank ones and comments left out; `\\` at an end goes on below.

    Raises NotALine, also for an argument that is missing.
    """
    joined = re.sub(r"\\[ \t]*\n\s*", "", text)
    lines = [line.strip() for line in joined.split("\n")]
    return [parse(line, arguments) for line in lines if line and not line.startswith("#")]


def parse(line: str, arguments: Arguments = NONE) -> Operation:
    """The operation of one line; raises NotALine."""
    reader = _Reader(line.strip(), arguments)
    address = reader.address()
    reader.expect(":")
    name = reader.word("an operation")
    parameters = reader.parameters() if reader.at("(") else {}
    if not reader.ended:
        raise reader.wrong("nothing more")
    for reserved in ("operation", "address"):
        if reserved in parameters:
            raise NotALine(f"{reserved} is no parameter's name")
    return Operation(name, address, parameters)


def has_places(text: str) -> bool:
    """Whether there is a place for an argument in it."""
    return _PLACE.search(text) is not None


def render(operation: Operation) -> str:
    """The operation as one line; parsed, it gives the same operation."""
    steps = "".join(f"/{_name(key)}={_name(name)}" for key, name in operation.address)
    given = ",".join(f"{_name(key)}={render_value(item)}" for key, item in operation.parameters.items())
    return f"{steps}:{_name(operation.name)}" + (f"({given})" if given else "")


def render_value(value: Dmr) -> str:
    """A value as the command line takes it."""
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        plain = _BARE.fullmatch(value) and _literal(value) == value and not value.startswith(("$", ">"))
        return value if plain else json.dumps(value)
    if isinstance(value, Mapping):
        if set(value) == {EXPRESSION}:
            return str(value[EXPRESSION])
        return "{" + ",".join(f"{_name(key)}={render_value(item)}" for key, item in value.items()) + "}"
    return "[" + ",".join(render_value(item) for item in value) + "]"


def _name(text: str) -> str:
    return text if _WORD.fullmatch(text) else json.dumps(text)


def _literal(text: str) -> Dmr:
    """What a bare word is: a literal where it reads as one, else itself."""
    if text in _LITERALS:
        return _LITERALS[text]
    if _INTEGER.fullmatch(text):
        return int(text.removesuffix("L"))
    if _DECIMAL.fullmatch(text):
        return float(text)
    return {EXPRESSION: text} if _EXPRESSION.fullmatch(text) else text


class _Reader:
    """One line, read from left to right."""

    def __init__(self, text: str, arguments: Arguments) -> None:
        self._text = text
        self._at = 0
        self._arguments = arguments
        self._depth = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._text)

    def at(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def wrong(self, expected: str) -> NotALine:
        found = self._text[self._at : self._at + 12] or "the end"
        return NotALine(f"expected {expected} at column {self._at + 1}, found {found!r}")

    def expect(self, sign: str) -> None:
        if not self.at(sign):
            raise self.wrong(repr(sign))
        self._at += len(sign)

    def address(self) -> Address:
        pairs: list[tuple[str, str]] = []
        while self.at("/"):
            self._at += 1
            key = self.word("a type")
            self.expect("=")
            pairs.append((key, self.word("a name")))
        return tuple(pairs)

    def word(self, what: str) -> str:
        """A type, name or operation: plain, quoted, or an argument."""
        if self.at('"'):
            return self._string()
        if found := _PLACE.match(self._text, self._at):
            self._at = found.end()
            return str(self._argument(found.group(1)))
        found = _WORD.match(self._text, self._at)
        if found is None:
            raise self.wrong(what)
        self._at = found.end()
        return found.group()

    def parameters(self) -> dict[str, Dmr]:
        return self._members("(", ")", ("=",))

    def _members(self, opening: str, closing: str, signs: Sequence[str]) -> dict[str, Dmr]:
        self.expect(opening)
        members: dict[str, Dmr] = {}
        self._space()
        while not self.at(closing):
            key = self.word("a parameter")
            self._space()
            sign = next((sign for sign in signs if self.at(sign)), None)
            if sign is None:
                raise self.wrong(repr(signs[-1]))
            if key in members:
                raise NotALine(f"{key} is given twice")
            self.expect(sign)
            self._space()
            members[key] = self.value()
            self._comma(closing)
        self.expect(closing)
        return members

    def value(self) -> Dmr:
        self._depth += 1
        if self._depth > _DEPTH:
            raise NotALine("the value is nested too deeply")
        try:
            if self.at('"'):
                return self._string()
            if self.at("["):
                return self._list()
            if self.at("{") and not _PLACE.match(self._text, self._at):
                return self._members("{", "}", ("=>", "="))
            return self._bare()
        finally:
            self._depth -= 1

    def _list(self) -> list[Dmr]:
        self.expect("[")
        items: list[Dmr] = []
        self._space()
        while not self.at("]"):
            items.append(self.value())
            self._comma("]")
        self.expect("]")
        return items

    def _bare(self) -> Dmr:
        """A bare word up to the next delimiter; arguments and expressions within it are whole."""
        parts: list[Dmr] = []
        start = self._at
        plain = self._at
        while not self.ended and self._text[self._at] not in _ENDS:
            if self.at("${"):
                end = self._text.find("}", self._at)
                if end < 0:
                    raise self.wrong("a closed expression")
                self._at = end + 1
            elif found := _PLACE.match(self._text, self._at):
                parts.append(self._text[plain : self._at])
                parts.append(self._argument(found.group(1)))
                self._at = plain = found.end()
            elif self.at("{"):
                raise self.wrong("a value")
            else:
                self._at += 1
        parts.append(self._text[plain : self._at])
        if self._at == start:
            raise self.wrong("a value")
        filled = [part for part in parts if part != ""]
        if len(parts) == 1:
            return _literal(self._text[start : self._at].strip())
        if len(filled) == 1 and len(parts) == 3:
            return filled[0]
        return "".join(str(part) for part in parts).strip()

    def _string(self) -> str:
        end = self._at + 1
        while end < len(self._text) and self._text[end] != '"':
            end += 2 if self._text[end] == "\\" else 1
        if end >= len(self._text):
            raise self.wrong("a closed quotation")
        quoted = self._text[self._at : end + 1]
        try:
            text = json.loads(quoted)
        except ValueError:
            raise NotALine(f"{quoted[:20]} is not quoted as it should be") from None
        self._at = end + 1
        return str(text)

    def _argument(self, name: str) -> bool | int | float | str:
        if name not in self._arguments:
            raise NotALine(f"there is no argument {name}")
        return self._arguments[name]

    def _comma(self, closing: str) -> None:
        self._space()
        if self.at(","):
            self._at += 1
            self._space()
            if self.at(closing):
                raise self.wrong("a value")
        elif not self.at(closing):
            raise self.wrong(repr(closing))

    def _space(self) -> None:
        while self.at(" "):
            self._at += 1
