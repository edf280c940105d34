"""Setting the scene: AMM pairs as a scenario describes them, at second zero.

A pair begins `standalone` (two servers, no HA), `one` (the secondary is not installed), `none` (neither is),
`stable`, `not-stable` or `old-ha` (HA of before 2.17.5). Its settings are those of PairSettings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from handrail.products.amm.state import Config, Server, World, fingerprint_of
from handrail.products.setting import PairStart, Setting

EMAIL = "ha-alerts@example.org"
SITUATIONS = ("standalone", "one", "none", "stable", "not-stable", "old-ha")


@dataclass(frozen=True, slots=True)
class PairSettings:
    """What a scenario may say of one pair."""

    same_subnet: bool = True
    package: str = ""
    """A newer version whose package lies in the repository."""
    files_copied: bool = True
    """Whether its build files are on the secondary too."""
    script: bool = True
    """The document's example script is in HAAdminAlertScript, so events reach the syslog."""


def make_world(setting: Setting) -> World:
    """The world at second zero; raises ValueError for words it does not know."""
    if setting.clients or setting.behaviour or setting.start:
        raise ValueError("a setting of AMM has pairs only: no clients, behaviour or start")
    servers: dict[str, Server] = {}
    damaged: dict[str, str] = {}
    for number, pair in enumerate(setting.pairs, 1):
        for server in _members(pair, setting.version, number):
            if server.name in servers:
                raise ValueError(f"two servers are named {server.name}")
            servers[server.name] = server
        if pair.situation == "not-stable":
            damaged[pair.name] = f"{pair.name}: not stable"
    return World(servers, damaged=damaged)


def addresses(number: int, same_subnet: bool) -> dict[str, tuple[str, str]]:
    """Address and gateway of the two servers of the n-th pair."""
    other = f"198.51.100.{number * 10 + 2}", "198.51.100.254"
    near = f"192.0.2.{number * 10 + 2}", "192.0.2.254"
    return {
        "primary": (f"192.0.2.{number * 10 + 1}", "192.0.2.254"),
        "secondary": near if same_subnet else other,
    }


def _members(pair: PairStart, version: str, number: int) -> tuple[Server, Server]:
    if set(pair.roles) != {"primary", "secondary"}:
        raise ValueError(f"{pair.name}: the roles of a pair are primary and secondary")
    if pair.situation not in SITUATIONS:
        raise ValueError(f"{pair.name}: a pair begins {', '.join(SITUATIONS)}")
    said = _settings(pair)
    where = addresses(number, said.same_subnet)
    one = _member(pair, "primary", version, said, where)
    other = _member(pair, "secondary", version, said, where)
    return one, other


def _member(
    pair: PairStart,
    role: Literal["primary", "secondary"],
    version: str,
    said: PairSettings,
    where: Mapping[str, tuple[str, str]],
) -> Server:
    other: Literal["primary", "secondary"] = "secondary" if role == "primary" else "primary"
    missing = pair.situation == "none" or (pair.situation == "one" and role == "secondary")
    in_ha = pair.situation in ("stable", "not-stable")
    config = Config(script="example script" if said.script else "")
    if in_ha:
        config = replace(
            config,
            role=role,
            address=where[role][0],
            peer=where[other][0],
            fingerprint=fingerprint_of(pair.roles["primary"]),
            email=EMAIL,
        )
    packages = (said.package,) if said.package else ()
    return Server(
        name=pair.roles[role],
        pair=pair.name,
        home=role,
        address=where[role][0],
        prefix=24,
        gateway=where[role][1],
        version=version,
        installed=not missing,
        up=not missing,
        config=config,
        ha_since_s=0.0 if in_ha else None,
        old_ha=pair.situation == "old-ha",
        packages=packages,
        files=packages if role == "primary" or said.files_copied else (),
    )


def _settings(pair: PairStart) -> PairSettings:
    known = {item.name: type(item.default) for item in fields(PairSettings)}
    for key, value in pair.settings.items():
        if key not in known:
            raise ValueError(f"{pair.name}: {key} is no setting; known: {', '.join(sorted(known))}")
        if type(value) is not known[key]:
            raise ValueError(f"{pair.name}: {key} is a {known[key].__name__}")
    return replace(PairSettings(), **pair.settings)  # type: ignore[arg-type]  # held against known above
