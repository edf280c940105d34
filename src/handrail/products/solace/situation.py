"""What a broker can tell of itself, worked out from the world: its activity, its spool, its part of a VPN."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.products.solace.sites import operational_state
from handrail.products.solace.state import Broker, Node, Phase, Site, Vpn, World


@dataclass(frozen=True, slots=True)
class VirtualRouter:
    """One of the two virtual routers as a broker shows it; without a priority only its activity is told."""

    activity: str
    priority: int | None = None
    reported: str = ""
    spool: str = "AD-Disabled"


@dataclass(frozen=True, slots=True)
class Situation:
    """One broker within its world."""

    world: World
    broker: Broker

    @property
    def site(self) -> Site:
        """The site it belongs to."""
        return self.world.sites[self.broker.side]

    @property
    def mate(self) -> Broker | None:
        """The other node of its HA pair."""
        return self.world.mate(self.broker.name)

    @property
    def is_active(self) -> bool:
        """Whether it has the activity of its HA pair."""
        return self.site.active == self.broker.name

    @property
    def mate_is_up(self) -> bool:
        """Whether its mate answers it."""
        return self.mate is not None and self.mate.phase is Phase.UP

    @property
    def spool(self) -> str:
        """The operational status of its message spool."""
        if not self.broker.spool_ready:
            return "AD-NotReady"
        return "AD-Active" if self.is_active else "AD-Standby"

    @property
    def guaranteed(self) -> str:
        """`guaranteedMsgingOperationalStatus` of SEMP v2."""
        return {"AD-Active": "active", "AD-Standby": "standby"}.get(self.spool, "not-ready")

    @property
    def redundancy(self) -> str:
        """Up or Down, of the group."""
        return "Up" if self.mate_is_up and self.broker.spool_ready and _ready(self.mate) else "Down"

    def router(self, node: Node) -> VirtualRouter:
        """A virtual router: the one of its own role is told in full, the other is shut down on it.

        The values for a spool that is not ready are those of the document's sample.
        """
        if node is not self.broker.node:
            return VirtualRouter("Shutdown")
        standby = 100 if node is Node.PRIMARY else 150
        if self.is_active:
            priority = 250 if node is Node.PRIMARY else 240
            reported = "Standby" if self.mate_is_up and _ready(self.mate) else "None"
            return VirtualRouter("Local Active", priority, reported, self.spool)
        if not self.broker.spool_ready:
            reported = "Backup-Reconcile" if node is Node.PRIMARY else "Primary-Reconcile"
            return VirtualRouter("Local Inactive", 75, reported, self.spool)
        return VirtualRouter("Mate Active", standby, "Active", self.spool)

    def state(self, vpn: Vpn) -> str:
        """A VPN's operational state on this node: down where the node is not the active one."""
        return operational_state(self.is_active, vpn)

    def bridged(self, vpn: Vpn) -> bool:
        """Whether the VPN's replication bridge stands."""
        return vpn.name in self.world.bridges

    def clients(self, vpn: Vpn) -> list[str]:
        """The application clients connected to it in this VPN."""
        if not self.is_active:
            return []
        traffic = self.world.traffic[vpn.name]
        return [
            name
            for name, place in zip(traffic.names, traffic.places, strict=True)
            if place is self.broker.side
        ]

    def client_count(self, vpn: Vpn) -> int:
        """How many they are."""
        if not self.is_active:
            return 0
        return sum(place is self.broker.side for place in self.world.traffic[vpn.name].places)

    def config_sync(self, vpn: Vpn) -> tuple[str, str]:
        """Role and status of the VPN's configuration table."""
        other = self.world.sites[self.broker.side.other].vpns[vpn.name]
        role = "leader" if vpn.active or not vpn.replicated else "follower"
        if vpn.name in self.world.in_sync:
            return role, "in-sync"
        if self.world.linked and vpn.active and other.active:
            return role, "out-of-sync"
        return role, "down"


def _ready(mate: Broker | None) -> bool:
    return mate is not None and mate.spool_ready
