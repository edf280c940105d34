"""Every event the simulated brokers log is a line of the catalogue, and is found as the one it is."""

from __future__ import annotations

from tests.products.solace.conftest import Make

from handrail.procedure.catalogue import Catalogue

VPN = {"name": "Trading_VPN", "clients": 2, "rate": 100.0, "message_bytes": 1_000_000, "quota_mb": 1000}


def everything(make: Make) -> str:
    """The logs of a walk through the whole failover."""
    lab = make(vpns=[{**VPN, "drain": 300.0}])
    lab.inject("kill", server="ny-1")
    lab.inject("kill", server="ny-2")
    lab.inject("role", server="bos-1", role="active")
    lab.go(30)
    lab.inject("start", server="ny-2")
    lab.go(60)
    lab.inject("start", server="ny-1")
    lab.go(60)
    console = lab.simulator.console("ny-2")
    for line in (
        "enable",
        "configure",
        "service msg-backbone shutdown",
        "y",
        "no service msg-backbone shutdown",
    ):
        console.enter(line)
    lab.inject("role", role="standby")
    lab.go(600)
    return "\n".join(lab.log(server) for server in ("ny-1", "ny-2", "bos-1"))


def test_every_line_is_found_under_its_own_name(make: Make, catalogue: Catalogue) -> None:
    """Would catch a wording that no step could ever see."""
    matcher = catalogue.matcher("10.25.0", "replication")
    lines = everything(make).splitlines()
    for line in lines:
        assert len(matcher.match(line)) == 1, line
    found = {hit.key[0] for line in lines for hit in matcher.match(line)}
    assert found == set(catalogue.messages), "and every message of the catalogue is printed by something"


def test_a_line_has_the_products_head(make: Make) -> None:
    """Would catch a stamp or a priority that a site's own tools would not take."""
    lab = make("failed")
    lab.inject("role", server="bos-1", role="active")
    assert lab.log("bos-1").splitlines()[-1] == (
        "<166>Jan  2 03:14:00 bos-1 event: VPN: VPN_VPN_STATE_CHANGE: Trading_VPN - Message VPN changed state to up"
    )


def test_a_silent_log_says_nothing(make: Make) -> None:
    """Would catch an inject without effect."""
    lab = make("failed")
    lab.inject("log-silent", server="bos-1")
    before = lab.log("bos-1")
    lab.inject("role", server="bos-1", role="active")
    assert lab.log("bos-1") == before
