"""One change of the simulated world in the making: what changes, what is printed, what becomes due."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handrail.products.amlen.state import Due, Node, Printed, World


class Turn:
    """Collects a change; `world` and `printed` are the result. Lives within one call of a pure function."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.printed: list[Printed] = []

    def node(self, name: str) -> Node:
        """The server as it is now; raises KeyError."""
        return self.world.nodes[name]

    def set(self, name: str, **changes: Any) -> Node:
        """Change a server."""
        changed = replace(self.node(name), **changes)
        self.world = replace(self.world, nodes={**self.world.nodes, name: changed})
        return changed

    def new_epoch(self, name: str, **changes: Any) -> Node:
        """Change a server and void all that was due for it."""
        return self.set(name, epoch=self.node(name).epoch + 1, **changes)

    def say(self, server: str, message: str, *arguments: str, offset_s: float = 0.0) -> None:
        """Log a message of the catalogue, unless the server's log is silent."""
        if server not in self.world.silent:
            self.printed.append(Printed(self.world.now_s + offset_s, server, message, arguments))

    def later(self, server: str, in_s: float, what: str, argument: str = "") -> None:
        """Let something happen to a server, unless it is restarted before."""
        order = self.world.orders + 1
        at_s = round(self.world.now_s + in_s, 6)
        due = Due(at_s, order, server, what, self.node(server).epoch, argument)
        self.world = replace(self.world, due=tuple(sorted((*self.world.due, due))), orders=order)

    def harm(self, what: str) -> None:
        """Note what was lost for good."""
        if what not in self.world.harmed:
            self.world = replace(self.world, harmed=(*self.world.harmed, what))
