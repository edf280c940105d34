"""Eclipse Amlen as a Product: its clients, its simulated pairs, its service manager."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from handrail.clock import Clock
from handrail.inventory.model import Server
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.products.amlen import injects, wire
from handrail.products.amlen.client import AmlenClient
from handrail.products.amlen.console import LOG
from handrail.products.amlen.scene import make_world
from handrail.products.amlen.simulator import PASSWORD, USER, AmlenSimulator
from handrail.products.amlen.status import PORT
from handrail.products.exchange import Fetcher
from handrail.products.setting import Setting
from handrail.products.usual import Usual


class Amlen:
    """Implements Product."""

    name = "amlen"
    usual = Usual(
        url=f"https://localhost:{PORT}",
        told=("name", "version", "role"),
        user=USER,
        log=f"{LOG}/imaserver-admin.log",
        service="imaserver",
        alike="ha-group",
    )
    management_path = wire.STATUS

    def client(self, server: Server, secret: str, fields: Fields, http: Fetcher, clock: Clock) -> AmlenClient:
        """A client over the administration interface; without a user it sends no credentials."""
        user = server.user
        return AmlenClient(
            server.name,
            server.url,
            credentials=None if user is None else lambda: (user, secret),
            credentials_ref=str(server.password) if server.password is not None else "",
            fields=fields,
            http=http,
            clock=clock,
        )

    def simulated(self, setting: Setting, catalogue: Catalogue, start: datetime) -> AmlenSimulator:
        """Pairs with roles primary and standby; mode is pair."""
        if setting.mode != "pair":
            raise ValueError("the mode of Amlen is pair")
        return AmlenSimulator(make_world(setting), catalogue, start=start)

    def drill_server(self, name: str) -> tuple[Server, str]:
        """The administration on its usual port, with password authentication switched on."""
        return Server(name=name, product=self.name, url=f"http://{name}:{PORT}", user=USER), PASSWORD

    def command_words(self, server: str, command: str) -> str:
        """As the service manager has them."""
        del server
        return "systemctl kill -s KILL imaserver" if command == "kill" else f"systemctl {command} imaserver"

    def injects(self) -> Collection[str]:
        """The faults of the simulated world."""
        return injects.injects()


PRODUCT = Amlen()
