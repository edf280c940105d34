"""How a pair may begin: what its servers do at second zero, what they hold, what their logs say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from handrail.products.eap.files import COPY, Directory, Messages
from handrail.products.eap.pairing import in_order
from handrail.products.eap.past import BEGAN_S, Past
from handrail.products.eap.state import Broker, Mode, Phase, Run, World, node_id_of
from handrail.products.setting import PairStart

MESSAGES: Messages = {"orders": 120, "invoices": 30}
TAKEN_BESIDE = 5
"""Messages a live server took alone that served on beside its backup."""


class _Scene:
    """A world in which brokers are put into the phase a situation says."""

    def __init__(self, world: World) -> None:
        self.world = world

    def put(self, key: str, phase: Phase, messages: Messages, node_id: str, **more: Any) -> Broker:
        """Let a messaging server be so, with these messages; directories that are shared are written once."""
        sole, written = int(more.pop("sole", 0)), float(more.pop("written_s", 0.0))
        broker = replace(self.world.brokers[key], phase=phase, node_id=node_id, started_s=BEGAN_S, **more)
        held = dict(self.world.files)
        for where in broker.places:
            if where == broker.paging and not broker.policy.backup:
                continue
            held[where] = Directory(node_id, {}, written)
        by = key if phase is Phase.LIVE else broker.follows or ""
        alone = {key: sole} if sole else {}
        held[broker.journal] = Directory(node_id, messages, written, sole, by, alone)
        self.world = replace(self.world, brokers={**self.world.brokers, key: broker}, files=held)
        return broker

    def down(self, instance: str, at_s: float) -> None:
        """Let a process have gone at this moment."""
        ended = {broker.key: at_s for broker in self.world.of(instance) if broker.phase is Phase.LIVE}
        current = {broker.key: at_s for broker in self.world.of(instance)}
        process = replace(self.world.instances[instance], run=Run.DOWN)
        brokers = {
            key: replace(broker, phase=Phase.DOWN, announced=False) if broker.instance == instance else broker
            for key, broker in self.world.brokers.items()
        }
        self.world = replace(
            self.world,
            instances={**self.world.instances, instance: process},
            brokers=brokers,
            served_until={**self.world.served_until, **ended},
            current_until={**self.world.current_until, **current},
        )

    def copies(self, key: str, count: int) -> None:
        """Let a backup have replaced journals from earlier synchronisations."""
        broker = self.world.brokers[key]
        held = dict(self.world.files)
        for number in range(1, count + 1):
            for where in broker.filled:
                old = {"orders": 100 + number} if where == broker.journal else {}
                held[f"{where}/{COPY}{number}"] = Directory(
                    f"old-{number}", old, BEGAN_S * (count - number + 1)
                )
        self.world = replace(self.world, files=held)


def _plain(world: World, pair: PairStart, past: Past) -> World:
    scene = _Scene(world)
    for name in in_order(pair):
        key = f"{name}/default"
        messages = MESSAGES if name == in_order(pair)[0] else {}
        scene.put(key, Phase.LIVE, messages, node_id_of(key))
        past.booted(scene.world, name, BEGAN_S)
        past.live(scene.world.brokers[key], BEGAN_S)
    return scene.world


def _healthy(world: World, pair: PairStart, past: Past) -> World:
    first, second = in_order(pair)
    scene = _Scene(world)
    _stand_by(scene, f"{first}/default", f"{second}/default", pair.name)
    scene.copies(f"{first}/default", int(pair.settings.get("copies-live", 0)))
    scene.copies(f"{second}/default", _copies(pair, world.mode))
    for name in (first, second):
        past.booted(scene.world, name, BEGAN_S)
    past.live(scene.world.brokers[f"{first}/default"], BEGAN_S)
    past.standing_by(scene.world, scene.world.brokers[f"{second}/default"], BEGAN_S + 9)
    return scene.world


def _stand_by(scene: _Scene, live: str, backup: str, node: str) -> None:
    node_id = node_id_of(node)
    broker = scene.put(live, Phase.LIVE, MESSAGES, node_id)
    phase = Phase.WAITING if broker.policy.shares else Phase.SYNCED
    follows = None if broker.policy.shares else live
    scene.put(backup, phase, MESSAGES, node_id, announced=True, follows=follows)
    if broker.policy.shares:
        marks = scene.world.live_marks | {broker.journal}
        scene.world = replace(scene.world, live_marks=marks)


def _split(world: World, pair: PairStart, past: Past) -> World:
    scene = _Scene(_healthy(world, pair, past))
    first, second = in_order(pair)
    key, delta = f"{second}/default", int(pair.settings.get("delta", 17))
    taken = {**MESSAGES, "orders": MESSAGES["orders"] + delta}
    node_id = scene.world.brokers[key].node_id
    scene.put(key, Phase.LIVE, taken, node_id, follows=f"{first}/default", sole=delta)
    scene.copies(key, _copies(pair, world.mode))
    past.replica_lost(scene.world.brokers[f"{first}/default"], -1200.0)
    past.promoted(scene.world.brokers[key], -1199.0)
    return replace(scene.world, beside=frozenset({f"{first}/default", key}))


def _failed_over(world: World, pair: PairStart, past: Past) -> World:
    scene = _Scene(_healthy(world, pair, past))
    first, second = in_order(pair)
    key, delta = f"{second}/default", int(pair.settings.get("delta", 17))
    taken = {**MESSAGES, "orders": MESSAGES["orders"] + delta}
    broker = scene.world.brokers[key]
    sole = 0 if broker.policy.shares else delta
    ended = -1200.0 + float(pair.settings.get("beside", 0))
    if ended > -1200.0:
        _served_on(scene, f"{first}/default", key, past)
    _written(scene, f"{first}/default", ended)
    scene.down(first, ended)
    scene.put(key, Phase.LIVE, taken, broker.node_id, follows=broker.follows, announced=False, sole=sole)
    scene.copies(key, _copies(pair, world.mode))
    past.promoted(scene.world.brokers[key], -1199.0)
    return scene.world


def _served_on(scene: _Scene, key: str, other: str, past: Past) -> None:
    """The live server lost its backup, not its life, and served on beside it until it ended as well."""
    past.replica_lost(scene.world.brokers[key], -1200.0)
    taken = {**MESSAGES, "orders": MESSAGES["orders"] + TAKEN_BESIDE}
    node_id = scene.world.brokers[key].node_id
    scene.put(key, Phase.LIVE, taken, node_id, sole=TAKEN_BESIDE)
    scene.world = replace(scene.world, beside=frozenset({key, other}))


def _down(world: World, pair: PairStart, past: Past) -> World:
    scene = _Scene(_healthy(world, pair, past))
    first, second = in_order(pair)
    for name, at in ((second, -900.0), (first, -600.0)):
        past.stopped(scene.world, scene.world.brokers[f"{name}/default"], at)
        _written(scene, f"{name}/default", at)
        scene.down(name, at)
    marks = frozenset(mark for mark in scene.world.live_marks if not mark.endswith(f"-{pair.name}"))
    return replace(scene.world, live_marks=marks)


def _backup_newest(world: World, pair: PairStart, past: Past) -> World:
    scene = _Scene(_failed_over(world, pair, past))
    first, second = in_order(pair)
    past.stopped(scene.world, scene.world.brokers[f"{second}/default"], -600.0)
    _written(scene, f"{first}/default", -1200.0)
    _written(scene, f"{second}/default", -600.0)
    scene.down(second, -600.0)
    return scene.world


def _written(scene: _Scene, key: str, at: float) -> None:
    places = scene.world.brokers[key].places
    held = {
        where: replace(item, written_s=at) if where in places else item
        for where, item in scene.world.files.items()
    }
    scene.world = replace(scene.world, files=held)


def _timeout(world: World, pair: PairStart, past: Past) -> World:
    scene = _Scene(_healthy(world, pair, past))
    first, second = in_order(pair)
    key = f"{second}/default"
    broker = replace(scene.world.brokers[key], phase=Phase.DETACHED, announced=False)
    past.too_slow(scene.world, scene.world.brokers[f"{first}/default"], -240.0)
    return replace(scene.world, brokers={**scene.world.brokers, key: broker}, current_until={key: -240.0})


def _backup_alone(world: World, pair: PairStart, past: Past) -> World:
    scene = _Scene(_failed_over(world, pair, past))
    _, second = in_order(pair)
    key = f"{second}/default"
    broker = scene.world.brokers[key]
    held = dict(scene.world.files)
    number = _copies(pair, world.mode) + 1
    for where in broker.filled:
        held[f"{where}/{COPY}{number}"] = replace(held[where], written_s=-600.0)
        held[where] = Directory()
    waiting = replace(broker, phase=Phase.WAITING, node_id=node_id_of(f"{key}-alone"), follows=None)
    past.stopped(scene.world, broker, -600.0)
    past.waiting(scene.world, waiting, -580.0)
    return replace(
        scene.world,
        files=held,
        brokers={**scene.world.brokers, key: waiting},
        served_until={**scene.world.served_until, key: -600.0},
        current_until={**scene.world.current_until, key: -600.0},
    )


def _colocated_now(world: World, pair: PairStart, past: Past) -> World:
    first, second = in_order(pair)
    scene = _Scene(world)
    _stand_by(scene, f"{first}/default", f"{second}/backup", f"{pair.name}-A")
    _stand_by(scene, f"{second}/default", f"{first}/backup", f"{pair.name}-B")
    for name in (first, second):
        past.booted(scene.world, name, BEGAN_S)
        past.live(scene.world.brokers[f"{name}/default"], BEGAN_S)
        past.standing_by(scene.world, scene.world.brokers[f"{name}/backup"], BEGAN_S + 9)
    return scene.world


def _copies(pair: PairStart, mode: Mode) -> int:
    """A backup moved its empty journal aside when it first started; the setting says how many there are."""
    return int(pair.settings.get("copies", 1)) if mode is Mode.REPLICATION else 0


SITUATIONS: Mapping[str, Callable[[World, PairStart, Past], World]] = {
    "plain": _plain,
    "healthy": _healthy,
    "split": _split,
    "failed-over": _failed_over,
    "down": _down,
    "backup-newest": _backup_newest,
    "timeout": _timeout,
    "backup-alone": _backup_alone,
    "colocated": _colocated_now,
}
"""How a pair may begin. plain: two servers of the profile as shipped, no pair yet. timeout: replication broke
off. backup-newest: both down, the backup was live last. backup-alone: the live server is gone, the backup was
restarted and waits.
"""
