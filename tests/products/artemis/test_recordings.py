"""What real pairs printed and answered, held against the catalogue, the client and the simulator."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.procedure.catalogue import Catalogue
from handrail.products.artemis import asking, mbeans, wire
from handrail.products.artemis.meaning import Unread, of_status
from handrail.products.artemis.scene import ClientPlan, PairPlan, make_world
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.products.exchange import Fetched
from handrail.products.product import Request

RECORDINGS = Path(__file__).parents[2] / "recordings" / "artemis"
SCENARIOS = sorted(path.parent for path in RECORDINGS.glob("*/*/meta.json"))
CODE = re.compile(r"\] (?:\(.*\) )?(AMQ\d{6}): ")
UNLIKE = ("Status", "SessionCount")
"""Attributes the simulator leaves out: handrail reads neither."""


def ids(path: Path) -> str:
    """A recording's name."""
    return f"{path.parent.name}/{path.name}"


def meta(scenario: Path) -> dict[str, Any]:
    """What the recording is of."""
    found: dict[str, Any] = json.loads((scenario / "meta.json").read_text(encoding="utf-8"))
    return found


def answers(scenario: Path) -> Iterator[dict[str, Any]]:
    """The recorded exchanges."""
    for line in (scenario / "answers.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def test_there_are_recordings_to_hold_against() -> None:
    """Without them every test below would pass by holding nothing."""
    assert SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=ids)
def test_every_recorded_line_with_a_known_code_is_recognised(scenario: Path, catalogue: Catalogue) -> None:
    """A wording that a real broker of this release prints and the catalogue does not know."""
    version, mode = meta(scenario)["version"], meta(scenario)["mode"]
    known = {variant.code for message in catalogue.messages.values() for variant in message.variant}
    matcher = catalogue.matcher(version, mode)
    held = 0
    for name in ("primary.log", "backup.log"):
        for line in (scenario / name).read_text(encoding="utf-8").splitlines():
            found = CODE.search(line)
            if found and found.group(1) in known:
                held += 1
                assert matcher.match(line), line
    assert held > 10


@pytest.mark.parametrize("scenario", SCENARIOS, ids=ids)
def test_every_recorded_answer_is_understood_or_a_typed_failure(scenario: Path) -> None:
    """The client's reading of real bytes, not of the simulator's."""
    understood = 0
    for exchange in answers(scenario):
        if "body" not in exchange:
            continue
        headers = {name.lower(): value for name, value in exchange["headers"].items()}
        body = exchange["body"].encode()
        asked = exchange["request"]
        if of_status(Fetched(exchange["status"], headers, body)) is not None:
            continue
        if isinstance(asked, list):
            decoded = wire.decode_answers(body, len(asked))
            understood += sum(isinstance(item, wire.Value) for item in decoded)
            for entry, item in zip(asked, decoded, strict=True):
                if entry.get("operation", "").startswith("listConnections"):
                    question = asking.question("client-connections", asking.Asked(exchange["server"]))
                    told = question.understand([item])
                    assert isinstance(told, int) or (isinstance(told, Unread) and told.meaning)
        else:
            [item] = wire.decode_answers(b"[" + body + b"]", 1)
            understood += isinstance(item, wire.Value)
    assert understood


def states(scenario: Path) -> Iterator[dict[str, Any]]:
    """The recorded exchanges of one server's attributes that succeeded, with the attributes' values."""
    for exchange in answers(scenario):
        asked = exchange["request"]
        if exchange.get("status") == 200 and isinstance(asked, list):
            [first, *_] = json.loads(exchange["body"])
            if isinstance(first, dict) and first.get("status") == 200:
                yield {"server": exchange["server"], **first["value"]}


@pytest.mark.parametrize("scenario", [path for path in SCENARIOS if path.name == "answers"], ids=ids)
def test_the_simulator_answers_the_same_requests_in_the_same_shape(
    scenario: Path, catalogue: Catalogue
) -> None:
    """What differs from a real broker is a defect of the simulator."""
    about = meta(scenario)
    world = make_world([PairPlan("p", "primary", "backup")], version=about["version"])
    simulator = ArtemisSimulator(world, catalogue)
    compared = 0
    for exchange in answers(scenario):
        asked = exchange["request"]
        if "body" not in exchange or not isinstance(asked, dict) or asked["type"] in ("version", "list"):
            continue
        if set(UNLIKE) & set(asked.get("attribute", ())):
            continue
        compared += 1
        given = simulator.answer(exchange["server"], _request(asked, exchange.get("note", "")))
        assert given.status == exchange["status"], asked
        assert given.headers.get("content-type") == exchange["headers"].get("Content-Type"), asked
        if not exchange["body"].startswith("{"):
            continue
        real, simulated = json.loads(exchange["body"]), json.loads(given.body)
        assert set(simulated) == set(real), asked
        assert simulated.get("request") == real.get("request")
        assert {simulated.get(key) for key in ("error", "error_type", "status")} == {
            real.get(key) for key in ("error", "error_type", "status")
        }
        assert _shape(simulated.get("value")) == _shape(real.get("value")), asked
    assert compared > 10


def _request(asked: dict[str, Any] | list[dict[str, Any]], note: str) -> Request:
    headers = {"origin": "http://localhost:1" if note == "origin with port" else "http://localhost"}
    headers["authorization"] = "Basic YWRtaW46YWRtaW4="
    if note in ("wrong password", "no credentials"):
        headers["authorization"] = "Basic eDp5"
    elif note == "no origin":
        del headers["origin"]
    elif note == "foreign origin":
        headers["origin"] = "http://elsewhere.example"
    elif note == "https origin":
        headers["origin"] = "https://localhost"
    return Request("POST", "/console/jolokia/", headers, json.dumps(asked).encode())


def _shape(value: Any) -> Any:
    """What kind of value, with the keys of a map; queues differ by name and are told by their kind."""
    if isinstance(value, dict):
        names = {"<queue>" if mbeans.property_of(key, "queue") else key for key in value}
        return sorted(names), sorted({str(_shape(item)) for item in value.values()})
    if isinstance(value, list):
        return [_shape(item) for item in value]
    if isinstance(value, str) and value.startswith("["):
        return "JSON", _shape(json.loads(value))
    return type(value).__name__


def connections(body: str) -> Iterator[dict[str, Any]]:
    """The rows of every listConnections in the answer to a bulk."""
    told = json.loads(body)
    for entry in told if isinstance(told, list) else ():
        if entry["status"] == 200 and isinstance(entry["value"], str):
            yield from json.loads(entry["value"])["data"]


def _kind(row: dict[str, Any]) -> tuple[str, ...]:
    """What a row of a connection looks like, whatever it tells."""
    named = "application" if row["users"] else "partner"
    types = (f"{key}: {type(value).__name__}" for key, value in sorted(row.items()))
    addresses = (re.sub(r"[\w.]+:\d+$", "HOST:PORT", row[key]) for key in ("remoteAddress", "localAddress"))
    return named, *types, *addresses, re.sub(r"[A-Z][a-z]{2}|\d", "x", row["creationTime"])


@pytest.mark.parametrize("version", ["2.31.2", "2.44.0", "2.56.0"])
def test_the_simulator_lists_connections_as_this_release_does(version: str, catalogue: Catalogue) -> None:
    """Addresses, dates and keys changed between releases; who parses one must be able to rehearse it."""
    world = make_world([PairPlan("p", "primary", "backup")], [ClientPlan("one", "p")], version=version)
    simulator = ArtemisSimulator(world, catalogue)
    asked: dict[str, Any] = {}
    real: set[tuple[str, ...]] = set()
    for scenario in SCENARIOS:
        if meta(scenario)["version"] != version or meta(scenario)["mode"] != "replication":
            continue
        for exchange in answers(scenario):
            if exchange.get("status") == 200 and isinstance(exchange["request"], list):
                asked = exchange["request"][1]
                real |= {_kind(row) for row in connections(exchange["body"])}
    assert {kind[0] for kind in real} == {"application", "partner"}
    asked["mbean"] = mbeans.broker_mbean("primary")
    body = simulator.answer("primary", _request([asked], "")).body.decode()
    assert {_kind(row) for row in connections(body)} == real


def test_only_the_old_jolokia_escapes_slashes(catalogue: Catalogue) -> None:
    """Bytes that a script greps differ between releases although their meaning does not."""
    refused = {"type": "search", "mbean": "org.apache.activemq.artemis:broker=*"}
    for scenario in SCENARIOS:
        if scenario.name != "answers":
            continue
        world = make_world([PairPlan("p", "primary", "backup")], version=meta(scenario)["version"])
        given = ArtemisSimulator(world, catalogue).answer("primary", _request(refused, "foreign origin")).body
        [real] = {
            exchange["body"]
            for exchange in answers(scenario)
            if exchange.get("note") == "foreign origin" and exchange["server"] == "primary"
        }
        assert given.decode() == real


@pytest.mark.parametrize("scenario", SCENARIOS, ids=ids)
def test_a_recorded_state_never_has_a_role_the_client_could_not_tell(scenario: Path) -> None:
    """Active, Backup and ReplicaSync come as truth values in every state a pair goes through."""
    for state in states(scenario):
        for field, attribute in (("backup", "Backup"), ("replica-sync", "ReplicaSync")):
            question = asking.question(field, asking.Asked(state["server"]))
            told = question.understand([wire.Value(state[attribute]), wire.Value(False)])
            assert isinstance(told, bool)
