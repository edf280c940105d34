"""What an attribute of the management model is: its type, default and bounds, and since which release."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from handrail.procedure.versions import Version
from handrail.products.eap.dmr import Dmr
from handrail.products.eap.releases import EAP_7_0, EAP_7_1


class Kind(StrEnum):
    """The model's types, in its own words."""

    BOOLEAN = "BOOLEAN"
    INT = "INT"
    LONG = "LONG"
    DOUBLE = "DOUBLE"
    STRING = "STRING"
    LIST = "LIST"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a resource type."""

    name: str
    kind: Kind
    default: Dmr = None
    required: bool = False
    infinite_or_positive: bool = False
    """-1, which means without end, or more than 0."""
    at_least: int | None = None
    at_most: int | None = None
    choices: tuple[str, ...] = ()
    runtime: bool = False
    """Told by the running server, not configured, and not writable."""
    reloads: bool = True
    """Whether a change takes effect only at a reload."""
    since: Version = EAP_7_0

    @property
    def bounds(self) -> str:
        """What a value may be, in words; empty when anything of its type may stand."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.infinite_or_positive:
            return "-1 (without end) or more than 0"
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least} to {self.at_most}"
        if self.at_least is not None:
            return f"{self.at_least} or more"
        return "true or false" if self.kind is Kind.BOOLEAN else ""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One kind of resource: its attributes, and whether the list here is the whole of them."""

    attributes: tuple[Attribute, ...]
    whole: bool = False
    _by_release: dict[Version, tuple[Attribute, ...]] = field(default_factory=dict, compare=False, repr=False)
    """What each release has, worked out once."""

    def attribute(self, name: str, release: Version) -> Attribute | None:
        """The attribute of this name that this release has."""
        return next((item for item in self.having(release) if item.name == name), None)

    def having(self, release: Version) -> tuple[Attribute, ...]:
        """The attributes this release has."""
        if release not in self._by_release:
            self._by_release[release] = tuple(
                _as_of(item, release) for item in self.attributes if item.since <= release
            )
        return self._by_release[release]


def _as_of(attribute: Attribute, release: Version) -> Attribute:
    """EAP 7.0 still had Artemis' own default of check-for-live-server (the document's 30.3.1; WFLY-8256)."""
    if attribute.name == "check-for-live-server" and release < EAP_7_1:
        return replace(attribute, default=False)
    return attribute


def flag(name: str, default: bool) -> Attribute:
    """True or false, taken at a reload."""
    return Attribute(name, Kind.BOOLEAN, default)


def text(name: str, default: str | None = None, required: bool = False) -> Attribute:
    """Any text."""
    return Attribute(name, Kind.STRING, default, required)


def milliseconds(name: str, default: int, endless: bool = False) -> Attribute:
    """A duration; `endless` ones may be -1."""
    return Attribute(name, Kind.LONG, default, infinite_or_positive=endless)


def number(name: str, default: int, endless: bool = False) -> Attribute:
    """A number; `endless` ones may be -1."""
    return Attribute(name, Kind.INT, default, infinite_or_positive=endless)


def told(name: str, kind: Kind, since: Version = EAP_7_0) -> Attribute:
    """What the running server tells."""
    return Attribute(name, kind, runtime=True, since=since)
