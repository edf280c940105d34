"""One change of the world in the making: what changes, what is printed, what becomes due."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handrail.products.eap.files import Directory, Messages, Place
from handrail.products.eap.state import (
    Broker,
    Due,
    Instance,
    Key,
    Mode,
    Phase,
    Printed,
    World,
)

_CURRENT = frozenset({Phase.LIVE, Phase.SYNCED, Phase.PROMOTING})
"""Whose journal has everything."""
_PAUSED = frozenset({Phase.SYNCING})


class Turn:
    """Collects a change; `world` and `printed` are the result. Lives within one call of a pure function."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.printed: list[Printed] = []

    def broker(self, key: Key) -> Broker:
        """The messaging server as it is now."""
        return self.world.brokers[key]

    def instance(self, name: str) -> Instance:
        """The process as it is now."""
        return self.world.instances[name]

    def set(self, key: Key, **changes: Any) -> Broker:
        """Change a messaging server."""
        was = self.broker(key)
        changed = replace(was, **changes)
        self.world = replace(self.world, brokers={**self.world.brokers, key: changed})
        if was.phase is not Phase.LIVE and changed.phase is Phase.LIVE:
            self._begins_to_serve(changed)
        elif was.phase is Phase.LIVE and changed.phase is not Phase.LIVE:
            until = {**self.world.served_until, key: self.world.now_s}
            self.world = replace(self.world, served_until=until)
        if was.phase in _CURRENT and changed.phase not in _CURRENT:
            until = {**self.world.current_until, key: self.world.now_s}
            self.world = replace(self.world, current_until=until)
        return changed

    def _begins_to_serve(self, broker: Broker) -> None:
        """Remember from whose journal, and beside whom; from now on the journal is its own."""
        held = self.directory(broker.journal)
        came_up_on = {**self.world.came_up_on, broker.key: held.of}
        twins = {other.key for other in self.world.live() if other.node_id == broker.node_id}
        beside = self.world.beside | (twins if len(twins) > 1 else frozenset())
        self.world = replace(self.world, came_up_on=came_up_on, beside=beside)
        self.put(broker.journal, replace(held, of=broker.key))

    def set_instance(self, name: str, **changes: Any) -> Instance:
        """Change a process."""
        changed = replace(self.instance(name), **changes)
        self.world = replace(self.world, instances={**self.world.instances, name: changed})
        return changed

    def new_epoch(self, key: Key, **changes: Any) -> Broker:
        """Change a messaging server and void all that was due for it."""
        return self.set(key, epoch=self.broker(key).epoch + 1, **changes)

    def say(self, instance: str, message: str, *arguments: str) -> None:
        """Let a process print a message of the catalogue; one that hangs, or is down, prints nothing."""
        if not self.instance(instance).hung:
            self.printed.append(Printed(self.world.now_s, instance, message, arguments, self.world.mode))

    def tell(
        self, key: Key, message: str, *arguments: str, thread: str = "", mode: Mode | None = None
    ) -> None:
        """Let a messaging server print a message, in the wording of its own mode where none is said."""
        broker = self.broker(key)
        mode = mode or (
            Mode.SHARED_STORE
            if broker.policy.shares
            else Mode.REPLICATION
            if broker.policy.replicates
            else self.world.mode
        )
        if not self.instance(broker.instance).hung:
            line = Printed(self.world.now_s, broker.instance, message, arguments, mode)
            self.printed.append(replace(line, thread=thread) if thread else line)

    def later(self, subject: str, in_s: float, what: str, argument: str = "") -> None:
        """Let something happen to a messaging server or a process, unless it is restarted before."""
        world = self.world
        epoch = world.brokers[subject].epoch if subject in world.brokers else world.instances[subject].epoch
        due = Due(round(world.now_s + in_s, 6), world.orders + 1, subject, what, epoch, argument)
        self.world = replace(world, due=tuple(sorted((*world.due, due))), orders=world.orders + 1)

    def reachable(self, one: Key, other: Key) -> bool:
        """Whether two messaging servers reach one another, and the other one does not hang."""
        there = self.broker(other).instance
        return self.world.linked(self.broker(one).instance, there) and not self.instance(there).hung

    def directory(self, where: Place) -> Directory:
        """What is in a directory; nothing for one that is not there."""
        return self.world.files.get(where, Directory())

    def put(self, where: Place, held: Directory) -> None:
        """Write a directory."""
        self.world = replace(self.world, files={**self.world.files, where: held})

    def write(self, broker: Broker, journal: Directory) -> None:
        """Write a messaging server's directories; that of paging only where something has made it."""
        for where in broker.places:
            if where == broker.paging and where not in self.world.files:
                continue
            held = journal if where == broker.journal else Directory()
            self.put(where, replace(held, node_id=broker.node_id, written_s=self.world.now_s))

    def lose(self, what: str) -> None:
        """Note what nobody can get back."""
        self.world = replace(self.world, lost=(*self.world.lost, what))

    def settle(self) -> None:
        """Bring the journals up to this moment: what producers sent, and what replicas copied."""
        for client in self.world.clients.values():
            if client.server is not None and client.rate > 0:
                self._settle_client(client.name)
        for broker in self.world.live():
            self._copy(broker)

    def _settle_client(self, name: str) -> None:
        client = self.world.clients[name]
        broker = self.broker(client.server or "")
        sent = math.floor((self.world.now_s - client.since_s) * client.rate + 1e-6)
        blocked = any(
            other.follows == broker.key and other.phase in _PAUSED for other in self.world.brokers.values()
        )
        taken = sent - client.counted
        self._set_client(name, counted=sent)
        if taken <= 0 or blocked or not self.world.serves(broker.key):
            return
        self.take(broker, {client.queue: taken})

    def take(self, broker: Broker, messages: Messages) -> None:
        """Let a live messaging server take messages; alone where nothing replicates them."""
        held, count = self.directory(broker.journal), sum(messages.values())
        if broker.policy.replicates and self.world.replica_of(broker.key) is None:
            alone = added(held.alone, {broker.key: count})
            held = replace(held, sole=held.sole + count, alone=alone)
        whole = added(held.messages, messages)
        self.put(broker.journal, replace(held, messages=whole, written_s=self.world.now_s))

    def _copy(self, live: Broker) -> None:
        replica = self.world.replica_of(live.key)
        if replica is not None and replica.phase is Phase.SYNCED:
            held, other = self.directory(live.journal), self.directory(replica.journal)
            if other.messages != held.messages:
                self.put(replica.journal, replace(held, sole=0))

    def _set_client(self, name: str, **changes: Any) -> None:
        changed = replace(self.world.clients[name], **changes)
        self.world = replace(self.world, clients={**self.world.clients, name: changed})

    def set_client(self, name: str, **changes: Any) -> None:
        """Change a client."""
        self._set_client(name, **changes)


def added(messages: Messages, more: Mapping[str, int]) -> Messages:
    """Messages with more of them."""
    result = dict(messages)
    for queue, count in more.items():
        result[queue] = result.get(queue, 0) + count
    return result
