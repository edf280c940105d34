"""The EAP procedures that colocate two live servers and their backups, on real servers: sealed, verified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.live import wildfly
from tests.live.processes import wait_until
from tests.live.wildfly_pairs import Pair, fresh, is_live, kill

pytestmark = pytest.mark.live


@pytest.fixture(params=wildfly.VERSIONS)
def nodes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two fresh servers of one release, started; each holds messages."""
    with fresh(request.param, tmp_path_factory.mktemp("wildfly")) as servers:
        servers.first.send(3)
        servers.second.send(4)
        yield servers


def test_each_node_becomes_the_others_replica(nodes: Pair) -> None:
    """Both keep their messages; when one is killed its backup in the other process takes over."""
    nodes.walk("eap/colocate-replication", "colocate-replication")
    assert (nodes.messages(nodes.first), nodes.messages(nodes.second)) == (3, 4)
    taken_over(nodes)


def test_each_node_waits_for_the_others_store(nodes: Pair) -> None:
    """Both move to one store with their messages, crosswise; when one is killed the other takes its store."""
    store = str(nodes.folder / "shared")
    nodes.walk("eap/colocate-shared-store", "colocate-shared-store", place=store)
    assert (nodes.messages(nodes.first), nodes.messages(nodes.second)) == (3, 4)
    taken_over(nodes)


def taken_over(nodes: Pair) -> None:
    """Kill node one; node two's process then has two live messaging servers."""
    assert not is_live(nodes.second, "backup")
    kill(nodes.first)
    wait_until("the backup in the other process", 90, lambda: is_live(nodes.second, "backup"), 1.0)
    assert is_live(nodes.second)
