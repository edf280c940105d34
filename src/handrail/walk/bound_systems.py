"""The bound servers as one: clients, commands and logs behind the conductor's Systems."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from handrail.observe.log_source import LogSource
from handrail.procedure.model import Act
from handrail.products.commands import Commands
from handrail.products.product import Answer, Client, Result, Shown
from handrail.readings import Reading
from handrail.text import safe


class BoundSystems:
    """Systems over some clients; the same class serves live brokers and a drill."""

    def __init__(
        self, clients: Mapping[str, Client], commands: Commands, logs: Mapping[str, LogSource]
    ) -> None:
        self._clients = clients
        self._commands = commands
        self._logs = logs

    @property
    def logs(self) -> Mapping[str, LogSource]:
        """The log of each server that has one."""
        return self._logs

    async def read(self, server: str, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields of the server."""
        return await self._clients[server].read(fields)

    def show(self, server: str, act: Act) -> Shown:
        """The exact request, command or instruction."""
        if act.command is not None:
            words = self._commands.words(server, act.command)
            if not self._commands.has(server, act.command):
                return Shown((words,), by_hand=True)
            return Shown((safe(f"{server}$ {words}"),))
        if act.operation is not None:
            return self._clients[server].show(act.operation, act.arguments)
        return Shown((safe(f"by hand: {act.by_hand}"),), by_hand=True)

    async def perform(self, server: str, act: Act) -> Answer:
        """Send the act once."""
        if act.command is not None:
            return await self._commands.run(server, act.command, act.limit)
        if act.operation is not None:
            return await self._clients[server].perform(act.operation, act.arguments)
        return Answer(Result.UNKNOWN, safe("done by hand; only a person knows its end"))

    async def close(self) -> None:
        """Close every client and log."""
        await asyncio.gather(
            *(client.close() for client in self._clients.values()),
            *(log.close() for log in self._logs.values()),
            return_exceptions=True,
        )
