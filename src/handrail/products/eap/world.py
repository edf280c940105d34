"""The simulated world's entrances for time and commands: state in, state and printed lines out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from handrail.products.eap import clients, configured, replication, shared_store, timings
from handrail.products.eap.dmr import server_address
from handrail.products.eap.releases import broker_inside, core_inside
from handrail.products.eap.state import Broker, Mode, Phase, Printed, Run, World, node_id_of
from handrail.products.eap.turn import Turn
from handrail.products.eap.understanding import SHIPPED_PASSWORD
from handrail.products.living import CannotBe

Change = tuple[World, tuple[Printed, ...]]
HTTP, MANAGEMENT = 8080, 9990
_SERVING = (Phase.LIVE, Phase.PROMOTING)


def advance(world: World, to_s: float) -> Change:
    """Let the world live until this moment; never backwards."""
    turn = Turn(world)
    while turn.world.due and turn.world.due[0].at_s <= to_s:
        due, rest = turn.world.due[0], turn.world.due[1:]
        turn.world = replace(turn.world, due=rest, now_s=max(turn.world.now_s, due.at_s))
        turn.settle()
        if due.subject in turn.world.brokers:
            if due.epoch == turn.broker(due.subject).epoch:
                _to_broker(turn, due.subject, due.what, due.argument)
        elif due.subject in turn.world.instances and due.epoch == turn.instance(due.subject).epoch:
            _TO_INSTANCE[due.what](turn, due.subject)
    turn.world = replace(turn.world, now_s=max(turn.world.now_s, to_s))
    turn.settle()
    return turn.world, tuple(turn.printed)


def next_change_s(world: World) -> float | None:
    """When something will next happen by itself."""
    opening = [item.opens_s for item in world.instances.values() if item.opens_s > world.now_s]
    ends = [item.until_s for item in world.management.values() if world.now_s < item.until_s < float("inf")]
    return min([*opening, *ends, *(due.at_s for due in world.due[:1])], default=None)


def start(world: World, instance: str, *, admin_only: bool = False) -> Change:
    """Start the process; raises CannotBe when it runs."""
    turn = begun(world)
    if turn.instance(instance).run is not Run.DOWN:
        raise CannotBe(f"{instance}: the server is already running")
    boot(turn, instance, admin_only=admin_only)
    return turn.world, tuple(turn.printed)


def stop(world: World, instance: str) -> Change:
    """End the process cleanly; raises CannotBe when there is none or it hangs."""
    turn = begun(world)
    process = turn.instance(instance)
    if process.run in (Run.DOWN, Run.STOPPING):
        raise CannotBe(f"{instance}: the server is not running")
    if process.hung:
        raise CannotBe(f"{instance}: the server does not react")
    turn.say(instance, "shutdown-by-signal")
    _go_down(turn, instance, "stopped")
    return turn.world, tuple(turn.printed)


def kill(world: World, instance: str) -> Change:
    """End the process at once, as kill -9 or a power cut does; raises CannotBe when there is none."""
    turn = begun(world)
    process = turn.instance(instance)
    if process.run is Run.DOWN:
        raise CannotBe(f"{instance}: no such process")
    turn.set_instance(instance, hung=True)  # what dies prints nothing any more
    for broker in turn.world.of(instance):
        leave(turn, broker, cleanly=False)
    turn.set_instance(instance, run=Run.DOWN, hung=False, epoch=process.epoch + 1)
    return turn.world, tuple(turn.printed)


def reload(turn: Turn, instance: str, *, admin_only: bool) -> None:
    """The operation reload: answered first, begun a moment later."""
    turn.set_instance(instance, admin_only=admin_only)
    turn.later(instance, timings.RELOAD_ANSWERED, "reload")


def begun(world: World) -> Turn:
    """A change that begins with the journals brought up to this moment."""
    turn = Turn(world)
    turn.settle()
    return turn


def boot(turn: Turn, instance: str, *, admin_only: bool, reloads: bool = False) -> None:
    """The process begins to boot, with the configuration as it is stored now."""
    process, now = turn.instance(instance), turn.world.now_s
    changes = (
        {"opens_s": now, "started_s": process.started_s}
        if reloads
        else {
            "opens_s": now + timings.MANAGEMENT_OPENS,
            "started_s": now,
            "pid": process.pid + 137,
        }
    )
    turn.set_instance(
        instance,
        run=Run.BOOTING,
        running=process.stored,
        stale=False,
        hung=False,
        blocked=False,
        suspended=False,
        admin_only=admin_only,
        epoch=process.epoch + 1,
        **changes,
    )
    turn.say(instance, "server-starting", product_words(turn.world, instance))
    shorter = timings.BOOT - timings.RELOAD if reloads else 0.0
    if not admin_only:
        turn.later(instance, timings.MESSAGING - shorter, "messaging")
    turn.later(instance, timings.BOOT - shorter, "booted")


def product_words(world: World, instance: str) -> str:
    """The product's name and releases, as its log has them."""
    process = world.instances[instance]
    return f"{world.product} {process.version}.GA (WildFly Core {core_inside(process.release)})"


def leave(turn: Turn, broker: Broker, *, cleanly: bool, left_live: bool | None = None) -> None:
    """A messaging server ends; `left_live` is what it leaves a shared store marked, if not by its policy."""
    was = broker.phase
    if was is Phase.DOWN:
        return
    if was is Phase.LIVE:
        clients.lose(turn, broker.key)
    if was is not Phase.RESTARTING:
        version = broker_inside(turn.instance(broker.instance).release)
        turn.tell(broker.key, "stopped", version, broker.node_id, _uptime(turn, broker))
    turn.new_epoch(broker.key, phase=Phase.DOWN, announced=False)
    if was in _SERVING and broker.policy.shares:
        marked = (broker.policy.failover_on_shutdown or not cleanly) if left_live is None else left_live
        shared_store.live_is_gone(turn, broker, marked, timings.STOP if cleanly else 0.0)
    elif was in _SERVING:
        for other in tuple(turn.world.brokers.values()):
            following = other.follows == broker.key and other.phase in (Phase.SYNCED, Phase.SYNCING)
            if following and turn.reachable(broker.key, other.key):
                turn.later(other.key, timings.SEE_LOSS, "live-gone")
    elif was in (Phase.SYNCED, Phase.SYNCING) and broker.follows:
        live = turn.world.brokers.get(broker.follows)
        if live is not None and live.phase is Phase.LIVE and turn.reachable(broker.key, live.key):
            turn.later(live.key, timings.SEE_LOSS, "replica-shut-down" if cleanly else "replica-gone")


def _start_messaging(turn: Turn, instance: str) -> None:
    process = turn.instance(instance)
    others = {key: item for key, item in turn.world.brokers.items() if item.instance != instance}
    fresh = configured.brokers(process, process.running, turn.world.shared)
    before = {item.name: item for item in turn.world.of(instance)}
    started = {
        item.key: replace(
            item,
            phase=Phase.STARTING,
            epoch=before[item.name].epoch + 1 if item.name in before else 0,
            started_s=turn.world.now_s,
        )
        for item in fresh
    }
    turn.world = replace(turn.world, brokers={**others, **started})
    _begin(turn, started.values())


def start_added(turn: Turn, instance: str, name: str) -> bool:
    """A messaging server that was added to a running process starts at once, with what is stored for it.

    False when it waits for ever, for another one has the lock of its journal.
    """
    process = turn.instance(instance)
    own = {address: held for address, held in process.stored.items() if address[:2] == server_address(name)}
    running = {**process.running, **own}
    turn.set_instance(instance, running=running)
    fresh = configured.brokers(process, running, turn.world.shared)
    added = next(item for item in fresh if item.name == name)
    before = turn.world.brokers.get(added.key)
    epoch = 0 if before is None else before.epoch + 1
    started = replace(added, phase=Phase.STARTING, epoch=epoch, started_s=turn.world.now_s)
    turn.world = replace(turn.world, brokers={**turn.world.brokers, added.key: started})
    others = [other for other in turn.world.brokers.values() if other.key != added.key and other.runs]
    if not added.policy.backup and added.journal in [other.journal for other in others]:
        turn.set(added.key, phase=Phase.LOCK_WAITING)
        turn.tell(added.key, "starting", "live", _path(added))
        turn.tell(added.key, "waiting-for-lock", "indefinitely", mode=Mode.SHARED_STORE)
        return False
    _begin(turn, (started,))
    return True


def _begin(turn: Turn, starting: Iterable[Broker]) -> None:
    """These messaging servers read their configuration."""
    for broker in starting:
        _make_directories(turn, broker)
        turn.tell(broker.key, "starting", "backup" if broker.policy.backup else "live", _path(broker))
        if broker.cluster.password == SHIPPED_PASSWORD:
            turn.tell(broker.key, "default-cluster-password")
        if broker.policy.shares:
            shared_store.configured(turn, broker.key)
        else:
            replication.configured(turn, broker.key)


def _make_directories(turn: Turn, broker: Broker) -> None:
    """A start makes what is missing, empty, but for paging; a live server's first journal gets a node id."""
    is_new = broker.journal not in turn.world.files
    is_own = not broker.policy.backup and not broker.policy.shares
    node_id = node_id_of(broker.key) if is_new and is_own else ""
    for where in broker.places:
        if where not in turn.world.files and where != broker.paging:
            turn.put(where, replace(turn.directory(where), node_id=node_id))


def _booted(turn: Turn, instance: str) -> None:
    process = turn.set_instance(instance, run=Run.RUNNING)
    turn.say(instance, "management-listening", "127.0.0.1", str(MANAGEMENT))
    turn.say(instance, "admin-console-listening", "127.0.0.1", str(MANAGEMENT))
    took = int((timings.BOOT if turn.world.now_s - process.started_s < 60 else timings.RELOAD) * 1000)
    words = product_words(turn.world, instance)
    turn.say(instance, "server-started", words, str(took), "458", "702", "394", "")


def _stopped(turn: Turn, instance: str) -> None:
    words = product_words(turn.world, instance)
    turn.say(instance, "server-stopped", words, str(int(timings.STOP * 1000)))
    turn.set_instance(instance, run=Run.DOWN)


def _stopped_to_restart(turn: Turn, instance: str) -> None:
    _stopped(turn, instance)
    boot(turn, instance, admin_only=False)


def _go_down(turn: Turn, instance: str, then: str) -> None:
    for broker in turn.world.of(instance):
        leave(turn, broker, cleanly=True)
    turn.set_instance(instance, run=Run.STOPPING, epoch=turn.instance(instance).epoch + 1)
    turn.later(instance, timings.STOP, then)


def _shut_down(turn: Turn, instance: str) -> None:
    turn.say(instance, "shutdown-by-operation", "shutdown")
    _go_down(turn, instance, "stopped")


def _shut_down_to_restart(turn: Turn, instance: str) -> None:
    turn.say(instance, "shutdown-by-operation", "shutdown")
    _go_down(turn, instance, "stopped-to-restart")


def _reload(turn: Turn, instance: str) -> None:
    for broker in turn.world.of(instance):
        leave(turn, broker, cleanly=True)
    words = product_words(turn.world, instance)
    turn.say(instance, "server-stopped", words, "214")
    boot(turn, instance, admin_only=turn.instance(instance).admin_only, reloads=True)


_TO_INSTANCE: Mapping[str, Callable[[Turn, str], None]] = {
    "messaging": _start_messaging,
    "booted": _booted,
    "stopped": _stopped,
    "stopped-to-restart": _stopped_to_restart,
    "reload": _reload,
    "shut-down": _shut_down,
    "shut-down-to-restart": _shut_down_to_restart,
}
_REPLICATION: Mapping[str, Callable[[Turn, str], None]] = {
    "looked": replication.looked,
    "activated": replication.activated,
    "find-live": replication.find_live,
    "refused": replication.refused,
    "synced": replication.synced,
    "not-synced": replication.not_synced,
    "announced": replication.announced,
    "fail-back": replication.fail_back,
    "restart-inside": replication.restart_inside,
    "promoted": replication.promoted,
    "live-gone": replication.live_is_gone,
    "ask-again": replication.live_is_gone,
    "replica-gone": replication.replica_is_gone,
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


def _to_broker(turn: Turn, key: str, what: str, argument: str) -> None:
    if what == "reconnect":
        clients.connect(turn, argument, key)
    elif what == "replica-shut-down":
        replication.replica_is_gone(turn, key, "replica-shut-down")
    elif what == "silent-live":
        _live_was_silent(turn, key)
    elif turn.broker(key).policy.shares:
        _SHARED_STORE[what](turn, key)
    else:
        _REPLICATION[what](turn, key)


def _live_was_silent(turn: Turn, key: str) -> None:
    broker = turn.broker(key)
    live = turn.world.brokers.get(broker.follows or "")
    if live is not None and turn.instance(live.instance).hung:
        clients.lose(turn, live.key)
        replication.live_is_gone(turn, key)


def _path(broker: Broker) -> str:
    return broker.journal.partition(":")[2]


def _uptime(turn: Turn, broker: Broker) -> str:
    seconds = turn.world.now_s - broker.started_s
    return f"{seconds:.3f} seconds" if seconds < 60 else f"{int(seconds) // 60} minutes"
