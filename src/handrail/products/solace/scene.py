"""Setting the scene: two sites with their VPNs, clients and transactions, at second zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from handrail.procedure.model import Part
from handrail.products.setting import PairStart, Setting
from handrail.products.solace import injects
from handrail.products.solace import world as rules
from handrail.products.solace.operations import NAME_LIMIT
from handrail.products.solace.state import (
    DEFAULT_QUOTA_MB,
    Broker,
    Node,
    Role,
    Side,
    Site,
    Traffic,
    Transaction,
    Vpn,
    World,
)
from handrail.products.solace.turn import Turn

ROLES = {
    "failed": (Side.FAILED, Node.PRIMARY),
    "failed-mate": (Side.FAILED, Node.BACKUP),
    "standby": (Side.SURVIVING, Node.PRIMARY),
    "standby-mate": (Side.SURVIVING, Node.BACKUP),
}
SITUATIONS = ("healthy", "failed", "isolated", "split")
"""failed: every broker of the failed site is down; isolated: they live and nothing from beyond reaches them;
split: only the sites cannot see one another; healthy: nothing has happened yet."""
SETTINGS = ("blocked", "spool-not-ready", "no-transactions", "no-traffic")
"""blocked: the failed site's ports for clients are closed already."""


class VpnStart(Part):
    """One Message VPN, or `count` of them that begin with `prefix` and differ in their number alone."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)] | None = None
    prefix: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT - 4)] | None = None
    count: Annotated[int, Field(ge=1, le=2000)] = 1
    replicated: bool = True
    clients: Annotated[int, Field(ge=0, le=100)] = 2
    local_clients: Annotated[int, Field(ge=0, le=100)] = 0
    """How many of them live at the failed site and know no other."""
    rate: Annotated[float, Field(ge=0)] = 0.0
    """Messages a second that all its clients publish together."""
    message_bytes: Annotated[int, Field(ge=1)] = 2048
    synchronous: bool = False
    drain: Annotated[float, Field(ge=1)] = 2000.0
    """Messages a second over its bridge."""
    quota_mb: Annotated[int, Field(ge=1)] = DEFAULT_QUOTA_MB
    backlog: Annotated[int, Field(ge=0)] = 0
    """Messages that had not left the failed site's replication queue when it failed."""
    transactions: tuple[str, ...] = ()
    """XIDs of transactions left prepared at the failed site."""
    reject_when_ineligible: bool = False
    transaction_mode: Literal["sync", "async"] = "async"

    @model_validator(mode="after")
    def _one_name(self) -> VpnStart:
        if (self.name is None) == (self.prefix is None):
            raise ValueError("a VPN has a name, or several have a prefix and a count")
        if self.local_clients > self.clients:
            raise ValueError("more local clients than clients")
        return self

    def names(self) -> Iterator[str]:
        """The names of all of them."""
        if self.name is not None:
            yield self.name
        else:
            width = len(str(self.count))
            yield from (f"{self.prefix}{number:0{width}}" for number in range(1, self.count + 1))


class Start(Part):
    """What a scenario's `start` may hold."""

    vpns: Annotated[tuple[VpnStart, ...], Field(min_length=1)]


def make_world(setting: Setting) -> World:
    """The world at second zero; raises ValueError when the setting has words that are not known here."""
    if len(setting.pairs) != 1:
        raise ValueError("one pair of replication sites is on stage at a time")
    if setting.clients:
        raise ValueError("clients are part of start.vpns here")
    [pair] = setting.pairs
    _check(pair)
    start = Start.model_validate(setting.start, strict=False)
    brokers = {}
    for role, name in pair.roles.items():
        side, node = ROLES[role]
        brokers[name] = Broker(name, side, node)
    vpns: dict[Side, dict[str, Vpn]] = {side: {} for side in Side}
    traffic: dict[str, Traffic] = {}
    for plan in start.vpns:
        for name in plan.names():
            if name in traffic:
                raise ValueError(f"two VPNs are named {name}")
            traffic[name] = _traffic(plan, pair)
            vpns[Side.FAILED][name] = _vpn(plan, name, Side.FAILED, pair)
            vpns[Side.SURVIVING][name] = _vpn(plan, name, Side.SURVIVING, pair)
    sites = {side: Site(side, vpns[side]) for side in Side}
    bridges = frozenset(name for name, vpn in vpns[Side.FAILED].items() if vpn.replicated)
    world = World(brokers, sites, traffic, version=setting.version, bridges=bridges)
    return _begin(world, pair, start)


def _begin(world: World, pair: PairStart, start: Start) -> World:
    """Everything runs, bridges stand; then what the situation says has happened."""
    world, _ = rules.changed(world, lambda turn: None)
    failed = {"server": pair.roles["failed"]}
    happened = {"healthy": "", "failed": "site-down", "isolated": "cut-off", "split": "cut-link"}
    if name := happened[pair.situation]:
        world, _ = injects.inject(world, name, failed)
    if pair.settings.get("blocked"):
        world, _ = injects.inject(world, "block-ports", failed)
    if pair.settings.get("spool-not-ready"):
        world, _ = injects.inject(world, "spool-not-ready", failed)
    backlog = {name: plan.backlog for plan in start.vpns for name in plan.names() if plan.backlog}

    def leave(turn: Turn) -> None:
        for name, count in backlog.items():
            turn.set_vpn(Side.FAILED, name, queue=float(count), eligible=False, queued_async=float(count))

    world, _ = rules.changed(world, leave)
    return world


def _traffic(plan: VpnStart, pair: PairStart) -> Traffic:
    return Traffic(
        clients=plan.clients,
        local=plan.local_clients,
        rate=0.0 if pair.settings.get("no-traffic") else plan.rate,
        size=plan.message_bytes,
        synchronous=plan.synchronous,
        drain=plan.drain,
        places=(None,) * plan.clients,
    )


def _vpn(plan: VpnStart, name: str, side: Side, pair: PairStart) -> Vpn:
    here = side is Side.FAILED
    left = () if pair.settings.get("no-transactions") or not here else plan.transactions
    return Vpn(
        name,
        role=Role.ACTIVE if here and plan.replicated else Role.STANDBY,
        replicated=plan.replicated,
        reject_when_ineligible=plan.reject_when_ineligible,
        transaction_mode=plan.transaction_mode,
        quota_mb=plan.quota_mb,
        eligible=here and plan.replicated,
        transactions=tuple(Transaction(xid, client="app-1") for xid in left),
    )


def _check(pair: PairStart) -> None:
    if missing := {"failed", "standby"} - set(pair.roles):
        raise ValueError(f"{pair.name}: no server has the role {sorted(missing)[0]}")
    if unknown := set(pair.roles) - set(ROLES):
        raise ValueError(f"{pair.name}: the roles are {', '.join(ROLES)}, not {sorted(unknown)[0]}")
    if pair.situation not in SITUATIONS:
        raise ValueError(f"{pair.name}: a pair of sites begins {', '.join(SITUATIONS)}")
    if unknown := set(pair.settings) - set(SETTINGS):
        raise ValueError(f"{pair.name}: {sorted(unknown)[0]} is no setting; known: {', '.join(SETTINGS)}")
