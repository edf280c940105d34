"""What a running instance tells of itself and its messaging servers: runtime attributes and operations."""

from __future__ import annotations

import json
from collections.abc import Mapping

from handrail.products.eap import refusals
from handrail.products.eap.dmr import Address, Dmr
from handrail.products.eap.releases import broker_inside, core_inside
from handrail.products.eap.state import AppClient, Broker, Phase, World
from handrail.products.eap.tree import setting


def attribute(world: World, instance: str, address: Address, name: str) -> Dmr:
    """The value of a runtime attribute now; raises Refused where the product does."""
    if not address:
        return _root(world, instance, name)
    keys = tuple(key for key, _ in address)
    if keys == ("core-service", "type"):
        process = world.instances[instance]
        return int((world.now_s - process.started_s) * 1000)
    broker = world.brokers.get(f"{instance}/{address[1][1]}") if len(address) > 1 else None
    if keys == ("subsystem", "server", "ha-policy"):
        if broker is None or world.instances[instance].admin_only:
            raise refusals.not_installed(address[1][1])
        return _in_sync(world, broker)
    if broker is None or world.instances[instance].admin_only:
        return None
    if keys == ("subsystem", "server"):
        return _broker(world, broker, name)
    if broker.phase is not Phase.LIVE:
        return None
    if keys == ("subsystem", "server", "cluster-connection"):
        told: Mapping[str, Dmr] = {
            "node-id": broker.node_id,
            "topology": topology(world, broker),
            "started": True,
        }
        return told[name]
    if keys == ("subsystem", "server", "jms-queue"):
        count = world.files[broker.journal].messages.get(address[-1][1], 0)
        consumers = sum(client.server == broker.key for client in world.clients.values())
        return consumers if name == "consumer-count" else count
    return None


def _root(world: World, instance: str, name: str) -> Dmr:
    process = world.instances[instance]
    told: Mapping[str, Dmr] = {
        "launch-type": "STANDALONE",
        "name": instance,
        "process-type": "Server",
        "product-name": world.product,
        "product-version": f"{process.version}.GA",
        "release-version": core_inside(process.release),
        "running-mode": "ADMIN_ONLY" if process.admin_only else "NORMAL",
        "server-state": "reload-required" if process.stale else process.run.value,
        "suspend-state": "SUSPENDED" if process.suspended else "RUNNING",
    }
    return told[name]


def _broker(world: World, broker: Broker, name: str) -> Dmr:
    process = world.instances[broker.instance]
    if name == "active":
        return broker.phase is Phase.LIVE
    if name == "started":
        return broker.runs and broker.phase is not Phase.STARTING
    if name == "version":
        return broker_inside(process.release)
    address = (("subsystem", "messaging-activemq"), ("server", broker.name))
    return setting(process.running, address, "journal-type", process.release)


def _in_sync(world: World, broker: Broker) -> bool:
    if broker.phase is Phase.SYNCED:
        return True
    replica = world.replica_of(broker.key) if broker.phase is Phase.LIVE else None
    return replica is not None and replica.phase is Phase.SYNCED


def topology(world: World, broker: Broker) -> str:
    """The cluster as this live messaging server sees it, in the words of Artemis' own description."""
    members = []
    nodes = 0
    for live in world.live():
        if not world.linked(broker.instance, live.instance):
            continue
        if live.key != broker.key and live.node_id == broker.node_id:
            continue
        replica = world.replica_of(live.key)
        other = _connector(replica) if replica is not None and replica.announced else "null"
        nodes += 1 if other == "null" else 2
        members.append(
            f"\t{live.node_id} => TopologyMember[id={live.node_id}, connector=Pair[a={_connector(live)}, "
            f"b={other}], backupGroupName={live.policy.group_name or 'null'}, scaleDownGroupName=null]\n"
        )
    owner = (
        f"Topology@{abs(hash_of(broker.key)):x}[owner=ClusterConnectionImpl@{abs(hash_of(broker.node_id)):x}]"
    )
    return f"topology on {owner}:\n{''.join(members)}\tnodes={nodes}\tmembers={len(members)}"


def _connector(broker: Broker) -> str:
    factory = "org-apache-activemq-artemis-core-remoting-impl-netty-NettyConnectorFactory"
    host = broker.instance.replace(".", "-")
    return (
        f"TransportConfiguration(name=http-connector, factory={factory}) ?httpUpgradeEnabled=true&"
        f"httpUpgradeEndpoint=http-acceptor&port=8080&host={host}"
    )


def connections(world: World, broker: Broker) -> list[tuple[str, AppClient | None]]:
    """The connections of a live messaging server: one for each application, one for its replica."""
    own: list[tuple[str, AppClient | None]] = [
        (f"{abs(hash_of(client.name)):08x}", client)
        for client in world.clients.values()
        if client.server == broker.key
    ]
    replica = world.replica_of(broker.key)
    if replica is not None and replica.phase is Phase.SYNCED:
        own.append((f"{abs(hash_of(replica.key)):08x}", None))
    return own


def connections_as_json(world: World, broker: Broker) -> str:
    """As the operation list-connections-as-json answers: JSON within a string."""
    rows = []
    for number, client in connections(world, broker):
        local = client is not None and client.local
        address = (
            "invm:0" if local else f"10.0.0.{hash_of(number) % 200 + 20}:{40000 + hash_of(number) % 20000}"
        )
        rows.append(
            {
                "connectionID": number,
                "clientAddress": address,
                "creationTime": int((0.0 if client is None else client.since_s) * 1000),
                "implementation": "RemotingConnectionImpl",
                "sessionCount": 0 if client is None else 2,
            }
        )
    return json.dumps(rows, separators=(",", ":"))


def hash_of(name: str) -> int:
    """A number that stays the same from one process to the next, as Python's own hash does not."""
    number = 0
    for character in name:
        number = (number * 131 + ord(character)) % 0xFFFFFFFB
    return number
