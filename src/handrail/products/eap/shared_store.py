"""What messaging servers on one store do: a lock says whose it is, and a mark whether it was left live.

A crash leaves the mark; a clean stop does so only with failover-on-server-shutdown. A backup takes the lock
only of a store that is marked live.
"""

from __future__ import annotations

from dataclasses import replace

from handrail.products.eap import clients, timings
from handrail.products.eap.releases import broker_inside
from handrail.products.eap.replication import load
from handrail.products.eap.state import Broker, Key, Phase, node_id_of
from handrail.products.eap.turn import Turn


def configured(turn: Turn, key: Key) -> None:
    """A server with a shared-store policy asks for its lock."""
    broker = turn.broker(key)
    node_id = turn.directory(broker.journal).node_id or node_id_of(broker.journal)
    broker = turn.set(key, node_id=node_id)
    if broker.policy.backup:
        become_backup(turn, key)
        return
    turn.tell(key, "waiting-for-lock", "indefinitely")
    turn.set(key, phase=Phase.LOCK_WAITING)
    holder = lock_holder(turn, broker)
    if holder is None:
        take_lock(turn, key)
        return
    turn.set(key, announced=True)
    turn.tell(key, "backup-announced")
    if holder.policy.allow_failback:
        turn.later(key, timings.STEP_DOWN, "step-down")


def become_backup(turn: Turn, key: Key) -> None:
    """Wait beside the live server."""
    turn.tell(key, "waiting-to-become-backup")
    turn.tell(key, "got-backup-lock")
    broker = turn.set(key, phase=Phase.WAITING, announced=bool(turn.broker(key).cluster.connections))
    turn.tell(key, "waiting-for-live", broker_inside(turn.instance(broker.instance).release), broker.node_id)
    turn.tell(key, "backup-announced" if broker.announced else "no-cluster-connection")
    turn.later(key, timings.TAKE_LOCK, "take-lock")


def take_lock(turn: Turn, key: Key) -> None:
    """The lock is taken if nobody holds it, and by a backup only if the store was left live."""
    broker = turn.broker(key)
    if broker.phase not in (Phase.WAITING, Phase.LOCK_WAITING) or turn.instance(broker.instance).hung:
        return
    if lock_holder(turn, broker) is not None:
        return
    if broker.policy.backup:
        if broker.journal in turn.world.live_marks:
            turn.new_epoch(key, phase=Phase.PROMOTING, announced=False)
            turn.later(key, timings.PROMOTE, "promoted")
        return
    turn.new_epoch(key, phase=Phase.PROMOTING, announced=False)
    turn.tell(key, "lock-obtained")
    turn.later(key, timings.LOAD_JOURNAL, "activated")


def activated(turn: Turn, key: Key) -> None:
    """A live server with the lock serves."""
    broker = _go_live(turn, key)
    turn.tell(key, "server-live")
    turn.tell(
        key, "started", broker_inside(turn.instance(broker.instance).release), broker.name, broker.node_id, ""
    )
    clients.went_live(turn, key)


def promoted(turn: Turn, key: Key) -> None:
    """A backup took over the store."""
    broker = _go_live(turn, key)
    name = f"AMQ229000: Activation for server ActiveMQServerImpl::name={broker.name}"
    turn.tell(key, "backup-live", thread=name)
    clients.went_live(turn, key)


def step_down(turn: Turn, key: Key) -> None:
    """A live backup gives way to the live server that waits for the lock."""
    broker = turn.broker(key)
    holder = lock_holder(turn, broker)
    if broker.phase is not Phase.LOCK_WAITING or holder is None or holder.phase is not Phase.LIVE:
        return
    turn.tell(holder.key, "stepping-down")
    clients.lose(turn, holder.key)
    gone = turn.new_epoch(holder.key, phase=Phase.RESTARTING, announced=False)
    turn.tell(
        gone.key,
        "stopped",
        broker_inside(turn.instance(gone.instance).release),
        gone.node_id,
        "0.000 seconds",
    )
    if gone.policy.restart_backup:
        turn.later(gone.key, timings.RESTART_STORE, "restart-inside")
    else:
        turn.set(gone.key, phase=Phase.DOWN)
    take_lock(turn, key)


def restart_inside(turn: Turn, key: Key) -> None:
    """A backup that gave way starts again as a backup, within its process."""
    turn.tell(key, "starting", "backup", turn.broker(key).journal.partition(":")[2])
    become_backup(turn, key)


def live_is_gone(turn: Turn, gone: Broker, left_live: bool, in_s: float) -> None:
    """The live server lets go of the lock after a moment; whoever waits for it looks."""
    marks = turn.world.live_marks
    there = frozenset({gone.journal})
    turn.world = replace(turn.world, live_marks=marks | there if left_live else marks - there)
    for other in tuple(turn.world.brokers.values()):
        if other.key != gone.key and other.policy.shares and other.journal == gone.journal:
            turn.later(other.key, in_s + timings.TAKE_LOCK, "take-lock")


def lock_holder(turn: Turn, broker: Broker) -> Broker | None:
    """Who else holds the lock of this store; a process that hangs holds it still."""
    for other in turn.world.brokers.values():
        same = other.policy.shares and other.journal == broker.journal
        if other.key != broker.key and same and other.phase in (Phase.LIVE, Phase.PROMOTING):
            return other
    return None


def _go_live(turn: Turn, key: Key) -> Broker:
    broker = turn.set(key, phase=Phase.LIVE, announced=False)
    load(turn, broker)
    turn.world = replace(turn.world, live_marks=turn.world.live_marks | {broker.journal})
    return broker
