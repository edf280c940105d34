"""One change of the world in the making: what changes, what is printed, what becomes due."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handrail.products.artemis import timings
from handrail.products.artemis.arguments import uptime
from handrail.products.artemis.releases import is_old
from handrail.products.artemis.state import (
    AppClient,
    Behaviour,
    Broker,
    Due,
    Messages,
    Mode,
    Phase,
    Printed,
    World,
)


class Turn:
    """Collects a change; `world` and `printed` are the result. Lives within one call of a pure function."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.printed: list[Printed] = []

    def broker(self, name: str) -> Broker:
        """The server as it is now."""
        return self.world.brokers[name]

    def set(self, name: str, **changes: Any) -> Broker:
        """Change a server."""
        changed = replace(self.broker(name), **changes)
        self.world = replace(self.world, brokers={**self.world.brokers, name: changed})
        return changed

    def say(self, server: str, message: str, *arguments: str, offset_s: float = 0.0) -> None:
        """Print a message of the catalogue; a release that prints no such message prints nothing."""
        if not self.broker(server).hung:
            self.printed.append(Printed(self.world.now_s, server, message, arguments, offset_s))

    def later(self, server: str, in_s: float, what: str, argument: str = "") -> None:
        """Let something happen to a server, unless it is restarted before."""
        world = self.world
        order = world.orders + 1
        due = Due(round(world.now_s + in_s, 6), order, server, what, self.broker(server).epoch, argument)
        self.world = replace(world, due=tuple(sorted((*world.due, due))), orders=order)

    def say_closing(self, server: str, node_id: str) -> None:
        """Its partner announced an orderly end: AMQ224135, up to 2.31.2 the alarming AMQ222295."""
        old = is_old(self.broker(server).version)
        self.say(server, "split-brain-node-down" if old else "node-closing", node_id)

    def say_stopped(self, server: str) -> None:
        """The server inside the process has ended."""
        broker = self.broker(server)
        up = uptime(self.world.now_s - broker.started_s)
        self.say(server, "stopped", broker.version, broker.node_id, up)

    def new_epoch(self, name: str, **changes: Any) -> Broker:
        """Change a server and void all that was due for it."""
        return self.set(name, epoch=self.broker(name).epoch + 1, **changes)

    def settle(self) -> None:
        """Bring the journals up to this moment: what producers sent, and what replicas copied."""
        for client in self.world.clients.values():
            self._settle_client(client)
        for pair in self.world.pairs:
            self._copy(pair)

    def went_live(self, name: str) -> None:
        """Clients that look at this server find it, one after the other."""
        waiting = [
            client
            for client in self.world.clients.values()
            if client.server is None and name in client.looks_at
        ]
        now = self.world.now_s
        for position, client in enumerate(waiting):
            late = now - client.lost_s > timings.SOON
            wait = timings.RECONNECT_LATE if late else timings.RECONNECT
            at = max(now + wait, client.busy_until_s)
            self.later(name, at - now + timings.APART * position, "reconnect", client.name)

    def lose_clients(self, name: str) -> None:
        """The server's clients are cut off; from now on they look where their behaviour tells them."""
        self.settle()
        for client in self.world.clients.values():
            if client.server == name:
                self._lose(client, name)
        others = [broker for broker in self.world.live(self.broker(name).pair) if broker.name != name]
        for other in others:
            self.went_live(other.name)

    def connect(self, client: str, server: str) -> None:
        """A client that is on no server comes to this one, if it serves."""
        known = self.world.clients.get(client)
        if known is None or known.server is not None or server in known.barred:
            return
        if self.broker(server).serves:
            now = self.world.now_s
            settled = now + timings.REATTACH if known.home else now
            fresh = replace(known, server=server, home=known.home or server, looks_at=(), since_s=now)
            self._set_client(replace(fresh, counted=0, settled_s=settled, busy_until_s=0.0))

    def add_client(self, client: AppClient) -> None:
        """A new application comes and connects to the first live server it looks at."""
        self._set_client(replace(client, lost_s=self.world.now_s))
        self._look_around(client.name)

    def shut_out(self, client: str, server: str) -> None:
        """The way from this client to this server is cut: it loses its connection and gets no other there."""
        self.settle()
        known = self.world.clients[client]
        self._set_client(replace(known, barred=known.barred | {server}))
        if known.server == server:
            self._lose(self.world.clients[client], server)
            self._look_around(client)

    def let_in(self, client: str) -> None:
        """Every way of this client is whole again."""
        self._set_client(replace(self.world.clients[client], barred=frozenset()))
        self._look_around(client)

    def restart_client(self, client: str) -> None:
        """The application was restarted: it forgets where it was and takes any live server of its pair."""
        self.settle()
        known = self.world.clients[client]
        names = tuple(broker.name for broker in self.world.members(known.pair))
        fresh = replace(known, server=None, home="", looks_at=names, busy_until_s=0.0)
        self._set_client(replace(fresh, lost_s=self.world.now_s))
        self._look_around(client)

    def _lose(self, client: AppClient, name: str) -> None:
        """A client loses its connection to this server, on which it is."""
        now = self.world.now_s
        backup = self.world.replica_of(name)
        announced = (backup.name,) if backup is not None and backup.announced else ()
        busy = now + timings.CALL_LIMIT if now < client.settled_s else now
        lost = replace(client, server=None, looks_at=self._candidates(client, name, announced))
        self._set_client(replace(lost, lost_s=now, busy_until_s=busy))

    def _look_around(self, name: str) -> None:
        """A client that is on no server tries the live ones it looks at, at its next try."""
        client = self.world.clients[name]
        if client.server is None:
            wait = max(timings.RECONNECT, client.busy_until_s - self.world.now_s)
            for broker in self.world.live(client.pair):
                if broker.name in client.looks_at:
                    self.later(broker.name, wait, "reconnect", name)

    def _candidates(self, client: AppClient, last: str, announced: tuple[str, ...]) -> tuple[str, ...]:
        if self.world.behaviour is Behaviour.ANY_SERVER:
            return tuple(broker.name for broker in self.world.members(client.pair))
        if self.world.behaviour is Behaviour.LAST_ONLY:
            return (last,)
        return tuple(dict.fromkeys((last, *announced, *((client.home,) if client.home else ()))))

    def _set_client(self, client: AppClient) -> None:
        self.world = replace(self.world, clients={**self.world.clients, client.name: client})

    def _settle_client(self, client: AppClient) -> None:
        if client.server is None or client.rate <= 0:
            return
        broker = self.broker(client.server)
        sent = math.floor((self.world.now_s - client.since_s) * client.rate + 1e-6)
        if broker.phase is not Phase.LIVE or broker.hung or broker.disk_full:
            self._set_client(replace(client, counted=sent))
            return
        if sent > client.counted:
            journal = added(broker.journal, {client.queue: sent - client.counted})
            self.set(broker.name, journal=journal, has_data=True)
            self._set_client(replace(client, counted=sent))

    def _copy(self, pair: str) -> None:
        for live in self.world.live(pair):
            replica = self.world.replica_of(live.name)
            if replica is not None and replica.journal != live.journal:
                self.set(replica.name, journal=live.journal)
        if self.world.mode is Mode.SHARED_STORE:
            for live in self.world.live(pair):
                for member in self.world.members(pair):
                    if member.journal != live.journal:
                        self.set(member.name, journal=live.journal)


def added(journal: Messages, more: Mapping[str, int]) -> Messages:
    """A journal with these messages added."""
    result = dict(journal)
    for queue, count in more.items():
        result[queue] = result.get(queue, 0) + count
    return result
