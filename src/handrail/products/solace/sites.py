"""What follows from a change at once: activity, links between sites, where clients are, which bridges stand.

`react` is called after every change. Configuration of a VPN is kept the same at both sites while they see
each other and exactly one of them is active for it: that one leads.
"""

from __future__ import annotations

from dataclasses import replace

from handrail.products.solace import flow
from handrail.products.solace.state import REPLICATION_BRIDGE, Node, Phase, Role, Side, Vpn
from handrail.products.solace.turn import Turn

BRIDGE_RETRY_S = 3.0
"""The retry delay of the replication bridge: its default."""
SYNCED_FLAGS = (
    "enabled",
    "reject_on_discard",
    "reject_when_ineligible",
    "transaction_mode",
    "quota_mb",
)
"""What config-sync carries to the other replication site; the role goes to HA mates only."""


def react(turn: Turn) -> None:
    """Let everything follow that follows at once."""
    for side in turn.world.sites:
        _elect(turn, side)
    _link(turn)
    place_clients(turn)
    _bridges(turn)
    flow.mark(turn)


def leader(turn: Turn, name: str) -> Side | None:
    """The site that leads the VPN's configuration: the one that is active, if only one is."""
    active = [side for side in turn.vpns if turn.vpns[side][name].active]
    return active[0] if len(active) == 1 else None


def change_flags(turn: Turn, side: Side, name: str, changes: dict[str, object]) -> None:
    """Change a VPN at one site, and at the other what config-sync carries there."""
    carried = {key: value for key, value in changes.items() if key in SYNCED_FLAGS}
    old = turn.vpn(side, name)
    new = turn.set_vpn(side, name, **changes)
    if carried and name in turn.world.in_sync:
        turn.set_vpn(side.other, name, **carried)
    if new.role is not old.role or new.enabled is not old.enabled:
        turn.say_at(side, "vpn-state-change", name, operational_state(bool(turn.site(side).active), new))


def open_for_bridges(turn: Turn, side: Side) -> bool:
    """Whether the other site can connect: an active node, its backbone up, its ports not closed."""
    site = turn.site(side)
    return bool(site.active) and turn.broker(site.active).backbone and not site.blocked and not site.cut_off


def operational_state(has_activity: bool, vpn: Vpn) -> str:
    """The VPN's `state` at a site with an active node or without: up, down or standby."""
    if not vpn.enabled or not has_activity:
        return "down"
    return "standby" if vpn.replicated and vpn.role is Role.STANDBY else "up"


def serves(turn: Turn, side: Side, name: str) -> bool:
    """Whether a client that is connected there may stay."""
    site, vpn = turn.site(side), turn.vpns[side][name]
    return bool(site.active) and turn.broker(site.active).backbone and operational_state(True, vpn) == "up"


def place_clients(turn: Turn) -> None:
    """Clients stay where they are served, else connect to the first site that takes them."""
    open_at = {side: not site.blocked for side, site in turn.world.sites.items()}
    reached = {side: not site.cut_off for side, site in turn.world.sites.items()}
    for name, traffic in turn.traffic.items():
        served = {side: serves(turn, side, name) for side in turn.vpns}
        places: list[Side | None] = []
        for index, place in enumerate(traffic.places):
            is_local = index < traffic.local
            if place is not None and served[place] and (is_local or reached[place]):
                places.append(place)
                continue
            hosts = (Side.FAILED,) if is_local else (Side.FAILED, Side.SURVIVING)
            places.append(
                next(
                    (
                        side
                        for side in hosts
                        if served[side] and open_at[side] and (is_local or reached[side])
                    ),
                    None,
                )
            )
        if tuple(places) != traffic.places:
            turn.set_traffic(name, places=tuple(places))


def _elect(turn: Turn, side: Side) -> None:
    """Activity stays where it is while it can; the primary takes it before the backup."""
    site = turn.site(side)
    able = [broker.name for broker in turn.world.at(side) if broker.phase is Phase.UP and broker.spool_ready]
    if site.active in able:
        return
    active = able[0] if able else ""
    if active != site.active:
        turn.set_site(side, active=active)
        if active and turn.broker(active).node is Node.BACKUP:
            turn.say(active, "redundancy-changed", "Backup", "Local Active")


def _link(turn: Turn) -> None:
    linked = not turn.world.link_cut and all(open_for_bridges(turn, side) for side in turn.world.sites)
    turn.world = replace(turn.world, linked=linked)
    synced = {name for name in turn.traffic if linked and leader(turn, name) is not None}
    for name in sorted(synced - turn.world.in_sync):
        _follow(turn, name)
    turn.world = replace(turn.world, in_sync=frozenset(synced))


def _follow(turn: Turn, name: str) -> None:
    """The site that does not lead takes over what the leader has."""
    leads = leader(turn, name)
    if leads is not None:
        source = turn.vpn(leads, name)
        flags = {key: getattr(source, key) for key in SYNCED_FLAGS}
        turn.set_vpn(leads.other, name, **flags)


def may_bridge(turn: Turn, name: str) -> bool:
    """Whether the VPN's bridge can stand: one site active, the other standby, each sees the other."""
    leads = leader(turn, name)
    if leads is None or not turn.world.linked:
        return False
    both = (turn.vpn(leads, name), turn.vpn(leads.other, name))
    return all(vpn.enabled and vpn.replicated for vpn in both)


def _bridges(turn: Turn) -> None:
    standing = set(turn.world.bridges)
    awaited = {due.subject for due in turn.world.due if due.what == "bridge"}
    for name in turn.traffic:
        able = may_bridge(turn, name)
        if able and name not in standing and name not in awaited:
            turn.later(BRIDGE_RETRY_S, name, "bridge")
        elif not able and name in standing:
            standing.discard(name)
            _say_bridge(turn, name, "vpn-bridge-down", "connection down")
    turn.world = replace(turn.world, bridges=frozenset(standing))


def connect_bridge(turn: Turn, name: str) -> None:
    """The bridge's next try: it stands if it can."""
    if may_bridge(turn, name):
        turn.world = replace(turn.world, bridges=turn.world.bridges | {name})
        _say_bridge(turn, name, "vpn-bridge-up")


def _say_bridge(turn: Turn, name: str, message: str, *more: str) -> None:
    """The standby site, which holds the bridge, tells of it."""
    for side in turn.vpns:
        if not turn.vpns[side][name].active:
            remote = turn.world.sites[side.other].active or turn.world.at(side.other)[0].name
            turn.say_at(side, message, name, "1", REPLICATION_BRIDGE, remote, name, *more)
