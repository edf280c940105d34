"""What the management address of real brokers answers, errors included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.brokers import Pair
from tests.live.distributions import VERSIONS, NotAvailable, fetch

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", params=VERSIONS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A redundant replicated pair, used by every check of this module."""
    try:
        distribution = fetch(request.param)
    except NotAvailable as reason:
        pytest.skip(str(reason))
    with Pair(distribution, tmp_path_factory.mktemp("answers"), link=False) as made:
        made.start()
        yield made


def _entry(pair: Pair, request: Any) -> dict[str, Any]:
    answer = pair.primary.ask(request)
    assert answer.status == 200
    found: dict[str, Any] = answer.json()
    return found


def test_a_search_finds_the_broker_by_pattern(pair: Pair) -> None:
    """The name of a broker can be found without being known."""
    found = _entry(pair, {"type": "search", "mbean": "org.apache.activemq.artemis:broker=*"})
    assert found["value"] == ['org.apache.activemq.artemis:broker="primary"']


def test_a_list_of_one_attribute_is_answered_by_an_object(pair: Pair) -> None:
    """The value of a list of one is not bare, though the echoed request looks as if it were."""
    found = _entry(pair, pair.primary.jolokia.read(["Active"]))
    assert found["value"] == {"Active": True}


def test_one_missing_attribute_spoils_its_whole_entry_but_not_the_others(pair: Pair) -> None:
    """Attributes of doubtful presence need an entry of their own; JSON 404 is not always the MBean."""
    jolokia = pair.primary.jolokia
    answer = pair.primary.ask([jolokia.read(["Active", "NoSuchAttribute"]), jolokia.read(["Active"])])
    spoilt, whole = answer.json()
    assert spoilt["status"] == 404
    assert "AttributeNotFoundException" in spoilt["error_type"]
    assert "value" not in spoilt
    assert whole["value"] == {"Active": True}


def test_a_missing_mbean_is_a_404_inside_a_200(pair: Pair) -> None:
    """And names InstanceNotFoundException."""
    mbean = 'org.apache.activemq.artemis:broker="nobody"'
    found = _entry(pair, {"type": "read", "mbean": mbean, "attribute": "Active"})
    assert (found["status"], found["error_type"]) == (404, "javax.management.InstanceNotFoundException")


def test_wrong_credentials_are_an_empty_403(pair: Pair) -> None:
    """Not 401, and nothing to read."""
    answer = pair.primary.jolokia.post({"type": "version"}, password="not-it")
    assert (answer.status, answer.body) == (403, b"")


@pytest.mark.parametrize("origin", [None, "http://elsewhere.example"])
def test_a_wrong_origin_is_a_json_403_inside_a_200(pair: Pair, origin: str | None) -> None:
    """Told from wrong credentials by its body."""
    answer = pair.primary.jolokia.post({"type": "version"}, origin=origin)
    assert answer.status == 200
    assert answer.json()["status"] == 403
    assert "is not allowed to call this agent" in answer.json()["error"]


def test_both_brokers_tell_the_same_topology(pair: Pair) -> None:
    """A passive backup answers too, with its own advertised address as the backup's."""
    told = []
    for broker in pair.brokers:
        answer = broker.ask(broker.jolokia.exec("listNetworkTopology")).json()
        told.append(json.loads(answer["value"]))
    assert told[0] == told[1]
    assert told[0][0]["backup"] == f"127.0.0.1:{pair.backup.advertised}"


def test_the_partners_connections_are_told_from_applications(pair: Pair) -> None:
    """ConnectionCount alone counts the backup's connections as if they were clients."""
    state = pair.primary.state()
    assert state.applications == ()
    assert state.cluster > 0


def test_a_passive_backup_does_not_listen_for_clients(pair: Pair, tmp_path: Path) -> None:
    """A closed port of a backup is healthy."""
    done = pair.backup.artemis(
        "check", "node", "--url", f"tcp://127.0.0.1:{pair.backup.port}?initialConnectAttempts=1"
    )
    assert "Failures: 0, Errors: 0" not in done.stdout
    assert pair.backup.state().started
