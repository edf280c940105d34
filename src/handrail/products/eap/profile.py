"""The profile standalone-full-ha as the product ships it: what a new instance's model holds."""

from __future__ import annotations

from collections.abc import Mapping

from handrail.procedure.versions import Version
from handrail.products.eap.dmr import EXPRESSION, MESSAGING, Address, Dmr, server_address
from handrail.products.eap.releases import EAP_7_4, EAP_8_0
from handrail.products.eap.resources import DIRECTORIES
from handrail.products.eap.tree import Model

CLUSTER = "my-cluster"
FACTORY = "RemoteConnectionFactory"
HTTP_PORT = 8080


ELYTRON_DOMAIN = "ApplicationDomain"
"""What applications log in by since EAP 8, which has no legacy security any more."""


def standalone_full_ha(port_offset: int = 0, release: Version = EAP_7_4) -> Model:
    """A fresh instance of this profile, as this release ships it."""
    default = server_address()
    login: Mapping[str, Dmr] = {"elytron-domain": ELYTRON_DOMAIN} if release >= EAP_8_0 else {}
    model: dict[Address, Mapping[str, Dmr]] = {
        (): {},
        (("core-service", "platform-mbean"),): {},
        (("core-service", "platform-mbean"), ("type", "runtime")): {},
        (("socket-binding-group", "standard-sockets"),): {
            "default-interface": "public",
            "port-offset": port_offset,
        },
        (("socket-binding-group", "standard-sockets"), ("socket-binding", "http")): {"port": HTTP_PORT},
        MESSAGING: {},
        default: {
            "cluster-password": {EXPRESSION: "${jboss.messaging.cluster.password:CHANGE ME!!}"},
            **login,
        },
        (*default, ("cluster-connection", CLUSTER)): {
            "cluster-connection-address": "jms",
            "connector-name": "http-connector",
            "discovery-group": "dg-group1",
        },
        (*default, ("connection-factory", "InVmConnectionFactory")): {
            "entries": ["java:/ConnectionFactory"],
            "connectors": ["in-vm"],
        },
        (*default, ("connection-factory", FACTORY)): {
            "entries": ["java:jboss/exported/jms/RemoteConnectionFactory"],
            "connectors": ["http-connector"],
            "ha": True,
            "block-on-acknowledge": True,
            "reconnect-attempts": -1,
        },
        (*default, ("pooled-connection-factory", "activemq-ra")): {
            "entries": ["java:/JmsXA", "java:jboss/DefaultJMSConnectionFactory"],
            "connectors": ["in-vm"],
            "transaction": "xa",
        },
        (*default, ("http-acceptor", "http-acceptor")): {"http-listener": "default"},
        (*default, ("http-acceptor", "http-acceptor-throughput")): {"http-listener": "default"},
        (*default, ("http-connector", "http-connector")): {
            "endpoint": "http-acceptor",
            "socket-binding": "http",
        },
        (*default, ("http-connector", "http-connector-throughput")): {
            "endpoint": "http-acceptor-throughput",
            "socket-binding": "http",
        },
        (*default, ("in-vm-acceptor", "in-vm")): {"server-id": 0},
        (*default, ("in-vm-connector", "in-vm")): {"server-id": 0},
        (*default, ("broadcast-group", "bg-group1")): {
            "connectors": ["http-connector"],
            "jgroups-cluster": "activemq-cluster",
        },
        (*default, ("discovery-group", "dg-group1")): {"jgroups-cluster": "activemq-cluster"},
        (*default, ("jms-queue", "ExpiryQueue")): {"entries": ["java:/jms/queue/ExpiryQueue"]},
        (*default, ("jms-queue", "DLQ")): {"entries": ["java:/jms/queue/DLQ"]},
    }
    for name, path in DIRECTORIES.items():
        model[(*default, ("path", name))] = {"path": path}
    return model


def with_queues(model: Model, server: str, names: tuple[str, ...]) -> Model:
    """The model with these application queues on one of its messaging servers."""
    address = server_address(server)
    queues = {(*address, ("jms-queue", name)): {"entries": [f"java:/jms/queue/{name}"]} for name in names}
    return {**model, **queues}
