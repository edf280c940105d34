"""The simulated world's entrances for time, commands and operations: state in, state and lines out.

The same acts at the same moments always give the same lines; nothing here knows a clock or chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.products.artemis import replication, shared_store, timings
from handrail.products.artemis.releases import is_old
from handrail.products.artemis.state import Mode, Phase, Printed, Role, World
from handrail.products.artemis.turn import Turn
from handrail.products.living import CannotBe

Change = tuple[World, tuple[Printed, ...]]


def advance(world: World, to_s: float) -> Change:
    """Let the world live until this moment; never backwards."""
    turn = Turn(world)
    while turn.world.due and turn.world.due[0].at_s <= to_s:
        due, rest = turn.world.due[0], turn.world.due[1:]
        turn.world = replace(turn.world, due=rest, now_s=max(turn.world.now_s, due.at_s))
        if due.epoch == turn.broker(due.server).epoch:
            turn.settle()
            _happen(turn, due.server, due.what, due.argument)
    turn.world = replace(turn.world, now_s=max(turn.world.now_s, to_s))
    turn.settle()
    return turn.world, tuple(turn.printed)


def next_change_s(world: World) -> float | None:
    """When something will next happen by itself."""
    return world.due[0].at_s if world.due else None


def start(world: World, server: str) -> Change:
    """Start the process; raises CannotBe when it runs."""
    turn = begun(world)
    if turn.broker(server).runs:
        raise CannotBe("Server is already running")
    turn.new_epoch(server, phase=Phase.BOOTING, started_s=world.now_s, hung=False, acceptor_open=True)
    turn.later(server, timings.PROCESS_START, "configured")
    return turn.world, tuple(turn.printed)


def stop(world: World, server: str) -> Change:
    """Stop the process cleanly; raises CannotBe when there is none or it hangs."""
    turn = begun(world)
    broker = turn.broker(server)
    if not broker.runs or broker.phase is Phase.STOPPING:
        raise CannotBe("Server is not running")
    if broker.hung:
        raise CannotBe("Could not stop process")
    _leave(turn, server, cleanly=True, left_live=broker.settings.failover_on_shutdown)
    return turn.world, tuple(turn.printed)


def kill(world: World, server: str) -> Change:
    """End the process at once, as kill -9 or a power cut does; raises CannotBe when there is none."""
    turn = begun(world)
    if not turn.broker(server).runs:
        raise CannotBe("Server is not running")
    was = turn.broker(server).phase
    turn.lose_clients(server)
    turn.new_epoch(server, phase=Phase.DOWN, announced=False, web=False, hung=False)
    _peer_notices(turn, server, was, cleanly=False, left_live=True)
    return turn.world, tuple(turn.printed)


def force_failover(world: World, server: str) -> Change:
    """The management operation: a stop that lets the backup take over, shared store included."""
    turn = begun(world)
    _leave(turn, server, cleanly=True, left_live=True)
    return turn.world, tuple(turn.printed)


def freeze_replication(world: World, server: str) -> Change:
    """The management operation: the live server cuts its own replication; the link is not touched."""
    turn = begun(world)
    replica = turn.world.replica_of(server)
    if replica is not None and turn.world.mode is Mode.REPLICATION:
        replication.replication_breaks(turn, server, replica.name, cut_off=True)
    return turn.world, tuple(turn.printed)


def set_acceptor(world: World, server: str, is_open: bool) -> Change:
    """The management operation: let clients in, or put them out and keep them out."""
    turn = begun(world)
    turn.set(server, acceptor_open=is_open)
    if is_open and turn.broker(server).phase is Phase.LIVE:
        turn.went_live(server)
    elif not is_open:
        turn.lose_clients(server)
    return turn.world, tuple(turn.printed)


def begun(world: World) -> Turn:
    """A change that begins with the journals brought up to this moment."""
    turn = Turn(world)
    turn.settle()
    return turn


def _leave(turn: Turn, server: str, cleanly: bool, left_live: bool) -> None:
    broker = turn.broker(server)
    was = broker.phase
    split = was is Phase.LIVE and len(turn.world.live(broker.pair)) > 1
    slowly = split and broker.role is Role.SLAVE and not is_old(broker.version)
    turn.lose_clients(server)
    turn.new_epoch(server, phase=Phase.STOPPING, announced=False)
    _peer_notices(turn, server, was, cleanly, left_live)
    turn.later(server, timings.STOP_SPLIT if slowly else timings.STOP, "stopped")


def _peer_notices(turn: Turn, server: str, was: Phase, cleanly: bool, left_live: bool) -> None:
    other = turn.world.peer(server)
    if other is None:
        return
    if turn.world.mode is Mode.SHARED_STORE:
        if was in (Phase.LIVE, Phase.PROMOTING):
            shared_store.live_is_gone(turn, other.name, left_live, cleanly)
        return
    if not turn.world.linked(other.pair):
        return
    if was is other.phase is Phase.LIVE and cleanly:
        turn.say_closing(other.name, other.node_id)
    if was in (Phase.LIVE, Phase.PROMOTING):
        turn.later(other.name, timings.SEE_LOSS, "live-gone", "cleanly" if cleanly else "")
    elif was in (Phase.SYNCED, Phase.SYNCING):
        turn.later(other.name, timings.SEE_LOSS, "replica-gone")


def _happen(turn: Turn, server: str, what: str, argument: str) -> None:
    if what == "reconnect":
        turn.connect(argument, server)
    elif what == "web":
        turn.set(server, web=True)
        host = turn.broker(server).host
        turn.say(server, "web-started", f"http://{host}:8161")
        turn.say(server, "jolokia-available", f"http://{host}:8161/console/jolokia")
    elif what == "configured":
        turn.say(server, "process-starting", turn.broker(server).version)
        _CONFIGURED[turn.world.mode](turn, server)
    elif what == "stopped":
        turn.say(server, "web-stopping")
        turn.say(server, "web-stopped")
        turn.say_stopped(server)
        turn.new_epoch(server, phase=Phase.DOWN, web=False)
    elif what == "replica-gone":
        replication.replica_is_gone(turn, server)
    elif what == "live-gone" and turn.world.mode is Mode.REPLICATION:
        replication.live_is_gone(turn, server, cleanly=argument == "cleanly")
    elif what == "silent-live":
        _live_was_silent(turn, server)
    elif turn.world.mode is Mode.SHARED_STORE:
        _SHARED_STORE[what](turn, server)
    else:
        _REPLICATION[what](turn, server)


def _live_was_silent(turn: Turn, replica: str) -> None:
    other = turn.world.peer(replica)
    if other is not None and other.hung:
        turn.lose_clients(other.name)
        replication.live_is_gone(turn, replica)


_CONFIGURED: Mapping[Mode, Callable[[Turn, str], None]] = {
    Mode.REPLICATION: replication.configured,
    Mode.SHARED_STORE: shared_store.configured,
}
_REPLICATION: Mapping[str, Callable[[Turn, str], None]] = {
    "looked": replication.looked,
    "activated": replication.activated,
    "find-live": replication.find_live,
    "refused": replication.refused,
    "synced": replication.synced,
    "announced": replication.announced,
    "fail-back": replication.fail_back,
    "restart-inside": replication.restart_inside,
    "promoted": replication.promoted,
    "slow": replication.replica_is_slow,
    "collide": replication.collide,
}
_SHARED_STORE: Mapping[str, Callable[[Turn, str], None]] = {
    "activated": shared_store.activated,
    "take-lock": shared_store.take_lock,
    "promoted": shared_store.promoted,
    "step-down": shared_store.step_down,
    "restart-inside": shared_store.restart_inside,
}
