"""Sierra Wireless AMM as a Product: a client that sees it answer, simulated pairs, pages to work by hand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from handrail.clock import Clock
from handrail.inventory.model import Server
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.products.amm import injects
from handrail.products.amm.client import AmmClient
from handrail.products.amm.scene import make_world
from handrail.products.amm.simulator import AmmSimulator
from handrail.products.exchange import Fetcher
from handrail.products.setting import Setting
from handrail.products.usual import Usual


class Amm:
    """Implements Product."""

    name = "amm"
    usual = Usual(url="https://localhost", told=("reachable",))
    management_path = "/"

    def client(self, server: Server, secret: str, fields: Fields, http: Fetcher, clock: Clock) -> AmmClient:
        """A client without credentials: a log-in page needs none to be seen."""
        del secret
        return AmmClient(server.name, server.url, fields=fields, http=http, clock=clock)

    def simulated(self, setting: Setting, catalogue: Catalogue, start: datetime) -> AmmSimulator:
        """Pairs with roles primary and secondary; mode is pair."""
        if setting.mode != "pair":
            raise ValueError("the mode of AMM is pair")
        return AmmSimulator(make_world(setting), catalogue, start=start)

    def drill_server(self, name: str) -> tuple[Server, str]:
        """Plain HTTP in a drill; a real AMM is asked over HTTPS."""
        return Server(name=name, product=self.name, url=f"http://{name}"), ""

    def command_words(self, server: str, command: str) -> str:
        """As whoever runs the machine says it: the document has no such command."""
        return f"{command} the machine {server}"

    def injects(self) -> Collection[str]:
        """The faults of the simulated AMMs."""
        return injects.injects()


PRODUCT = Amm()
