"""What the tests of Solace share: the catalogue, the fields, and two sites with clients in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from handrail.clock import ManualClock
from handrail.drill.network import DrillNetwork
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.fields import Fields, load_fields
from handrail.products.http import Http
from handrail.products.product import Answer
from handrail.products.setting import Setting
from handrail.products.solace.client import SolaceClient
from handrail.products.solace.scene import make_world
from handrail.products.solace.simulator import SolaceSimulator
from handrail.products.solace.state import Side, Vpn
from handrail.readings import Reading, Value

PRODUCT = Path(__file__).parents[3] / "procedures" / "solace"
CANARY = "canary-48-secret"
START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
ROLES = {"failed": "ny-1", "failed-mate": "ny-2", "standby": "bos-1"}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """What Solace prints."""
    return load_catalogue(PRODUCT / "messages.toml")


@pytest.fixture(scope="session")
def fields() -> Fields:
    """What can be read of Solace."""
    return load_fields(PRODUCT / "fields.toml")


@dataclass
class Lab:
    """Two sites, and a client for each of their brokers."""

    simulator: SolaceSimulator
    network: DrillNetwork
    http: Http
    fields: Fields
    clock: ManualClock

    def client(self, server: str, **changes: Any) -> SolaceClient:
        """The client of one broker."""
        options: dict[str, Any] = {
            "credentials": lambda: ("admin", CANARY),
            "credentials_ref": "solace-admin",
            "fields": self.fields,
            "http": self.http,
            "clock": self.clock,
            "health_url": f"http://{server}:8080",
        }
        return SolaceClient(server, f"http://{server}:8080", **{**options, **changes})

    async def read(self, server: str, *names: str, **changes: Any) -> list[Reading]:
        """Some fields of one broker."""
        return list(await self.client(server, **changes).read(names))

    async def value(self, server: str, name: str, row: str = "") -> Value | None:
        """One value."""
        return (await self.one(server, name, row)).value

    async def one(self, server: str, name: str, row: str = "", **changes: Any) -> Reading:
        """One reading; a failure always comes with its meaning."""
        [reading] = [item for item in await self.read(server, name, **changes) if item.row == row]
        assert reading.failure is None or reading.meaning, "a failure without a meaning helps nobody"
        return reading

    async def do(self, server: str, operation: str, **arguments: Value) -> Answer:
        """Perform one operation."""
        return await self.client(server).perform(operation, arguments)

    def go(self, seconds: float) -> None:
        """Let the world live."""
        self.simulator.advance(self.simulator.world.now_s + seconds)

    def inject(self, name: str, **arguments: Value) -> None:
        """Cause a fault; `server` is the failed site's primary unless given."""
        self.simulator.inject(name, {"server": "ny-1", **arguments})

    def vpn(self, side: Side, name: str = "Trading_VPN") -> Vpn:
        """A VPN as one site has it."""
        return self.simulator.world.sites[side].vpns[name]

    def log(self, server: str) -> str:
        """All of a broker's log."""
        return "\n".join(self.simulator.lines(server, 0))


Make = Callable[..., Lab]


@pytest.fixture
async def make(catalogue: Catalogue, fields: Fields) -> AsyncIterator[Make]:
    """Makes labs; their connections end with the test."""
    made: list[Lab] = []

    def build(
        situation: str = "healthy",
        vpns: list[Mapping[str, Any]] | None = None,
        roles: Mapping[str, str] = ROLES,
        limit_s: float = 5.0,
        **settings: bool,
    ) -> Lab:
        one = {"name": "Trading_VPN", "clients": 4, "rate": 100.0}
        setting = Setting.model_validate(
            {
                "version": "10.25.0",
                "mode": "replication",
                "pairs": [
                    {
                        "name": "trading",
                        "roles": dict(roles),
                        "situation": situation,
                        "settings": settings,
                    }
                ],
                "start": {"vpns": vpns or [one]},
            },
            strict=False,
        )
        simulator = SolaceSimulator(make_world(setting), catalogue, password=CANARY, start=START)
        network = DrillNetwork({(name, 8080): (simulator, name) for name in roles.values()})
        lab = Lab(simulator, network, Http(network, limit_s), fields, ManualClock())
        made.append(lab)
        return lab

    yield build
    for lab in made:
        await lab.http.close()
        await lab.network.close()
