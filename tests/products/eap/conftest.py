"""What the tests of EAP share: the catalogue, the fields, and simulated worlds with a client for each server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from handrail.clock import ManualClock
from handrail.drill.network import DrillNetwork
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.fields import Fields, load_fields
from handrail.products.eap.client import EapClient
from handrail.products.eap.product import PRODUCT
from handrail.products.eap.simulator import EapSimulator
from handrail.products.http import Http
from handrail.products.product import Answer
from handrail.products.setting import Setting
from handrail.readings import Reading, Value

FOLDER = Path(__file__).parents[3] / "procedures" / "eap"
START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)


@dataclass
class Lab:
    """A simulator, and a client for each of its servers over real HTTP bytes."""

    simulator: EapSimulator
    network: DrillNetwork
    http: Http
    fields: Fields
    clock: ManualClock
    now: float = 0.0

    def client(self, server: str, **changes: Any) -> EapClient:
        options: dict[str, Any] = {
            "credentials": lambda: ("admin", "drill"),
            "credentials_ref": "eap-admin",
            "fields": self.fields,
            "http": self.http,
            "clock": self.clock,
        }
        return EapClient(server, f"http://{server}:9990", **{**options, **changes})

    async def readings(self, server: str, *names: str) -> Sequence[Reading]:
        return await self.client(server).read(names)

    async def read(self, server: str, *names: str) -> Mapping[str, Value | None]:
        """Values by field, of the messaging server `default` where there are rows."""
        found: dict[str, Value | None] = {}
        for reading in await self.client(server).read(names):
            found.setdefault(reading.field, reading.value)
        return found

    async def rows(self, server: str, name: str) -> Mapping[str, Value | None]:
        return {reading.row: reading.value for reading in await self.client(server).read([name])}

    async def failed(self, server: str, name: str = "active", **changes: Any) -> Reading:
        reading = (await self.client(server, **changes).read([name]))[0]
        assert reading.value is None
        assert reading.failure is not None
        assert reading.meaning, "a failure without a meaning helps nobody"
        return reading

    async def send(self, server: str, *lines: str, **arguments: Value) -> Answer:
        return await self.client(server).perform("cli", {"cli": "\n".join(lines), **arguments})

    def go(self, seconds: float) -> None:
        self.now += seconds
        self.simulator.advance(self.now)

    def log(self, server: str) -> str:
        return "\n".join(self.simulator.lines(server, 0))

    def phase(self, key: str) -> str:
        return self.simulator.world.brokers[key].phase.value

    def messages(self, key: str) -> Mapping[str, int]:
        world = self.simulator.world
        return world.files[world.brokers[key].journal].messages


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """What EAP prints."""
    return load_catalogue(FOLDER / "messages.toml")


@pytest.fixture(scope="session")
def fields() -> Fields:
    """What can be read of EAP."""
    return load_fields(FOLDER / "fields.toml")


@pytest.fixture
def lab(catalogue: Catalogue, fields: Fields) -> Callable[..., Lab]:
    """Makes a world of one pair, node-a and node-b, in a situation."""

    def make(situation: str = "healthy", **options: Any) -> Lab:
        roles = ("node-one", "node-two") if situation == "colocated" else ("live", "backup")
        pair = {
            "name": "pair1",
            "roles": dict(zip(roles, ("node-a", "node-b"), strict=True)),
            "situation": situation,
            "settings": options.pop("settings", {}),
        }
        setting = Setting.model_validate(
            {
                "version": options.pop("version", "7.4.0"),
                "mode": options.pop("mode", "replication"),
                "pairs": (pair,),
                "clients": tuple(options.pop("clients", ())),
                "start": options.pop("start", {}),
            }
        )
        simulator = PRODUCT.simulated(setting, catalogue, START)
        limit_s = options.pop("limit_s", 5.0)
        assert not options
        network = DrillNetwork({(name, 9990): (simulator, name) for name in simulator.world.instances})
        return Lab(simulator, network, Http(network, limit_s), fields, ManualClock())

    return make
