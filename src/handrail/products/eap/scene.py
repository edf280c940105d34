"""Setting the scene: instances, their configuration, and what had happened to them, at second zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handrail.products.eap import cli_lines, configured
from handrail.products.eap.cli_lines import NotALine
from handrail.products.eap.pairing import in_order, policies
from handrail.products.eap.past import BEGAN_S, Past
from handrail.products.eap.profile import standalone_full_ha, with_queues
from handrail.products.eap.refusals import Refused
from handrail.products.eap.releases import release_of
from handrail.products.eap.situations import MESSAGES, SITUATIONS
from handrail.products.eap.state import AppClient, Instance, Mode, Printed, Run, World
from handrail.products.eap.tree import Model, Tree
from handrail.products.setting import ClientStart, PairStart, Setting

SETTINGS = (
    "check-for-live-server",
    "allow-failback",
    "restart-backup",
    "failover-on-server-shutdown",
    "max-saved-replicated-journal-size",
    "copies",
    "copies-live",
    "delta",
    "beside",
)
"""The settings of a pair: attributes of its policies, how many replaced journals the backup has and the live
server has, how many messages the backup took alone, and for how many seconds the live server served on beside
the backup before it ended.
"""
START = ("shared", "product", "cli", "properties", "cut")
"""What a setting's `start` may say: the path of the shared store; the product's name; lines of jboss-cli that
servers were given beforehand; system properties all are started with; whether the link of a split pair is
still cut.
"""
_ROLES = ({"live", "backup"}, {"node-one", "node-two"})
_DATA = "/srv/messaging"


def make_world(setting: Setting) -> tuple[World, tuple[Printed, ...]]:
    """The setting's world, and what its logs say; raises ValueError for words that mean nothing here."""
    for word in setting.start:
        if word not in START:
            raise ValueError(f"{word} means nothing at the start; known: {', '.join(START)}")
    mode = Mode(setting.mode)
    world = World(
        mode,
        str(setting.start.get("product", "JBoss EAP")),
        {},
        shared=str(setting.start.get("shared", _DATA)),
    )
    past = Past(mode)
    for pair in setting.pairs:
        world = _with_pair(world, pair, setting, past)
    for group in setting.clients:
        world = _with_clients(world, group)
    return world, past.printed()


def _with_pair(world: World, pair: PairStart, setting: Setting, past: Past) -> World:
    _check(pair, world.mode)
    first, second = in_order(pair)
    lines = policies(pair, world, release_of(setting.version))
    extra: Mapping[str, Any] = setting.start.get("cli", {})
    properties = {name: str(value) for name, value in setting.start.get("properties", {}).items()}
    for name in (first, second):
        model = _model(setting.version, lines[name], [str(line) for line in extra.get(name, [])])
        process = Instance(
            name, setting.version, model, model, Run.RUNNING, started_s=BEGAN_S, properties=properties
        )
        found = configured.brokers(process, model, world.shared)
        world = replace(
            world,
            instances={**world.instances, name: process},
            brokers={**world.brokers, **{broker.key: broker for broker in found}},
        )
    world = SITUATIONS[pair.situation](world, pair, past)
    if pair.situation == "split" and setting.start.get("cut") is True:
        world = replace(world, cut=world.cut | {frozenset({first, second})})
    return world


def _check(pair: PairStart, mode: Mode) -> None:
    if set(pair.roles) not in _ROLES:
        raise ValueError(f"{pair.name}: the roles of a pair are live and backup, or node-one and node-two")
    if pair.situation not in SITUATIONS:
        raise ValueError(f"{pair.name}: a pair begins {', '.join(SITUATIONS)}")
    if unknown := set(pair.settings) - set(SETTINGS):
        known = ", ".join(SETTINGS)
        raise ValueError(f"{pair.name}: {sorted(unknown)[0]} is no setting; known: {known}")
    if mode is Mode.SHARED_STORE and pair.situation in ("split", "timeout", "backup-newest", "backup-alone"):
        raise ValueError(
            f"{pair.name}: a shared store is one journal; its pair cannot begin {pair.situation}"
        )


def _model(version: str, lines: list[str], extra: list[str]) -> Model:
    model = with_queues(standalone_full_ha(release=release_of(version)), "default", tuple(sorted(MESSAGES)))
    for line in (*lines, *extra):
        try:
            operation = cli_lines.parse(line.replace(":add()", ":add"))
            model = Tree(model, release_of(version), lambda *_: None).perform(operation).model
        except (NotALine, Refused) as problem:
            raise ValueError(f"{line}: {problem}") from None
    return model


def _with_clients(world: World, group: ClientStart) -> World:
    if group.on not in world.instances:
        raise ValueError(f"clients are on {group.on}, which is no server here")
    key = f"{group.on}/default"
    clients = dict(world.clients)
    for number in range(1, group.count + 1):
        name = f"{group.prefix}-{group.on}-{number}"
        on = key if world.serves(key) else None
        clients[name] = AppClient(
            name, group.queue, group.rate, on, group.prefix == "mdb", () if on else (key,), since_s=0.0
        )
    return replace(world, clients=clients)
