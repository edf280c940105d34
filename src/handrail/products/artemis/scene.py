"""Setting the scene: a world with pairs and clients, healthy, split or down, at second zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from handrail.products.artemis.state import (
    AppClient,
    Behaviour,
    Broker,
    Messages,
    Mode,
    Phase,
    Role,
    Settings,
    World,
    node_id_of,
)

Situation = str
"""healthy, split (both live, the link between them whole; add a cut-link for one that is not) or down.

mended: healthy since a split, the slave's journal of it moved aside; mended-and-restarted: so often since
that this journal was removed as the oldest.
"""
MENDED = ("mended", "mended-and-restarted")
SITUATIONS = ("healthy", "split", "down", *MENDED)


@dataclass(frozen=True, slots=True)
class PairPlan:
    """A pair as a scenario describes it; host names are the servers' own unless given."""

    name: str
    master: str
    slave: str
    situation: Situation = "healthy"
    settings: Settings = field(default_factory=Settings)
    messages: tuple[tuple[str, int], ...] = (("orders", 120), ("invoices", 30))
    delta: tuple[tuple[str, int], ...] = (("orders", 17),)
    """In a split: what the slave took beyond what it had copied."""
    master_host: str = ""
    slave_host: str = ""


@dataclass(frozen=True, slots=True)
class ClientPlan:
    """A client and the server it is on at the beginning; on the pair's live master if none is named."""

    name: str
    pair: str
    server: str = ""
    queue: str = "orders"
    rate: float = 0.0


def make_world(
    pairs: Sequence[PairPlan],
    clients: Sequence[ClientPlan] = (),
    *,
    mode: Mode = Mode.REPLICATION,
    version: str = "2.44.0",
    behaviour: Behaviour = Behaviour.DOCUMENTED,
) -> World:
    """The world at second zero; raises ValueError when a plan contradicts itself."""
    brokers: dict[str, Broker] = {}
    for plan in pairs:
        if plan.situation == "split" and mode is Mode.SHARED_STORE:
            raise ValueError(f"{plan.name}: a shared store has one lock; its pair cannot begin split")
        for broker in _members(plan, mode, version):
            if broker.name in brokers:
                raise ValueError(f"two servers are named {broker.name}")
            brokers[broker.name] = broker
    marks = frozenset(plan.name for plan in pairs if plan.situation in ("healthy", *MENDED))
    world = World(mode, brokers, behaviour=behaviour)
    if mode is Mode.SHARED_STORE:
        world = replace(world, live_mark=marks)
    return replace(world, clients={plan.name: _client(world, plan) for plan in clients})


def _members(plan: PairPlan, mode: Mode, version: str) -> tuple[Broker, Broker]:
    up = plan.situation != "down"
    node = node_id_of(plan.name)
    journal: Messages = dict(plan.messages)
    master = Broker(
        plan.master,
        plan.name,
        Role.MASTER,
        version,
        plan.master_host or plan.master,
        61616,
        settings=plan.settings,
        phase=Phase.LIVE if up else Phase.DOWN,
        node_id=node,
        journal=journal,
        has_data=True,
        web=up,
    )
    passive = Phase.WAITING if mode is Mode.SHARED_STORE else Phase.SYNCED
    slave = replace(
        master,
        name=plan.slave,
        role=Role.SLAVE,
        host=plan.slave_host or plan.slave,
        phase=passive if up else Phase.DOWN,
        announced=up,
    )
    if mode is Mode.REPLICATION:
        # Every replica has moved its empty journal aside once, when it was first started.
        slave = replace(slave, saved=({},), moved=1, bare_moves=1)
        master = replace(master, has_paging=True)
    more = dict(plan.delta)
    taken = {queue: journal.get(queue, 0) + more.get(queue, 0) for queue in {**journal, **more}}
    if plan.situation == "split":
        slave = replace(slave, phase=Phase.LIVE, announced=False, journal=taken)
    elif plan.situation == "mended":
        slave = replace(slave, saved=({}, taken), moved=2)
    elif plan.situation == "mended-and-restarted":
        slave = replace(slave, saved=(journal, journal), lost_before=({}, taken), moved=4)
    return master, slave


def _client(world: World, plan: ClientPlan) -> AppClient:
    members = world.members(plan.pair)
    if not members:
        raise ValueError(f"{plan.name}: there is no pair {plan.pair}")
    server = plan.server or members[0].name
    if server not in {broker.name for broker in members}:
        raise ValueError(f"{plan.name}: {server} is no server of {plan.pair}")
    on = server if world.brokers[server].serves else None
    return AppClient(
        plan.name,
        plan.pair,
        plan.queue,
        plan.rate,
        server=on,
        home=server,
        looks_at=() if on else (server,),
    )
