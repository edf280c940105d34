"""Faults and outside events of the simulated world, by the names a scenario uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.products.living import CannotBe, Management
from handrail.products.solace import flow, sites
from handrail.products.solace.state import Phase, Printed, Role, Side, Transaction, Trouble, World
from handrail.products.solace.turn import Turn
from handrail.products.solace.world import Change, changed, start, stop
from handrail.readings import Value
from handrail.text import amount

Arguments = Mapping[str, Value]


def inject(world: World, name: str, arguments: Arguments) -> Change:
    """Cause a fault or an outside event; raises KeyError for an unknown name or a missing argument.

    `server` names a broker, and its whole site for what befalls a site; `vpn` one VPN, `vpns` several joined
    by commas, and none of them all; `for_s` limits troubles, `site = true` makes one of management
    that of the whole site; `rate` is messages a second, `percent` how full.
    """
    if name in _SITES:
        return _SITES[name](world, arguments)
    return changed(world, lambda turn: _INJECTS[name](turn, arguments))


def injects() -> tuple[str, ...]:
    """The names `inject` knows."""
    return (*_INJECTS, *_SITES)


def _side(turn: Turn, arguments: Arguments) -> Side:
    return turn.broker(str(arguments["server"])).side


def _brokers(turn: Turn, arguments: Arguments) -> list[str]:
    """The broker, or with `site = true` every broker of its site."""
    server = turn.broker(str(arguments["server"]))
    return [item.name for item in turn.world.at(server.side)] if arguments.get("site") else [server.name]


def _names(turn: Turn, arguments: Arguments) -> list[str]:
    given = str(arguments.get("vpns", arguments.get("vpn", "")))
    names = [item.strip() for item in given.split(",") if item.strip()] or list(turn.traffic)
    for name in names:
        if name not in turn.traffic:
            raise KeyError(name)
    return names


def _every_broker(what: Callable[[World, str], Change]) -> Callable[[World, Arguments], Change]:
    """Something that befalls every broker of a site; one for which it is so already is left alone."""

    def happen(world: World, arguments: Arguments) -> Change:
        side = world.brokers[str(arguments["server"])].side
        printed: list[Printed] = []
        for broker in world.at(side):
            try:
                world, lines = what(world, broker.name)
            except CannotBe:
                continue
            printed.extend(lines)
        return world, tuple(printed)

    return happen


def _one_broker(what: Callable[[World, str], Change]) -> Callable[[World, Arguments], Change]:
    def happen(world: World, arguments: Arguments) -> Change:
        try:
            return what(world, str(arguments["server"]))
        except CannotBe:
            return world, ()

    return happen


def _set_site(field: str, value: bool) -> Callable[[Turn, Arguments], None]:
    def change(turn: Turn, arguments: Arguments) -> None:
        turn.set_site(_side(turn, arguments), **{field: value})

    return change


def _link(cut: bool) -> Callable[[Turn, Arguments], None]:
    def change(turn: Turn, arguments: Arguments) -> None:
        del arguments
        turn.world = replace(turn.world, link_cut=cut)

    return change


def _spool_fault(turn: Turn, arguments: Arguments) -> None:
    fault = str(arguments.get("reason", "Disk not ready"))
    turn.set_broker(str(arguments["server"]), spool_ready=False, spool_fault=fault)


def _mend_spool(turn: Turn, arguments: Arguments) -> None:
    name = str(arguments["server"])
    is_up = turn.broker(name).phase is Phase.UP
    turn.set_broker(name, spool_ready=is_up, spool_fault="")


def _appear(turn: Turn, arguments: Arguments) -> None:
    """Every broker of the site is there at once, as if it had booted unseen."""
    for broker in turn.world.at(_side(turn, arguments)):
        if broker.phase is not Phase.UP:
            started = {"phase": Phase.UP, "epoch": broker.epoch + 1, "started_s": turn.now_s}
            turn.set_broker(broker.name, **started, spool_ready=not broker.spool_fault)


def _give_activity(turn: Turn, arguments: Arguments) -> None:
    """Activity moves to this broker, or with `to = "mate"` to its mate, if it has one."""
    server = turn.broker(str(arguments["server"]))
    mate = turn.world.mate(server.name)
    taker = mate if arguments.get("to") == "mate" else server
    if taker is not None and taker.phase is Phase.UP and taker.spool_ready:
        turn.set_site(server.side, active=taker.name)


def _rate(turn: Turn, arguments: Arguments) -> None:
    for name in _names(turn, arguments):
        turn.set_traffic(name, rate=float(arguments["rate"]))


def _fill(turn: Turn, arguments: Arguments) -> None:
    """The queue at the site of `server` is this full at once."""
    side = _side(turn, arguments)
    for name in _names(turn, arguments):
        most = flow.capacity(turn.vpn(side, name), turn.traffic[name])
        turn.set_vpn(side, name, queue=most * float(arguments["percent"]) / 100)


def _role(turn: Turn, arguments: Arguments) -> None:
    """Somebody else changes the role."""
    for name in _names(turn, arguments):
        sites.change_flags(turn, _side(turn, arguments), name, {"role": Role(str(arguments["role"]))})


def _enabled(turn: Turn, arguments: Arguments) -> None:
    for name in _names(turn, arguments):
        sites.change_flags(turn, _side(turn, arguments), name, {"enabled": bool(arguments["enabled"])})


def _backbone(turn: Turn, arguments: Arguments) -> None:
    turn.set_broker(str(arguments["server"]), backbone=bool(arguments["enabled"]))


def _prepare(turn: Turn, arguments: Arguments) -> None:
    """An application leaves a transaction prepared."""
    side, [name] = _side(turn, arguments), _names(turn, arguments)
    made = Transaction(str(arguments["xid"]), since_s=turn.now_s, client="app-1")
    turn.set_vpn(side, name, transactions=(*turn.vpn(side, name).transactions, made))


def _restore(turn: Turn, arguments: Arguments) -> None:
    """The site's data is gone; its configuration comes from a backup that was saved as active."""
    side = _side(turn, arguments)
    for name, vpn in turn.vpns[side].items():
        if int(vpn.queue) and vpn.replicated:
            turn.lose(f"{name}: {amount(int(vpn.queue), 'message')} gone with the disk")
        turn.set_vpn(
            side,
            name,
            role=Role.ACTIVE if vpn.replicated else vpn.role,
            queue=0.0,
            eligible=False,
            is_high=False,
            is_full=False,
            transactions=(),
        )
    for broker in turn.world.at(side):
        turn.set_broker(broker.name, backbone=True)


def _busy(turn: Turn, arguments: Arguments) -> None:
    """These VPNs refuse to be changed for a while, at both sites."""
    until = turn.now_s + float(arguments["for_s"]) if "for_s" in arguments else float("inf")
    busy = {**turn.world.busy, **dict.fromkeys(_names(turn, arguments), until)}
    turn.world = replace(turn.world, busy=busy)


def _idle(turn: Turn, arguments: Arguments) -> None:
    freed = set(_names(turn, arguments))
    busy = {name: until for name, until in turn.world.busy.items() if name not in freed}
    turn.world = replace(turn.world, busy=busy)


def _print(turn: Turn, arguments: Arguments) -> None:
    given = [str(arguments[key]) for key in ("first", "second", "third") if key in arguments]
    hours = float(arguments.get("hours_ago", 24.0))
    turn.say(str(arguments["server"]), str(arguments["message"]), *given, offset_s=-3600 * hours)


def _log(silent: bool) -> Callable[[Turn, Arguments], None]:
    def change(turn: Turn, arguments: Arguments) -> None:
        turn.set_broker(str(arguments["server"]), log_silent=silent)

    return change


def _trouble(trouble: Trouble) -> Callable[[Turn, Arguments], None]:
    def change(turn: Turn, arguments: Arguments) -> None:
        until = turn.now_s + float(arguments["for_s"]) if "for_s" in arguments else float("inf")
        then = replace(turn.done(), management={}) if trouble is Trouble.STALE else None
        troubled = dict.fromkeys(_brokers(turn, arguments), Management(trouble, until, then))
        turn.world = replace(turn.world, management={**turn.world.management, **troubled})

    return change


def _heal_management(turn: Turn, arguments: Arguments) -> None:
    healed = _brokers(turn, arguments)
    others = {server: item for server, item in turn.world.management.items() if server not in healed}
    turn.world = replace(turn.world, management=others)


_INJECTS: Mapping[str, Callable[[Turn, Arguments], None]] = {
    "cut-off": _set_site("cut_off", value=True),
    "reconnect": _set_site("cut_off", value=False),
    "cut-link": _link(cut=True),
    "heal-link": _link(cut=False),
    "block-ports": _set_site("blocked", value=True),
    "open-ports": _set_site("blocked", value=False),
    "site-appears": _appear,
    "spool-not-ready": _spool_fault,
    "spool-ready": _mend_spool,
    "give-activity": _give_activity,
    "publish-rate": _rate,
    "fill-queue": _fill,
    "role": _role,
    "vpn-enabled": _enabled,
    "backbone": _backbone,
    "prepare-transaction": _prepare,
    "restore-from-backup": _restore,
    "vpn-busy": _busy,
    "vpn-idle": _idle,
    "print": _print,
    "log-silent": _log(silent=True),
    "log-heard": _log(silent=False),
    **{trouble.value: _trouble(trouble) for trouble in Trouble},
    "heal-management": _heal_management,
}
_SITES: Mapping[str, Callable[[World, Arguments], Change]] = {
    "site-down": _every_broker(stop),
    "site-up": _every_broker(start),
    "start": _one_broker(start),
    "stop": _one_broker(stop),
    "kill": _one_broker(stop),
}
