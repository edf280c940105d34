"""What replicating messaging servers do: find one another, synchronise, fail over, fail back, split."""

from __future__ import annotations

from dataclasses import replace

from handrail.products.eap import clients, files, timings
from handrail.products.eap.files import COPY, Directory
from handrail.products.eap.finding import live_for, live_of_node
from handrail.products.eap.releases import EAP_7_1, broker_inside
from handrail.products.eap.state import Broker, Key, Phase, node_id_of
from handrail.products.eap.turn import Turn
from handrail.text import amount

KEPT_BY_LIVE = 2
"""How many replaced journals a live server keeps; the document: the value cannot be changed."""


def configured(turn: Turn, key: Key) -> None:
    """A server with a replication policy, or none, has read its configuration."""
    broker = turn.broker(key)
    if broker.policy.backup:
        become_backup(turn, key)
    elif broker.policy.check_for_live:
        found = live_of_node(turn, key) is not None
        turn.later(key, timings.FOUND_LIVE if found else timings.LOOK_FOR_LIVE, "looked")
    else:
        turn.later(key, timings.LOAD_JOURNAL, "activated")


def looked(turn: Turn, key: Key) -> None:
    """A starting live server has looked for another one of its node id."""
    if live_of_node(turn, key) is not None:
        become_backup(turn, key)
    else:
        turn.later(key, timings.LOAD_JOURNAL, "activated")


def activated(turn: Turn, key: Key) -> None:
    """A server became live by an ordinary start, from the journal it has."""
    broker = turn.broker(key)
    node_id = broker.node_id or turn.directory(broker.journal).node_id or node_id_of(key)
    broker = turn.set(key, phase=Phase.LIVE, announced=False, node_id=node_id)
    load(turn, broker)
    turn.tell(key, "server-live")
    turn.tell(key, "started", broker_inside(turn.instance(broker.instance).release), broker.name, node_id, "")
    _after_going_live(turn, key)


def load(turn: Turn, broker: Broker) -> None:
    """Read the journal; without the bindings that belong to it its messages belong to no queue."""
    held = turn.directory(broker.journal)
    bindings = turn.directory(broker.directories["bindings"])
    if held.messages and bindings.node_id != held.node_id:
        total = sum(held.messages.values())
        turn.lose(f"{amount(total, 'message')} of {broker.key}: its bindings were not those of its journal")
        held = replace(held, messages={}, sole=0, alone={})
    turn.write(broker, held)


def become_backup(turn: Turn, key: Key) -> None:
    """Move the old journal aside and wait for a live server to copy from."""
    broker = turn.broker(key)
    own = turn.directory(broker.journal).node_id
    move_aside(turn, broker)
    turn.tell(key, "waiting-for-live", broker_inside(turn.instance(broker.instance).release), "null")
    fresh = node_id_of(f"{key}-{turn.world.orders}")
    # A returning live server looks for its own node id; a backup has none of its own yet.
    turn.set(key, phase=Phase.WAITING, announced=False, node_id=fresh if broker.policy.backup else own)
    turn.later(key, timings.FIND_LIVE, "find-live")


def move_aside(turn: Turn, broker: Broker) -> None:
    """Each directory by itself: its content into the next oldreplica; the oldest beyond the limit goes.

    An empty one is left as it is, so the numbers differ; a journal is never empty, for it holds server.lock.
    """
    kept = broker.policy.max_saved if broker.policy.backup else KEPT_BY_LIVE
    for where in broker.filled:
        if where != broker.journal and not turn.directory(where).node_id:
            continue
        there = files.copies(turn.world.files, where)
        path = where.partition(":")[2]
        if 0 <= kept <= len(there):
            for number in there[: len(there) - kept + 1]:
                _remove_copy(turn, broker, f"{where}/{COPY}{number}")
        number = (there[-1] if there else 0) + 1
        turn.tell(broker.key, "journal-moved-aside", path, f"{path}/{COPY}{number}")
        held = turn.directory(where)
        turn.put(f"{where}/{COPY}{number}", held)
        turn.put(where, Directory(written_s=turn.world.now_s))


def _remove_copy(turn: Turn, broker: Broker, where: str) -> None:
    sole = files.sole_messages(turn.world.files, where)
    if sole:
        turn.lose(f"{amount(sole, 'message')} in {where}, removed as the oldest replaced journal")
    turn.tell(broker.key, "oldest-journal-removed", where.partition(":")[2])
    turn.world = replace(turn.world, files=files.removed(turn.world.files, where))


def find_live(turn: Turn, key: Key) -> None:
    """A waiting backup copies from a live server of its group that it reaches and that has no other."""
    broker = turn.broker(key)
    if broker.phase is not Phase.WAITING:
        return
    live = live_for(turn, broker)
    if live is None:
        return
    if (live.cluster.user, live.cluster.password) != (broker.cluster.user, broker.cluster.password):
        turn.set(key, phase=Phase.REFUSED)
        turn.tell(live.key, "cluster-refused", "ActiveMQException[errorType=CLUSTER_SECURITY_EXCEPTION]")
        turn.tell(key, "cluster-manager-stopped", "CLUSTER_SECURITY_EXCEPTION")
        return
    turn.set(key, phase=Phase.SYNCING, follows=live.key)
    turn.tell(
        live.key, "replication-sending", f"NIOSequentialFile {live.journal.partition(':')[2]}", "10485760"
    )
    if not broker.policy.backup and not live.policy.allow_failback:
        turn.later(key, timings.REFUSAL, "refused")
        turn.later(key, timings.REFUSAL + 0.1, "refused")
    takes = turn.world.sync_s.get(broker.instance, timings.SYNCHRONISE)
    if takes > live.policy.sync_timeout_s:
        turn.later(key, live.policy.sync_timeout_s, "not-synced")
    else:
        turn.later(key, takes, "synced")


def refused(turn: Turn, key: Key) -> None:
    """The live backup does not allow failback; printed once for each kind of journal."""
    turn.tell(key, "failback-refused")


def not_synced(turn: Turn, key: Key) -> None:
    """The first synchronisation outlasted initial-replication-sync-timeout: clients go on without it."""
    broker = turn.broker(key)
    if broker.phase is Phase.SYNCING and broker.follows is not None:
        turn.settle()
        turn.tell(broker.follows, "replication-start-failed")
        turn.new_epoch(key, phase=Phase.DETACHED, announced=False)


def synced(turn: Turn, key: Key) -> None:
    """The backup holds all that the live server holds."""
    broker = turn.broker(key)
    live = turn.world.brokers.get(broker.follows or "")
    if broker.phase is not Phase.SYNCING or live is None or live.phase is not Phase.LIVE:
        return
    turn.settle()
    held = replace(turn.directory(live.journal), sole=0)
    turn.put(live.journal, held)
    broker = turn.set(key, phase=Phase.SYNCED, node_id=live.node_id)
    if broker.paging is not None:
        turn.put(broker.paging, Directory())
    turn.write(broker, held)
    named = f"ActiveMQServerImpl::serverUUID={live.node_id}"
    turn.tell(key, "synchronized", named, live.node_id)
    if not broker.policy.backup and live.policy.allow_failback:
        turn.set(key, announced=True)
        turn.later(key, timings.FAILBACK, "fail-back")
    else:
        turn.later(key, timings.ANNOUNCE, "announced")


def announced(turn: Turn, key: Key) -> None:
    """The backup is in the topology: clients that lose the live server will look here."""
    if turn.broker(key).phase is Phase.SYNCED:
        turn.set(key, announced=True)
        turn.tell(key, "backup-announced")


def fail_back(turn: Turn, key: Key) -> None:
    """The live backup gives way to its returned live server, which is in sync."""
    broker = turn.broker(key)
    live = turn.world.brokers.get(broker.follows or "")
    if broker.phase is not Phase.SYNCED or live is None or live.phase is not Phase.LIVE:
        return
    clients.lose(turn, live.key)
    gone = turn.new_epoch(live.key, phase=Phase.RESTARTING, announced=False, follows=key)
    turn.tell(
        gone.key,
        "stopped",
        broker_inside(turn.instance(gone.instance).release),
        gone.node_id,
        "0.000 seconds",
    )
    if _stays_stopped(turn, gone):
        turn.tell(gone.key, "replicated-backup-stopped", gone.journal.partition(":")[2])
        turn.set(gone.key, phase=Phase.DOWN)
    else:
        turn.later(gone.key, timings.RESTART_INSIDE, "restart-inside")
    promote(turn, key)


def _stays_stopped(turn: Turn, gone: Broker) -> bool:
    """Table 30.2: it stops for good past the maximum; so do brokers up to EAP 7.1 with restart-backup off."""
    kept = len(files.copies(turn.world.files, gone.journal))
    old = turn.instance(gone.instance).release <= EAP_7_1
    return old and not gone.policy.restart_backup and 0 <= gone.policy.max_saved <= kept


def restart_inside(turn: Turn, key: Key) -> None:
    """A backup that gave way starts again as a replica, within its process."""
    turn.tell(key, "restarting-as-replica")
    turn.tell(key, "starting", "backup", turn.broker(key).journal.partition(":")[2])
    become_backup(turn, key)


def promote(turn: Turn, key: Key) -> None:
    """A backup in sync begins to become live."""
    turn.new_epoch(key, phase=Phase.PROMOTING, announced=False)
    turn.tell(key, "promotion-begun", f"ActiveMQServerImpl::serverUUID={turn.broker(key).node_id}")
    turn.later(key, timings.PROMOTE, "promoted")


def promoted(turn: Turn, key: Key) -> None:
    """A backup has become the live server."""
    turn.set(key, phase=Phase.LIVE)
    turn.tell(key, "server-live", thread=_activation(turn, key))
    _after_going_live(turn, key)


def live_is_gone(turn: Turn, key: Key) -> None:
    """A backup saw its live server go: in sync it asks the cluster, else it waits."""
    broker = turn.broker(key)
    if broker.phase is Phase.SYNCING:
        turn.new_epoch(key, phase=Phase.WAITING, announced=False)
    elif broker.phase is Phase.SYNCED and not turn.instance(broker.instance).hung:
        others = [live for live in turn.world.live() if live.key != broker.follows]
        reached = [live for live in others if turn.reachable(key, live.key)]
        size = len(others) + 1
        turn.tell(key, "vote-begun", "LiveFailoverQuorumVote")
        if size > 1 and len(reached) * 2 <= len(others):
            turn.later(key, timings.SEE_SILENCE, "ask-again")
            return
        turn.tell(key, "vote-won")
        promote(turn, key)


def replica_is_gone(turn: Turn, key: Key, message: str = "replica-connection-lost") -> None:
    """A live server saw its backup go."""
    if turn.broker(key).phase is Phase.LIVE:
        turn.tell(key, message)


def replica_is_slow(turn: Turn, key: Key) -> None:
    """The live server disconnects a backup that does not answer within call-timeout."""
    broker = turn.broker(key)
    live = turn.world.brokers.get(broker.follows or "")
    if live is not None and live.phase is Phase.LIVE and broker.phase is Phase.SYNCED:
        turn.settle()
        named = (
            "replica-too-slow"
            if turn.instance(live.instance).release >= EAP_7_1
            else "replica-connection-lost"
        )
        turn.tell(live.key, named)
        turn.new_epoch(key, phase=Phase.DETACHED, announced=False)


def link_breaks(turn: Turn, live: Key, backup: Key) -> None:
    """The connection between the two breaks while both run: a lone pair will have two live servers."""
    replica_is_gone(turn, live)
    live_is_gone(turn, backup)


def collide(turn: Turn, key: Key) -> None:
    """Two live servers of one node id hear of each other; logged again and again while it lasts."""
    broker = turn.broker(key)
    twins = [
        other
        for other in turn.world.live()
        if other.key != key and other.node_id == broker.node_id and turn.reachable(key, other.key)
    ]
    if broker.phase is Phase.LIVE and twins:
        turn.tell(key, "same-node-id", broker.node_id)
        turn.tell(key, "split-brain-topology", broker.node_id, f"TopologyMember[id={broker.node_id}]")
        turn.later(key, timings.SEE_SLOWNESS, "collide")


def _after_going_live(turn: Turn, key: Key) -> None:
    clients.went_live(turn, key)
    for other in tuple(turn.world.brokers.values()):
        if other.key == key or not turn.reachable(key, other.key):
            continue
        if other.phase is Phase.WAITING and other.policy.replicates:
            turn.later(other.key, timings.FIND_LIVE, "find-live")
        elif other.phase is Phase.LIVE and other.node_id == turn.broker(key).node_id:
            turn.later(key, timings.COLLIDE, "collide")
            turn.later(other.key, timings.COLLIDE, "collide")


def _activation(turn: Turn, key: Key) -> str:
    code = "AMQ119000" if turn.instance(turn.broker(key).instance).release <= EAP_7_1 else "AMQ229000"
    return f"{code}: Activation for server ActiveMQServerImpl::serverUUID={turn.broker(key).node_id}"
