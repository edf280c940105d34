"""What flows: publishes into the replication queues, and out of them over the bridges.

Between two changes everything is linear, so the moments at which a queue passes a threshold, is full or is
drained are computed, not stepped towards: the same world comes out however often it is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from handrail.products.solace.state import (
    CLEAR_PERCENT,
    HIGH_PERCENT,
    MEGABYTE,
    REPLICATION_QUEUE,
    Side,
    Traffic,
    Vpn,
)
from handrail.products.solace.turn import Turn

_NEAR = 1e-6
"""A fraction of a message that is no difference."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a second of one VPN at one site."""

    queued: float = 0.0
    drained: float = 0.0
    rejected: float = 0.0
    local_only: float = 0.0
    taken: float = 0.0

    @property
    def net(self) -> float:
        """How fast the queue grows; negative when it drains."""
        return self.queued - self.drained


STILL = Rates()


def capacity(vpn: Vpn, traffic: Traffic) -> float:
    """How many messages the replication queue holds."""
    return vpn.quota_mb * MEGABYTE / traffic.size


def percent(vpn: Vpn, traffic: Traffic) -> float:
    """How full the replication queue is."""
    return 100.0 * vpn.queue / capacity(vpn, traffic) if vpn.quota_mb else 0.0


def rates(turn: Turn, side: Side, vpn: Vpn) -> Rates:
    """What flows now."""
    traffic = turn.traffic[vpn.name]
    if not vpn.active or not (vpn.queue or traffic.rate):
        return STILL
    published = traffic.share(side)
    carried = traffic.drain if vpn.name in turn.world.bridges else 0.0
    if traffic.synchronous and vpn.reject_when_ineligible and not vpn.eligible:
        return Rates(drained=carried if vpn.queue > 0 else 0.0, rejected=published)
    room = min(published, carried) if vpn.is_full else published
    left = published - room
    drained = carried if vpn.queue > 0 else min(carried, room)
    if vpn.reject_on_discard:
        return Rates(room, drained, left, 0.0, room)
    return Rates(room, drained, 0.0, left, published)


def settle(turn: Turn, seconds: float) -> None:
    """Let everything flow for so long; nothing may change within it."""
    if seconds <= 0:
        return
    for side, vpns in turn.vpns.items():
        for name, vpn in vpns.items():
            flow = rates(turn, side, vpn)
            if flow is STILL:
                continue
            most = capacity(vpn, turn.traffic[name])
            diverges = side is Side.FAILED and turn.vpns[side.other][name].active
            turn.set_vpn(
                side,
                name,
                queue=min(most, max(0.0, vpn.queue + flow.net * seconds)),
                queued_async=vpn.queued_async + (0.0 if vpn.eligible else flow.queued * seconds),
                rejected=vpn.rejected + flow.rejected * seconds,
                local_only=vpn.local_only + flow.local_only * seconds,
                diverged=vpn.diverged + (flow.taken * seconds if diverges else 0.0),
            )


def next_crossing_s(turn: Turn) -> float | None:
    """Seconds until a queue passes a threshold, is full, or is drained."""
    found = [
        wait
        for side, vpns in turn.vpns.items()
        for vpn in vpns.values()
        if (wait := _wait(vpn, turn.traffic[vpn.name], rates(turn, side, vpn).net)) is not None
    ]
    return min(found, default=None)


def mark(turn: Turn) -> None:
    """Take note of what was passed: the events of the queues, and who may replicate synchronously."""
    for side in turn.vpns:
        for name, vpn in list(turn.vpns[side].items()):
            if vpn.queue or vpn.is_high or vpn.is_full:
                _mark_level(turn, side, vpn)
            if vpn.eligible or vpn.active:
                _mark_eligible(turn, side, turn.vpns[side][name])


def _wait(vpn: Vpn, traffic: Traffic, net: float) -> float | None:
    most = capacity(vpn, traffic)
    if net > 0:
        levels = [] if vpn.is_high else [most * HIGH_PERCENT / 100]
        levels += [] if vpn.is_full else [most]
        ahead = [level - vpn.queue for level in levels if level > vpn.queue + _NEAR]
    elif net < 0:
        levels = [most * CLEAR_PERCENT / 100, 0.0] if vpn.is_high else [0.0]
        ahead = [vpn.queue - level for level in levels if vpn.queue > level + _NEAR]
    else:
        return None
    return min(ahead) / abs(net) if ahead else None


def _mark_level(turn: Turn, side: Side, vpn: Vpn) -> None:
    traffic = turn.traffic[vpn.name]
    most = capacity(vpn, traffic)
    high, clear = most * HIGH_PERCENT / 100, most * CLEAR_PERCENT / 100
    level = (vpn.name, "1", REPLICATION_QUEUE)
    kilobytes = str(int(vpn.queue * traffic.size / 1000))
    if not vpn.is_high and vpn.queue >= high - _NEAR:
        turn.set_vpn(side, vpn.name, is_high=True)
        turn.say_at(side, "vpn-spool-high", *level, str(int(high * traffic.size / 1000)), "80", kilobytes)
    elif vpn.is_high and vpn.queue <= clear + _NEAR:
        turn.set_vpn(side, vpn.name, is_high=False)
        turn.say_at(
            side, "vpn-spool-high-clear", *level, str(int(clear * traffic.size / 1000)), "60", kilobytes
        )
    if not vpn.is_full and vpn.queue >= most - _NEAR:
        turn.set_vpn(side, vpn.name, is_full=True, queue=most)
        turn.say_at(side, "vpn-spool-quota", *level, str(vpn.quota_mb))
    elif vpn.is_full and vpn.queue < most - _NEAR:
        turn.set_vpn(side, vpn.name, is_full=False)


def _mark_eligible(turn: Turn, side: Side, vpn: Vpn) -> None:
    drained = vpn.queue <= _NEAR and rates(turn, side, vpn).net <= 0
    able = vpn.active and vpn.name in turn.world.bridges and drained
    if able and not vpn.eligible:
        turn.set_vpn(side, vpn.name, eligible=True, queue=0.0)
    elif vpn.eligible and not able:
        lost = 1 if vpn.active else 0
        turn.set_vpn(side, vpn.name, eligible=False, transitions=vpn.transitions + lost)
