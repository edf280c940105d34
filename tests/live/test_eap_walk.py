"""The EAP procedures on a real replicated pair: walked by the answers of their drills, sealed, verified."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from tests.live import wildfly
from tests.live.wildfly import WildFly
from tests.live.wildfly_pairs import Pair, is_live, kill

pytestmark = pytest.mark.live


REPLICATION: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("eap/configure-replication", {}),
    ("eap/client-reconnection", {"when-reload": "now"}),
    ("eap/dead-connections", {}),
    ("eap/client-failover", {}),
    ("eap/update-live-backup", {}),
)
"""In this order on one pair: the first makes it."""


def test_a_replicated_pair_is_made_tuned_and_updated(pair: Pair) -> None:
    """Each procedure on the pair the one before has left; each record sealed and verified by stock programs."""
    pair.first.send(3)
    for name, choices in REPLICATION:
        pair.walk(name, choices=choices)
    assert pair.messages(pair.first) == 3


def test_a_pair_that_failed_over_is_failed_back(pair: Pair) -> None:
    """The live server is killed, the backup takes over, the walk brings it back; runs after the test above."""
    pair.fail_over()
    pair.second.send(4)
    pair.walk("eap/failback-replication")
    assert pair.messages(pair.first) == 7


def test_the_journal_of_the_backup_is_selected_and_brought_over(pair: Pair) -> None:
    """The backup served last and both were killed: its messages are on the live server afterwards."""
    pair.fail_over()
    pair.second.send(5)
    kill(pair.second)
    state = pair.walk("eap/select-journal", "select-journal")
    assert state.captured["messages"] == 12
    assert pair.messages(pair.first) == 12


def test_the_journal_of_a_backup_that_was_started_again_is_found_among_the_replaced_ones(pair: Pair) -> None:
    """The backup served last, was started alone, and waits: what it held lies in oldreplica.N."""
    pair.fail_over()
    pair.second.send(6)
    started_again(pair.second)
    newest = newest_copy(pair.second)
    pair.walk("eap/select-journal", "select-journal-restarted", where="oldreplica", number=newest)
    assert pair.messages(pair.first) == 18


def test_a_backup_that_was_started_again_is_made_live_with_what_it_had(pair: Pair) -> None:
    """The live server is lost; its backup becomes live by hand, and the old one its backup. The last on this pair."""
    pair.fail_over()
    pair.second.send(7)
    started_again(pair.second)
    pair.walk("eap/activate-backup-manually", number=newest_copy(pair.second))
    assert pair.messages(pair.second) == 25
    assert not is_live(pair.first)


def started_again(server: WildFly) -> None:
    """End it and start it, while no live server is there for it."""
    kill(server)
    wildfly.start(server)
    time.sleep(5)
    assert not is_live(server), "a replicating backup alone does not activate"


def newest_copy(server: WildFly) -> str:
    """The highest number of its replaced journals."""
    found = (server.base / "data" / "activemq" / "journal").glob("oldreplica.*")
    return str(max(int(copy.suffix[1:]) for copy in found))
