"""Looking before walking: every server, log and command a procedure needs, and what is wrong with each.

Nothing is sent that changes anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from handrail.clock import Clock
from handrail.inventory.model import Site
from handrail.observe.situation import Source
from handrail.procedure.model import Procedure
from handrail.readings import Failure, Reading, value_words
from handrail.text import NOTHING, SafeText, safe
from handrail.walk.moving import until_they_move
from handrail.walk.plan import BoundPair
from handrail.walk.systems import Systems

ALIVE = ("started", "reachable", "server-state", "version")
"""What shows that a server answers: the first of these that its product tells."""
FIELDS = (*ALIVE, "active", "backup", "node-id", "ha-mode", "replica-sync", "clock-ms")
SKEW_S = 5.0


class Finding(StrEnum):
    """How one thing looked at is found."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"
    STOPS = "STOPS"
    """No walk begins while this is so."""


MENDS: dict[Failure, str] = {
    Failure.REFUSED: "the process is down, or its console listens on another address or port: check url",
    Failure.UNREACHABLE: "no route or no such name from here: check url, the network and the firewall",
    Failure.TIMED_OUT: "it accepts and does not answer: a hung process, or a firewall that drops",
    Failure.WRONG_CREDENTIALS: "user, password or role: check user and password in the inventory",
    Failure.ORIGIN_REFUSED: "set origin in the inventory to the name the console was made with (--http-host)",
    Failure.THROTTLED: "too many failed logins: correct the password, then wait",
    Failure.MBEAN_MISSING: "the console runs, the broker in it does not: stopped, restarting, or waiting",
    Failure.BOOTING: "it is still starting: try again in a moment",
    Failure.MALFORMED: "something else answers there: check url, and a proxy in between",
    Failure.STALE: "believe nothing of it; check url: it must lead past any cache or proxy",
    Failure.NOT_SUPPORTED: "this release does not tell it",
    Failure.NOT_READ: "it could not be asked: see the detail",
    Failure.NO_ROWS: "it was read, and there is none",
    Failure.NOT_APPLICABLE: "it says nothing at the moment: see the detail",
}


TELLS_NOTHING = "another product or release than expected, or a proxy in between: check url and the release"


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing looked at: which, how found, in words, and the mend."""

    subject: SafeText
    finding: Finding
    text: SafeText
    mend: SafeText = NOTHING


@dataclass(frozen=True, slots=True)
class Preflight:
    """Everything looked at before a walk."""

    looked: tuple[Looked, ...]
    swapped: tuple[str, ...] = ()
    """Pairs whose configured slave is the live one now."""
    stale: tuple[str, ...] = ()
    """Servers whose answers are not of now."""

    @property
    def wrong(self) -> bool:
        """Whether anything stands in the way."""
        return any(item.finding in (Finding.WRONG, Finding.STOPS) for item in self.looked)

    @property
    def stops(self) -> bool:
        """Whether no walk can begin."""
        return any(item.finding is Finding.STOPS for item in self.looked)


async def look(
    systems: Systems,
    servers: Collection[str],
    clock: Clock,
    pairs: Sequence[BoundPair] = (),
    procedure: Procedure | None = None,
    site: Site | None = None,
    *,
    thorough: bool = False,
) -> Preflight:
    """Read every server and every log once, and compare with what the pairs and the procedure need.

    `thorough`: first wait until each server has shown whether its answers are of now.
    """
    if thorough:
        await until_they_move(systems, servers, clock)
    readings = dict(
        zip(servers, await asyncio.gather(*(systems.read(name, FIELDS) for name in servers)), strict=True)
    )
    by_server = {
        name: {reading.field: reading for reading in found if not reading.row}
        for name, found in readings.items()
    }
    looked: list[Looked] = []
    for name in servers:
        looked += _server(name, by_server[name])
        looked.append(await _log(name, systems))
    swapped: list[str] = []
    for pair in pairs:
        looked += _pair(pair, by_server, swapped)
    if procedure is not None:
        looked += _open_roles(procedure, pairs)
    if procedure is not None and site is not None:
        looked += _commands(procedure, pairs, site)
    stale = tuple(
        name for name, found in readings.items() if any(item.failure is Failure.STALE for item in found)
    )
    return Preflight(tuple(looked), tuple(swapped), stale)


def _server(name: str, found: dict[str, Reading]) -> list[Looked]:
    told_by = [reading for field in ALIVE if (reading := found.get(field)) and _told(reading)]
    alive = told_by[0] if told_by else None
    silent = [found[field] for field in ALIVE if field in found]
    if alive is None and silent:
        # It answers and tells nothing it is asked: that is no server which cannot be asked.
        words = f"it answers, and tells none of {', '.join(reading.field for reading in silent)}"
        detail = next((f": {reading.meaning}" for reading in reversed(silent) if reading.meaning), "")
        return [Looked(safe(name), Finding.WRONG, safe(f"{words}{detail}", 300), safe(TELLS_NOTHING))]
    if alive is None or alive.failure is not None:
        failure = alive.failure if alive and alive.failure else Failure.NOT_READ
        detail = f": {alive.meaning}" if alive and alive.meaning else ""
        return [
            Looked(safe(name), Finding.WRONG, safe(f"{failure.value}{detail}", 300), safe(MENDS[failure]))
        ]
    says = [f"answers, {alive.meaning}" if alive.meaning else "answers"]
    if (version := found.get("version")) and _told(version):
        says.append(f"release {_value(version)}")
    if (active := found.get("active")) and _told(active):
        says.append(_words(active, {True: "live", False: "passive"}))
    looked = [
        Looked(
            safe(name), Finding.OK, safe(": ".join(part for part in (says[0], ", ".join(says[1:])) if part))
        )
    ]
    told = found.get("clock-ms")
    if told is not None and isinstance(told.value, int):
        skew = told.value / 1000 - told.at.timestamp()
        if abs(skew) > SKEW_S:
            looked.append(
                Looked(
                    safe(name),
                    Finding.NOTE,
                    safe(f"its clock differs from this host's by {skew:+.0f} s"),
                    safe("log stamps will not line up; mend the time service of one of them"),
                )
            )
    return looked


def _told(reading: Reading) -> bool:
    """Whether the product tells this at all, with a value or with a failure."""
    return reading.failure is not Failure.NOT_SUPPORTED


async def _log(name: str, systems: Systems) -> Looked:
    subject = safe(f"log of {name}")
    source = systems.logs.get(name)
    if source is None:
        return Looked(
            subject,
            Finding.WRONG,
            safe("the inventory names none"),
            safe("give it a file, or follow, since and check commands"),
        )
    if source.state.state is Source.STARTING:
        await source.start()
        await source.read()
    state = source.state
    if state.state is Source.READY:
        return Looked(subject, Finding.OK, safe("can be read"))
    return Looked(
        subject,
        Finding.WRONG,
        safe(state.detail or state.state.value),
        safe("check the path and who may read it"),
    )


def _pair(pair: BoundPair, by_server: dict[str, dict[str, Reading]], swapped: list[str]) -> list[Looked]:
    subject = safe(f"pair {pair.name}")
    looked: list[Looked] = []
    for server in pair.roles.values():
        mode = by_server.get(server, {}).get("ha-mode")
        if mode is not None and isinstance(mode.value, str) and mode.value != pair.mode:
            looked.append(
                Looked(
                    subject,
                    Finding.WRONG,
                    safe(f"{server} says its mode is {mode.value}, the inventory says {pair.mode}"),
                    safe("correct mode in the inventory"),
                )
            )
    if not {"master", "slave"} <= pair.roles.keys():
        return looked
    lives = [_value(by_server.get(pair.roles[role], {}).get("active")) for role in ("master", "slave")]
    if Failure.NOT_SUPPORTED.value in lives:
        return looked
    if lives == ["false", "true"]:
        swapped.append(pair.name)
        text = f"ROLES ARE SWAPPED NOW: {pair.roles['slave']}, configured as slave, is live"
        looked.append(Looked(subject, Finding.NOTE, safe(text), safe("roles below are the configured ones")))
    elif lives == ["true", "true"]:
        looked.append(
            Looked(subject, Finding.NOTE, safe("both are live: split brain, or a failover this very moment"))
        )
    elif lives == ["false", "false"]:
        looked.append(Looked(subject, Finding.NOTE, safe("none is live")))
    elif lives == ["true", "false"]:
        looked.append(Looked(subject, Finding.OK, safe(f"{pair.roles['master']} is live as configured")))
    else:
        looked.append(
            Looked(subject, Finding.NOTE, safe("cannot tell which is live: not both could be read"))
        )
    return looked


def _open_roles(procedure: Procedure, pairs: Sequence[BoundPair]) -> list[Looked]:
    """Optional roles that no server has: said, since it may as well have been forgotten."""
    return [
        Looked(
            safe(f"pair {pair.name}"),
            Finding.NOTE,
            safe(f"no server of the inventory is its {role.name}, {role.what}: the steps there are n/a", 300),
            safe(f'if there is one, add {role.name} = "ITS NAME" to roles of pair {pair.name}'),
        )
        for pair in pairs
        for role in procedure.roles
        if role.optional and role.name not in pair.roles
    ]


def _commands(procedure: Procedure, pairs: Sequence[BoundPair], site: Site) -> list[Looked]:
    looked = []
    for pair in pairs:
        needed = {
            (pair.roles[step.on], step.do.command)
            for step in procedure.steps()
            if step.do is not None
            and step.do.command is not None
            and step.on is not None
            and step.on in pair.roles
        }
        for server, name in sorted(needed):
            if site.server(server).commands.of(name) is None:
                looked.append(
                    Looked(
                        safe(server),
                        Finding.NOTE,
                        safe(f"the inventory has no {name} command: that step is done by hand"),
                        safe(f'or add {name} = ["...", "..."] under commands'),
                    )
                )
    return looked


def _value(reading: Reading | None) -> str:
    if reading is None:
        return "not asked"
    if reading.failure is not None:
        return reading.failure.value
    return value_words(reading.value) if reading.value is not None else ""


def _words(reading: Reading | None, words: dict[bool, str]) -> str:
    if reading is not None and isinstance(reading.value, bool):
        return words[reading.value]
    return _value(reading)
