"""The readings a product offers: their names, types, units, and since which release they can be had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Key

from handrail import toml_file
from handrail.errors import ProcedureError
from handrail.procedure.versions import covers, parse_version
from handrail.readings import Value

Type = Literal["bool", "int", "float", "string"]
_PYTHON: Mapping[str, type] = {"bool": bool, "int": int, "float": float, "string": str}


class Field(BaseModel):
    """One thing that can be read of a server."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Key(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=30)]
    type: Type
    unit: Annotated[str, Key(max_length=16)] = ""
    meaning: Annotated[str, Key(min_length=3, max_length=160)]
    rows: bool = False
    """One reading for each row (a queue, a VPN), not one for the server."""
    since: Annotated[str, Key(pattern=r"^\d+\.\d+\.\d+$")]
    read: Annotated[str, Key(min_length=3)]
    """Which attribute or operation of the product tells it."""
    fallback: str | None = None
    """How it is told by releases before `since`."""

    def accepts(self, value: Value) -> bool:
        """Whether a value has this field's type; a bool is no int."""
        kind = _PYTHON[self.type]
        return isinstance(value, kind) and not (kind is not bool and isinstance(value, bool))

    def readable_in(self, version: str | None) -> bool:
        """Whether this release can tell it, in whichever way; an unknown release may."""
        return self.fallback is not None or covers(self.since, None, parse_version(version))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    product: str
    field: tuple[Field, ...]

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [field.name for field in self.field]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the name {name} is used twice")
        return self


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one product, in the file's order. Make one with `load_fields`."""

    product: str
    by_name: Mapping[str, Field]

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[Field]:
        return iter(self.by_name.values())

    def __getitem__(self, name: str) -> Field:
        return self.by_name[name]


def load_fields(path: Path) -> Fields:
    """A `fields.toml`; raises ProcedureError with every finding, its line and its mend."""
    return _fields(path, toml_file.read_capped(path, ProcedureError))


@lru_cache(maxsize=16)
def _fields(path: Path, data: bytes) -> Fields:
    """The fields in these bytes; kept, as many drills follow one another in a rehearsal."""
    file = toml_file.check(path, data, _File, ProcedureError)
    return Fields(file.product, {field.name: field for field in file.field})
