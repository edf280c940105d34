"""Faults and outside events of the simulated AMMs, by the names a scenario uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.products.amm import panel
from handrail.products.amm import world as rules
from handrail.products.amm.state import Trouble, World
from handrail.products.amm.turn import Turn
from handrail.products.living import CannotBe, Management
from handrail.readings import Value

Arguments = Mapping[str, Value]


def inject(world: World, name: str, arguments: Arguments) -> rules.Change:
    """Cause a fault or an outside event; raises KeyError for an unknown name or a missing argument.

    `pair` for the link's and for not-stable, `server` for all others; `version` and `size` say what is wrong
    of other-version and other-size; alarm and alarm-clear take `text`.
    """
    turn = Turn(world)
    _INJECTS[name](turn, arguments)
    return turn.world, tuple(turn.printed)


def injects() -> tuple[str, ...]:
    """The names `inject` knows."""
    return tuple(_INJECTS)


def _trouble(trouble: Trouble) -> Callable[[Turn, Arguments], None]:
    def change(turn: Turn, arguments: Arguments) -> None:
        name = _server(turn, arguments)
        until = turn.world.now_s + float(arguments["for_s"]) if "for_s" in arguments else float("inf")
        turn.world = replace(
            turn.world, management={**turn.world.management, name: Management(trouble, until)}
        )

    return change


def _server(turn: Turn, arguments: Arguments) -> str:
    return turn.server(str(arguments["server"])).name


def _pair(turn: Turn, arguments: Arguments) -> str:
    pair = str(arguments["pair"])
    if not turn.world.members(pair):
        raise KeyError(pair)
    return pair


def _heal_management(turn: Turn, arguments: Arguments) -> None:
    name = _server(turn, arguments)
    others = {server: trouble for server, trouble in turn.world.management.items() if server != name}
    turn.world = replace(turn.world, management=others)


def _cut_link(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, cut=turn.world.cut | {_pair(turn, arguments)})


def _heal_link(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, cut=turn.world.cut - {_pair(turn, arguments)})


def _not_stable(turn: Turn, arguments: Arguments) -> None:
    pair = _pair(turn, arguments)
    turn.damage(pair, f"{pair}: not stable")


def _log_silent(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, silent=turn.world.silent | {_server(turn, arguments)})


def _misleading(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, misleading=turn.world.misleading | {_server(turn, arguments)})


def _no_message(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, mute=turn.world.mute | {_server(turn, arguments)})


def _apply_fails(turn: Turn, arguments: Arguments) -> None:
    turn.world = replace(turn.world, failing=turn.world.failing | {_server(turn, arguments)})


def _files_missing(turn: Turn, arguments: Arguments) -> None:
    server = turn.server(str(arguments["server"]))
    turn.set(server.name, files=())


def _files_copied(turn: Turn, arguments: Arguments) -> None:
    server = turn.server(str(arguments["server"]))
    turn.set(server.name, files=server.packages)


def _gateway_lost(turn: Turn, arguments: Arguments) -> None:
    turn.set(_server(turn, arguments), gateway_answers=False)


def _other_version(turn: Turn, arguments: Arguments) -> None:
    turn.set(_server(turn, arguments), version=str(arguments["version"]))


def _other_size(turn: Turn, arguments: Arguments) -> None:
    turn.set(_server(turn, arguments), size=str(arguments["size"]))


def _alarm(turn: Turn, arguments: Arguments) -> None:
    turn.run_script(_server(turn, arguments), "alarm-raised", "replication", str(arguments["text"]))


def _alarm_clear(turn: Turn, arguments: Arguments) -> None:
    turn.run_script(_server(turn, arguments), "alarm-cleared", str(arguments["text"]))


def _touch(turn: Turn, arguments: Arguments) -> None:
    """Somebody works on this server's panel."""
    panel.save(turn, _server(turn, arguments))


def _command(change: Callable[[World, str], rules.Change]) -> Callable[[Turn, Arguments], None]:
    def run(turn: Turn, arguments: Arguments) -> None:
        try:
            turn.world, printed = change(turn.world, str(arguments["server"]))
        except CannotBe:
            return  # what is off already cannot be switched off: the fault has happened
        turn.printed.extend(printed)

    return run


_INJECTS: Mapping[str, Callable[[Turn, Arguments], None]] = {
    **{trouble.value: _trouble(trouble) for trouble in Trouble},
    "heal-management": _heal_management,
    "log-silent": _log_silent,
    "cut-link": _cut_link,
    "heal-link": _heal_link,
    "not-stable": _not_stable,
    "misleading-draft": _misleading,
    "no-message": _no_message,
    "apply-fails": _apply_fails,
    "files-missing": _files_missing,
    "files-copied": _files_copied,
    "gateway-lost": _gateway_lost,
    "other-version": _other_version,
    "other-size": _other_size,
    "alarm": _alarm,
    "alarm-clear": _alarm_clear,
    "touch": _touch,
    "start": _command(rules.start),
    "stop": _command(rules.stop),
    "kill": _command(rules.stop),
}
