"""The simulated world's entrances for time, commands and changes: state in, state and log events out.

The same acts at the same moments always give the same world; nothing here knows a clock or chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from handrail.products.living import CannotBe
from handrail.products.solace import flow, sites
from handrail.products.solace.state import (
    Due,
    Phase,
    Printed,
    Side,
    Transaction,
    World,
    Xa,
)
from handrail.products.solace.turn import Turn
from handrail.text import amount

Change = tuple[World, tuple[Printed, ...]]

LISTEN_S, UP_S, READY_S = 10.0, 20.0, 35.0
"""From the start of a broker: its management listens (503), answers, and its message spool is ready."""


def advance(world: World, to_s: float) -> Change:
    """Let the world live until this moment; never backwards."""
    if to_s <= world.now_s:
        return world, ()
    turn = Turn(world)
    while turn.now_s < to_s:
        due = turn.world.due[0] if turn.world.due else None
        crossing = flow.next_crossing_s(turn)
        moments = [to_s]
        moments += [due.at_s] if due is not None else []
        moments += [turn.now_s + crossing] if crossing is not None else []
        moment = max(turn.now_s, min(moments))
        flow.settle(turn, moment - turn.now_s)
        turn.world = replace(turn.world, now_s=moment)
        flow.mark(turn)
        while turn.world.due and turn.world.due[0].at_s <= moment:
            first, rest = turn.world.due[0], turn.world.due[1:]
            turn.world = replace(turn.world, due=rest)
            _happen(turn, first)
    return turn.done(), tuple(turn.printed)


def next_change_s(world: World) -> float | None:
    """When something will next happen by itself."""
    turn = Turn(world)
    crossing = flow.next_crossing_s(turn)
    moments = [due.at_s for due in world.due[:1]]
    moments += [world.now_s + crossing] if crossing is not None else []
    return min(moments, default=None)


def changed(world: World, change: Callable[[Turn], None]) -> Change:
    """The world after one change and all that follows from it at once."""
    turn = Turn(world)
    change(turn)
    sites.react(turn)
    return turn.done(), tuple(turn.printed)


def start(world: World, server: str) -> Change:
    """Start the broker's process; raises CannotBe when it runs."""
    if world.brokers[server].phase is not Phase.DOWN:
        raise CannotBe(f"{server} is already running")

    def change(turn: Turn) -> None:
        broker = turn.broker(server)
        turn.set_broker(
            server,
            phase=Phase.BOOTING,
            epoch=broker.epoch + 1,
            started_s=turn.now_s,
            spool_ready=False,
        )
        turn.later(LISTEN_S, server, "listen")
        turn.later(UP_S, server, "up")
        turn.later(READY_S, server, "ready")

    return changed(world, change)


def stop(world: World, server: str) -> Change:
    """End the broker's process, cleanly or not; raises CannotBe when there is none."""
    if world.brokers[server].phase is Phase.DOWN:
        raise CannotBe(f"{server} is not running")

    def change(turn: Turn) -> None:
        broker = turn.broker(server)
        turn.set_broker(server, phase=Phase.DOWN, epoch=broker.epoch + 1, spool_ready=False)
        mate = turn.world.mate(server)
        if mate is not None:
            turn.say(mate.name, "redundancy-node-left", server)

    return changed(world, change)


def set_vpn(world: World, side: Side, name: str, changes: dict[str, object]) -> Change:
    """Configure a VPN at one site; raises CannotBe while the VPN is busy, KeyError for no such VPN."""
    if world.busy.get(name, -1.0) > world.now_s:
        raise CannotBe(f"Message VPN '{name}' is busy reconciling")
    if name not in world.sites[side].vpns:
        raise KeyError(name)
    return changed(world, lambda turn: sites.change_flags(turn, side, name, changes))


def set_backbone(world: World, server: str, is_up: bool) -> Change:
    """Open or close the msg-backbone service of one broker; all its clients go, bridges too."""

    def change(turn: Turn) -> None:
        if turn.broker(server).backbone is not is_up:
            turn.set_broker(server, backbone=is_up)
            turn.say(server, "listen-port-enabled" if is_up else "listen-port-disabled", "SMF", "55555")

    return changed(world, change)


def complete(world: World, side: Side, name: str, xid: str, how: str) -> Change:
    """Heuristically commit or roll back a transaction; raises KeyError, CannotBe."""
    found = transaction(world, side, name, xid)
    if found.state is Xa.COMPLETE:
        raise CannotBe(f"Transaction '{xid}' is already heuristically completed")
    return _set_transactions(
        world,
        side,
        name,
        [
            replace(item, state=Xa.COMPLETE, how=how, since_s=world.now_s) if item.xid == xid else item
            for item in world.sites[side].vpns[name].transactions
        ],
    )


def delete_transaction(world: World, side: Side, name: str, xid: str) -> Change:
    """Free a heuristically completed transaction; raises KeyError, CannotBe for one that is not."""
    if transaction(world, side, name, xid).state is not Xa.COMPLETE:
        raise CannotBe(f"Transaction '{xid}' is not heuristically completed")
    rest = [item for item in world.sites[side].vpns[name].transactions if item.xid != xid]
    return _set_transactions(world, side, name, rest)


def disconnect(world: World, side: Side, name: str, client: str) -> Change:
    """End one client's session; it connects again wherever it is let in. Raises KeyError."""
    traffic = world.traffic[name]
    index = traffic.names.index(client) if client in traffic.names else -1
    if index < 0 or traffic.places[index] is not side:
        raise KeyError(client)

    def change(turn: Turn) -> None:
        places = list(traffic.places)
        places[index] = None
        turn.set_traffic(name, places=tuple(places))

    return changed(world, change)


def transaction(world: World, side: Side, name: str, xid: str) -> Transaction:
    """One transaction; raises KeyError."""
    for item in world.sites[side].vpns[name].transactions:
        if item.xid == xid:
            return item
    raise KeyError(xid)


def harmed(world: World) -> tuple[str, ...]:
    """What was hurt for good so far, by VPN: publishes refused, messages at two sites, service shut."""
    found = list(world.lost)
    for side, site in world.sites.items():
        for vpn in site.vpns.values():
            if vpn.rejected >= 1:
                found.append(f"{vpn.name}: {int(vpn.rejected)} publishes refused")
            if vpn.local_only >= 1:
                found.append(f"{vpn.name}: {amount(int(vpn.local_only), 'message')} only at one site")
            if vpn.diverged >= 1:
                found.append(f"{vpn.name}: {amount(int(vpn.diverged), 'message')} taken at both sites")
            if side is Side.SURVIVING and not vpn.enabled and vpn.active:
                found.append(f"{vpn.name}: shut down at the surviving site")
    return tuple(found)


def _set_transactions(world: World, side: Side, name: str, items: list[Transaction]) -> Change:
    return changed(world, lambda turn: _keep(turn, side, name, items))


def _keep(turn: Turn, side: Side, name: str, items: list[Transaction]) -> None:
    turn.set_vpn(side, name, transactions=tuple(items))


def _happen(turn: Turn, due: Due) -> None:
    if due.what == "bridge":
        sites.connect_bridge(turn, due.subject)
    else:
        broker = turn.broker(due.subject)
        if broker.epoch != due.epoch:
            return
        if due.what == "listen":
            turn.set_broker(due.subject, phase=Phase.STARTING)
        elif due.what == "up":
            turn.set_broker(due.subject, phase=Phase.UP)
            mate = turn.world.mate(due.subject)
            if mate is not None:
                turn.say(mate.name, "redundancy-node-joined", due.subject)
        elif due.what == "ready" and not broker.spool_fault:
            turn.set_broker(due.subject, spool_ready=True)
            turn.say(due.subject, "spool-changed", "AD-Active" if _alone(turn, due.subject) else "AD-Standby")
    sites.react(turn)


def _alone(turn: Turn, server: str) -> bool:
    return not turn.site(turn.broker(server).side).active
