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
_LOST = {
    "replica-too-slow": "AMQ222207",
    "replica-shut-down": "AMQ222091",
    "replica-connection-lost": "AMQ222092",
}
_WHOLE = frozenset({"synchronized", "server-live"})
_RECENT_S = 300.0
"""What `in the last minutes` means of a log."""


def of(world: World, name: str, start: datetime, printed: Sequence[Printed]) -> Truth:
    """By name, of `default` on this instance; `start` is the wall time of second zero.

    serving-line: its last log line as the server that serves, or never; served-until: when it really ended;
    link-lost-line: the last of AMQ222207, 222091 and 222092 meanwhile, or none. current-until: until when its
    journal had everything; ever-whole, whole-since-start: its log says that it was. same-node-id-lines: how
    often AMQ212034 lately. journal-written: the newest of its journals that hold something. came-up-on: whose
    journal it last became live with. journal-latest, holds-latest: no other journal has messages that its
    own, or any of its own and its replaced ones, lacks. equals-peer: it is as one of the other's.
    """
    broker = world.brokers.get(f"{name}/default")
    if broker is None:
        return {}

    def at(seconds: float | None) -> str:
        return "never" if seconds is None else f"{start + timedelta(seconds=seconds):{moments.WRITTEN}}"

    line, lost = _session(printed)
    served = world.now_s if broker.phase is Phase.LIVE else world.served_until.get(broker.key)
    own = world.files.get(broker.journal, Directory())
    mine = _journals(world, broker)
    newest = max((held.written_s for held in mine if held.messages), default=None)
    return {
        "serving-line": at(line),
        "served-until": at(served),
        "served-beside": broker.key in world.beside,
        "link-lost-line": lost,
        "current-until": at(world.current_until.get(broker.key, world.now_s)),
        "ever-whole": any(event.message in _WHOLE for event in printed),
        "whole-since-start": _whole_since_start(printed),
        "same-node-id-lines": sum(
            event.message == "same-node-id" and event.at_s >= world.now_s - _RECENT_S for event in printed
        ),
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


def _session(printed: Sequence[Printed]) -> tuple[float | None, str]:
    """The last line it printed while it served the last time, and how it then said its backup was lost."""
    last: float | None = None
    serves, lost = False, "none"
    for event in printed:
        if event.message in _BEGINS and not serves:
            serves, lost = True, "none"
        if serves and event.message != "server-starting":
            last, lost = event.at_s, _LOST.get(event.message, lost)
        if event.message in _ENDS:
            serves = False
    return last, lost


def _whole_since_start(printed: Sequence[Printed]) -> bool:
    """Whether a backup in it was in sync since the process, or its services, last started."""
    messages = [event.message for event in printed]
    starts = [number for number, message in enumerate(messages) if message == "server-starting"]
    return "synchronized" in messages[starts[-1] if starts else 0 :]


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
