"""What is so at a simulated broker and its site, by name, whether or not anybody can read it from outside."""

from __future__ import annotations

from handrail.products.product import Truth
from handrail.products.solace.state import Phase, World


def of(world: World, name: str) -> Truth:
    """The broker's process, and its site as somebody standing there finds it."""
    broker = world.brokers[name]
    site = world.sites[broker.side]
    return {
        "runs": broker.phase is not Phase.DOWN,
        "has-activity": site.active == name,
        "client-ports-closed": site.blocked,
        "site-cut-off": site.cut_off,
    }
