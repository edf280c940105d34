"""Binding a procedure to servers of the inventory, and the Systems that reach them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from handrail.clock import Clock
from handrail.errors import UsageError
from handrail.inventory.credentials import SecretMissing
from handrail.inventory.model import Pair, Server, Site
from handrail.observe.log_command import CommandLog
from handrail.observe.log_file import FileLog
from handrail.observe.log_source import LogSource
from handrail.procedure.fields import Fields, load_fields
from handrail.procedure.file_names import FIELDS_FILE
from handrail.procedure.loading import builtin_root
from handrail.procedure.model import Procedure
from handrail.products.commands import InventoryCommands
from handrail.products.http import Http
from handrail.products.registry import client_for
from handrail.text import safe
from handrail.walk.bound_systems import BoundSystems
from handrail.walk.plan import BoundPair


def bind(site: Site, procedure: Procedure, names: Sequence[str]) -> tuple[BoundPair, ...]:
    """The pairs the procedure is walked on; raises UsageError naming what there is to choose from."""
    fitting = [
        pair for pair in site.pairs if pair.product == procedure.product and pair.mode in procedure.modes
    ]
    if not fitting:
        modes = " or ".join(procedure.modes)
        raise UsageError(
            f"the inventory has no {procedure.product} pair in {modes} mode{_what_there_is(site, procedure)}",
            "correct its mode in the inventory, or make one: handrail inventory",
        )
    known = ", ".join(pair.name for pair in fitting)
    if names:
        unknown = [name for name in names if name not in {pair.name for pair in fitting}]
        if unknown:
            raise UsageError(
                f"{procedure.id} cannot be walked on pair {unknown[0]}", f"pairs it fits: {known}"
            )
        fitting = [pair for name in names for pair in fitting if pair.name == name]
    if procedure.pairs == "one" and len(fitting) > 1:
        raise UsageError(f"{procedure.id} is walked on one pair", f"name it with --pair; there are {known}")
    return tuple(
        BoundPair(pair.name, pair.mode, _roles(procedure, pair), dict(pair.facts)) for pair in fitting
    )


def _what_there_is(site: Site, procedure: Procedure) -> str:
    """The pairs of the product with the modes they have, in words; empty where there are none."""
    others = [f"{pair.name} is {pair.mode}" for pair in site.pairs if pair.product == procedure.product]
    return f" ({safe(', '.join(others), 120)})" if others else ""


def _roles(procedure: Procedure, pair: Pair) -> dict[str, str]:
    """The pair's servers by the procedure's roles; raises UsageError when one it needs is not there."""
    missing = [role.name for role in procedure.roles if role.name not in pair.roles and not role.optional]
    if missing:
        raise UsageError(
            f"{procedure.id} needs a {missing[0]}; pair {pair.name} has {', '.join(pair.roles)}",
            f"add {missing[0]} to roles of pair {pair.name} in the inventory",
        )
    return dict(pair.roles)


def bindings(site: Site, procedure: Procedure, names: Sequence[str]) -> list[tuple[BoundPair, ...]]:
    """Every way to bind the procedure: each fitting pair alone, or all of them where it walks many."""
    if names or procedure.pairs == "many":
        return [bind(site, procedure, names)]
    fitting = [
        pair.name for pair in site.pairs if pair.product == procedure.product and pair.mode in procedure.modes
    ]
    return [bind(site, procedure, [name]) for name in fitting] or [bind(site, procedure, names)]


def things_taken(procedure: Procedure, pairs: Sequence[BoundPair]) -> list[str]:
    """The servers the run claims: whatever two procedures would do to one, they must not do it together."""
    taken = [pair.roles.get(item.partition(":")[0], "") for pair in pairs for item in procedure.takes]
    return list(dict.fromkeys(name for name in taken if name))


def _fields_of(product: str) -> Fields:
    path = builtin_root() / product / FIELDS_FILE
    return load_fields(path) if path.exists() else Fields(product, {})


def log_for(server: Server, clock: Clock) -> LogSource | None:
    """The server's log source, if the inventory has one."""
    log = server.log
    if log is None:
        return None
    if log.file is not None:
        return FileLog(server.name, Path(log.file).expanduser(), clock)
    return CommandLog(server.name, log.follow or (), log.since or (), log.check or (), clock)


def live_systems(
    site: Site,
    servers: Sequence[str],
    clock: Clock,
    fields: Fields | None = None,
    missing: dict[str, SecretMissing] | None = None,
) -> BoundSystems:
    """Systems over these servers; secrets are resolved here, outside any event loop.

    `fields` are those a run was begun with; without them each server's product has its own. A secret that
    cannot be had raises SecretMissing; with `missing` it is put there and its server has no client.
    """
    http = Http()
    chosen = [site.server(name) for name in servers]
    clients = {}
    for server in chosen:
        try:
            clients[server.name] = client_for(server, fields or _fields_of(server.product), http, clock)
        except SecretMissing as problem:
            if missing is None:
                raise
            missing[server.name] = problem
    logs = {server.name: log for server in chosen if (log := log_for(server, clock)) is not None}
    return BoundSystems(clients, InventoryCommands(site), logs)
