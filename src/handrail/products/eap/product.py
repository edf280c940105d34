"""JBoss EAP 7 messaging as a Product: its clients, its simulated instances, its scripts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from handrail.clock import Clock
from handrail.inventory.model import Server
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.products.eap.client import EapClient
from handrail.products.eap.injects import injects
from handrail.products.eap.scene import make_world
from handrail.products.eap.simulator import PASSWORD, USER, EapSimulator
from handrail.products.exchange import Fetcher
from handrail.products.setting import Setting
from handrail.products.usual import Usual

PORT = 9990
"""The management port of an instance without a port offset."""


class Eap:
    """Implements Product."""

    name = "eap"
    usual = Usual(
        url=f"http://localhost:{PORT}",
        told=("node-name", "product", "active"),
        user=USER,
        log="/opt/eap/standalone/log/server.log",
        service="eap",
        alike="node-id",
        policy=("ha-policy",),
    )
    management_path = "/management"

    def client(self, server: Server, secret: str, fields: Fields, http: Fetcher, clock: Clock) -> EapClient:
        """A client over HTTP management; without a user it sends no credentials."""
        user = server.user
        return EapClient(
            server.name,
            server.url,
            credentials=None if user is None else lambda: (user, secret),
            credentials_ref=str(server.password) if server.password is not None else "",
            fields=fields,
            http=http,
            clock=clock,
        )

    def simulated(self, setting: Setting, catalogue: Catalogue, start: datetime) -> EapSimulator:
        """Pairs of live and backup, or of two colocated nodes; the words are those of `scene`."""
        world, history = make_world(setting)
        return EapSimulator(world, catalogue, start=start, history=history)

    def drill_server(self, name: str) -> tuple[Server, str]:
        """The management interface on its usual port, with the drill's own user."""
        return Server(name=name, product=self.name, url=f"http://{name}:{PORT}", user=USER), PASSWORD

    def command_words(self, server: str, command: str) -> str:
        """As they are typed on the instance's host."""
        del server
        return {
            "start": "bin/standalone.sh -c standalone-full-ha.xml",
            "stop": "bin/jboss-cli.sh --connect command=:shutdown",
            "kill": "kill -9 PID",
        }.get(command, command)

    def injects(self) -> Collection[str]:
        """The faults of the simulated world."""
        return injects()


PRODUCT = Eap()
