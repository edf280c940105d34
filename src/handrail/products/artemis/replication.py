"""What a replicated pair does: start, synchronise, fail over, fail back, split.

The rules follow the broker's code: a lone pair asks nobody, so a replica that loses its live server
always becomes live, and the live server always stays so.
"""

from __future__ import annotations

from handrail.products.artemis import timings
from handrail.products.artemis.arguments import OWN_STORE, PROTOCOLS, topology_member
from handrail.products.artemis.releases import is_old
from handrail.products.artemis.state import KEPT_JOURNALS, Broker, Messages, Phase, Role, node_id_of
from handrail.products.artemis.turn import Turn

_SERVING = (Phase.LIVE, Phase.PROMOTING)


def configured(turn: Turn, name: str) -> None:
    """The process has read its configuration."""
    broker = turn.broker(name)
    if broker.role is Role.SLAVE:
        turn.say(name, "starting", "slave", OWN_STORE)
        become_backup(turn, name)
        return
    turn.say(name, "starting", "master", OWN_STORE)
    if not broker.settings.check_for_live:
        turn.later(name, 0.0, "looked")
    else:
        turn.later(name, timings.FOUND_LIVE if _live_peer(turn, name) else timings.LOOK_FOR_LIVE, "looked")


def looked(turn: Turn, name: str) -> None:
    """A starting master has looked for a live server of its node id, if it was told to."""
    broker = turn.broker(name)
    if broker.settings.check_for_live and _live_peer(turn, name):
        become_backup(turn, name)
        return
    turn.set(name, node_id=broker.node_id or node_id_of(broker.pair))
    turn.later(name, timings.LOAD_JOURNAL, "activated")


def activated(turn: Turn, name: str) -> None:
    """A master became live by an ordinary start."""
    broker = turn.set(name, phase=Phase.LIVE, announced=False, has_data=True)
    turn.say(name, "queue-deployed", "ANYCAST", "DLQ", "DLQ")
    turn.say(name, "acceptor-started", "EPOLL", broker.host, str(broker.port), PROTOCOLS)
    turn.say(name, "server-live")
    turn.say(name, "started", broker.version, broker.name, broker.node_id, "")
    if not broker.web:
        turn.later(name, timings.WEB_START, "web")
    _after_going_live(turn, name)


def become_backup(turn: Turn, name: str) -> None:
    """Move the old journal aside and wait for a live server to copy from."""
    broker = turn.broker(name)
    _move_aside(turn, broker)
    turn.say(name, "waiting-for-master", broker.version, "null")
    node_id = node_id_of(f"{name}-{broker.moved + 1}")
    turn.set(name, phase=Phase.WAITING, announced=False, node_id=node_id)
    if not broker.web:
        turn.later(name, timings.WEB_START, "web")
    turn.later(name, timings.FIND_LIVE, "find-live")


def _move_aside(turn: Turn, broker: Broker) -> None:
    """Each directory by itself: the oldest copy is removed when two are there, then the data is moved.

    A server that never held data has a journal directory but no bindings yet, so its numbers differ by one.
    """
    moved, bare = broker.moved + 1, broker.bare_moves + (not broker.has_data)
    paging = broker.paging_moves + (broker.has_paging and is_old(broker.version))
    directories = [("bindings", moved - bare)] if broker.has_data and moved > bare else []
    directories.append(("journal", moved))
    if paging > broker.paging_moves:
        directories.append(("paging", paging))
    for directory, number in directories:
        path = f"{data_of(broker)}/{directory}"
        if number > KEPT_JOURNALS:
            turn.say(broker.name, "oldest-journal-removed", f"{path}/oldreplica.{number - KEPT_JOURNALS}")
        turn.say(broker.name, "journal-moved-aside", path, f"{path}/oldreplica.{number}")
    copies: tuple[Messages, ...] = (*broker.saved, broker.journal)
    deleted = (*broker.deleted, *copies[:-KEPT_JOURNALS])
    saved = copies[-KEPT_JOURNALS:]
    turn.set(
        broker.name,
        journal={},
        saved=saved,
        deleted=deleted,
        moved=moved,
        bare_moves=bare,
        paging_moves=paging,
    )


def find_live(turn: Turn, name: str) -> None:
    """A waiting backup copies from its live peer, if it reaches one that has no other replica."""
    broker, other = turn.broker(name), _reachable_peer(turn, name)
    if broker.phase is not Phase.WAITING or other is None or other.phase is not Phase.LIVE or other.hung:
        return
    turn.set(name, phase=Phase.SYNCING)
    turn.set(other.name, has_paging=True)
    for directory, file_name, size in (
        ("journal", "activemq-data-2.amq", 10485760),
        ("bindings", "activemq-bindings-2.bindings", 1048576),
    ):
        file = f"NIOSequentialFile {data_of(other)}/{directory}/{file_name}"
        turn.say(other.name, "replication-sending", file, str(size), "journal")
    if broker.role is Role.MASTER and not other.settings.allow_failback:
        turn.later(name, timings.REFUSAL, "refused")
        turn.later(name, timings.REFUSAL + 0.1, "refused")
    turn.later(name, broker.sync_s, "synced")


def refused(turn: Turn, name: str) -> None:
    """The live slave does not allow failback; printed once for each kind of journal."""
    turn.say(name, "failback-refused")


def synced(turn: Turn, name: str) -> None:
    """The replica holds all that the live server holds."""
    other = _reachable_peer(turn, name)
    if turn.broker(name).phase is not Phase.SYNCING or other is None or other.phase is not Phase.LIVE:
        return
    turn.settle()
    live = turn.broker(other.name)
    turn.set(name, phase=Phase.SYNCED, journal=live.journal, node_id=live.node_id, has_data=True)
    turn.say(name, "synchronized", f"ActiveMQServerImpl::name={name}", live.node_id)
    if turn.broker(name).role is Role.MASTER and live.settings.allow_failback:
        # Failback follows at once and overtakes the announcement: of 27 real masters 2 printed it.
        turn.set(name, announced=True)
        turn.later(name, timings.FAILBACK, "fail-back")
    else:
        turn.later(name, timings.ANNOUNCE, "announced")


def announced(turn: Turn, name: str) -> None:
    """The replica is in the topology: clients that lose the live server will look here."""
    if turn.broker(name).phase is Phase.SYNCED and _reachable_peer(turn, name) is not None:
        turn.set(name, announced=True)
        turn.say(name, "backup-announced")


def fail_back(turn: Turn, name: str) -> None:
    """The live slave gives way to its master, which is in sync."""
    other = _reachable_peer(turn, name)
    if turn.broker(name).phase is not Phase.SYNCED or other is None or other.phase is not Phase.LIVE:
        return
    turn.say_closing(name, turn.broker(name).node_id)
    turn.lose_clients(other.name)
    slave = turn.new_epoch(other.name, phase=Phase.RESTARTING, announced=False)
    turn.say_stopped(slave.name)
    turn.later(slave.name, timings.RESTART_INSIDE, "restart-inside")
    promote(turn, name)


def restart_inside(turn: Turn, name: str) -> None:
    """A slave that gave way starts again as a replica, within its process."""
    turn.say(name, "restarting-as-replica")
    turn.say(name, "starting", "slave", OWN_STORE)
    become_backup(turn, name)


def promote(turn: Turn, name: str) -> None:
    """A replica in sync begins to become live."""
    turn.new_epoch(name, phase=Phase.PROMOTING, announced=False)
    turn.say(name, "promotion-begun", f"ActiveMQServerImpl::name={name}")
    turn.later(name, timings.PROMOTE, "promoted")


def promoted(turn: Turn, name: str) -> None:
    """A replica has become the live server."""
    broker = turn.set(name, phase=Phase.LIVE)
    turn.say(name, "queue-deployed", "ANYCAST", "DLQ", "DLQ")
    turn.say(name, "server-live" if broker.role is Role.MASTER else "slave-live")
    turn.say(name, "acceptor-started", "EPOLL", broker.host, str(broker.port), PROTOCOLS)
    _after_going_live(turn, name)


def live_is_gone(turn: Turn, name: str, cleanly: bool = False) -> None:
    """A replica saw its live server go, cleanly or not."""
    broker = turn.broker(name)
    if broker.phase is Phase.SYNCING:
        turn.new_epoch(name, phase=Phase.WAITING, announced=False)
    elif broker.phase is Phase.SYNCED and not broker.hung:
        turn.say(name, "vote-begun", _vote_name(broker.version))
        turn.say(name, "votes-requested", "0")
        turn.say(name, "vote-ignored", "1")
        turn.say(name, "vote-won")
        if cleanly:
            turn.say_closing(name, broker.node_id)
        promote(turn, name)


def replica_is_gone(turn: Turn, name: str, cut_off: bool = False) -> None:
    """A live server saw its replica go: by its own hand (`cut_off`), or stopped, killed or out of reach.

    Seen on 2.56.0: a clean stop of the replica is AMQ222092 too; AMQ222091 comes with freezeReplication.
    """
    if turn.broker(name).phase is not Phase.LIVE:
        return
    turn.say(name, "vote-begun", _vote_name(turn.broker(name).version))
    turn.say(name, "votes-requested", "0")
    turn.say(name, "vote-ignored", "0")
    turn.say(name, "replica-shut-down" if cut_off else "replica-connection-lost")


def replication_breaks(turn: Turn, live: str, replica: str, cut_off: bool = False) -> None:
    """The connection between the two breaks while both run: both will be live."""
    replica_is_gone(turn, live, cut_off)
    live_is_gone(turn, replica)
    if turn.world.linked(turn.broker(live).pair):
        turn.later(live, timings.COLLIDE, "collide")


def replica_is_slow(turn: Turn, name: str) -> None:
    """The live server disconnects a replica that does not answer: passive until it is restarted."""
    other = turn.world.peer(name)
    if other is not None and other.phase is Phase.LIVE and turn.broker(name).phase is Phase.SYNCED:
        turn.say(other.name, "replica-too-slow")
        turn.new_epoch(name, phase=Phase.DETACHED, announced=False)


def collide(turn: Turn, name: str) -> None:
    """Two live servers of one node id hear of each other."""
    broker, other = turn.broker(name), _reachable_peer(turn, name)
    if broker.phase is Phase.LIVE and other is not None and other.phase is Phase.LIVE:
        turn.say(name, "split-brain-topology", broker.node_id, topology_member(other, None))


def data_of(broker: Broker) -> str:
    """Where the server keeps its data."""
    return f"/var/lib/artemis/{broker.name}/data"


def _after_going_live(turn: Turn, name: str) -> None:
    turn.went_live(name)
    other = _reachable_peer(turn, name)
    if other is None:
        return
    if other.phase is Phase.WAITING:
        turn.later(other.name, timings.FIND_LIVE, "find-live")
    elif other.phase is Phase.LIVE:
        turn.later(name, timings.COLLIDE, "collide")
        turn.later(other.name, timings.COLLIDE, "collide")


def _live_peer(turn: Turn, name: str) -> bool:
    other = _reachable_peer(turn, name)
    return other is not None and other.phase in _SERVING and not other.hung


def _reachable_peer(turn: Turn, name: str) -> Broker | None:
    other = turn.world.peer(name)
    return other if other is not None and turn.world.linked(other.pair) else None


def _vote_name(version: str) -> str:
    return "LiveFailoverQuorumVote" if is_old(version) else "PrimaryFailoverQuorumVote"
