"""Faults and outside events of the simulated world, by the names a scenario uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.products.artemis import replication, timings
from handrail.products.artemis.releases import is_old
from handrail.products.artemis.state import AppClient, Behaviour, Mode, Phase, Trouble, World
from handrail.products.artemis.turn import Turn
from handrail.products.artemis.world import Change, begun, freeze_replication, kill, start, stop
from handrail.products.living import CannotBe, Management
from handrail.readings import Value


def inject(world: World, name: str, arguments: Mapping[str, Value]) -> Change:
    """Cause a fault or an outside event; raises KeyError for an unknown name or a missing argument.

    `pair` for the link's; `client` for a client's; `server` for all others. `for_s` limits management
    troubles, `seconds` is slow-sync's duration, `message` and `hours_ago` belong to print. `new-client` takes
    `client`, `pair` and, for one that looks at no other, `server`; `shut-out` takes `client` and `server`.
    """
    turn = begun(world)
    _INJECTS[name](turn, arguments)
    return turn.world, tuple(turn.printed)


def injects() -> tuple[str, ...]:
    """The names `inject` knows."""
    return tuple(_INJECTS)


def _cut_link(turn: Turn, arguments: Mapping[str, Value]) -> None:
    pair = str(arguments["pair"])
    members = turn.world.members(pair)
    if not members:
        raise KeyError(pair)
    turn.world = replace(turn.world, cut=turn.world.cut | {pair})
    if turn.world.mode is Mode.REPLICATION:
        for live in turn.world.live(pair):
            other = turn.world.peer(live.name)
            if other is not None and other.phase in (Phase.SYNCED, Phase.SYNCING):
                replication.replication_breaks(turn, live.name, other.name)


def _heal_link(turn: Turn, arguments: Mapping[str, Value]) -> None:
    pair = str(arguments["pair"])
    turn.world = replace(turn.world, cut=turn.world.cut - {pair})
    if turn.world.mode is Mode.REPLICATION:
        for broker in turn.world.members(pair):
            if broker.phase is Phase.WAITING:
                old = is_old(broker.version)
                wait = timings.FIND_AFTER_HEAL_OLD if old else timings.FIND_AFTER_HEAL
                turn.later(broker.name, wait, "find-live")
            elif broker.phase is Phase.LIVE:
                turn.later(broker.name, timings.COLLIDE, "collide")


def _freeze(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = str(arguments["server"])
    broker = turn.set(name, hung=True)
    other = turn.world.peer(name)
    if turn.world.mode is Mode.REPLICATION and other is not None and turn.world.linked(broker.pair):
        if broker.phase is Phase.LIVE:
            turn.later(other.name, timings.SEE_SILENCE, "silent-live")
        elif broker.phase is Phase.SYNCED:
            turn.later(name, timings.SEE_SLOWNESS, "slow")


def _thaw(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = str(arguments["server"])
    broker = turn.set(name, hung=False)
    other = turn.world.peer(name)
    if broker.phase is Phase.LIVE:
        turn.went_live(name)
        if turn.world.mode is Mode.REPLICATION and other is not None and other.phase is Phase.LIVE:
            replication.replica_is_gone(turn, name)
            turn.later(name, timings.COLLIDE, "collide")
            turn.later(other.name, timings.COLLIDE, "collide")
    elif broker.phase is Phase.SYNCED and other is not None and other.phase is not Phase.LIVE:
        turn.later(name, timings.SEE_LOSS, "live-gone")


def _slow_replica(turn: Turn, arguments: Mapping[str, Value]) -> None:
    replication.replica_is_slow(turn, str(arguments["server"]))


def _slow_sync(turn: Turn, arguments: Mapping[str, Value]) -> None:
    turn.set(str(arguments["server"]), sync_s=float(arguments["seconds"]))


def _print(turn: Turn, arguments: Mapping[str, Value]) -> None:
    given = [str(arguments[key]) for key in ("first", "second", "third") if key in arguments]
    hours = float(arguments.get("hours_ago", 24.0))
    turn.say(str(arguments["server"]), str(arguments["message"]), *given, offset_s=-3600 * hours)


def _disk(full: bool) -> Callable[[Turn, Mapping[str, Value]], None]:
    def change(turn: Turn, arguments: Mapping[str, Value]) -> None:
        name = str(arguments["server"])
        turn.set(name, disk_full=full)
        if full:
            turn.say(name, "disk-nearly-full", "1.0GB", "100.0GB", "99.0%")
            turn.say(name, "disk-full", "orders")
        else:
            turn.say(name, "disk-stable", "60.0GB", "100.0GB", "40.0%")

    return change


def _trouble(trouble: Trouble) -> Callable[[Turn, Mapping[str, Value]], None]:
    def change(turn: Turn, arguments: Mapping[str, Value]) -> None:
        name = turn.broker(str(arguments["server"])).name
        until = turn.world.now_s + float(arguments["for_s"]) if "for_s" in arguments else float("inf")
        then = replace(turn.world, management={}) if trouble is Trouble.STALE else None
        management = {**turn.world.management, name: Management(trouble, until, then)}
        turn.world = replace(turn.world, management=management)

    return change


def _heal_management(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = str(arguments["server"])
    others = {server: trouble for server, trouble in turn.world.management.items() if server != name}
    turn.world = replace(turn.world, management=others)


def _settings(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = str(arguments["server"])
    given = {
        key: bool(arguments[key])
        for key in ("check_for_live", "allow_failback", "failover_on_shutdown")
        if key in arguments
    }
    turn.set(name, settings=replace(turn.broker(name).settings, **given))


def _restart_client(turn: Turn, arguments: Mapping[str, Value]) -> None:
    turn.restart_client(str(arguments["client"]))


def _new_client(turn: Turn, arguments: Mapping[str, Value]) -> None:
    """An application that is started now; of its server it knows what its URL says."""
    name, pair = str(arguments["client"]), str(arguments["pair"])
    members = tuple(broker.name for broker in turn.world.members(pair))
    only = str(arguments["server"]) if "server" in arguments else ""
    if not members or only not in ("", *members):
        raise KeyError(only or pair)
    if name not in turn.world.clients:
        turn.add_client(AppClient(name, pair, looks_at=(only,) if only else members))


def _shut_out(turn: Turn, arguments: Mapping[str, Value]) -> None:
    turn.shut_out(str(arguments["client"]), turn.broker(str(arguments["server"])).name)


def _let_in(turn: Turn, arguments: Mapping[str, Value]) -> None:
    turn.let_in(str(arguments["client"]))


def _end_client(turn: Turn, arguments: Mapping[str, Value]) -> None:
    """The application is gone for good: nobody waits for a broker any more."""
    name = str(arguments["client"])
    if name not in turn.world.clients:
        raise KeyError(name)
    others = {key: client for key, client in turn.world.clients.items() if key != name}
    turn.world = replace(turn.world, clients=others)


def _behaviour(turn: Turn, arguments: Mapping[str, Value]) -> None:
    turn.world = replace(turn.world, behaviour=Behaviour(str(arguments["as"])))


def _command(change: Callable[[World, str], Change]) -> Callable[[Turn, Mapping[str, Value]], None]:
    def run(turn: Turn, arguments: Mapping[str, Value]) -> None:
        try:
            turn.world, printed = change(turn.world, str(arguments["server"]))
        except CannotBe:
            return  # what is down already cannot be killed: the fault has happened
        turn.printed.extend(printed)

    return run


_INJECTS: Mapping[str, Callable[[Turn, Mapping[str, Value]], None]] = {
    "cut-link": _cut_link,
    "heal-link": _heal_link,
    "freeze": _freeze,
    "thaw": _thaw,
    "freeze-replication": _command(freeze_replication),
    "slow-replica": _slow_replica,
    "slow-sync": _slow_sync,
    "print": _print,
    "disk-full": _disk(full=True),
    "disk-free": _disk(full=False),
    **{trouble.value: _trouble(trouble) for trouble in Trouble},
    "heal-management": _heal_management,
    "settings": _settings,
    "restart-client": _restart_client,
    "new-client": _new_client,
    "shut-out": _shut_out,
    "let-in": _let_in,
    "end-client": _end_client,
    "behaviour": _behaviour,
    "start": _command(start),
    "stop": _command(stop),
    "kill": _command(kill),
}
