"""The simulated world's entrances for time, restarts and commands: state in, state and log lines out.

The same acts at the same moments always give the same lines; nothing here knows a clock or chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.products.amlen import pairing, timings
from handrail.products.amlen.election import bad_setting
from handrail.products.amlen.state import (
    CLEAN,
    DISABLED,
    IN_MAINTENANCE,
    JUST_STARTED,
    LOOKING,
    Phase,
    Printed,
    View,
    World,
)
from handrail.products.amlen.turn import Turn
from handrail.products.living import CannotBe

Change = tuple[World, tuple[Printed, ...]]

_IN_PAIR = frozenset({Phase.PRODUCTION, Phase.STANDBY, Phase.RECEIVING, Phase.SENDING, Phase.ENGINE})


def advance(world: World, to_s: float) -> Change:
    """Let the world live until this moment; never backwards."""
    turn = Turn(world)
    while turn.world.due and turn.world.due[0].at_s <= to_s:
        due, rest = turn.world.due[0], turn.world.due[1:]
        turn.world = replace(turn.world, due=rest, now_s=max(turn.world.now_s, due.at_s))
        if due.epoch == turn.node(due.server).epoch:
            _HAPPENS[due.what](turn, due.server)
    turn.world = replace(turn.world, now_s=max(turn.world.now_s, to_s))
    return turn.world, tuple(turn.printed)


def next_change_s(world: World) -> float | None:
    """When something will next happen by itself."""
    return world.due[0].at_s if world.due else None


def restart(
    world: World, server: str, *, maintenance: bool | None = None, clean_store: bool = False
) -> Change:
    """An accepted restart. `maintenance` None keeps the mode. A second one while it stops does no more."""
    turn = Turn(world)
    node = turn.node(server)
    if server in world.deaf:
        turn.world = replace(world, deaf=world.deaf - {server})
        return turn.world, ()
    if node.phase is Phase.STOPPING:
        turn.later(server, timings.LEAVE, "say-stopping")
        return turn.world, tuple(turn.printed)
    if clean_store and node.primary:
        turn.harm(f"the store of {server} was cleaned while it was the primary")
    if clean_store and node.store.origin == "backup":
        turn.harm(f"the restored store of {server} was cleaned")
    _stop(
        turn,
        server,
        timings.LEAVE,
        production=node.production if maintenance is None else not maintenance,
        cleans=clean_store,
        returns=True,
    )
    return turn.world, tuple(turn.printed)


def start(world: World, server: str) -> Change:
    """The service manager starts the process; raises CannotBe when it runs."""
    turn = Turn(world)
    if turn.node(server).phase is not Phase.DOWN:
        raise CannotBe("imaserver is already running")
    turn.new_epoch(server)
    turn.later(server, timings.SERVICE_START + turn.node(server).boot_more_s, "boot")
    return turn.world, tuple(turn.printed)


def stop(world: World, server: str) -> Change:
    """The service manager stops the process; raises CannotBe when there is none."""
    turn = Turn(world)
    node = turn.node(server)
    if node.phase is Phase.DOWN:
        raise CannotBe("imaserver is not running")
    _stop(
        turn,
        server,
        timings.SERVICE_STOP,
        production=node.production,
        cleans=node.cleans and node.phase is Phase.STOPPING,
        returns=False,
    )
    return turn.world, tuple(turn.printed)


def kill(world: World, server: str) -> Change:
    """End the process at once; raises CannotBe when there is none. The peer notices by its heartbeat."""
    turn = Turn(world)
    node = turn.node(server)
    if node.phase is Phase.DOWN:
        raise CannotBe("imaserver is not running")
    other = world.peer(server)
    turn.new_epoch(server, phase=Phase.DOWN, cleans=False)
    if other is not None:
        silence = float(other.effective.heartbeat_timeout_s)
        if node.primary and other.phase is Phase.STANDBY:
            turn.later(other.name, silence, "take-over")
        elif other.primary:
            turn.later(other.name, silence, "standby-left")
        else:
            pairing.break_copy(turn, node)
    return turn.world, tuple(turn.printed)


def _stop(turn: Turn, server: str, leave_s: float, *, production: bool, cleans: bool, returns: bool) -> None:
    before = turn.node(server).phase
    was = "pair" if before in _IN_PAIR else "alone"
    if before is Phase.STOPPING:
        was = "alone"
    turn.new_epoch(server, phase=Phase.STOPPING, production=production, cleans=cleans, returns=returns)
    turn.later(server, leave_s, f"leave-{was}")


def _leave_alone(turn: Turn, server: str) -> None:
    node = turn.node(server)
    turn.say(server, "server-stopping")
    turn.set(server, view=DISABLED)
    turn.later(server, timings.EXIT_CLEANING if node.cleans else timings.EXIT_ALONE, "exit")


def _leave_pair(turn: Turn, server: str) -> None:
    node = turn.node(server)
    turn.say(server, "server-stopping")
    other = turn.world.peer(server)
    was_primary = node.view.new_role == "PRIMARY"
    left = View(percent=-1)
    if was_primary:
        kept = node.view
        turn.set(server, store=replace(node.store, last_primary_s=turn.world.now_s))
        left = replace(
            left, active=kept.active, sync=kept.sync, primary_time="now", knows_peer=kept.knows_peer
        )
    elif node.view.new_role == "STANDBY":
        left = replace(left, knows_peer=True)
    turn.set(server, view=left)
    if other is not None and node.pair not in turn.world.cut:
        if other.phase is Phase.STANDBY and was_primary:
            turn.later(other.name, timings.TAKE_OVER, "take-over")
        elif other.primary and node.view.new_role == "STANDBY":
            turn.later(other.name, timings.NOTICE_LEAVING, "standby-left")
        else:
            pairing.break_copy(turn, node)
    turn.later(server, timings.EXIT_CLEANING if node.cleans else timings.EXIT_IN_PAIR, "exit")


def _exit(turn: Turn, server: str) -> None:
    node = turn.node(server)
    store = CLEAN if node.cleans else node.store
    restored = tuple(item for item in node.restored if not (node.cleans and item == "store"))
    turn.new_epoch(server, phase=Phase.DOWN, store=store, cleans=False, restored=restored)
    if node.returns:
        turn.later(server, timings.BOOT + node.boot_more_s, "boot")


def _boot(turn: Turn, server: str) -> None:
    node = turn.node(server)
    for message, argument in (
        ("server-start", node.version),
        ("license-usage", "Production"),
        ("admin-ready", "0"),
    ):
        turn.say(server, message, argument)
    settings = node.disk.settings
    node = turn.new_epoch(
        server,
        phase=Phase.MAINTENANCE,
        view=IN_MAINTENANCE,
        error=(0, ""),
        memory=node.disk,
        effective=settings,
        started_s=turn.world.now_s,
        boot_more_s=0.0,
        restored=(),
    )
    if not node.production:
        return
    if not settings.enable:
        turn.set(server, phase=Phase.PRODUCTION, view=DISABLED)
    elif wrong := bad_setting(node):
        words = f"An HA configuration parameter is not valid: parameter name={wrong[0]} value={wrong[1]}."
        turn.say(server, "ha-config-error", *wrong)
        view = View(new_role="UNSYNC", old_role="UNSYNC", percent=-1)
        turn.set(server, phase=Phase.FAILED, view=view, error=(510, words))
    elif settings.startup_mode == "StandAlone":
        pairing.serve_alone(turn, server)
    else:
        deadline = turn.world.now_s + settings.discovery_timeout_s
        turn.set(server, phase=Phase.WAITING, view=JUST_STARTED, deadline_s=deadline)
        turn.later(server, timings.STORE_STARTS, "store-starts")
        turn.later(server, timings.LOOK_AROUND, "look-for-peer")
        turn.later(server, float(settings.discovery_timeout_s), "give-up")


def _store_starts(turn: Turn, server: str) -> None:
    turn.set(server, view=LOOKING)


def _say_stopping(turn: Turn, server: str) -> None:
    turn.say(server, "server-stopping")


_HAPPENS: Mapping[str, Callable[[Turn, str], None]] = {
    "leave-alone": _leave_alone,
    "leave-pair": _leave_pair,
    "exit": _exit,
    "boot": _boot,
    "say-stopping": _say_stopping,
    "store-starts": _store_starts,
    "look-for-peer": pairing.look_for_peer,
    "state-sent": pairing.state_sent,
    "copied": pairing.copied,
    "standby-ready": pairing.standby_ready,
    "serve": pairing.serve,
    "take-over": pairing.take_over,
    "standby-left": pairing.standby_left,
    "give-up": pairing.give_up,
    "link-lost": pairing.link_lost,
    "collide": pairing.collide,
}
