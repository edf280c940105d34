"""What the tests of AMM share: catalogue, fields, and a simulated pair worked from its consoles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from handrail.clock import ManualClock
from handrail.drill.network import DrillNetwork
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.fields import Fields, load_fields
from handrail.products.amm.client import AmmClient
from handrail.products.amm.scene import make_world
from handrail.products.amm.simulator import AmmSimulator
from handrail.products.http import Http
from handrail.products.setting import PairStart, Setting
from handrail.readings import Reading, Value

PRODUCT = Path(__file__).parents[3] / "procedures" / "amm"
FIELDS = {
    "a": ("192.0.2.11", "192.0.2.12", "primary"),
    "b": ("192.0.2.12", "192.0.2.11", "secondary"),
}
EMAIL = "ha@example.org"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """What an AMM's custom script logs."""
    return load_catalogue(PRODUCT / "messages.toml")


@pytest.fixture(scope="session")
def fields() -> Fields:
    """What can be read of an AMM."""
    return load_fields(PRODUCT / "fields.toml")


@dataclass
class Lab:
    """One simulated pair, a (designated primary) and b."""

    simulator: AmmSimulator
    http: Http
    fields: Fields
    now: float = 0.0

    def client(self, server: str) -> AmmClient:
        """The client of one server."""
        return AmmClient(server, f"http://{server}", fields=self.fields, http=self.http, clock=ManualClock())

    async def read(self, server: str) -> Reading:
        """Whether it is reachable."""
        [reading] = await self.client(server).read(["reachable"])
        return reading

    def type(self, server: str, *lines: str) -> list[str]:
        """Type these lines at the server's console; what they print."""
        return [told for line in lines for told in self.simulator.console(server).enter(line)]

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.simulator.advance(self.now)

    def status(self, server: str = "a") -> str:
        """HA Status as the server's page shows it."""
        return self.type(server, "status")[0].removeprefix("HA Status: ")

    def draft(self, server: str, **changes: str) -> None:
        """Fill in the panel as the document has it, and save; `changes` are other values by variable."""
        address, peer, role = FIELDS[server]
        if server == "a":
            self.type("a", "generate")
        made = "".join(self.type("a", "show")[5:7])
        values = {
            "HAServerRole": role,
            "HAServerAddress": address,
            "HAPeerAddress": peer,
            "PeerAuthenticationFingerprint": made,
            "HAAlertEmail": EMAIL,
        }
        for name, value in {**values, **changes}.items():
            assert self.type(server, f"set {name} {value}") == []
        assert self.type(server, "save") == ["saved as a draft"]

    def apply(self, server: str, wait_s: float = 25.0) -> list[str]:
        """Press APPLY and wait; the messages then."""
        self.type(server, "apply")
        self.go(wait_s)
        return self.type(server, "messages")


@pytest.fixture
def lab(catalogue: Catalogue, fields: Fields) -> Callable[..., Lab]:
    """Makes a lab: situation first, then settings of the pair."""

    def make(
        situation: str = "standalone", *, version: str = "2.17.5", limit_s: float = 5.0, **settings: Value
    ) -> Lab:
        pair = PairStart(
            name="fleet", roles={"primary": "a", "secondary": "b"}, situation=situation, settings=settings
        )
        world = make_world(Setting(version=version, mode="pair", pairs=(pair,)))
        simulator = AmmSimulator(world, catalogue)
        network = DrillNetwork({(name, 80): (simulator, name) for name in ("a", "b")})
        return Lab(simulator, Http(network, limit_s), fields)

    return make
