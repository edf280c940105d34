"""The catalogue of a product's log messages: which event each is, and how each release words it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from handrail import toml_file
from handrail.errors import Finding, ProcedureError
from handrail.procedure.matching import Hit, Matcher, Wording, first_code
from handrail.procedure.versions import covers, parse_version
from handrail.text import SafeText, safe

_SHOWN = 120
"""How many characters of a line a near miss quotes."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Release = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


class Variant(_Part):
    """One wording of a message, and the releases (both included) and HA modes that print it."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3,12}\d{3,6}$")] | None = None
    level: Literal["DEBUG", "INFO", "WARN", "ERROR"]
    since: Release
    until: Release | None = None
    modes: tuple[Name, ...] = ()
    """HA modes that print it; every mode when empty."""
    printed_by: Name = "either"
    """The role whose server prints it."""
    text: Annotated[str, Field(min_length=3, max_length=600)]
    """As the product's source has it, `{}` for each argument."""
    banner: bool = False
    """The event begins with a line that holds the code alone; the text follows on the next line."""
    source: Annotated[str, Field(min_length=3)]
    seen: str | None = None
    """A line a broker really printed, quoted."""

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        first, last = parse_version(self.since), parse_version(self.until)
        if first and last and last < first:
            raise ValueError(f"until {self.until} is before since {self.since}")
        if self.seen is not None and not Matcher([(self, self.wording)]).match(self.seen):
            raise ValueError("the line in `seen` is not matched by `text`")
        return self

    def printed_in(self, mode: str | None) -> bool:
        """Whether it is printed in this HA mode; an unknown mode may be any."""
        return mode is None or not self.modes or mode in self.modes

    @property
    def wording(self) -> Wording:
        """What a line is held against."""
        return Wording(self.code, self.text, self.banner)

    @property
    def shown(self) -> SafeText:
        """The awaited line for the screen: code and text, arguments as `...`."""
        text = self.text.replace("{}", "...")
        return safe(f"{self.code}: {text}" if self.code else text)

    @property
    def releases(self) -> str:
        """The range in words: `2.31.2 or older`, `2.32.0 or newer`, `2.18.0 to 2.31.2`."""
        if self.until is None:
            return "any release" if self.since == "1.0.0" else f"{self.since} or newer"
        return f"{self.until} or older" if self.since == "1.0.0" else f"{self.since} to {self.until}"

    def fill(self, *arguments: str) -> str:
        """The text with these arguments in place of each `{}`; raises ValueError when the count differs."""
        parts = self.text.split("{}")
        if len(arguments) != len(parts) - 1:
            raise ValueError(f"{self.code or self.text!r} takes {len(parts) - 1} arguments")
        filled = "".join(part + argument for part, argument in zip(parts, (*arguments, ""), strict=True))
        return f"{self.code}: {filled}" if self.code else filled


class Message(_Part):
    """An event of the product: its own wordings, or a name for several other events."""

    name: Name
    event: Annotated[str, Field(min_length=3, max_length=160)]
    documented: str | None = None
    """How the product's own document words it, where no release prints it so."""
    variant: tuple[Variant, ...] = ()
    include: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if bool(self.variant) == bool(self.include):
            raise ValueError("a message has either variants or an include")
        return self


class _File(_Part):
    product: Name
    message: tuple[Message, ...]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        names: dict[str, Message] = {}
        for message in self.message:
            if message.name in names:
                raise ValueError(f"the name {message.name} is used twice")
            names[message.name] = message
        for message in self.message:
            for included in message.include:
                if included not in names:
                    raise ValueError(f"{message.name} includes {included}, which is no message")
                if names[included].include:
                    raise ValueError(f"{message.name} includes {included}, which is a group itself")
        return self


@dataclass(frozen=True)
class Catalogue:
    """The messages of one product. Make one with `load_catalogue`."""

    product: str
    messages: Mapping[str, Message]
    _matchers: dict[tuple[str | None, str | None], Matcher[tuple[str, Variant]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __contains__(self, name: str) -> bool:
        return name in self.messages

    def message(self, name: str) -> Message:
        """The message of this name; raises KeyError."""
        return self.messages[name]

    def variants(self, name: str) -> tuple[Variant, ...]:
        """Every wording of this event, those of included messages too; raises KeyError."""
        message = self.messages[name]
        return message.variant + tuple(
            variant for included in message.include for variant in self.messages[included].variant
        )

    def expected(self, name: str, version: str | None, mode: str | None) -> tuple[Variant, ...]:
        """The wordings this release prints in this mode; empty when it prints no such line.

        None, or a version that cannot be compared, stands for any. Raises KeyError for an unknown name.
        """
        release = parse_version(version)
        return tuple(
            variant
            for variant in self.variants(name)
            if variant.printed_in(mode) and covers(variant.since, variant.until, release)
        )

    def matcher(self, version: str | None, mode: str | None) -> Matcher[tuple[str, Variant]]:
        """All that this release prints in this mode, compiled; a hit's key is (message name, variant).

        A line that stands for a group hits the group's name as well.
        """
        key = (version, mode)
        if key not in self._matchers:
            self._matchers[key] = Matcher(
                ((name, variant), variant.wording)
                for name in self.messages
                for variant in self.expected(name, version, mode)
            )
        return self._matchers[key]

    def near_miss(self, name: str, line: str, version: str | None, mode: str | None) -> SafeText | None:
        """Why this line is almost the one awaited: another release, another mode, an unknown wording.

        None when it has nothing to do with the message, or is the very line awaited.
        """
        awaited = self.expected(name, version, mode)
        if Matcher((variant, variant.wording) for variant in awaited).match(line):
            return None
        everything = self.variants(name)
        hits: list[Hit[Variant]] = Matcher((variant, variant.wording) for variant in everything).match(line)
        if hits:
            best = next((hit.key for hit in hits if hit.key.printed_in(mode)), hits[0].key)
            saw = safe(f"saw `{_quoted(best)}`", _SHOWN + 6)
            if not best.printed_in(mode):
                return safe(f"{saw}: that is printed in {' or '.join(best.modes)} mode")
            return safe(f"{saw}: this broker is {best.releases}")
        if self.matcher(None, None).match(line):
            return None  # another event's own line, which may share the code
        codes = {variant.code for variant in everything if variant.code}
        code = first_code(line[: _SHOWN * 8])
        if code is None or code not in codes:
            return None
        text = line[line.find(code) :]
        return safe(f"saw `{text[:_SHOWN]}`: the code is right, the wording is of no known release")

    def unseen(self) -> Iterator[tuple[str, Variant]]:
        """Wordings that were never held against a line a broker printed: read in source code only."""
        for name, message in self.messages.items():
            for variant in message.variant:
                if variant.seen is None:
                    yield name, variant


def load_catalogue(path: Path) -> Catalogue:
    """A `messages.toml`; raises ProcedureError with every finding, its line and its mend."""
    return _catalogue(path, toml_file.read_capped(path, ProcedureError))


@lru_cache(maxsize=16)
def _catalogue(path: Path, data: bytes) -> Catalogue:
    """The catalogue in these bytes; compiling its patterns takes long, and every scenario asks for it."""
    file = toml_file.check(path, data, _File, ProcedureError)
    catalogue = Catalogue(file.product, {message.name: message for message in file.message})
    try:
        catalogue.matcher(None, None)
    except ValueError as problem:
        raise ProcedureError(
            [Finding(path, 0, f"a pattern cannot be compiled: {problem}", "shorten its text")]
        ) from None
    return catalogue


def _quoted(variant: Variant) -> str:
    return variant.text.replace("{}", "...")
