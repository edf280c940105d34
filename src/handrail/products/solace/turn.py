"""One change of the world under construction: what was changed so far, what was printed, what is due."""

from __future__ import annotations

from bisect import insort
from dataclasses import replace
from typing import Any

from handrail.products.solace.state import Broker, Due, Node, Phase, Printed, Side, Site, Traffic, Vpn, World


class Turn:
    """Holds a World and changes it; `done` gives the result.

    VPNs and traffic lie in dictionaries of their own while the turn lasts: hundreds of them change at once.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.vpns: dict[Side, dict[str, Vpn]] = {side: dict(site.vpns) for side, site in world.sites.items()}
        self.traffic: dict[str, Traffic] = dict(world.traffic)
        self.printed: list[Printed] = []

    def done(self) -> World:
        """The world as this turn leaves it."""
        sites = {side: replace(site, vpns=self.vpns[side]) for side, site in self.world.sites.items()}
        return replace(self.world, sites=sites, traffic=self.traffic)

    @property
    def now_s(self) -> float:
        """The moment of this turn."""
        return self.world.now_s

    def broker(self, name: str) -> Broker:
        """The broker as it is now; raises KeyError."""
        return self.world.brokers[name]

    def site(self, side: Side) -> Site:
        """The site as it is now; its VPNs are in `vpns`."""
        return self.world.sites[side]

    def node(self, side: Side, node: Node) -> Broker | None:
        """The site's primary or backup, if it has one."""
        return next((item for item in self.world.at(side) if item.node is node), None)

    def vpn(self, side: Side, name: str) -> Vpn:
        """The VPN at this site; raises KeyError."""
        return self.vpns[side][name]

    def set_broker(self, name: str, **changes: Any) -> Broker:
        """Change a broker."""
        changed = replace(self.world.brokers[name], **changes)
        self.world = replace(self.world, brokers={**self.world.brokers, name: changed})
        return changed

    def set_site(self, side: Side, **changes: Any) -> None:
        """Change a site; its VPNs are changed by `set_vpn`."""
        changed = replace(self.world.sites[side], **changes)
        self.world = replace(self.world, sites={**self.world.sites, side: changed})

    def set_vpn(self, side: Side, name: str, **changes: Any) -> Vpn:
        """Change a VPN at one site; raises KeyError."""
        changed = replace(self.vpns[side][name], **changes)
        self.vpns[side][name] = changed
        return changed

    def set_traffic(self, name: str, **changes: Any) -> None:
        """Change what the clients of a VPN do; raises KeyError."""
        self.traffic[name] = replace(self.traffic[name], **changes)

    def lose(self, what: str) -> None:
        """Note something that is lost for good."""
        self.world = replace(self.world, lost=(*self.world.lost, what))

    def later(self, delay_s: float, subject: str, what: str) -> None:
        """Let something happen by itself; a new process of the broker makes it void."""
        broker = self.world.brokers.get(subject)
        epoch = 0 if broker is None else broker.epoch
        due = list(self.world.due)
        insort(due, Due(self.now_s + delay_s, self.world.orders, subject, what, epoch))
        self.world = replace(self.world, due=tuple(due), orders=self.world.orders + 1)

    def say(self, server: str, message: str, *arguments: str, offset_s: float = 0.0) -> None:
        """Write an event into a broker's log, if it runs and its log is not silent."""
        broker = self.world.brokers[server]
        if broker.phase is Phase.UP and not broker.log_silent:
            self.printed.append(Printed(self.now_s, server, message, arguments, offset_s))

    def say_at(self, side: Side, message: str, *arguments: str) -> None:
        """Write an event into the log of the site's active broker."""
        if active := self.world.sites[side].active:
            self.say(active, message, *arguments)
