"""Split brains of real replicated pairs with real clients: who is stranded after which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.live.distributions import NEWEST, VERSIONS

pytestmark = pytest.mark.live
Walk = Callable[[str, str], dict[str, Any]]
SLAVES_CLIENTS = ["slave-consumer-1", "slave-consumer-2", "slave-producer"]


@pytest.mark.quick
def test_the_documented_order_frees_clients_that_the_slaves_restart_stranded(walk: Walk) -> None:
    """One split brain from its making to its end: the shortcut strands, the six steps leave nobody."""
    figures = walk("quick-split", NEWEST)
    assert figures["both_active"] == [True, True]
    assert figures["stranded_after_step_2"] == SLAVES_CLIENTS
    assert figures["stranded"] == []
    assert figures["active"] == ["primary"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_documented_order_leaves_nobody_stranded(walk: Walk, version: str) -> None:
    """Everybody is on the slave in step 5 and on the master after step 6."""
    figures = walk("split-documented", version)
    assert figures["stranded"] == []
    assert figures["clients_ended"] == []
    assert figures["step5_clients_on_slave_s"] < 120
    assert figures["active"] == ["primary"]
    assert figures["step2_synced_at_once_s"] < 15


@pytest.mark.parametrize("version", VERSIONS)
def test_restarting_the_slave_alone_strands_its_clients(walk: Walk, version: str) -> None:
    """A minute later every client of the slave still calls the slave."""
    assert walk("split-slave-only", version)["stranded"] == SLAVES_CLIENTS


@pytest.mark.parametrize("version", VERSIONS)
def test_clients_that_followed_from_the_master_find_back_by_themselves(walk: Walk, version: str) -> None:
    """Only those that first met the slave are stranded by its restart."""
    assert walk("split-followers", version)["stranded"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_slave_that_cannot_reach_its_master_waits_passively(walk: Walk, version: str) -> None:
    """Restarted while the link is still cut it does not go live, and synchronises when the link heals."""
    figures = walk("split-link-still-cut", version)
    assert figures["backup_while_cut"] == "active=False backup=True sync=False"
    assert figures["redundant_after_heal_s"] < 60


@pytest.mark.parametrize("version", VERSIONS)
def test_the_defaults_split_the_pair_when_the_primary_returns(walk: Walk, version: str) -> None:
    """And split it once more at step 4 while they stay as they are."""
    figures = walk("split-by-return", version)
    assert figures["both_active"] == [True, True]
    assert figures["after_step4_both_active"] == [True, True]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_slave_took_alone_can_be_exported_while_it_is_stopped(walk: Walk, version: str) -> None:
    """The export holds the messages; the returned pair does not."""
    figures = walk("split-export", version)
    assert figures["queues_backup"]["delta"] == 25
    assert figures["export_messages"] == 25
    assert figures["queues_primary_after"].get("delta", 0) == 0
