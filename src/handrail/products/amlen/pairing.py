"""How two servers become a pair and stop being one: meeting, copying, taking over, giving up, colliding."""

from __future__ import annotations

from dataclasses import replace

from handrail.products.amlen import timings
from handrail.products.amlen.election import UNRESOLVED, elect, find_each_other
from handrail.products.amlen.state import (
    DISABLED,
    IN_STANDBY,
    LOOKING,
    RECEIVING,
    SENDING,
    SERVING,
    SERVING_ALONE,
    STARTING_ENGINE,
    TAKEN_OVER,
    Node,
    Phase,
    View,
)
from handrail.products.amlen.turn import Turn
from handrail.text import amount

HA_ERROR = (509, "Store High-Availability error.")
DISK_ERROR = (506, "Store disk error.")


def look_for_peer(turn: Turn, server: str) -> None:
    """A starting server looks around; it waits on when nobody answers."""
    node = turn.node(server)
    other = turn.world.peer(server)
    if other is None or not find_each_other(turn.world, node, other):
        return
    if other.primary or (other.phase is Phase.WAITING and other.view == LOOKING):
        chosen = elect(node, other)
        if chosen is None:
            for name in (node.name, other.name):
                fail(turn, name, UNRESOLVED)
        else:
            _begin_copy(turn, *chosen)


def _begin_copy(turn: Turn, primary: Node, standby: Node) -> None:
    now = turn.world.now_s
    if primary.phase is Phase.PRODUCTION:
        turn.set(primary.name, view=replace(SERVING, active=2, sync=1, percent=1), copy_from_s=now)
    else:
        turn.new_epoch(primary.name, phase=Phase.SENDING, view=SENDING, copy_from_s=now)
    joining = turn.new_epoch(standby.name, phase=Phase.RECEIVING, view=RECEIVING)
    more = max(primary.copy_more_s, joining.copy_more_s)
    turn.later(standby.name, timings.STATE_SENT + more, "state-sent")
    turn.later(standby.name, timings.COPIED + more, "copied")


def state_sent(turn: Turn, server: str) -> None:
    """The standby hears the primary's administration for the first time."""
    turn.say(server, "state-received")
    turn.say(server, "state-received")


def copied(turn: Turn, server: str) -> None:
    """The standby holds the primary's store; what it held before is gone."""
    standby = turn.node(server)
    primary = turn.world.peer(server)
    if primary is None or primary.phase not in (Phase.SENDING, Phase.PRODUCTION):
        return
    _note_loss(turn, standby, primary)
    turn.say(primary.name, "state-sent")
    turn.say(server, "state-received")
    turn.say(primary.name, "standby-in-sync", offset_s=0.042)
    turn.set(server, uid=primary.uid, store=replace(primary.store, was_primary=False), copy_from_s=0.0)
    turn.later(server, timings.STANDBY_READY, "standby-ready")
    if primary.phase is Phase.PRODUCTION:
        turn.set(primary.name, view=SERVING)
    else:
        _say_recovery(turn, primary.name, 0.037)
        turn.set(primary.name, phase=Phase.ENGINE, view=STARTING_ENGINE)
        turn.later(primary.name, timings.ENGINE, "serve")


def _note_loss(turn: Turn, standby: Node, primary: Node) -> None:
    lost, kept = standby.store, primary.store
    if lost.origin == "backup" and kept.origin != "backup":
        turn.harm(f"the restored store of {standby.name} was overwritten by that of {primary.name}")
    elif lost.session and lost.was_primary and lost.messages and lost != kept:
        turn.harm(f"{amount(lost.messages, 'message')} that only {standby.name} held discarded")


def standby_ready(turn: Turn, server: str) -> None:
    """The standby stands by."""
    turn.set(server, phase=Phase.STANDBY, view=IN_STANDBY)


def serve(turn: Turn, server: str) -> None:
    """A new primary has read its store and takes clients, with its standby."""
    turn.say(server, "recovery-complete")
    _become_primary(turn, server, SERVING)


def serve_alone(turn: Turn, server: str) -> None:
    """A server that need not look for a peer takes clients."""
    _say_recovery(turn, server, 0.0)
    turn.say(server, "recovery-complete", offset_s=0.06)
    _become_primary(turn, server, SERVING_ALONE)


def take_over(turn: Turn, server: str) -> None:
    """The primary is gone: its standby serves."""
    if turn.node(server).phase is not Phase.STANDBY:
        return
    turn.say(server, "takeover")
    _say_recovery(turn, server, 0.006)
    turn.say(server, "recovery-complete", offset_s=0.059)
    _become_primary(turn, server, TAKEN_OVER)


def _become_primary(turn: Turn, server: str, view: View) -> None:
    store = turn.node(server).store
    served = replace(
        store,
        session=store.session + 1,
        was_primary=True,
        origin=store.origin or "own",
        last_primary_s=turn.world.now_s,
    )
    turn.set(server, phase=Phase.PRODUCTION, view=view, store=served)


def _say_recovery(turn: Turn, server: str, offset_s: float) -> None:
    # Three generations in every recorded start, with an empty store as well.
    for generation, later in ((1, 0.0), (2, 0.016), (3, 0.022)):
        turn.say(server, "recovery-running", str(generation), offset_s=offset_s + later)


def standby_left(turn: Turn, server: str) -> None:
    """The primary goes on alone."""
    if turn.node(server).primary and turn.node(server).view.active == 2:
        turn.say(server, "standby-gone")
        turn.set(server, view=replace(turn.node(server).view, active=1, sync=1, percent=-1))


def break_copy(turn: Turn, leaving: Node) -> None:
    """A copy ends because one of the two leaves: who was about to be in the pair waits again."""
    other = turn.world.peer(leaving.name)
    if other is None:
        return
    if other.phase is Phase.PRODUCTION:
        turn.set(other.name, view=replace(SERVING_ALONE, old_role=other.view.old_role))
    elif other.phase in (Phase.SENDING, Phase.RECEIVING):
        turn.new_epoch(other.name, phase=Phase.WAITING, view=LOOKING)
        turn.later(other.name, max(0.0, other.deadline_s - turn.world.now_s), "give-up")


def give_up(turn: Turn, server: str) -> None:
    """The discovery timeout has run out without a peer."""
    fail(turn, server, HA_ERROR)
    if turn.world.old_words:
        told = View("Inactive", "UNSYNC_ERROR", "UNSYNC", reason_code=2, reason=" - DISCOVERY_TIMEOUT")
        turn.set(server, view=told)


def fail(turn: Turn, server: str, error: tuple[int, str] = (0, "")) -> None:
    """A server falls back to maintenance; it stays meant for production."""
    message = {506: "disk-store-error", 509: "ha-store-error"}.get(error[0])
    if message is not None:
        turn.say(server, message)
    turn.say(server, "store-ended", offset_s=0.01)
    turn.new_epoch(server, phase=Phase.FAILED, view=DISABLED, error=error)


def link_lost(turn: Turn, server: str) -> None:
    """The heartbeat is missed: each side takes the other for dead."""
    if turn.node(server).pair not in turn.world.cut:
        return
    take_over(turn, server) if turn.node(server).phase is Phase.STANDBY else standby_left(turn, server)


def collide(turn: Turn, server: str) -> None:
    """Two primaries have found each other: both stop serving, without an error."""
    node, other = turn.node(server), turn.world.peer(server)
    if other is not None and node.primary and other.primary and node.pair not in turn.world.cut:
        for name in (node.name, other.name):
            fail(turn, name)
