"""Faults and outside events of the simulated world, by the names a scenario uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.products.eap import cli_lines, clients, files, managing, replication, timings, world
from handrail.products.eap.configured import place_of
from handrail.products.eap.dmr import composite
from handrail.products.eap.profile import with_queues
from handrail.products.eap.state import AppClient, Phase, Trouble, World
from handrail.products.eap.turn import Turn
from handrail.products.eap.world import Change, begun
from handrail.products.living import CannotBe, Management
from handrail.readings import Value


def inject(before: World, name: str, arguments: Mapping[str, Value]) -> Change:
    """Cause a fault or an outside event; raises KeyError for an unknown name or a missing argument.

    `server` is an instance throughout; `other` the other end of a link; `line` a line of jboss-cli somebody
    types unseen; `for_s` limits troubles of the management; `messages` of `queue` come at once.
    """
    turn = begun(before)
    _INJECTS[name](turn, arguments)
    return turn.world, tuple(turn.printed)


def injects() -> tuple[str, ...]:
    """The names `inject` knows."""
    return tuple(_INJECTS)


def _instance(turn: Turn, arguments: Mapping[str, Value], key: str = "server") -> str:
    return turn.instance(str(arguments[key])).name


def _cut_link(turn: Turn, arguments: Mapping[str, Value]) -> None:
    one, other = _instance(turn, arguments), _instance(turn, arguments, "other")
    turn.world = replace(turn.world, cut=turn.world.cut | {frozenset({one, other})})
    for broker in tuple(turn.world.brokers.values()):
        live = turn.world.brokers.get(broker.follows or "")
        between = live is not None and {broker.instance, live.instance} == {one, other}
        if live is not None and between and broker.phase in (Phase.SYNCED, Phase.SYNCING):
            replication.link_breaks(turn, live.key, broker.key)


def _heal_link(turn: Turn, arguments: Mapping[str, Value]) -> None:
    ends = frozenset({_instance(turn, arguments), _instance(turn, arguments, "other")})
    turn.world = replace(turn.world, cut=turn.world.cut - {ends})
    for broker in tuple(turn.world.brokers.values()):
        if broker.instance not in ends or not broker.policy.replicates:
            continue
        if broker.phase is Phase.WAITING:
            turn.later(broker.key, timings.FIND_AFTER_HEAL, "find-live")
        elif broker.phase is Phase.LIVE:
            turn.later(broker.key, timings.COLLIDE, "collide")


def _freeze(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = _instance(turn, arguments)
    turn.set_instance(name, hung=True)
    for broker in tuple(turn.world.brokers.values()):
        if broker.phase is Phase.SYNCED and broker.instance == name:
            turn.later(broker.key, timings.SEE_SLOWNESS, "slow")
        elif broker.phase is Phase.SYNCED and turn.broker(broker.follows or "").instance == name:
            turn.later(broker.key, timings.SEE_SILENCE, "silent-live")


def _thaw(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = _instance(turn, arguments)
    turn.set_instance(name, hung=False)
    for broker in turn.world.of(name):
        if broker.phase is Phase.LIVE:
            clients.went_live(turn, broker.key)
            if broker.policy.replicates:
                turn.later(broker.key, timings.COLLIDE, "collide")


def _slow_replica(turn: Turn, arguments: Mapping[str, Value]) -> None:
    for broker in turn.world.of(_instance(turn, arguments)):
        replication.replica_is_slow(turn, broker.key)


def _slow_sync(turn: Turn, arguments: Mapping[str, Value]) -> None:
    takes = {**turn.world.sync_s, _instance(turn, arguments): float(arguments["seconds"])}
    turn.world = replace(turn.world, sync_s=takes)


def _print(turn: Turn, arguments: Mapping[str, Value]) -> None:
    given = [str(arguments[key]) for key in ("first", "second", "third") if key in arguments]
    turn.say(_instance(turn, arguments), str(arguments["message"]), *given)


def _trouble(trouble: Trouble) -> Callable[[Turn, Mapping[str, Value]], None]:
    def change(turn: Turn, arguments: Mapping[str, Value]) -> None:
        name = _instance(turn, arguments)
        until = turn.world.now_s + float(arguments["for_s"]) if "for_s" in arguments else float("inf")
        then = replace(turn.world, management={}) if trouble is Trouble.STALE else None
        management = {**turn.world.management, name: Management(trouble, until, then)}
        turn.world = replace(turn.world, management=management)

    return change


def _heal_management(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = _instance(turn, arguments)
    others = {server: trouble for server, trouble in turn.world.management.items() if server != name}
    turn.world = replace(turn.world, management=others)


def _log_silent(turn: Turn, arguments: Mapping[str, Value]) -> None:
    turn.world = replace(turn.world, silent=turn.world.silent | {_instance(turn, arguments)})


def _cli(turn: Turn, arguments: Mapping[str, Value]) -> None:
    """Somebody else types a line, or several as one batch; what is refused changes nothing."""
    typed = [cli_lines.parse(line) for line in str(arguments["line"]).strip().splitlines()]
    operation = typed[0] if len(typed) == 1 else composite(typed)
    done = managing.manage(turn.world, _instance(turn, arguments), operation)
    turn.world = done.world
    turn.printed.extend(done.printed)


def _edit(turn: Turn, arguments: Mapping[str, Value]) -> None:
    """Somebody else edits the configuration file of an instance that is down, or waits for a restart."""
    name = _instance(turn, arguments)
    process = turn.instance(name)
    quiet = replace(turn.world, instances={**turn.world.instances, name: replace(process, admin_only=True)})
    done = managing.manage(quiet, name, cli_lines.parse(str(arguments["line"])))
    turn.set_instance(name, stored=done.world.instances[name].stored)


def _messages(turn: Turn, arguments: Mapping[str, Value]) -> None:
    """Messages that come at once, to every messaging server of the instance that is live."""
    queue, count = str(arguments.get("queue", "orders")), int(arguments["messages"])
    for broker in turn.world.of(_instance(turn, arguments)):
        if broker.phase is Phase.LIVE:
            turn.take(broker, {queue: count})
    turn.settle()


def _remove_directory(turn: Turn, arguments: Mapping[str, Value]) -> None:
    where = place_of(_instance(turn, arguments), str(arguments["path"]), turn.world.shared)
    turn.world = replace(turn.world, files=files.removed(turn.world.files, where))


def _new_client(turn: Turn, arguments: Mapping[str, Value]) -> None:
    name = _instance(turn, arguments)
    key = f"{name}/{arguments.get('messaging', 'default')}"
    clients.add(turn, AppClient(str(arguments["client"]), looks_at=(key,)))


def _end_client(turn: Turn, arguments: Mapping[str, Value]) -> None:
    clients.end(turn, str(arguments["client"]))


def _restart_client(turn: Turn, arguments: Mapping[str, Value]) -> None:
    clients.restart(turn, str(arguments["client"]))


def _queue(turn: Turn, arguments: Mapping[str, Value]) -> None:
    process = turn.instance(_instance(turn, arguments))
    added = (str(arguments["queue"]),)
    turn.set_instance(
        process.name,
        stored=with_queues(process.stored, "default", added),
        running=with_queues(process.running, "default", added),
    )


def _command(change: Callable[[World, str], Change]) -> Callable[[Turn, Mapping[str, Value]], None]:
    def run(turn: Turn, arguments: Mapping[str, Value]) -> None:
        try:
            turn.world, printed = change(turn.world, _instance(turn, arguments))
        except CannotBe:
            return  # what is down already cannot be killed: the fault has happened
        turn.printed.extend(printed)

    return run


_INJECTS: Mapping[str, Callable[[Turn, Mapping[str, Value]], None]] = {
    "cut-link": _cut_link,
    "heal-link": _heal_link,
    "freeze": _freeze,
    "thaw": _thaw,
    "slow-replica": _slow_replica,
    "slow-sync": _slow_sync,
    "print": _print,
    **{trouble.value: _trouble(trouble) for trouble in Trouble},
    "heal-management": _heal_management,
    "log-silent": _log_silent,
    "cli": _cli,
    "edit": _edit,
    "messages": _messages,
    "remove-directory": _remove_directory,
    "new-client": _new_client,
    "end-client": _end_client,
    "restart-client": _restart_client,
    "queue": _queue,
    "start": _command(world.start),
    "stop": _command(world.stop),
    "kill": _command(world.kill),
}
