"""How a simulated world begins: version, mode, groups of servers, clients, and what a product adds.

A drill's scenario is one of these with injects; `handrail simulate` takes it too.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from handrail.inventory.model import with_roles
from handrail.procedure.model import Part, Scalar


class PairStart(Part):
    """One pair, or another group of servers that belong together, at the beginning."""

    name: str
    roles: dict[str, str]
    """Role of the procedure to the server that has it."""
    situation: str = "healthy"
    """A word of the product's own."""
    settings: dict[str, Scalar] = Field(default_factory=dict)
    """Settings of the product's own, by their names there."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return with_roles(value)


class ClientStart(Part):
    """Some application clients of a pair, and where they are."""

    pair: str
    on: str
    count: Annotated[int, Field(ge=1, le=500)] = 1
    prefix: str = "app"
    queue: str = "orders"
    rate: float = 0.0
    """Messages a second that each sends."""


class Setting(Part):
    """A simulated world at second zero."""

    version: str
    mode: str
    behaviour: str = ""
    """How clients look for a server; the measured behaviour when empty."""
    pairs: tuple[PairStart, ...] = Field(min_length=1)
    clients: tuple[ClientStart, ...] = ()
    start: dict[str, Any] = Field(default_factory=dict)
    """What only this product's world has, such as message VPNs or a model's resources."""

    def servers(self) -> list[str]:
        """Every server of every pair, each once, in order."""
        return list(dict.fromkeys(name for pair in self.pairs for name in pair.roles.values()))
