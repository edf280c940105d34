"""What is so on a simulated EAP host, by name, whether or not anybody can read it from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from handrail.products.eap import files
from handrail.products.eap.dmr import server_address
from handrail.products.eap.files import HOME, Messages
from handrail.products.eap.state import Broker, Instance, Phase, Run, World
from handrail.products.eap.tree import policy_of
from handrail.products.eap.understanding import SHIPPED_PASSWORD, password_origin
from handrail.products.product import Truth
from handrail.readings import Value


def of(world: World, name: str) -> Truth:
    """Its process, its links, and the directories of journals on its disks."""
    process = world.instances[name]
    others = [other for other in world.instances if other != name]
    own = [place for broker in world.of(name) for place in broker.places]
    kept = [files.copies(world.files, place) for place in own]
    return {
        "runs": process.run is not Run.DOWN,
        "live": any(broker.phase is Phase.LIVE for broker in world.of(name)),
        "backs-up": any(
            broker.phase in (Phase.WAITING, Phase.SYNCING, Phase.SYNCED) for broker in world.of(name)
        ),
        "stands-by": any(_stands_by(world, broker) for broker in world.of(name)),
        "clients-here": sum(
            client.server is not None and client.server.startswith(f"{name}/")
            for client in world.clients.values()
        ),
        "admin-only": process.run is not Run.DOWN and process.admin_only,
        "linked": all(world.linked(name, other) for other in others),
        "local-clients": sum(
            1
            for client in world.clients.values()
            if client.local and client.server is not None and client.server.startswith(f"{name}/")
        ),
        "old-replicas": max((len(found) for found in kept), default=0),
        "own-journal": all(files.exists(world.files, broker.journal) for broker in world.of(name)),
        "own-directories": min(
            (sum(files.exists(world.files, place) for place in broker.places) for broker in world.of(name)),
            default=0,
        ),
        **_fullest(world, name),
        "copies-elsewhere": len(_copies(world, name)),
        "copies-at": _copies_at(world, name),
        "moved-to": tuple(
            place.partition(":")[2]
            for place in world.moved
            if place.startswith(f"{name}:") and files.exists(world.files, place)
        ),
        "saved-whole": _saved_whole(world, name),
        "peer-hosts": tuple(others),
        "clients-left": sum(client.server is None for client in world.clients.values()),
        "colocated": len(world.of(name)) > 1,
        "old-replicas-most": max(
            (len(files.copies(world.files, at)) for broker in world.brokers.values() for at in broker.places),
            default=0,
        ),
        "left-behind": _left_behind(world, name),
        "owed": sum(held.sole for place, held in world.files.items() if f"/{files.COPY}" in place),
        "data-path": f"{files.DATA}/activemq",
        "shared-path": world.shared,
        "all-in-store-a": _all_in_store(world, name, "A"),
        "all-in-store-b": _all_in_store(world, name, "B"),
        "connecting": _connecting(process),
        "file-check-for-live": _in_file(process, "check-for-live-server"),
        "cluster-login-own": all(
            broker.cluster.password != SHIPPED_PASSWORD for broker in world.brokers.values()
        ),
        "cluster-login-from": _login_from(process),
        "cluster-login-shared": len(
            {(broker.cluster.user, broker.cluster.password) for broker in world.brokers.values()}
        )
        == 1,
    }


def _stands_by(world: World, broker: Broker) -> bool:
    """Whether some live server could be replaced by this one now."""
    return any(world.replica_of(live.key) == broker for live in world.live())


def _fullest(world: World, name: str) -> Mapping[str, Value]:
    """Which of the journals of `default` holds most messages: its own, or which of the replaced ones."""
    broker = world.brokers.get(f"{name}/default")
    if broker is None:
        return {}
    replaced = {
        int(place.rpartition(files.COPY)[2]): sum(held.messages.values())
        for place, held in world.files.items()
        if place.startswith(f"{broker.journal}/{files.COPY}")
    }
    own = sum(world.files[broker.journal].messages.values()) if broker.journal in world.files else 0
    number = max(replaced, key=lambda item: (replaced[item], item), default=0)
    if not replaced or replaced[number] <= own:
        return {"fullest-journal": "journal"}
    return {"fullest-journal": "oldreplica", "fullest-copy": number}


def _login_from(process: Instance) -> str:
    """Where `default` has its cluster password from by its file: property or configured."""
    value = process.stored.get(server_address("default"), {}).get("cluster-password", SHIPPED_PASSWORD)
    return str(password_origin(value))


def _in_file(process: Instance, name: str) -> str:
    """What its configuration file has for an attribute of the ha-policy of `default`, or absent."""
    _, values = policy_of(process.stored, server_address("default"))
    value = values.get(name)
    return "absent" if value is None else str(value).lower()


def _left_behind(world: World, name: str) -> int:
    """How many messages lie on this host in journals that were served from, and nobody serves them now.

    A copy of a journal has its node id; the one that a server makes in an empty directory has another. Where
    several journals of one node id lie unused, such as copies, the fullest counts.
    """
    served = [world.files[live.journal] for live in world.live() if live.journal in world.files]
    left: dict[str, int] = {}
    for place, held in world.files.items():
        if place.startswith(f"{name}:") and held.of and held not in served:
            missing = min(
                (_beyond(held.messages, other.messages) for other in served if other.node_id == held.node_id),
                default=sum(held.messages.values()),
            )
            left[held.node_id] = max(missing, left.get(held.node_id, 0))
    return sum(left.values())


def _beyond(messages: Messages, others: Messages) -> int:
    """How many more these are, queue by queue."""
    return sum(max(0, count - others.get(queue, 0)) for queue, count in messages.items())


def _copies(world: World, name: str) -> set[str]:
    """Directories on this host outside the installation that hold a copied journal, by their first names."""
    outside = [
        place.partition(":")[2]
        for place in world.files
        if place.startswith(f"{name}:") and not place.startswith(f"{name}:{HOME}/")
    ]
    return {"/".join(path.split("/")[:3]) for path in outside if "journal" in path}


def _copies_at(world: World, name: str) -> tuple[str, ...]:
    """Where on this host a copied journal lies, outside the installation: each directory that leads to it.

    The first directory of a path is left out: nobody finds anything by `/srv`.
    """
    found: set[str] = set()
    for copy in _copies(world, name):
        inside = [place.partition(":")[2] for place in world.files if place.startswith(f"{name}:{copy}")]
        for path in inside:
            parts = path.split("/")
            found |= {"/".join(parts[:length]) for length in range(3, len(parts) + 1)}
    return tuple(sorted(found, key=lambda path: (len(path), path)))


def _saved_whole(world: World, name: str) -> bool:
    """Whether a copy elsewhere on this host holds all that its directory `activemq` holds."""
    own = dict(_contents(world, f"{name}:{files.DATA}/activemq"))
    return any(dict(_contents(world, f"{name}:{path}")) == own for path in _copies_at(world, name))


def _contents(world: World, where: str) -> Iterator[tuple[str, Mapping[str, int]]]:
    for rest, held in files.below(world.files, where):
        yield rest, held.messages


def _all_in_store(world: World, name: str, suffix: str) -> bool:
    """Whether a copy of each of the four directories it has lies on the shared store, by name and letter."""
    where = f"{name}:{files.DATA}/activemq"
    own = {
        f"{kind}-{suffix}": world.files[f"{where}/{kind}"]
        for kind in files.KINDS
        if f"{where}/{kind}" in world.files
    }
    stored = {
        place.rpartition("/")[2]: held.node_id
        for place, held in world.files.items()
        if place.startswith(f"{files.SHARED}:")
    }
    return bool(own) and all(stored.get(copy) == held.node_id for copy, held in own.items())


def _connecting(process: Instance) -> str:
    """What its file says of connections, in an order that makes two files comparable."""
    kinds = ("cluster-connection", "connection-factory", "pooled-connection-factory")
    told = {
        str(address): sorted((key, str(value)) for key, value in values.items())
        for address, values in process.stored.items()
        if any(key in kinds for key, _ in address)
    }
    return str(sorted(told.items()))
