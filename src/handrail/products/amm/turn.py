"""One change of the simulated AMMs in the making: what changes, what is logged, what becomes due."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handrail.products.amm.state import Due, Event, Server, World


class Turn:
    """Collects a change; `world` and `printed` are the result. Lives within one call of a pure function."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.printed: list[Event] = []

    def server(self, name: str) -> Server:
        """The server as it is now; raises KeyError."""
        return self.world.servers[name]

    def set(self, name: str, **changes: Any) -> Server:
        """Change a server."""
        changed = replace(self.server(name), **changes)
        self.world = replace(self.world, servers={**self.world.servers, name: changed})
        return changed

    def show(self, name: str, *messages: str) -> None:
        """Show these messages on the server's panel, in place of those before."""
        self.set(name, messages=messages)

    def later(self, name: str, in_s: float, what: str, argument: str = "") -> None:
        """Let something happen to a server, unless its epoch changes before."""
        order = self.world.orders + 1
        at_s = round(self.world.now_s + in_s, 6)
        due = Due(at_s, order, name, what, self.server(name).epoch, argument)
        self.world = replace(self.world, due=tuple(sorted((*self.world.due, due))), orders=order)

    def run_script(self, name: str, message: str, first: str, second: str = "") -> None:
        """Call the custom script, where the server has one that logs."""
        server = self.server(name)
        if server.config.script and name not in self.world.silent:
            self.printed.append(Event(self.world.now_s, name, message, first, second))

    def damage(self, pair: str, why: str) -> None:
        """The pair will not become stable before it is torn down on both servers."""
        self.world = replace(self.world, damaged={**self.world.damaged, pair: why})

    def mend(self, pair: str) -> None:
        """Both servers are standalone: nothing is left of what went wrong."""
        others = {name: why for name, why in self.world.damaged.items() if name != pair}
        self.world = replace(self.world, damaged=others)
