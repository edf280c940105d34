"""Setting the scene: pairs as a scenario describes them, at second zero.

A pair begins `healthy`, `standby-in-maintenance`, `both-in-maintenance`, `standby-down`, `both-down` or
`timed-out` (both waited for each other in vain). Its settings are those of PairSettings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from handrail.products.amlen.pairing import HA_ERROR
from handrail.products.amlen.state import (
    DISABLED,
    IN_MAINTENANCE,
    IN_STANDBY,
    SERVING,
    SERVING_ALONE,
    Backup,
    Config,
    Endpoint,
    Node,
    Phase,
    Settings,
    Store,
    World,
    uid_of,
)
from handrail.products.setting import PairStart, Setting


@dataclass(frozen=True, slots=True)
class PairSettings:
    """What a scenario may say of one pair."""

    discovery_timeout: int = 600
    heartbeat_timeout: int = 10
    startup_mode: str = "AutoDetect"
    preferred_primary: bool = True
    """Of the designated primary; the standby never is."""
    named_addresses: bool = True
    """The NIC addresses stand in the settings; otherwise each server finds them by itself."""
    messages: int = 1200
    backup_messages: int = 900
    backup_version: str = ""
    """The release that made the backup; the servers' own when empty."""
    backup_startup_mode: str = ""
    """StartupMode in the backup's configuration, where it is not the standby's of today."""
    copy_seconds: int = 0
    """How much longer than that of an empty store the copy takes."""
    docker: bool = False


_STATES: Mapping[str, tuple[str, str]] = {
    "healthy": ("serving", "standby"),
    "standby-in-maintenance": ("alone", "maintenance"),
    "both-in-maintenance": ("maintenance", "maintenance"),
    "standby-down": ("alone", "down"),
    "both-down": ("down", "down"),
    "timed-out": ("timed-out", "timed-out"),
}
_UP_S = 86400.0
"""How long the servers have been up at second zero."""


def make_world(setting: Setting) -> World:
    """The world at second zero; raises ValueError for words it does not know."""
    if setting.clients:
        raise ValueError("clients are not told by Amlen's status: a setting of Amlen has none")
    if setting.behaviour or setting.start:
        raise ValueError("a setting of Amlen has neither behaviour nor start")
    nodes: dict[str, Node] = {}
    for number, pair in enumerate(setting.pairs, 1):
        for node in _members(pair, setting.version, number):
            if node.name in nodes:
                raise ValueError(f"two servers are named {node.name}")
            nodes[node.name] = node
    return World(nodes)


def _members(pair: PairStart, version: str, number: int) -> tuple[Node, Node]:
    if set(pair.roles) != {"primary", "standby"}:
        raise ValueError(f"{pair.name}: the roles of a pair are primary and standby")
    if pair.situation not in _STATES:
        raise ValueError(f"{pair.name}: a pair begins {', '.join(_STATES)}")
    said = _settings(pair)
    names: dict[Literal["primary", "standby"], str] = {
        "primary": pair.roles["primary"],
        "standby": pair.roles["standby"],
    }
    discovery = {"primary": f"10.{number}.11.87", "standby": f"10.{number}.11.212"}
    replication = {"primary": f"10.{number}.12.87", "standby": f"10.{number}.12.212"}
    configs = {
        role: Config(
            Settings(
                group=pair.name,
                startup_mode=said.startup_mode,
                preferred_primary=said.preferred_primary and role == "primary",
                discovery_timeout_s=said.discovery_timeout,
                heartbeat_timeout_s=said.heartbeat_timeout,
                remote_discovery_nic=discovery[_OTHER[role]] if said.named_addresses else "",
                local_replication_nic=replication[role] if said.named_addresses else "",
                local_discovery_nic=discovery[role] if said.named_addresses else "",
            ),
            (Endpoint("DemoEndpoint", 16102), Endpoint("DemoMqttEndpoint", 1883)),
        )
        for role in names
    }
    store = Store(session=3, was_primary=True, messages=said.messages, origin="own")
    held = Store(session=2, messages=said.backup_messages, origin="backup")
    kept = configs["standby"]
    if said.backup_startup_mode:
        kept = replace(kept, settings=replace(kept.settings, startup_mode=said.backup_startup_mode))
    backup = Backup(said.backup_version or version, kept, held)
    found = [
        _at(
            Node(
                name=name,
                pair=pair.name,
                role=role,
                version=version,
                uid=uid_of(names["primary"] if pair.situation == "healthy" else name),
                node_id=uid_of(name),
                own_addresses=frozenset({discovery[role], replication[role]}),
                disk=configs[role],
                memory=configs[role],
                effective=configs[role].settings,
                store=store if role == "primary" else replace(store, was_primary=False),
                backup=backup,
                docker=said.docker,
                started_s=-_UP_S,
                copy_more_s=float(said.copy_seconds),
            ),
            word,
        )
        for (role, name), word in zip(names.items(), _STATES[pair.situation], strict=True)
    ]
    return found[0], found[1]


_OTHER: Mapping[str, str] = {"primary": "standby", "standby": "primary"}


def _at(node: Node, word: str) -> Node:
    if word == "maintenance":
        return replace(node, phase=Phase.MAINTENANCE, view=IN_MAINTENANCE, production=False)
    if word == "timed-out":
        return replace(node, phase=Phase.FAILED, view=DISABLED, error=HA_ERROR)
    known = {
        "serving": (Phase.PRODUCTION, SERVING),
        "alone": (Phase.PRODUCTION, SERVING_ALONE),
        "standby": (Phase.STANDBY, IN_STANDBY),
        "down": (Phase.DOWN, IN_MAINTENANCE),
    }
    phase, view = known[word]
    return replace(node, phase=phase, view=view)


def _settings(pair: PairStart) -> PairSettings:
    known = {item.name: type(item.default) for item in fields(PairSettings)}
    for key, value in pair.settings.items():
        if key not in known:
            raise ValueError(f"{pair.name}: {key} is no setting; known: {', '.join(sorted(known))}")
        if type(value) is not known[key]:
            raise ValueError(f"{pair.name}: {key} is a {known[key].__name__}")
    return replace(PairSettings(), **pair.settings)  # type: ignore[arg-type]  # held against known above
