"""What changes a simulated server's files and settings: a restored backup, a posted setting.

That a server reads its configuration only at its start, and writes all of it when one setting is posted, is
the product's; what follows for files restored under a running server is inferred, and noted as harm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from handrail.procedure.versions import parse_version
from handrail.products.amlen.state import IDLE, Node, World
from handrail.products.amlen.turn import Turn
from handrail.products.amlen.world import Change
from handrail.products.living import CannotBe

Part = Literal["data", "store"]
PLAIN = "/var/lib/amlen-server"
VOLUME = "/srv/amlen"
"""The host volume of the drill's container."""
BACKUP = "/backup/standby.tar"
UNPACKED = "/backup/standby"
"""The backup, packed and unpacked: where it lies and what it is called is invented."""


def base_of(node: Node) -> str:
    """The directory of the host that holds data and store."""
    return VOLUME if node.docker else PLAIN


def keep(world: World, server: str, part: Part, where: str) -> Change:
    """Copy one of the server's own directories to a place; what a restore has put there is none of it."""
    turn = Turn(world)
    node = turn.node(server)
    if part not in node.restored:
        there = tuple(sorted({*node.copies.get(where, ()), part}))
        turn.set(server, copies={**node.copies, where: there})
    return turn.world, tuple(turn.printed)


def restore(world: World, server: str, part: Part) -> Change:
    """Put the backup's directory in place of the server's own; raises CannotBe where there is no backup."""
    turn = Turn(world)
    node = turn.node(server)
    if node.backup is None:
        raise CannotBe("there is no backup on this host")
    if node.phase not in IDLE:
        turn.harm(f"{part} was restored under {server} while it used it")
    there, here = parse_version(node.backup.version), parse_version(node.version)
    if there is not None and here is not None and there > here:
        turn.harm(f"{server} was given a backup of a later release ({node.backup.version})")
    turn.set(server, restored=tuple(sorted({*node.restored, part})))
    if part == "data":
        turn.set(server, disk=node.backup.config)
    else:
        turn.set(server, store=replace(node.backup.store, origin="backup"))
    return turn.world, tuple(turn.printed)


def set_settings(world: World, server: str, changes: dict[str, Any]) -> Change:
    """Change settings of high availability by their names in Settings; they work from the next start on."""
    turn = Turn(world)
    node = turn.node(server)
    if "data" in node.restored:
        turn.harm(f"the restored configuration of {server} was written over before it was read")
    memory = replace(node.memory, settings=replace(node.memory.settings, **changes))
    turn.set(server, memory=memory, disk=memory)
    return turn.world, tuple(turn.printed)
