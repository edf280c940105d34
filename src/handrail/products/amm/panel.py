"""The HA Configuration panel: set, generate, SAVE as a draft, APPLY, and what comes of an APPLY.

Documented: that SAVE makes a draft, the messages named in `state`, that after a communication error a second
APPLY has no changes, which server each change is applied on. Invented: every duration, and what follows from
a wrong order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from handrail.fingerprint import canonical
from handrail.hosts import is_host
from handrail.procedure.versions import Version, parse_version
from handrail.products.amm.state import (
    APPLY_ON_SECONDARY,
    COMMUNICATION_ERROR,
    NO_CHANGES,
    STABLE,
    STILL_DRAFT,
    SUCCESS,
    Config,
    Role,
    Server,
    fingerprint_of,
)
from handrail.products.amm.turn import Turn

PANEL_SINCE = Version(2, 17, 5)
"""The document lets HA configurations of before be torn down by Technical Support's own procedure."""
APPLY_S = 20.0
SWAP_S = 30.0
TUNE_S = 5.0
_CONNECTING = "Applying ..."

ROLES: tuple[Role, ...] = ("primary", "secondary", "standalone")
NUMBERS: Mapping[str, tuple[str, int, int]] = {
    "HAFileSyncInterval": ("file_sync", 5, 30),
    "HAPingIterations": ("pings", 2, 20),
}
FINGERPRINT = "PeerAuthenticationFingerprint"
"""Whether a real panel refuses one that is not whole is not documented; here it does (invented)."""
TEXTS: Mapping[str, str] = {
    "HAServerAddress": "address",
    "HAPeerAddress": "peer",
    FINGERPRINT: "fingerprint",
    "HAAlertEmail": "email",
    "HAAdminAlertScript": "script",
}
ADDRESSES = ("HAServerAddress", "HAPeerAddress")
"""What a real panel says of something that is no address is not documented; here it is refused (invented)."""
MONITORS = ("HAPingMonitor1", "HAPingMonitor2", "HAPingMonitor3")
VARIABLES = ("HAServerRole", *TEXTS, *NUMBERS, *MONITORS)


class Refused(Exception):
    """The panel does not take this; the message is what it shows."""


def has_panel(server: Server) -> bool:
    """Whether this release has the panel."""
    version = parse_version(server.version)
    return version is not None and version >= PANEL_SINCE


def shown(server: Server) -> Config:
    """What the fields hold: what is typed, else the draft, else what was tried, else what is applied."""
    return server.form or server.draft or server.attempted or server.config


def put(turn: Turn, name: str, variable: str, value: str) -> None:
    """Type a value into a field; raises Refused with the range."""
    server = turn.server(name)
    config = shown(server)
    _note_touch(turn, server)
    if variable in (*ADDRESSES, *MONITORS) and value and not is_host(value):
        raise Refused(f"{variable}: {value} is no address and no host name (this refusal is invented)")
    if variable == "HAServerRole":
        if value not in ROLES:
            raise Refused(f"HAServerRole is one of {', '.join(ROLES)}")
        config = replace(config, role=value)
    elif variable in NUMBERS:
        key, low, high = NUMBERS[variable]
        if not value.isdecimal() or not low <= int(value) <= high:
            raise Refused(f"{variable} must be an integer from {low} to {high}")
        config = replace(config, **{key: int(value)})  # type: ignore[arg-type]  # one of the two numbers
    elif variable in MONITORS:
        config = _with_monitor(server, config, MONITORS.index(variable), value)
    elif variable == FINGERPRINT and value:
        try:
            config = replace(config, fingerprint=canonical(value))
        except ValueError as problem:
            raise Refused(f"{variable}: {problem}") from None
    elif variable in TEXTS:
        config = replace(config, **{TEXTS[variable]: value})  # type: ignore[arg-type]  # one of the texts
    else:
        raise Refused(f"{variable}: no such variable")
    turn.set(name, form=config)


def _with_monitor(server: Server, config: Config, index: int, value: str) -> Config:
    others = [item for number, item in enumerate(config.monitors) if number != index and item]
    own = (server.name, server.address, server.gateway, config.address, config.peer)
    if value and (value in others or value in own):
        raise Refused(f"{value}: must be unique, and no address of this server, its gateway or its peer")
    one, two, three = (value if number == index else item for number, item in enumerate(config.monitors))
    return replace(config, monitors=(one, two, three))


def generate(turn: Turn, name: str) -> str:
    """The Generate button: a new fingerprint in the field."""
    server = turn.server(name)
    _note_touch(turn, server)
    made = fingerprint_of(name)
    turn.set(name, form=replace(shown(server), fingerprint=made))
    return made


def save(turn: Turn, name: str) -> bool:
    """The SAVE button: what is typed becomes a draft. False when nothing was typed."""
    server = turn.server(name)
    _note_touch(turn, server)
    if server.form is None:
        return False
    attempted = None if server.form.role == "standalone" else server.attempted
    turn.set(name, draft=server.form, form=None, messages=(), attempted=attempted, saves=server.saves + 1)
    return True


def apply(turn: Turn, name: str) -> None:
    """The APPLY button."""
    server = turn.server(name)
    _note_touch(turn, server)
    turn.set(name, applies=server.applies + 1)
    if server.applying:
        return
    if server.draft is None or server.draft == server.config or server.attempted is not None:
        turn.set(name, draft=None)
        turn.show(name, NO_CHANGES)
        return
    turn.set(name, applying=True)
    turn.show(name, _CONNECTING)
    change = (server.role, server.draft.role)
    wait = {("primary", "secondary"): SWAP_S}.get(change, APPLY_S if change[0] != change[1] else TUNE_S)
    turn.later(name, wait, "applied", server.draft.role)


def applied(turn: Turn, name: str, role: str) -> None:
    """What an APPLY comes to, once the servers have talked to each other."""
    server = turn.set(name, applying=False)
    if server.draft is None:
        return
    if server.role == role:
        _take(turn, name)
        turn.show(name, SUCCESS)
        return
    _CHANGES[server.role, role](turn, name)


def _take(turn: Turn, name: str) -> Server:
    """The draft is in force."""
    draft = turn.server(name).draft
    assert draft is not None  # noqa: S101 - the caller has seen it
    return turn.set(name, config=draft, draft=None)


def _set_up_primary(turn: Turn, name: str) -> None:
    server, other = turn.server(name), turn.world.peer(name)
    draft = server.draft
    answers = (
        draft is not None
        and other is not None
        and other.up
        and server.pair not in turn.world.cut
        and name not in turn.world.failing
        and draft.peer == other.address
        and shown(other).fingerprint == draft.fingerprint
        and shown(other).role == "secondary"
    )
    if not answers:
        # As documented: a second APPLY finds no changes; nothing is tried again before standalone is saved.
        turn.set(name, draft=None, attempted=draft)
        turn.world = replace(turn.world, failing=turn.world.failing - {name})
        turn.show(name, COMMUNICATION_ERROR)
        return
    _take(turn, name)
    turn.set(name, ha_since_s=turn.world.now_s)
    turn.show(name, SUCCESS, APPLY_ON_SECONDARY)


def _set_up_secondary(turn: Turn, name: str) -> None:
    _take(turn, name)
    turn.set(name, ha_since_s=turn.world.now_s)
    told = () if name in turn.world.mute else (SUCCESS,)
    turn.show(name, *told, *([STILL_DRAFT] if name in turn.world.misleading else []))


def _tear_down(turn: Turn, name: str) -> None:
    server = turn.server(name)
    whole = turn.world.status(name) == STABLE and server.role == "primary"
    other = turn.world.peer(name)
    _to_standalone(turn, name)
    if whole and other is not None:
        _to_standalone(turn, other.name)
    turn.show(name, SUCCESS)
    if all(item.ha_since_s is None for item in turn.world.members(server.pair)):
        turn.mend(server.pair)


def _to_standalone(turn: Turn, name: str) -> None:
    server = turn.server(name)
    kept = replace(server.draft or server.config, role="standalone")
    turn.set(name, config=kept, draft=None, form=None, ha_since_s=None)


def _swap(turn: Turn, name: str) -> None:
    server, other = turn.server(name), turn.world.peer(name)
    if turn.world.status(name) != STABLE or other is None:
        turn.damage(server.pair, f"{server.pair}: roles were swapped while the pair was not stable")
        _take(turn, name)
        turn.show(name, COMMUNICATION_ERROR)
        return
    turn.run_script(other.name, "manual-switch", other.name, name)
    _take(turn, name)
    turn.set(other.name, config=replace(other.config, role="primary"), ha_since_s=turn.world.now_s)
    turn.set(name, ha_since_s=turn.world.now_s)
    turn.show(name, SUCCESS)


def _undocumented(turn: Turn, name: str) -> None:
    server = turn.server(name)
    turn.damage(server.pair, f"{server.pair}: {name} was changed in a way no document tells of")
    _take(turn, name)
    turn.show(name, COMMUNICATION_ERROR)


_CHANGES: Mapping[tuple[str, str], Callable[[Turn, str], None]] = {
    ("standalone", "primary"): _set_up_primary,
    ("standalone", "secondary"): _set_up_secondary,
    ("primary", "standalone"): _tear_down,
    ("secondary", "standalone"): _tear_down,
    ("primary", "secondary"): _swap,
    ("secondary", "primary"): _undocumented,
}


def _note_touch(turn: Turn, server: Server) -> None:
    """Hands off the primary while the secondary applies; what follows from it is invented."""
    other = turn.world.peer(server.name)
    while_secondary_applies = (
        server.role == "primary"
        and other is not None
        and other.applying
        and other.draft is not None
        and (other.role, other.draft.role) == ("standalone", "secondary")
    )
    if while_secondary_applies:
        turn.damage(server.pair, f"{server.pair}: the primary was touched while the secondary applied")
