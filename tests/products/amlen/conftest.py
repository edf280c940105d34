"""What the tests of Amlen share: catalogue, fields, and a simulated pair with clients that ask it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from handrail.clock import ManualClock
from handrail.drill.network import DrillNetwork
from handrail.procedure.catalogue import Catalogue, load_catalogue
from handrail.procedure.fields import Fields, load_fields
from handrail.products.amlen.asking import PLACES
from handrail.products.amlen.client import AmlenClient
from handrail.products.amlen.scene import make_world
from handrail.products.amlen.simulator import DEFAULT_START, AmlenSimulator
from handrail.products.http import Http
from handrail.products.product import Answer, Request, Response, Result
from handrail.products.setting import PairStart, Setting
from handrail.readings import Reading, Value

PRODUCT = Path(__file__).parents[3] / "procedures" / "amlen"
RECORDINGS = Path(__file__).parents[2] / "recordings" / "amlen"
CANARY = "canary-47-secret"
ALL = sorted(PLACES)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """What Amlen logs."""
    return load_catalogue(PRODUCT / "messages.toml")


@pytest.fixture(scope="session")
def fields() -> Fields:
    """What can be read of Amlen."""
    return load_fields(PRODUCT / "fields.toml")


@dataclass
class Lab:
    """One simulated pair, a (designated primary) and b, and a client for each."""

    simulator: AmlenSimulator
    http: Http
    fields: Fields
    clock: ManualClock
    now: float = 0.0

    def client(self, server: str, **changes: Any) -> AmlenClient:
        """The client of one server."""
        options: dict[str, Any] = {
            "credentials": lambda: ("admin", CANARY),
            "credentials_ref": "amlen-admin",
            "fields": self.fields,
            "http": self.http,
            "clock": self.clock,
        }
        return AmlenClient(server, f"http://{server}:9089", **{**options, **changes})

    async def read(self, server: str, *names: str) -> dict[str, Value | None]:
        """Values by field."""
        return {reading.field: reading.value for reading in await self.client(server).read(names or ALL)}

    async def states(self) -> list[tuple[Value | None, Value | None]]:
        """State and role of a and of b; None where nothing can be read."""
        told = [await self.read(name, "state", "role") for name in ("a", "b")]
        return [(item["state"], item["role"]) for item in told]

    async def failed(self, server: str, name: str = "state", **changes: Any) -> Reading:
        """A reading that must have failed, with its meaning."""
        [reading] = await self.client(server, **changes).read([name])
        assert reading.value is None
        assert reading.failure is not None
        assert reading.meaning, "a failure without a meaning helps nobody"
        return reading

    async def tell(self, server: str, operation: str, /, **arguments: Value) -> Answer:
        """Send an operation, which must be accepted."""
        answer = await self.client(server).perform(operation, arguments)
        assert answer.result is Result.ACCEPTED, answer.detail
        return answer

    def overhear(self) -> list[Request]:
        """The requests that arrive from now on."""
        heard: list[Request] = []
        answer = self.simulator.answer

        def hear(server: str, request: Request) -> Response:
            heard.append(request)
            return answer(server, request)

        self.simulator.answer = hear  # type: ignore[method-assign]
        return heard

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.simulator.advance(self.now)

    def log(self, server: str) -> str:
        """All that the server has logged."""
        return "\n".join(self.simulator.lines(server, 0))


@pytest.fixture
def lab(catalogue: Catalogue, fields: Fields) -> Callable[..., Lab]:
    """Makes a lab: situation first, then settings of the pair."""

    def make(situation: str = "healthy", *, limit_s: float = 5.0, **settings: Value) -> Lab:
        pair = PairStart(
            name="grp1", roles={"primary": "a", "standby": "b"}, situation=situation, settings=settings
        )
        world = make_world(Setting(version="1.1dev local", mode="pair", pairs=(pair,)))
        simulator = AmlenSimulator(world, catalogue, password=CANARY, start=DEFAULT_START)
        network = DrillNetwork({(name, 9089): (simulator, name) for name in ("a", "b")})
        return Lab(simulator, Http(network, limit_s), fields, ManualClock())

    return make
