"""What a shared-store pair does: one journal, and a lock that says whose it is.

Whether the slave takes over depends on how the store was left: a crash leaves it marked live, a clean
stop does so only with failover-on-shutdown.
"""

from __future__ import annotations

from dataclasses import replace

from handrail.products.artemis import timings
from handrail.products.artemis.arguments import PROTOCOLS, SHARED_STORE
from handrail.products.artemis.state import Broker, Phase, Role, node_id_of
from handrail.products.artemis.turn import Turn


def configured(turn: Turn, name: str) -> None:
    """The process has read its configuration and asks for its lock."""
    broker = turn.set(name, node_id=node_id_of(turn.broker(name).pair))
    if broker.role is Role.SLAVE:
        turn.say(name, "starting", "slave", SHARED_STORE)
        become_backup(turn, name)
        return
    turn.say(name, "starting", "master", SHARED_STORE)
    turn.say(name, "waiting-for-live-lock")
    turn.say(name, "waiting-for-lock", "indefinitely")
    holder = lock_holder(turn, broker.pair)
    if holder is None:
        turn.set(name, phase=Phase.LOCK_WAITING)
        take_lock(turn, name)
        return
    # Seen on 2.56.0: the console of a master that waits for the lock does not listen.
    turn.set(name, phase=Phase.LOCK_WAITING, announced=True)
    turn.say(name, "backup-announced")
    if holder.settings.allow_failback:
        turn.later(name, timings.STEP_DOWN, "step-down")


def become_backup(turn: Turn, name: str) -> None:
    """Wait beside the live server."""
    turn.say(name, "waiting-to-become-backup")
    turn.say(name, "got-backup-lock")
    broker = turn.set(name, phase=Phase.WAITING, announced=True)
    turn.say(name, "waiting-for-master", broker.version, broker.node_id)
    turn.say(name, "backup-announced")
    if not broker.web:
        turn.later(name, timings.WEB_START, "web")
    turn.later(name, timings.TAKE_LOCK, "take-lock")


def take_lock(turn: Turn, name: str) -> None:
    """The lock is taken if nobody holds it, and by a slave only if the store was left live."""
    broker = turn.broker(name)
    if broker.phase not in (Phase.WAITING, Phase.LOCK_WAITING) or broker.hung:
        return
    if lock_holder(turn, broker.pair) is not None:
        return
    if broker.role is Role.SLAVE:
        if broker.pair in turn.world.live_mark:
            turn.new_epoch(name, phase=Phase.PROMOTING, announced=False)
            turn.later(name, timings.PROMOTE, "promoted")
        return
    turn.new_epoch(name, phase=Phase.PROMOTING, announced=False)
    turn.say(name, "lock-obtained")
    turn.later(name, timings.LOAD_JOURNAL, "activated")


def activated(turn: Turn, name: str) -> None:
    """A master with the lock became live."""
    broker = _go_live(turn, name)
    turn.say(name, "acceptor-started", "EPOLL", broker.host, str(broker.port), PROTOCOLS)
    turn.say(name, "server-live")
    turn.say(name, "started", broker.version, broker.name, broker.node_id, "")
    if not broker.web:
        turn.later(name, timings.WEB_START, "web")
    turn.went_live(name)


def promoted(turn: Turn, name: str) -> None:
    """A slave took over the store."""
    broker = _go_live(turn, name)
    turn.say(name, "acceptor-started", "EPOLL", broker.host, str(broker.port), PROTOCOLS)
    turn.say(name, "slave-live")
    turn.went_live(name)


def step_down(turn: Turn, name: str) -> None:
    """A live slave gives way to its master that waits for the lock."""
    other = turn.world.peer(name)
    if turn.broker(name).phase is not Phase.LOCK_WAITING or other is None or other.phase is not Phase.LIVE:
        return
    turn.say(other.name, "stepping-down")
    turn.say_closing(name, other.node_id)
    turn.lose_clients(other.name)
    slave = turn.new_epoch(other.name, phase=Phase.RESTARTING, announced=False)
    turn.say_stopped(slave.name)
    turn.later(slave.name, timings.RESTART_STORE, "restart-inside")
    take_lock(turn, name)


def restart_inside(turn: Turn, name: str) -> None:
    """A slave that gave way starts again as a backup, within its process."""
    turn.say(name, "starting", "slave", SHARED_STORE)
    become_backup(turn, name)


def live_is_gone(turn: Turn, name: str, left_live: bool, cleanly: bool) -> None:
    """The live server lets go of the lock, at once or when it has stopped; `name` is its peer."""
    pair = turn.broker(name).pair
    if cleanly and turn.broker(name).phase is Phase.WAITING:
        turn.say_closing(name, turn.broker(name).node_id)
    marks = turn.world.live_mark
    turn.world = replace(turn.world, live_mark=marks | {pair} if left_live else marks - {pair})
    turn.later(name, (timings.STOP if cleanly else 0.0) + timings.TAKE_LOCK, "take-lock")


def lock_holder(turn: Turn, pair: str) -> Broker | None:
    """Who holds the lock of the live server; a process that hangs holds it still."""
    members = turn.world.members(pair)
    return next((broker for broker in members if broker.phase in (Phase.LIVE, Phase.PROMOTING)), None)


def _go_live(turn: Turn, name: str) -> Broker:
    broker = turn.set(name, phase=Phase.LIVE, announced=False, has_data=True)
    turn.world = replace(turn.world, live_mark=turn.world.live_mark | {broker.pair})
    return broker
