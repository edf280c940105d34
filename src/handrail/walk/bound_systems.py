"""The bound servers as one: clients, commands and logs behind the conductor's Systems."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from handrail.observe.log_source import LogSource
from handrail.procedure.model import Act
from handrail.products.commands import Commands
from handrail.products.freshness import FreshClient
from handrail.products.product import Answer, Client, Result, Shown
from handrail.readings import Reading, Value
from handrail.text import safe


class BoundSystems:
    """Systems over some clients; the same class serves live brokers and a drill."""

    def __init__(
        self, clients: Mapping[str, Client], commands: Commands, logs: Mapping[str, LogSource]
    ) -> None:
        self._clients = {name: FreshClient(client) for name, client in clients.items()}
        self._commands = commands
        self._logs = logs

    @property
    def logs(self) -> Mapping[str, LogSource]:
        """The log of each server that has one."""
        return self._logs

    async def read(self, server: str, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields of the server."""
        return await self._clients[server].read(fields)

    def show(self, server: str, act: Act, arguments: Mapping[str, Value]) -> Shown:
        """The exact request, command or instruction."""
        if act.command is not None:
            words = self._commands.words(server, act.command)
            if not self._commands.has(server, act.command):
                return Shown((words,), by_hand=True)
            return Shown((safe(f"{server}$ {words}"),))
        if (operation := _operation(act)) is not None:
            return self._clients[server].show(operation, _with_lines(act, arguments))
        return Shown((safe(f"by hand: {act.by_hand}"),), by_hand=True)

    async def perform(self, server: str, act: Act, arguments: Mapping[str, Value]) -> Answer:
        """Send the act once."""
        if act.command is not None:
            return await self._commands.run(server, act.command, act.limit)
        if (operation := _operation(act)) is not None:
            return await self._clients[server].perform(operation, _with_lines(act, arguments))
        return Answer(Result.UNKNOWN, safe("done by hand; only a person knows its end"))

    async def close(self) -> None:
        """Close every client and log."""
        await asyncio.gather(
            *(client.close() for client in self._clients.values()),
            *(log.close() for log in self._logs.values()),
            return_exceptions=True,
        )


CLI = "cli"
"""The client's operation for lines of the vendor's command line, which are its argument of the same name."""


def _operation(act: Act) -> str | None:
    return CLI if act.cli else act.operation


def _with_lines(act: Act, arguments: Mapping[str, Value]) -> Mapping[str, Value]:
    return {CLI: "\n".join(act.cli), **arguments} if act.cli else arguments
