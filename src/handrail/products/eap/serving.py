"""Who served until when, and from whose journal: what a simulated world remembers of it. Pure.

An operator tells it from logs and files; here is what those can tell, and what is so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from handrail import moments
from handrail.products.eap import files
from handrail.products.eap.files import Directory
from handrail.products.eap.state import Broker, Phase, Printed, World
from handrail.products.product import Truth

_BEGINS = frozenset({"server-live", "backup-live"})
_ENDS = frozenset({"stopped", "server-starting"})
"""A server that was killed says no end: its next start, if there is one, shows that it had ended."""
_LOST = frozenset({"replica-connection-lost", "replica-too-slow", "replication-start-failed"})


def of(world: World, name: str, start: datetime, printed: Sequence[Printed]) -> Truth:
    """By name, of `default` on this instance; `start` is the wall time of second zero.

    serving-line: its last log line as the server that serves, or never; served-until: when it really ended;
    journal-written: the newest of its journals that hold something. came-up-on: whose journal it last
    became live with. journal-latest, holds-latest: no other journal has messages that its
    own, or any of its own and its replaced ones, lacks. equals-peer: its journal is as one of the other's.
    """
    broker = world.brokers.get(f"{name}/default")
    if broker is None:
        return {}

    def at(seconds: float | None) -> str:
        return "never" if seconds is None else f"{start + timedelta(seconds=seconds):{moments.WRITTEN}}"

    line, has_lost = _session(printed)
    served = world.now_s if broker.phase is Phase.LIVE else world.served_until.get(broker.key)
    own = world.files.get(broker.journal, Directory())
    mine = _journals(world, broker)
    newest = max((held.written_s for held in mine if held.messages), default=None)
    return {
        "serving-line": at(line),
        "served-until": at(served),
        "served-beside": broker.key in world.beside,
        "link-lost-line": has_lost,
        "journal-written": at(newest) if newest is not None else (),
        "came-up-on": _whose(broker, world.came_up_on.get(broker.key, "")),
        "journal-latest": _lacks_nothing(world, [own]),
        "holds-latest": _lacks_nothing(world, mine),
        "equals-peer": any(
            (held.node_id, held.messages) == (own.node_id, own.messages)
            for other in world.brokers.values()
            if other.key != broker.key and broker.journal in world.files
            for held in _journals(world, other)
        ),
    }


def _session(printed: Sequence[Printed]) -> tuple[float | None, bool]:
    """The last line it printed while it served the last time, and whether its backup was lost meanwhile."""
    last: float | None = None
    serves = has_lost = False
    for event in printed:
        if event.message in _BEGINS:
            serves, has_lost = True, has_lost and serves
        if serves and event.message != "server-starting":
            last = event.at_s
            has_lost = has_lost or event.message in _LOST
        if event.message in _ENDS:
            serves = False
    return last, has_lost


def _whose(broker: Broker, key: str) -> str:
    return "nobody's" if not key else "its own" if key == broker.key else "another's"


def _journals(world: World, broker: Broker) -> list[Directory]:
    """Its own, and those that were moved aside within it."""
    replaced = f"{broker.journal}/{files.COPY}"
    return [
        world.files.get(broker.journal, Directory()),
        *(held for place, held in world.files.items() if place.startswith(replaced)),
    ]


def _lacks_nothing(world: World, mine: Sequence[Directory]) -> bool:
    """Whether one of these journals has all that any journal anywhere has which some server took alone."""
    most: dict[str, int] = {}
    for held in world.files.values():
        for key, count in held.alone.items():
            most[key] = max(count, most.get(key, 0))
    return any(held.of and _has(held.alone, most) for held in mine)


def _has(alone: Mapping[str, int], most: Mapping[str, int]) -> bool:
    return all(alone.get(key, 0) >= count for key, count in most.items())
