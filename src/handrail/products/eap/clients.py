"""What applications do when their server goes, and what their connection factory let them know before.

A client knows the backup only if its factory has ha = true and uses the connector of the cluster-connection
(30.7.1), and it looks for another server only if reconnect-attempts is not 0.
"""

from __future__ import annotations

from dataclasses import replace

from handrail.products.eap import timings
from handrail.products.eap.dmr import server_address
from handrail.products.eap.profile import FACTORY
from handrail.products.eap.state import AppClient, Broker, Key
from handrail.products.eap.tree import setting
from handrail.products.eap.turn import Turn


def add(turn: Turn, client: AppClient) -> None:
    """A new application, which takes the first server it looks at that serves."""
    clients = {**turn.world.clients, client.name: client}
    turn.world = replace(turn.world, clients=clients)
    for key in client.looks_at:
        if turn.world.serves(key):
            turn.later(key, timings.RECONNECT, "reconnect", client.name)


def end(turn: Turn, name: str) -> None:
    """An application that is gone for good; raises KeyError."""
    clients = dict(turn.world.clients)
    del clients[name]
    turn.world = replace(turn.world, clients=clients)


def restart(turn: Turn, name: str) -> None:
    """An application that is started anew: it looks at every server it has ever known, and its own."""
    client = turn.world.clients[name]
    looks_at = tuple(dict.fromkeys([*client.looks_at, *([client.server] if client.server else [])]))
    turn.set_client(name, server=None, gave_up=False, looks_at=looks_at)
    for key in looks_at:
        if turn.world.serves(key):
            turn.later(key, timings.RECONNECT, "reconnect", name)


def lose(turn: Turn, key: Key) -> None:
    """A messaging server's clients are cut off; each looks where its factory tells it."""
    turn.settle()
    live = turn.broker(key)
    backup = turn.world.replica_of(key)
    knows = backup is not None and backup.announced and _knows_topology(turn, live)
    attempts = _factory(turn, live, "reconnect-attempts")
    for client in tuple(turn.world.clients.values()):
        if client.server != key:
            continue
        if client.local:
            turn.set_client(client.name, server=None, looks_at=(key,))
            continue
        also = (backup.key,) if knows and backup is not None else ()
        turn.set_client(client.name, server=None, looks_at=(key, *also), gave_up=attempts == 0)
    for other in turn.world.live():
        if other.key != key:
            went_live(turn, other.key)


def went_live(turn: Turn, key: Key) -> None:
    """Clients that look at this messaging server find it, one after the other."""
    waiting = [
        client
        for client in turn.world.clients.values()
        if client.server is None and not client.gave_up and key in client.looks_at
    ]
    for position, client in enumerate(waiting):
        turn.later(key, timings.RECONNECT + timings.APART * position, "reconnect", client.name)


def connect(turn: Turn, name: str, key: Key) -> None:
    """A client that is on no server comes to this one, if it serves."""
    client = turn.world.clients.get(name)
    if client is None or client.server is not None or client.gave_up or not turn.world.serves(key):
        return
    turn.set_client(name, server=key, since_s=turn.world.now_s, counted=0)


def _factory(turn: Turn, broker: Broker, name: str) -> object:
    instance = turn.instance(broker.instance)
    address = (*server_address(broker.name), ("connection-factory", FACTORY))
    if address not in instance.running:
        return None
    return setting(instance.running, address, name, instance.release)


def _knows_topology(turn: Turn, broker: Broker) -> bool:
    instance = turn.instance(broker.instance)
    connectors = _factory(turn, broker, "connectors")
    announced = [
        setting(
            instance.running,
            (*server_address(broker.name), ("cluster-connection", name)),
            "connector-name",
            instance.release,
        )
        for name in broker.cluster.connections
    ]
    shared = isinstance(connectors, list | tuple) and any(name in connectors for name in announced)
    return _factory(turn, broker, "ha") is True and shared
