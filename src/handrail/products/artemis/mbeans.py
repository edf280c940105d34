"""JMX object names of Artemis: made, quoted, taken apart, and held against patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping

DOMAIN = "org.apache.activemq.artemis"
BROKER_SEARCH = f"{DOMAIN}:broker=*"

_PROPERTY = re.compile(r'([^=,:"]+)=("(?:[^"\\]|\\.)*"|[^",]*)(?:,|$)', re.DOTALL)


def quoted(name: str) -> str:
    """A name as JMX quotes it inside an object name."""
    body = name.replace("\\", "\\\\").replace("\n", "\\n")
    for character in '"*?':
        body = body.replace(character, "\\" + character)
    return f'"{body}"'


def unquoted(value: str) -> str:
    """The name inside a quoted value of an object name; an unquoted value as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value[1:-1])


def broker_mbean(name: str) -> str:
    """The object name of the broker of this name, from 2.0.0 on."""
    return f"{DOMAIN}:broker={quoted(name)}"


def broker_name(mbean: str) -> str | None:
    """The broker's name in the object name of a broker itself; None for any other object name."""
    taken = properties(mbean)
    return unquoted(taken["broker"]) if set(taken) == {"broker"} else None


def queues_mbean(broker: str) -> str:
    """The pattern of all queues of a broker."""
    return f"{broker_mbean(broker)},component=addresses,address=*,subcomponent=queues,routing-type=*,queue=*"


def queue_mbean(broker: str, address: str, routing: str, queue: str) -> str:
    """The object name of one queue; `routing` is anycast or multicast."""
    return (
        f"{broker_mbean(broker)},component=addresses,address={quoted(address)},subcomponent=queues,"
        f"routing-type={quoted(routing)},queue={quoted(queue)}"
    )


def acceptors_mbean(broker: str) -> str:
    """The pattern of all acceptors of a broker."""
    return f"{broker_mbean(broker)},component=acceptors,name=*"


def acceptor_mbean(broker: str, acceptor: str) -> str:
    """The object name of one acceptor."""
    return f"{broker_mbean(broker)},component=acceptors,name={quoted(acceptor)}"


def property_of(mbean: str, key: str) -> str | None:
    """One property of an object name, unquoted; Jolokia may order the properties as it likes."""
    value = properties(mbean).get(key)
    return None if value is None else unquoted(value)


def properties(mbean: str) -> Mapping[str, str]:
    """The properties of an object name of Artemis as they stand, quotes included; none for any other name."""
    domain, _, rest = mbean.partition(":")
    return dict(_PROPERTY.findall(rest)) if domain == DOMAIN else {}


def canonical(mbean: str) -> str:
    """The name with its properties in order, as Jolokia answers it."""
    taken = properties(mbean)
    return f"{DOMAIN}:" + ",".join(f"{key}={taken[key]}" for key in sorted(taken))


def is_pattern(mbean: str) -> bool:
    """Whether the name stands for many."""
    return "*" in properties(mbean).values() or mbean.endswith((",*", ":*"))


def covers(pattern: str, mbean: str) -> bool:
    """Whether a pattern (`key=*` any value, a last `*` any further property) stands for this name."""
    more = pattern.endswith((",*", ":*"))
    wanted, given = properties(pattern[:-1] if more else pattern), properties(mbean)
    if not mbean.startswith(f"{DOMAIN}:") or not pattern.startswith(f"{DOMAIN}:"):
        return False
    return (more or set(wanted) == set(given)) and all(
        key in given and value in ("*", given[key]) for key, value in wanted.items()
    )
