"""The EAP procedures of a shared store on real servers, the store a directory both reach: sealed, verified."""

from __future__ import annotations

import pytest
from tests.live.processes import wait_until
from tests.live.wildfly_pairs import Pair, is_live

pytestmark = pytest.mark.live


def test_a_pair_moves_to_a_shared_store_with_its_messages(pair: Pair) -> None:
    """The messages of the live server are copied along; the backup waits beside it."""
    pair.first.send(3)
    pair.walk("eap/configure-shared-store", "configure-shared-store", place=str(pair.folder / "shared"))
    assert pair.messages(pair.first) == 3
    assert not is_live(pair.second)


def test_a_pair_that_failed_over_is_failed_back(pair: Pair) -> None:
    """The live server is killed and the backup takes the store; the walk brings it back."""
    pair.fail_over()
    pair.second.send(4)
    pair.walk("eap/failback-shared-store", "failback-shared-store")
    assert pair.messages(pair.first) == 7


def test_a_backup_that_does_not_give_way_is_killed(pair: Pair) -> None:
    """allow-failback is false: the live server waits for the lock until the backup is ended (30.5)."""
    policy = "/subsystem=messaging-activemq/server=default/ha-policy=shared-store-slave"
    pair.second.cli(f"{policy}:write-attribute(name=allow-failback,value=false)")
    pair.second.cli(":reload")
    wait_until("the backup to wait again", 60, lambda: pair.second.answers() and not is_live(pair.second), 2)
    pair.fail_over()
    pair.walk("eap/failback-shared-store", "failback-shared-store-kill")
    assert pair.messages(pair.first) == 7
