"""The simulated AMMs' entrances for time, upgrades and outages: state in, state and script calls out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.products.amm import panel
from handrail.products.amm.state import NO_SUCH_FILE, STABLE, Config, Event, World
from handrail.products.amm.turn import Turn
from handrail.products.living import CannotBe

Change = tuple[World, tuple[Event, ...]]

PING_S = 15.0
"""Documented: the secondary pings the primary every 15 seconds."""
UPGRADE_S = 60.0
INSTALL_S = 5.0
BOOT_S = 10.0
COPY_S = 30.0
"""How long the build files of a package take to the secondary; invented, as the three above."""


def advance(world: World, to_s: float) -> Change:
    """Let the world live until this moment; never backwards."""
    turn = Turn(world)
    while turn.world.due and turn.world.due[0].at_s <= to_s:
        due, rest = turn.world.due[0], turn.world.due[1:]
        turn.world = replace(turn.world, due=rest, now_s=max(turn.world.now_s, due.at_s))
        if due.epoch == turn.server(due.server).epoch:
            _HAPPENS[due.what](turn, due.server, due.argument)
    turn.world = replace(turn.world, now_s=max(turn.world.now_s, to_s))
    return turn.world, tuple(turn.printed)


def next_change_s(world: World) -> float | None:
    """When something will next happen by itself."""
    return world.due[0].at_s if world.due else None


def start(world: World, server: str) -> Change:
    """Switch the server on; raises CannotBe when it is on or not installed."""
    turn = Turn(world)
    now = turn.server(server)
    if now.up or not now.installed:
        raise CannotBe("it is running already" if now.up else "nothing is installed here")
    turn.set(server, epoch=now.epoch + 1)
    turn.later(server, BOOT_S, "booted")
    return turn.world, tuple(turn.printed)


def stop(world: World, server: str) -> Change:
    """Switch the server off; raises CannotBe when it is off. The peer notices by its pings."""
    turn = Turn(world)
    now, other = turn.server(server), world.peer(server)
    if not now.up:
        raise CannotBe("it is not running")
    was_stable = world.status(server) == STABLE
    turn.set(server, up=False, upgrading=False, applying=False, epoch=now.epoch + 1)
    if was_stable and other is not None:
        if now.role == "primary":
            turn.later(other.name, other.config.pings * PING_S, "fail-over")
        else:
            turn.later(other.name, PING_S, "standby-offline")
    return turn.world, tuple(turn.printed)


def install(world: World, server: str, version: str, size: str) -> Change:
    """Install an AMM on an empty host; raises CannotBe where there is one."""
    turn = Turn(world)
    if turn.server(server).installed:
        raise CannotBe("an AMM is installed here already")
    turn.set(server, installed=True, version=version, size=size, config=Config())
    turn.later(server, INSTALL_S, "booted")
    return turn.world, tuple(turn.printed)


def upload(world: World, server: str, version: str) -> Change:
    """Put a package into the repository: its record reaches the peer at once, its files later."""
    turn = Turn(world)
    now, other = turn.server(server), world.peer(server)
    turn.set(server, packages=_with(now.packages, version), files=_with(now.files, version))
    if other is not None and world.status(server) == STABLE:
        turn.set(other.name, packages=_with(other.packages, version))
        turn.later(other.name, COPY_S, "files-copied", version)
    return turn.world, tuple(turn.printed)


def upgrade(world: World, server: str, version: str) -> Change:
    """Begin an upgrade; raises CannotBe with what the page shows."""
    turn = Turn(world)
    now = turn.server(server)
    if now.ha_since_s is not None or now.old_ha:
        raise CannotBe("this server is part of an HA configuration: tear it down first")
    if version not in now.packages:
        raise CannotBe(f"{version} is not in the Repository list")
    if version not in now.files:
        raise CannotBe(f"upgrade to {version} failed: {NO_SUCH_FILE}")
    turn.set(server, upgrading=True)
    turn.later(server, UPGRADE_S, "upgraded", version)
    return turn.world, tuple(turn.printed)


def old_teardown(world: World, server: str) -> Change:
    """Stands in for the teardown procedure of Technical Support, which is not public."""
    turn = Turn(world)
    if not turn.server(server).old_ha:
        raise CannotBe("there is no HA configuration of before 2.17.5 here")
    for member in world.members(turn.server(server).pair):
        turn.set(member.name, old_ha=False)
    return turn.world, tuple(turn.printed)


def _with(items: tuple[str, ...], version: str) -> tuple[str, ...]:
    return items if version in items else (*items, version)


def _booted(turn: Turn, server: str, argument: str) -> None:
    del argument
    turn.set(server, up=True)


def _upgraded(turn: Turn, server: str, version: str) -> None:
    turn.set(server, upgrading=False, version=version)


def _files_copied(turn: Turn, server: str, version: str) -> None:
    if turn.world.status(server) == STABLE:
        turn.set(server, files=_with(turn.server(server).files, version))


def _fail_over(turn: Turn, server: str, argument: str) -> None:
    del argument
    now, other = turn.server(server), turn.world.peer(server)
    if other is None or other.up or now.role != "secondary":
        return
    if not now.gateway_answers:
        return  # documented: no failover while the secondary's own gateway and targets do not answer
    turn.run_script(server, "failover", server, other.name)
    turn.set(server, config=replace(now.config, role="primary"), ha_since_s=turn.world.now_s)
    turn.set(other.name, config=replace(other.config, role="secondary"))


def _standby_offline(turn: Turn, server: str, argument: str) -> None:
    del argument
    other = turn.world.peer(server)
    if other is not None and not other.up:
        turn.run_script(server, "standby-offline", other.name, server)


_HAPPENS: Mapping[str, Callable[[Turn, str, str], None]] = {
    "applied": panel.applied,
    "booted": _booted,
    "upgraded": _upgraded,
    "files-copied": _files_copied,
    "fail-over": _fail_over,
    "standby-offline": _standby_offline,
}
