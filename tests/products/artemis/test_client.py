"""The client against the simulator over real HTTP bytes: readings, failures, operations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from handrail.clock import ManualClock
from handrail.drill.network import DrillNetwork
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.products.artemis import asking
from handrail.products.artemis.client import ArtemisClient
from handrail.products.artemis.operations import OPERATIONS
from handrail.products.artemis.scene import ClientPlan, PairPlan, Situation, make_world
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.products.artemis.state import Mode, Phase, Settings
from handrail.products.http import Http
from handrail.products.product import Result
from handrail.readings import Failure, Reading, Value

CANARY = "canary-47-secret"
ALL = sorted(asking.fields())


@dataclass
class Lab:
    """A simulator, and a client for each of its servers."""

    simulator: ArtemisSimulator
    network: DrillNetwork
    http: Http
    fields: Fields
    clock: ManualClock
    now: float = 0.0

    def client(self, server: str, **changes: Any) -> ArtemisClient:
        options: dict[str, Any] = {
            "origin": "http://localhost",
            "credentials": lambda: ("admin", CANARY),
            "credentials_ref": "artemis-admin",
            "fields": self.fields,
            "http": self.http,
            "clock": self.clock,
        }
        return ArtemisClient(server, f"http://{server}:8161", **{**options, **changes})

    async def read(self, server: str, *names: str) -> dict[str, Value | None]:
        return {reading.field: reading.value for reading in await self.client(server).read(names or ALL)}

    async def failed(self, server: str, name: str = "active", **changes: Any) -> Reading:
        [reading] = await self.client(server, **changes).read([name])
        assert reading.value is None
        assert reading.failure is not None
        assert reading.meaning, "a failure without a meaning helps nobody"
        return reading

    def go(self, seconds: float) -> None:
        self.now += seconds
        self.simulator.advance(self.now)


def lab(
    catalogue: Catalogue,
    fields: Fields,
    *,
    version: str = "2.44.0",
    mode: Mode = Mode.REPLICATION,
    situation: Situation = "healthy",
    clients: Sequence[ClientPlan] = (ClientPlan("one", "p"), ClientPlan("two", "p")),
    limit_s: float = 5.0,
) -> Lab:
    """One pair and its clients."""
    plan = PairPlan("p", "a", "b", situation, settings=Settings(failover_on_shutdown=True))
    world = make_world([plan], clients, version=version, mode=mode)
    simulator = ArtemisSimulator(world, catalogue, password=CANARY)
    network = DrillNetwork({(name, 8161): (simulator, name) for name in ("a", "b")})
    return Lab(simulator, network, Http(network, limit_s), fields, ManualClock())


@pytest.fixture
def pair(catalogue: Catalogue, fields: Fields) -> Lab:
    """A healthy replicated pair of 2.44.0 with two clients."""
    return lab(catalogue, fields)


async def test_a_healthy_pair_reads_as_real_ones_do(pair: Lab) -> None:
    """The values that were measured on a real pair, master and slave."""
    pair.go(10)
    master, slave = await pair.read("a"), await pair.read("b")
    common = {"started": True, "replica-sync": True, "version": "2.44.0", "ha-mode": "replication"}
    assert common.items() <= master.items()
    assert common.items() <= slave.items()
    assert (master["active"], master["backup"], slave["active"], slave["backup"]) == (
        True,
        False,
        False,
        True,
    )
    assert master["node-id"] == slave["node-id"]
    assert master["ha-policy"] == "Replication Primary w/quorum voting"
    assert (master["connections"], master["client-connections"]) == (5, 2)
    assert (master["topology-live"], master["topology-backup"]) == ("a:61616", "b:61616")
    assert (slave["topology-live"], slave["total-messages"]) == ("a:61616", 0)
    assert (master["total-messages"], master["uptime-s"], master["name"]) == (150, 10, "a")


async def test_messages_come_as_a_row_for_each_queue(pair: Lab) -> None:
    """A delta is counted queue by queue; a passive backup has no queue to count."""
    rows = await pair.client("a").read(["messages"])
    counts = {reading.row: reading.value for reading in rows}
    assert counts == {"orders": 120, "invoices": 30, "DLQ": 0, "ExpiryQueue": 0}
    assert {reading.unit for reading in rows} == {"messages"}
    assert (await pair.failed("b", "messages")).failure is Failure.MBEAN_MISSING


async def test_a_split_reads_as_a_split(catalogue: Catalogue, fields: Fields) -> None:
    """Same node id, both active, neither in sync: what the recovery must see first."""
    split = lab(catalogue, fields, situation="split", clients=[ClientPlan("x", "p", "b")])
    master, slave = await split.read("a"), await split.read("b")
    assert master["active"] is slave["active"] is True
    assert master["replica-sync"] is slave["replica-sync"] is False
    assert master["node-id"] == slave["node-id"]
    assert (master["client-connections"], slave["client-connections"]) == (0, 1)
    assert (slave["topology-live"], slave["topology-backup"]) == ("b:61616", "")


@pytest.mark.parametrize(
    ("version", "missing"),
    [
        ("2.6.3", {"clock-ms", "ha-policy"}),
        ("2.16.0", {"clock-ms"}),
        ("2.31.2", set()),
        ("2.56.0", set()),
    ],
)
async def test_old_releases_tell_less_and_nothing_else_fails(
    catalogue: Catalogue, fields: Fields, version: str, missing: set[str]
) -> None:
    """One attribute that a release lacks would otherwise fail the whole read."""
    old = lab(catalogue, fields, version=version)
    readings = await old.client("a").read(ALL)
    assert {reading.field for reading in readings if reading.failure is Failure.NOT_SUPPORTED} == missing
    assert {reading.failure for reading in readings if reading.field not in missing} == {None}
    assert (await old.read("a"))["active"] is True
    assert (await old.read("b"))["active"] is False
    assert (await old.read("b"))["ha-mode"] == "replication"
    assert {reading.field for reading in readings} == set(ALL)


async def test_what_is_read_has_the_declared_type(pair: Lab) -> None:
    """Expectations compare values by type; a count that came as text would never be met."""
    for reading in [*await pair.client("a").read(ALL), *await pair.client("b").read(ALL)]:
        if reading.value is not None:
            assert pair.fields[reading.field].accepts(reading.value), reading


async def test_every_field_of_the_file_is_asked_for_and_no_other(fields: Fields) -> None:
    """A field without a question would be offered to procedures and never read."""
    assert {field.name for field in fields} == asking.fields()


async def test_a_shared_store_says_its_mode_and_that_nothing_is_synchronised(
    catalogue: Catalogue, fields: Fields
) -> None:
    """ReplicaSync is false on a healthy shared store; a verdict on it would never be met."""
    store = lab(catalogue, fields, mode=Mode.SHARED_STORE)
    assert (await store.read("a", "ha-mode"))["ha-mode"] == "shared-store"
    assert (await store.failed("a", "replica-sync")).failure is Failure.NOT_SUPPORTED


async def test_one_read_is_one_request_once_the_name_is_known(pair: Lab) -> None:
    """Readings of one moment belong together, and an operator's broker is not to be pestered."""
    asked: list[bytes] = []
    send = pair.http.send

    async def counting(base_url: str, request: Any, credentials: Any = None) -> Any:
        asked.append(request.body)
        return await send(base_url, request, credentials)

    pair.http.send = counting  # type: ignore[method-assign]
    client = pair.client("a")
    await client.read(ALL)
    await client.read(ALL)
    assert len(asked) == 3
    assert b"search" in asked[0]


TROUBLES: Mapping[str, tuple[Failure, str]] = {
    "refuse-management": (Failure.REFUSED, "console"),
    "wrong-credentials": (Failure.WRONG_CREDENTIALS, "user and password"),
    "half-answer": (Failure.TIMED_OUT, "0.05 s"),
    "http-503": (Failure.BOOTING, "starting or stopping"),
    "freeze": (Failure.TIMED_OUT, "hangs"),
    "kill": (Failure.REFUSED, "process is down"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_each_trouble_is_a_typed_reading_with_its_meaning(
    catalogue: Catalogue, fields: Fields, trouble: str
) -> None:
    """An operator acts on the meaning: a wrong password is no dead broker."""
    failure, words = TROUBLES[trouble]
    # Only what never comes is waited for so shortly: a busy host must not make a time-out of the others.
    sick = lab(catalogue, fields, limit_s=0.05 if failure is Failure.TIMED_OUT else 30)
    sick.simulator.inject(trouble, {"server": "a"})
    reading = await sick.failed("a")
    assert reading.failure is failure
    assert words in reading.meaning


async def test_a_foreign_origin_is_told_from_a_wrong_password(pair: Lab) -> None:
    """Both say 403; one is mended in the inventory's origin, the other in its credentials."""
    foreign = await pair.failed("a", origin="http://a:8161")
    assert foreign.failure is Failure.ORIGIN_REFUSED
    assert "jolokia-access.xml" in foreign.meaning
    wrong = await pair.failed("a", credentials=lambda: ("admin", "guess"))
    assert wrong.failure is Failure.WRONG_CREDENTIALS


async def test_a_broker_that_restarts_inside_its_process_is_told_so(pair: Lab) -> None:
    """During a failback the slave's MBean is gone for a while: no reason for alarm."""
    client = pair.client("b")
    await client.read(["active"])
    pair.simulator.command("a", "kill")
    pair.go(10)
    pair.simulator.command("a", "start")
    while pair.simulator.world.brokers["b"].phase is not Phase.RESTARTING:
        pair.go(0.1)
    [reading] = await client.read(["active"])
    assert reading.failure is Failure.MBEAN_MISSING
    assert "restarting" in reading.meaning


async def test_a_stale_answer_is_as_it_was(pair: Lab) -> None:
    """The inject that teaches to look at two sources."""
    pair.simulator.inject("stale", {"server": "b"})
    pair.simulator.command("a", "kill")
    pair.go(10)
    assert pair.simulator.world.brokers["b"].phase is Phase.LIVE
    assert (await pair.read("b", "active"))["active"] is False


async def test_an_unknown_field_is_a_reading_not_an_error(pair: Lab) -> None:
    """A procedure of a later handrail must not stop an earlier one."""
    assert (await pair.failed("a", "no-such-field")).failure is Failure.NOT_SUPPORTED


async def test_an_operation_is_shown_as_it_is_sent_without_its_secret(pair: Lab) -> None:
    """What is confirmed must be what goes out."""
    client = pair.client("a")
    await client.read(["version"])
    shown = "\n".join(client.show("freeze-replication", {}).lines)
    assert "POST http://a:8161/console/jolokia/" in shown
    assert "<secret:artemis-admin>" in shown
    assert "freezeReplication()" in shown
    assert CANARY not in shown


async def test_freeze_replication_splits_the_pair(pair: Lab) -> None:
    """The laboratory's way to a split brain, through the wire."""
    answer = await pair.client("a").perform("freeze-replication", {})
    assert answer.result is Result.ACCEPTED
    pair.go(5)
    assert len(pair.simulator.world.live("p")) == 2


async def test_force_failover_hands_over(pair: Lab) -> None:
    """The server stops and its backup is live."""
    assert (await pair.client("a").perform("force-failover", {})).result is Result.ACCEPTED
    pair.go(10)
    assert (await pair.read("b", "active"))["active"] is True


async def test_an_acceptor_that_is_stopped_takes_no_clients(pair: Lab) -> None:
    """The way to keep clients off one server of a split pair."""
    answer = await pair.client("a").perform("stop-acceptor", {"acceptor": "artemis"})
    assert answer.result is Result.ACCEPTED
    pair.go(1)
    assert (await pair.read("a", "client-connections"))["client-connections"] == 0
    await pair.client("a").perform("start-acceptor", {"acceptor": "artemis"})
    pair.go(60)
    assert (await pair.read("a", "client-connections"))["client-connections"] == 2


async def test_what_was_not_sent_is_told_from_what_may_have_been(
    catalogue: Catalogue, fields: Fields
) -> None:
    """A step whose request never left may be offered again; the other is undecided."""
    sick = lab(catalogue, fields, limit_s=1)
    client = sick.client("a", broker_name="a")
    sick.simulator.inject("half-answer", {"server": "a"})
    assert (await client.perform("freeze-replication", {})).result is Result.UNKNOWN
    sick.simulator.inject("wrong-credentials", {"server": "a"})
    assert (await client.perform("freeze-replication", {})).result is Result.REFUSED
    sick.simulator.command("a", "kill")
    refused = await client.perform("freeze-replication", {})
    assert refused.result is Result.REFUSED
    assert refused.detail.startswith("not sent")


@pytest.mark.parametrize("operation", ["drop-everything", "close-connection"])
async def test_an_unknown_operation_or_a_missing_argument_sends_nothing(pair: Lab, operation: str) -> None:
    """Nothing half-made may go to a broker."""
    answer = await pair.client("a").perform(operation, {})
    assert answer.result is Result.REFUSED
    assert answer.detail.startswith("not sent")


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_every_operation_is_answered_by_the_simulator(pair: Lab, operation: str) -> None:
    """An operation the simulator does not know could not be rehearsed."""
    given = {"acceptor": "artemis", "connection": "1"}
    answer = await pair.client("a").perform(operation, given)
    assert answer.result is Result.ACCEPTED
    assert json.loads(answer.body)[0]["status"] == 200


async def test_several_brokers_in_one_process_must_be_named(pair: Lab) -> None:
    """Reading the wrong one of two brokers would be worse than reading none."""
    from handrail.products.exchange import Fetched

    class Two:
        async def send(self, base_url: str, request: Any, credentials: Any = None) -> Fetched:
            names = ['org.apache.activemq.artemis:broker="a"', 'org.apache.activemq.artemis:broker="b"']
            return Fetched(200, {}, json.dumps([{"value": names, "status": 200}]).encode())

        async def close(self) -> None: ...

    reading = await pair.failed("a", http=Two())
    assert "name one in the inventory" in reading.meaning
