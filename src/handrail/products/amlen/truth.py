"""What is so on a simulated Amlen host, by name, whether or not anybody can read it from outside."""

from __future__ import annotations

from handrail.procedure.versions import parse_version
from handrail.products.amlen import files
from handrail.products.amlen.state import STATES, Phase, World
from handrail.products.product import Truth
from handrail.readings import Value


def of(world: World, name: str) -> Truth:
    """`restored-..`: it holds the backup's and was not read yet. `kept-..`: a copy of it lies elsewhere.

    `copies-at`: where copies of all that was kept lie. `serves`: it serves clients at addresses it has.
    """
    node = world.nodes[name]
    config = node.memory if node.listens else node.disk
    endpoints_here = all(item.interface in ("All", *node.own_addresses) for item in config.endpoints)
    told: dict[str, Value | tuple[str, ...]] = {
        "runs": node.listens,
        "base-directory": files.base_of(node),
        "state": STATES[node.phase][0] if node.phase in STATES else 0,
        "primary": node.primary,
        "standby": node.phase is Phase.STANDBY,
        "store-from": node.store.origin,
        "store-messages": node.store.messages,
        "linked": node.pair not in world.cut,
        "restored-data": "data" in node.restored,
        "restored-store": "store" in node.restored,
        "kept-data": "data" in node.kept,
        "kept-store": "store" in node.kept,
        "copies-at": tuple(place for place, parts in node.copies.items() if parts == node.kept),
        "backup-at": (files.BACKUP, files.UNPACKED) if node.backup is not None else (),
        "endpoints-here": endpoints_here,
        "serves": node.phase is Phase.PRODUCTION and endpoints_here,
        "release": node.version,
    }
    if node.backup is not None:
        told["backup-release"] = node.backup.version
        there, here = parse_version(node.backup.version), parse_version(node.version)
        if there is not None and here is not None:
            told["backup-later"] = there > here
    return told
