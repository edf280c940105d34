"""What is so at a simulated broker and its site, by name, whether or not anybody can read it from outside."""

from __future__ import annotations

from collections.abc import Mapping

from handrail.products.product import Truth
from handrail.products.solace import showing
from handrail.products.solace.situation import Situation
from handrail.products.solace.state import Phase, World, Xa


def of(world: World, name: str) -> Truth:
    """The broker's process, its site as somebody standing there finds it, and what its command line prints.

    A broker that is down prints nothing.
    """
    broker = world.brokers[name]
    site = world.sites[broker.side]
    return {
        "runs": broker.phase is not Phase.DOWN,
        "has-activity": site.active == name,
        "client-ports-closed": site.blocked,
        "site-cut-off": site.cut_off,
        "vpns-active": sum(vpn.active for vpn in site.vpns.values()),
        "clients-here": sum(place is broker.side for one in world.traffic.values() for place in one.places),
        "queued": int(sum(vpn.queue for vpn in site.vpns.values())),
        "refused": int(sum(vpn.rejected for vpn in site.vpns.values())),
        "taken-at-both": int(sum(vpn.diverged for vpn in site.vpns.values())),
        "transactions-open": sum(
            item.state is Xa.PREPARED for vpn in site.vpns.values() for item in vpn.transactions
        ),
        "spool-ready": broker.spool_ready,
        **_printed(world, name),
    }


def _printed(world: World, name: str) -> Mapping[str, str]:
    """The tables an operator may paste, as this broker would print them at this moment."""
    broker = world.brokers[name]
    if broker.phase is not Phase.UP:
        return {}
    seen = Situation(world, broker)
    return {
        "prints-redundancy": "\n".join(showing.show(seen, ["redundancy"]) or ()),
        "prints-replication": "\n".join(showing.show(seen, ["message-vpn", "*", "replication"]) or ()),
    }
