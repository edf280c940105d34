"""The simulated sites: queues that fill and drain, the fence, config-sync and its trap, two active sites."""

from __future__ import annotations

import pytest
from tests.products.solace.conftest import Make

from handrail.products.living import CannotBe
from handrail.products.setting import Setting
from handrail.products.solace import flow, world
from handrail.products.solace.scene import make_world
from handrail.products.solace.state import Phase, Role, Side, Xa

VPN = "Trading_VPN"


def publishing(**more: object) -> list[dict[str, object]]:
    """One VPN of 4 clients that publish 100 messages of 1 MB a second; its queue holds 1000."""
    one = {"name": VPN, "clients": 4, "rate": 100.0, "message_bytes": 1_000_000, "quota_mb": 1000}
    return [{**one, "drain": 300.0, **more}]


def test_a_healthy_pair_replicates_and_nothing_waits(make: Make) -> None:
    """Would catch a queue that grows although the bridge carries all that is published."""
    lab = make(vpns=publishing())
    lab.go(600)
    here = lab.vpn(Side.FAILED)
    assert (here.eligible, here.queue, here.transitions) == (True, 0.0, 0)
    assert lab.vpn(Side.SURVIVING).role is Role.STANDBY
    assert not lab.simulator.harmed()


def test_after_the_promotion_the_queue_fills_by_what_is_published(make: Make) -> None:
    """Would catch a backlog that stands still, clients that stay away, or a site that serves as standby."""
    lab = make("failed", vpns=publishing())
    assert lab.simulator.world.traffic[VPN].places == (None,) * 4, "a standby VPN refuses clients"
    lab.inject("role", server="bos-1", role="active")
    assert lab.simulator.world.traffic[VPN].places == (Side.SURVIVING,) * 4
    lab.go(5)
    assert lab.vpn(Side.SURVIVING).queue == pytest.approx(500)
    assert not lab.vpn(Side.SURVIVING).eligible


def test_the_high_event_comes_at_80_percent_and_the_quota_event_when_full(make: Make) -> None:
    """Would catch thresholds that depend on how often the world is looked at."""
    lab = make("failed", vpns=publishing())
    lab.inject("role", server="bos-1", role="active")
    lab.go(7.99)
    assert "VPN_AD_MSG_SPOOL_HIGH:" not in lab.log("bos-1")
    lab.go(0.02)
    assert "VPN_AD_MSG_SPOOL_HIGH: Trading_VPN - Message VPN (1) Queue #MSGVPN_REPLICATION_DATA_QUEUE" in (
        lab.log("bos-1")
    )
    lab.go(100)
    assert lab.log("bos-1").count("VPN_AD_MSG_SPOOL_HIGH:") == 1
    assert lab.log("bos-1").count("VPN_AD_MSG_SPOOL_QUOTA_EXCEED:") == 1


def test_the_same_world_comes_out_however_often_it_is_looked_at(make: Make) -> None:
    """Would catch integration by steps: a drill at another speed would end otherwise."""
    one, many = (make("failed", vpns=publishing()) for _ in range(2))
    for lab in (one, many):
        lab.inject("role", server="bos-1", role="active")
    one.go(40)
    for _ in range(400):
        many.go(0.1)
    for side in Side:
        a, b = one.vpn(side), many.vpn(side)
        assert (a.queue, a.rejected, a.queued_async) == pytest.approx((b.queue, b.rejected, b.queued_async))
    assert one.log("bos-1").count("\n") == many.log("bos-1").count("\n")


def test_a_full_queue_refuses_publishes_unless_replication_is_suspended(make: Make) -> None:
    """Would catch a step 3 without effect: the very thing it is for."""
    lab = make("failed", vpns=publishing())
    lab.inject("role", server="bos-1", role="active")
    lab.go(12)
    assert lab.vpn(Side.SURVIVING).rejected == pytest.approx(200)
    changes: dict[str, object] = {"reject_on_discard": False}
    lab.simulator.take(world.set_vpn(lab.simulator.world, Side.SURVIVING, VPN, changes))
    lab.go(3)
    assert lab.vpn(Side.SURVIVING).rejected == pytest.approx(200)
    assert lab.vpn(Side.SURVIVING).local_only == pytest.approx(300)
    assert lab.simulator.harmed() == (
        "Trading_VPN: 200 publishes refused",
        "Trading_VPN: 300 messages only at one site",
    )


def test_synchronous_publishes_are_blocked_when_ineligible_is_to_reject(make: Make) -> None:
    """Would catch reject-msg-when-sync-ineligible taken for a word without effect."""
    lab = make("failed", vpns=publishing(synchronous=True, reject_when_ineligible=True))
    lab.inject("role", server="bos-1", role="active")
    lab.go(4)
    assert lab.vpn(Side.SURVIVING).queue == 0
    assert lab.vpn(Side.SURVIVING).rejected == pytest.approx(400)


def test_the_bridge_drains_the_queue_and_only_then_is_the_vpn_eligible(make: Make) -> None:
    """Would catch a Y under S while messages still wait."""
    lab = make("failed", vpns=publishing())
    lab.inject("role", server="bos-1", role="active")
    lab.go(6)
    lab.inject("role", role="standby")
    lab.inject("site-up")
    lab.go(36)
    queued = lab.vpn(Side.SURVIVING).queue
    assert queued == 1000, "full before the site was back"
    lab.go(3)
    assert VPN in lab.simulator.world.bridges
    assert not lab.vpn(Side.SURVIVING).eligible
    lab.go(queued / (300 - 100))
    assert lab.vpn(Side.SURVIVING).queue == 0
    assert lab.vpn(Side.SURVIVING).eligible
    assert "VPN_AD_MSG_SPOOL_HIGH_CLEAR:" in lab.log("bos-1")


def test_a_returned_site_is_active_and_takes_its_local_clients(make: Make) -> None:
    """Would catch the harm of step 2 left out: messages taken at both sites."""
    lab = make("failed", vpns=publishing(local_clients=1))
    lab.inject("role", server="bos-1", role="active")
    lab.inject("site-up")
    lab.go(36)
    assert lab.vpn(Side.FAILED).role is Role.ACTIVE
    assert lab.simulator.world.traffic[VPN].places[0] is Side.FAILED
    lab.go(10)
    assert any("taken at both sites" in line for line in lab.simulator.harmed())


@pytest.mark.parametrize("fence", ["block-ports", "backbone"])
def test_a_fence_before_the_return_keeps_every_client_off(make: Make, fence: str) -> None:
    """Would catch a fence that does not hold over the restart."""
    lab = make("failed", vpns=publishing(local_clients=2))
    for server in ("ny-1", "ny-2"):
        lab.inject(fence, server=server, enabled=False)
    lab.inject("role", server="bos-1", role="active")
    lab.inject("site-up")
    lab.go(60)
    assert Side.FAILED not in lab.simulator.world.traffic[VPN].places
    assert lab.simulator.world.brokers["ny-1"].phase is Phase.UP
    assert not any("both sites" in line for line in lab.simulator.harmed())


def test_the_backbone_of_one_node_does_not_fence_its_mate(make: Make) -> None:
    """Would catch the trap of a flag that no other broker follows: activity moves, and clients are back."""
    lab = make(vpns=publishing())
    lab.inject("backbone", enabled=False)
    assert lab.simulator.world.traffic[VPN].places == (None,) * 4
    lab.inject("kill", server="ny-1")
    assert lab.simulator.world.traffic[VPN].places == (Side.FAILED,) * 4


def test_closed_ports_leave_sessions_that_stand_until_they_are_ended(make: Make) -> None:
    """Would catch a firewall taken for a fence while old sessions go on."""
    lab = make("split", vpns=publishing(local_clients=1))
    lab.inject("block-ports")
    assert lab.simulator.world.traffic[VPN].places == (Side.FAILED,) * 4
    for client in ("app-1", "app-2", "app-3", "app-4"):
        lab.simulator.take(world.disconnect(lab.simulator.world, Side.FAILED, VPN, client))
    assert lab.simulator.world.traffic[VPN].places == (None,) * 4


def test_a_site_cut_off_still_serves_its_local_clients(make: Make) -> None:
    """Would catch 'not reachable' taken for 'not living'."""
    lab = make("isolated", vpns=publishing(local_clients=1))
    assert lab.simulator.world.traffic[VPN].places == (Side.FAILED, None, None, None)


def test_a_vpn_shut_at_the_leading_site_is_shut_at_the_other(make: Make) -> None:
    """The trap of the per-VPN flag: what was to fence the failed site shuts the service at the survivor."""
    lab = make(vpns=publishing())
    lab.inject("vpn-enabled", enabled=False)
    assert not lab.vpn(Side.SURVIVING).enabled
    lab.inject("kill", server="ny-1")
    lab.inject("kill", server="ny-2")
    lab.inject("role", server="bos-1", role="active")
    assert "Trading_VPN: shut down at the surviving site" in lab.simulator.harmed()


def test_a_vpn_shut_at_the_failed_site_is_opened_by_the_new_leader(make: Make) -> None:
    """The same trap the other way: the fence opens by itself as soon as the site is standby."""
    lab = make("split", vpns=publishing(local_clients=1))
    lab.inject("role", server="bos-1", role="active")
    lab.inject("vpn-enabled", enabled=False)
    lab.inject("heal-link")
    assert not lab.vpn(Side.FAILED).enabled, "both lead: nothing is carried"
    lab.inject("role", role="standby")
    assert lab.vpn(Side.FAILED).enabled


def test_two_active_sites_are_out_of_sync_and_have_no_bridge(make: Make) -> None:
    """Would catch a simulated repair that the product does not make."""
    lab = make(vpns=publishing())
    lab.inject("role", server="bos-1", role="active")
    lab.go(30)
    assert VPN not in lab.simulator.world.bridges
    assert VPN not in lab.simulator.world.in_sync
    assert lab.vpn(Side.FAILED).transitions == 1


def test_activity_goes_to_the_mate_and_stays_there(make: Make) -> None:
    """Would catch an auto-revert nobody configured."""
    lab = make()
    lab.inject("kill", server="ny-1")
    assert lab.simulator.world.sites[Side.FAILED].active == "ny-2"
    lab.inject("start", server="ny-1")
    lab.go(60)
    assert lab.simulator.world.sites[Side.FAILED].active == "ny-2"


def test_a_spool_that_is_not_ready_gives_no_activity_until_it_is_mended(make: Make) -> None:
    """Would catch a step 4-2 that always passes."""
    lab = make("failed", roles={"failed": "ny-1", "standby": "bos-1"})
    lab.inject("spool-not-ready")
    lab.inject("site-up")
    lab.go(300)
    assert lab.simulator.world.sites[Side.FAILED].active == ""
    lab.inject("spool-ready")
    assert lab.simulator.world.sites[Side.FAILED].active == "ny-1"


def test_a_transaction_is_completed_once_and_deleted_only_then(make: Make) -> None:
    """Would catch a delete that takes the decision with it."""
    lab = make(vpns=publishing(transactions=["x-1", "x-2"]))
    state = lab.simulator.world
    with pytest.raises(CannotBe, match="not heuristically completed"):
        world.delete_transaction(state, Side.FAILED, VPN, "x-1")
    state, _ = world.complete(state, Side.FAILED, VPN, "x-1", "rollback")
    done = world.transaction(state, Side.FAILED, VPN, "x-1")
    assert (done.state, done.how) == (Xa.COMPLETE, "rollback")
    with pytest.raises(CannotBe, match="already"):
        world.complete(state, Side.FAILED, VPN, "x-1", "commit")
    state, _ = world.delete_transaction(state, Side.FAILED, VPN, "x-1")
    assert [item.xid for item in state.sites[Side.FAILED].vpns[VPN].transactions] == ["x-2"]


def test_a_site_restored_from_its_backup_is_active_again_and_its_messages_are_gone(make: Make) -> None:
    """Would catch a restore that brings back what was on the lost disk, or forgets the role it was saved with."""
    lab = make("failed", vpns=publishing(backlog=70, transactions=["x-1"]))
    lab.inject("role", role="standby")
    lab.inject("restore-from-backup")
    restored = lab.vpn(Side.FAILED)
    assert (restored.role, restored.queue, restored.transactions) == (Role.ACTIVE, 0.0, ())
    assert lab.simulator.harmed() == ("Trading_VPN: 70 messages gone with the disk",)


def test_what_had_not_left_the_failed_site_stays_there(make: Make) -> None:
    """Would catch messages of step 4-7 that drain although their site is standby."""
    lab = make("failed", vpns=publishing(backlog=70))
    lab.inject("role", server="bos-1", role="active")
    lab.inject("role", role="standby")
    lab.inject("site-up")
    lab.go(600)
    assert lab.vpn(Side.FAILED).queue == 70
    assert lab.vpn(Side.SURVIVING).eligible


def test_a_vpn_without_replication_is_left_alone(make: Make) -> None:
    """Would catch roles and queues of VPNs that have none."""
    lab = make(vpns=[{"name": "local_only", "replicated": False, "rate": 10.0}])
    lab.go(100)
    assert (lab.vpn(Side.FAILED, "local_only").queue, lab.simulator.world.bridges) == (0.0, frozenset())
    assert flow.percent(lab.vpn(Side.FAILED, "local_only"), lab.simulator.world.traffic["local_only"]) == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pairs": [{"name": "p", "roles": {"failed": "a"}}]}, "no server has the role standby"),
        ({"pairs": [{"name": "p", "roles": {"failed": "a", "standby": "b", "x": "c"}}]}, "not x"),
        (
            {"pairs": [{"name": "p", "roles": {"failed": "a", "standby": "b"}, "situation": "odd"}]},
            "begins healthy",
        ),
        (
            {"pairs": [{"name": "p", "roles": {"failed": "a", "standby": "b"}, "settings": {"odd": True}}]},
            "odd is no setting",
        ),
        ({"start": {"vpns": [{"name": "a"}, {"name": "a"}]}}, "two VPNs are named a"),
        ({"start": {"vpns": [{"name": "a", "colour": 1}]}}, "colour"),
        ({"start": {}}, "vpns"),
        ({"clients": [{"pair": "p", "on": "a"}]}, "start.vpns"),
    ],
)
def test_words_that_are_not_known_are_refused(wrong: dict[str, object], words: str) -> None:
    """Would catch a scenario's misspelling that silently changes the drill."""
    good: dict[str, object] = {
        "version": "10.25.0",
        "mode": "replication",
        "pairs": [{"name": "p", "roles": {"failed": "a", "standby": "b"}}],
        "start": {"vpns": [{"name": "Trading_VPN"}]},
    }
    make_world(Setting.model_validate(good, strict=False))
    with pytest.raises(ValueError, match=words):
        make_world(Setting.model_validate({**good, **wrong}, strict=False))
