"""Apache ActiveMQ Artemis as a Product: its clients, its simulated pairs, its scripts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from handrail.clock import Clock
from handrail.inventory.model import Server
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.products.artemis.asking import DEFAULT_CLUSTER_USER
from handrail.products.artemis.client import ArtemisClient
from handrail.products.artemis.injects import injects
from handrail.products.artemis.scene import SITUATIONS, ClientPlan, PairPlan, make_world
from handrail.products.artemis.simulator import DEFAULT_ORIGIN, PASSWORD, USER, ArtemisSimulator
from handrail.products.artemis.state import Behaviour, Mode, Settings
from handrail.products.exchange import Fetcher
from handrail.products.setting import PairStart, Setting
from handrail.products.usual import Usual

PORT = 8161
"""The console's port as the instance is created."""


class Artemis:
    """Implements Product."""

    name = "artemis"
    usual = Usual(
        url=f"http://localhost:{PORT}/console/jolokia",
        told=("name", "version", "active"),
        user=USER,
        origin=DEFAULT_ORIGIN,
        log="/var/lib/artemis/log/artemis.log",
        service="artemis-{name}",
        alike="node-id",
        policy=("ha-policy", "backup", "ha-mode"),
    )
    management_path = "/console/jolokia/"

    def client(
        self, server: Server, secret: str, fields: Fields, http: Fetcher, clock: Clock
    ) -> ArtemisClient:
        """A client over Jolokia."""
        user = server.user
        return ArtemisClient(
            server.name,
            server.url,
            origin=server.origin or DEFAULT_ORIGIN,
            credentials=None if user is None else lambda: (user, secret),
            credentials_ref=str(server.password) if server.password is not None else "",
            fields=fields,
            http=http,
            clock=clock,
            broker_name=server.broker,
            cluster_user=server.cluster_user or DEFAULT_CLUSTER_USER,
        )

    def simulated(self, setting: Setting, catalogue: Catalogue, start: datetime) -> ArtemisSimulator:
        """Pairs of a master and a slave; their settings are those of `Settings`."""
        clients = [
            ClientPlan(f"{group.prefix}-{group.on}-{number}", group.pair, group.on, group.queue, group.rate)
            for group in setting.clients
            for number in range(1, group.count + 1)
        ]
        behaviour = Behaviour(setting.behaviour) if setting.behaviour else Behaviour.DOCUMENTED
        world = make_world(
            [_pair(pair) for pair in setting.pairs],
            clients,
            mode=Mode(setting.mode),
            version=setting.version,
            behaviour=behaviour,
        )
        return ArtemisSimulator(world, catalogue, start=start)

    def drill_server(self, name: str) -> tuple[Server, str]:
        """A console on its usual port, with the drill's own login."""
        server = Server(
            name=name, product=self.name, url=f"http://{name}:{PORT}", origin=DEFAULT_ORIGIN, user=USER
        )
        return server, PASSWORD

    def command_words(self, server: str, command: str) -> str:
        """As the instance's bin directory has them."""
        del server
        return "artemis kill" if command == "kill" else f"artemis-service {command}"

    def injects(self) -> Collection[str]:
        """The faults of the simulated world."""
        return injects()


PRODUCT = Artemis()

SETTINGS = frozenset(Settings.__dataclass_fields__)


def _pair(pair: PairStart) -> PairPlan:
    if set(pair.roles) != {"master", "slave"}:
        raise ValueError(f"{pair.name}: the roles of a pair are master and slave")
    if pair.situation not in SITUATIONS:
        raise ValueError(f"{pair.name}: a pair begins {', '.join(SITUATIONS)}")
    if unknown := set(pair.settings) - SETTINGS:
        known = ", ".join(sorted(SETTINGS))
        raise ValueError(f"{pair.name}: {sorted(unknown)[0]} is no setting; known: {known}")
    settings = Settings(**{key: bool(value) for key, value in pair.settings.items()})
    return PairPlan(pair.name, pair.roles["master"], pair.roles["slave"], pair.situation, settings)
