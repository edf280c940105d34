"""What a walk is walked on: the bound servers, live or simulated, as the conductor sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from handrail.observe.log_source import LogSource
from handrail.procedure.model import Act
from handrail.products.product import Answer, Shown
from handrail.readings import Reading, Value


class Systems(Protocol):
    """Reads, acts and logs of the bound servers. No method raises for anything a system can do."""

    @property
    def logs(self) -> Mapping[str, LogSource]:
        """The log of each server that has one."""
        ...

    async def read(self, server: str, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields of the server, under one total time limit."""
        ...

    def show(self, server: str, act: Act, arguments: Mapping[str, Value]) -> Shown:
        """The exact request or command the act becomes on this server; its arguments are resolved."""
        ...

    async def perform(self, server: str, act: Act, arguments: Mapping[str, Value]) -> Answer:
        """Send the act once, within its own limit."""
        ...

    async def close(self) -> None:
        """Release everything that was opened."""
        ...
