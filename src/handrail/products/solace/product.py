"""Solace PubSub+ as a Product: its clients, its two simulated replication sites."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from handrail.clock import Clock
from handrail.inventory.model import Server
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.products.exchange import Fetcher
from handrail.products.setting import Setting
from handrail.products.solace.client import SolaceClient
from handrail.products.solace.injects import injects
from handrail.products.solace.scene import make_world
from handrail.products.solace.simulator import PASSWORD, USER, SolaceSimulator
from handrail.products.usual import Usual

PORT = 8080
"""SEMP on a software broker, without TLS."""
HEALTH_FACT = "health-check"
"""The inventory's word for where the health check is, where that is not port 5550 of the same host."""


class Solace:
    """Implements Product."""

    name = "solace"
    usual = Usual(
        url=f"http://localhost:{PORT}",
        told=("version", "redundancy-role", "spool-status", "vpns-active"),
        user=USER,
    )
    management_path = "/SEMP/v2/monitor/about/api"

    def client(
        self, server: Server, secret: str, fields: Fields, http: Fetcher, clock: Clock
    ) -> SolaceClient:
        """A client over SEMP."""
        user = server.user
        health = server.facts.get(HEALTH_FACT)
        return SolaceClient(
            server.name,
            server.url,
            credentials=None if user is None else lambda: (user, secret),
            credentials_ref=str(server.password) if server.password is not None else "",
            fields=fields,
            http=http,
            clock=clock,
            health_url=None if health is None else str(health),
        )

    def simulated(self, setting: Setting, catalogue: Catalogue, start: datetime) -> SolaceSimulator:
        """Two replication sites."""
        return SolaceSimulator(make_world(setting), catalogue, start=start)

    def drill_server(self, name: str) -> tuple[Server, str]:
        """SEMP on its usual port, with the drill's own login; the health check at the same address."""
        url = f"http://{name}:{PORT}"
        server = Server(name=name, product=self.name, url=url, user=USER, facts={HEALTH_FACT: url})
        return server, PASSWORD

    def command_words(self, server: str, command: str) -> str:
        """As for a broker in a container."""
        del server
        return f"docker {command} solace"

    def injects(self) -> Collection[str]:
        """The faults of the simulated world."""
        return injects()


PRODUCT = Solace()
