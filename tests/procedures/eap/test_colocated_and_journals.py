"""Colocated servers, the choice of a journal, a backup made live: what these walks are for, held."""

from __future__ import annotations

import pytest
from tests.procedures.eap.test_walks import straight

from handrail.drill.scenario import scenarios
from handrail.products.eap.state import Phase

WALKED = ("colocate-replication", "colocate-shared-store")


@pytest.mark.parametrize(
    ("name", "scenario"),
    [(name, item.id) for name in WALKED for item in scenarios(f"eap/{name}")],
)
def test_the_straight_way_hurts_nobody(name: str, scenario: str) -> None:
    """Would catch a walk that ends well on the screen with clients stranded or messages gone."""
    end = straight(name, scenario)
    assert end.walk.how.startswith("complete")
    assert end.harmed == ()
    assert end.world.lost == ()


def test_the_messages_of_both_nodes_come_along_to_the_crossed_store() -> None:
    """Would catch directories that are not crossed, and messages left behind or dropped for want of bindings."""
    world = straight("colocate-shared-store", "colocate-shared-store").world
    for own, other in (("node-a", "node-b"), ("node-b", "node-a")):
        live, backup = world.brokers[f"{own}/default"], world.brokers[f"{other}/backup"]
        assert live.phase is Phase.LIVE
        assert backup.phase is Phase.WAITING
        assert live.places == backup.places
    assert sum(world.files["*:/srv/messaging/journal-A"].messages.values()) >= 150
    assert world.brokers["node-a/default"].journal != world.brokers["node-b/default"].journal


@pytest.mark.parametrize("scenario", ["colocate-replication", "colocate-replication-old"])
def test_each_colocated_backup_replicates_the_other_node(scenario: str) -> None:
    """Would catch groups that are not crossed, or a new server left with the shipped cluster password."""
    brokers = straight("colocate-replication", scenario).world.brokers
    for own, other in (("node-a", "node-b"), ("node-b", "node-a")):
        assert brokers[f"{own}/default"].phase is Phase.LIVE
        assert brokers[f"{own}/backup"].phase is Phase.SYNCED
        assert brokers[f"{own}/backup"].follows == f"{other}/default"
        assert brokers[f"{own}/backup"].cluster.password == brokers[f"{own}/default"].cluster.password
        assert not set(brokers[f"{own}/backup"].places) & set(brokers[f"{own}/default"].places[:3])
