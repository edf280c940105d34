"""Starting, failing over, failing back and restarting real pairs of both HA modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.live.distributions import VERSIONS

pytestmark = [pytest.mark.live, pytest.mark.parametrize("version", VERSIONS)]
Walk = Callable[[str, str], dict[str, Any]]


def test_a_clean_stop_of_a_replicated_primary_fails_over_and_it_fails_back(walk: Walk, version: str) -> None:
    """With both failback settings on, exactly the primary is active at the end."""
    figures = walk("failover-failback", version)
    assert figures["failover_after_stop_s"] is not None
    assert figures["active"] == ["primary"]


def test_a_killed_primary_fails_over_and_it_fails_back(walk: Walk, version: str) -> None:
    """A crash needs no more than a clean stop."""
    figures = walk("crash", version)
    assert figures["failover_after_kill_s"] < 30
    assert figures["active"] == ["primary"]


def test_a_backup_that_refuses_failback_keeps_the_primary_as_its_replica(walk: Walk, version: str) -> None:
    """allow-failback is off unless set, and stopping the backup then makes the primary active."""
    figures = walk("failback-refused", version)
    assert figures["refusal"].startswith("AMQ224056: ")
    assert figures["active"] == ["primary"]


def test_the_documented_order_of_a_full_restart_strands_nobody(walk: Walk, version: str) -> None:
    """Slaves down, masters down, masters up, slaves up."""
    figures = walk("full-restart", version)
    assert figures["stranded"] == []
    assert figures["active"] == ["primary"]


def test_masters_stopped_first_strand_who_arrives_while_the_slave_is_alone(walk: Walk, version: str) -> None:
    """They know no other broker, and stay with it when it comes back passive."""
    figures = walk("full-restart-newcomers", version)
    assert figures["stranded"] == ["newcomer-consumer-1", "newcomer-consumer-2", "newcomer-producer"]


def test_masters_stopped_first_do_not_strand_who_followed_the_master(walk: Walk, version: str) -> None:
    """The manual says they are; every version brings them back."""
    assert walk("full-restart-masters-first", version)["stranded"] == []


def test_a_shared_store_pair_fails_over_at_a_clean_stop_when_told_so(walk: Walk, version: str) -> None:
    """failover-on-shutdown on both."""
    figures = walk("shared-failover-failback", version)
    assert figures["failover_after_stop_s"] is not None
    assert figures["active"] == ["primary"]


def test_a_shared_store_pair_does_not_fail_over_at_a_clean_stop_by_default(walk: Walk, version: str) -> None:
    """The backup stays passive and nobody is live."""
    figures = walk("shared-clean-stop-no-failover", version)
    assert figures["failover_after_stop_s"] is None
    assert figures["active"] == ["primary"]


def test_a_killed_shared_store_primary_fails_over_and_it_fails_back(walk: Walk, version: str) -> None:
    """The lock is what decides."""
    figures = walk("shared-crash", version)
    assert figures["failover_after_kill_s"] < 30
    assert figures["active"] == ["primary"]


def test_a_shared_store_backup_without_failback_stays_active(walk: Walk, version: str) -> None:
    """The returned primary waits for the lock."""
    assert walk("shared-crash-no-failback", version)["active"] == ["backup"]
