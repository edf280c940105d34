"""Faults and outside events of the simulated world, by the names a scenario uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

from handrail.products.amlen import pairing, timings
from handrail.products.amlen import world as rules
from handrail.products.amlen.state import LOOKING, Phase, Settings, Trouble, World
from handrail.products.amlen.turn import Turn
from handrail.products.living import CannotBe, Management
from handrail.readings import Value

Arguments = Mapping[str, Value]


def inject(world: World, name: str, arguments: Arguments) -> rules.Change:
    """Cause a fault or an outside event; raises KeyError for an unknown name or a missing argument.

    `pair` for the link's, `server` for all others. `for_s` limits troubles of the interface, `seconds` is how
    much longer a start or a copy takes, `settings` takes settings by their names in Settings, `maintenance`
    of restart is true or false (absent: the mode is kept).
    """
    turn = Turn(world)
    _INJECTS[name](turn, arguments)
    return turn.world, tuple(turn.printed)


def injects() -> tuple[str, ...]:
    """The names `inject` knows."""
    return tuple(_INJECTS)


def _trouble(trouble: Trouble) -> Callable[[Turn, Arguments], None]:
    def change(turn: Turn, arguments: Arguments) -> None:
        name = turn.node(str(arguments["server"])).name
        until = turn.world.now_s + float(arguments["for_s"]) if "for_s" in arguments else float("inf")
        then = replace(turn.world, management={}) if trouble is Trouble.STALE else None
        management = {**turn.world.management, name: Management(trouble, until, then)}
        turn.world = replace(turn.world, management=management)

    return change


def _heal_management(turn: Turn, arguments: Arguments) -> None:
    name = turn.node(str(arguments["server"])).name
    others = {server: trouble for server, trouble in turn.world.management.items() if server != name}
    turn.world = replace(turn.world, management=others)


def _log_silent(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, silent=turn.world.silent | {turn.node(str(arguments["server"])).name})


def _log_heard(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, silent=turn.world.silent - {str(arguments["server"])})


def _cut_link(turn: Turn, arguments: Arguments) -> None:
    pair = str(arguments["pair"])
    members = turn.world.members(pair)
    if not members:
        raise KeyError(pair)
    turn.world = replace(turn.world, cut=turn.world.cut | {pair})
    for node in members:
        if node.phase in (Phase.SENDING, Phase.RECEIVING):
            _break_sync(turn, node.name)
        elif node.phase in (Phase.PRODUCTION, Phase.STANDBY):
            turn.later(node.name, float(node.effective.heartbeat_timeout_s), "link-lost")


def _heal_link(turn: Turn, arguments: Arguments) -> None:
    pair = str(arguments["pair"])
    turn.world = replace(turn.world, cut=turn.world.cut - {pair})
    for node in turn.world.members(pair):
        if node.phase is Phase.WAITING:
            turn.later(node.name, timings.LOOK_AROUND, "look-for-peer")
        elif node.primary:
            turn.later(node.name, timings.COLLIDE, "collide")


def _break_sync(turn: Turn, name: str) -> None:
    """A copy breaks: the sender's store fails, who receives waits on until its discovery timeout."""
    node = turn.node(name)
    if node.phase is Phase.SENDING:
        turn.say(name, "state-sent")
        pairing.fail(turn, name, pairing.DISK_ERROR)
    elif node.phase is Phase.RECEIVING:
        pairing.break_copy(turn, node)
        turn.new_epoch(name, phase=Phase.WAITING, view=LOOKING)
        turn.later(name, max(0.0, node.deadline_s - turn.world.now_s), "give-up")


def _sync_fails(turn: Turn, arguments: Arguments) -> None:
    pair = turn.node(str(arguments["server"])).pair
    for node in turn.world.members(pair):
        if node.phase in (Phase.SENDING, Phase.RECEIVING):
            _break_sync(turn, node.name)


def _slow_start(turn: Turn, arguments: Arguments) -> None:
    turn.set(str(arguments["server"]), boot_more_s=float(arguments["seconds"]))


def _slow_copy(turn: Turn, arguments: Arguments) -> None:
    turn.set(str(arguments["server"]), copy_more_s=float(arguments["seconds"]))


def _hurry_timeout(turn: Turn, arguments: Arguments) -> None:
    """The time in which this server looks for its peer has run out just now."""
    name = str(arguments["server"])
    if turn.node(name).phase is Phase.WAITING:
        pairing.give_up(turn, name)


def _lost_restart(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, deaf=turn.world.deaf | {turn.node(str(arguments["server"])).name})


def _into_maintenance(turn: Turn, arguments: Arguments) -> None:
    turn.set(str(arguments["server"]), production=False)


def _settings(turn: Turn, arguments: Arguments) -> None:
    name = str(arguments["server"])
    known = {item.name for item in fields_of(Settings)}
    given: dict[str, Any] = {key: value for key, value in arguments.items() if key in known}
    if unknown := set(arguments) - known - {"server"}:
        raise KeyError(sorted(unknown)[0])
    node = turn.node(name)
    memory = replace(node.memory, settings=replace(node.memory.settings, **given))
    turn.set(name, memory=memory, disk=memory)


def _other_version(turn: Turn, arguments: Arguments) -> None:
    turn.set(str(arguments["server"]), version=str(arguments["version"]))


def _old_words(turn: Turn, arguments: Arguments) -> None:
    del arguments
    turn.world = replace(turn.world, old_words=True)


def _restart(turn: Turn, arguments: Arguments) -> None:
    given = arguments.get("maintenance")
    clean = bool(arguments.get("clean_store", False))
    _adopt(
        turn,
        rules.restart(
            turn.world,
            str(arguments["server"]),
            maintenance=None if given is None else bool(given),
            clean_store=clean,
        ),
    )


def _command(change: Callable[[World, str], rules.Change]) -> Callable[[Turn, Arguments], None]:
    def run(turn: Turn, arguments: Arguments) -> None:
        try:
            _adopt(turn, change(turn.world, str(arguments["server"])))
        except CannotBe:
            return  # what is down already cannot be stopped: the fault has happened

    return run


def _adopt(turn: Turn, change: rules.Change) -> None:
    turn.world, printed = change
    turn.printed.extend(printed)


_INJECTS: Mapping[str, Callable[[Turn, Arguments], None]] = {
    **{trouble.value: _trouble(trouble) for trouble in Trouble},
    "heal-management": _heal_management,
    "log-silent": _log_silent,
    "log-heard": _log_heard,
    "cut-link": _cut_link,
    "heal-link": _heal_link,
    "sync-fails": _sync_fails,
    "slow-start": _slow_start,
    "slow-copy": _slow_copy,
    "hurry-timeout": _hurry_timeout,
    "lost-restart": _lost_restart,
    "into-maintenance": _into_maintenance,
    "settings": _settings,
    "other-version": _other_version,
    "old-words": _old_words,
    "restart": _restart,
    "start": _command(rules.start),
    "stop": _command(rules.stop),
    "kill": _command(rules.kill),
}
