"""Recorded walks of real pairs, replayed act by act: the simulator prints the same life cycle."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handrail.procedure.catalogue import Catalogue
from handrail.products.artemis.scene import PairPlan, make_world
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.products.artemis.state import Mode, Settings

RECORDINGS = Path(__file__).parents[2] / "recordings" / "artemis"
ACT = '"act"'
SCENARIOS = sorted(
    path.parent for path in RECORDINGS.glob("*/*/timeline.jsonl") if ACT in path.read_text(encoding="utf-8")
)
CODE = re.compile(r"\] (AMQ\d{6}): ")

LIFE_CYCLE = frozenset(
    f"AMQ{code}"
    for code in (
        *(221000, 222162, 221055, 221109, 221024, 221031, 221037, 221007, 221001, 221010, 221002, 221039),
        *(224056, 221008, 221006, 221034, 221035, 221032, 221033, 221066, 221071, 222091, 222092),
    )
)
"""What a walk rests on. Left out: warnings of a split, whose number depends on how long it was watched."""
RACING = frozenset({"AMQ221066", "AMQ222091", "AMQ222092"})
"""Printed by several threads of a live server that loses its replica: in any order."""


ANNOUNCED, TAKES_OVER = "AMQ221031", "AMQ221037"
OVERTAKEN_S = 0.5
"""A master that fails back takes over and announces itself at once, by two threads: most announcements are
never printed. Of 27 recorded ones 2 were, less than 0.1 s before. So nobody may wait for it, or for none."""


def stamp(line: str) -> datetime:
    """When a line was printed."""
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=UTC)


def codes(lines: Sequence[str]) -> list[str]:
    """The life cycle in a log: repetitions folded, racing lines sorted, overtaken announcements left out."""
    found: list[str] = []
    announced: datetime | None = None
    for line in lines:
        match = CODE.search(line)
        if not match or match[1] not in LIFE_CYCLE:
            continue
        if match[1] == TAKES_OVER and found and found[-1] == ANNOUNCED:
            assert announced is not None
            if stamp(line) - announced < timedelta(seconds=OVERTAKEN_S):
                found.pop()
        if match[1] == ANNOUNCED:
            announced = stamp(line)
        if not (found and found[-1] == match[1]):
            found.append(match[1])
    for position in range(1, len(found)):
        if {found[position - 1], found[position]} <= RACING:
            found[position - 1 : position + 1] = sorted(found[position - 1 : position + 1])
    return found


def acts_of(scenario: Path) -> list[tuple[str, str]]:
    """What was done to the pair, from its first start on."""
    events = [
        json.loads(line)
        for line in (scenario / "timeline.jsonl").read_text(encoding="utf-8").splitlines()
        if ACT in line
    ]
    acts = [(event["act"], event["server"]) for event in events]
    if acts[0] == ("start", "primary"):
        return acts
    both = [("start", "primary"), ("start", "backup")]
    return both[:1] + acts if acts[0][0] == "start" else both + acts


def settle(simulator: ArtemisSimulator) -> None:
    """Let the pair come to rest, as whoever recorded it did before the next act."""
    while (moment := simulator.next_change_s()) is not None:
        simulator.advance(moment)


def new_pair(about: dict[str, Any], catalogue: Catalogue) -> ArtemisSimulator:
    """A pair that has never been started, with the recorded settings."""
    given = about["failback"]
    settings = Settings(
        check_for_live=bool(given["check_for_active"]),
        allow_failback=bool(given["allow_failback"]),
        failover_on_shutdown=bool(given["failover_on_shutdown"]),
    )
    plan = PairPlan("p", "primary", "backup", "down", settings=settings)
    world = make_world([plan], mode=Mode(about["mode"]), version=about["version"])
    brokers = {
        name: replace(broker, has_data=False, has_paging=False, journal={}, saved=(), moved=0, bare_moves=0)
        for name, broker in world.brokers.items()
    }
    return ArtemisSimulator(replace(world, brokers=brokers), catalogue)


def replayed(scenario: Path, catalogue: Catalogue) -> ArtemisSimulator:
    """A simulated pair to which was done what was done to the real one."""
    about = json.loads((scenario / "meta.json").read_text(encoding="utf-8"))
    simulator = new_pair(about, catalogue)
    for act, server in acts_of(scenario):
        settle(simulator)
        if act in ("start", "stop", "kill"):
            assert simulator.command(server, act).exit_status == 0, (act, server)
        elif server == "link":
            if act != "shut out":  # that is about clients alone: see test_replay_of_clients
                simulator.inject({"cut": "cut-link", "heal": "heal-link"}[act], {"pair": "p"})
        else:
            assert act == "freezeReplication"
            simulator.inject("freeze-replication", {"server": server})
    settle(simulator)
    return simulator


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_simulator_prints_what_the_real_pair_printed(scenario: Path, catalogue: Catalogue) -> None:
    """What differs is a defect of the simulator: a drill would teach the wrong line to wait for."""
    simulator = replayed(scenario, catalogue)
    for name in ("primary", "backup"):
        real = (scenario / f"{name}.log").read_text(encoding="utf-8").splitlines()
        assert codes(simulator.lines(name, 0)) == codes(real), name


def wording(line: str) -> str:
    """A line without what differs from run to run: its stamp, ids, addresses, numbers."""
    for pattern, stands_for in (
        (r"^\S+ \S+ ", ""),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", "ID"),
        (r"\b(localhost|127\.0\.0\.1|primary|backup):\d+", "HOST:PORT"),
        (r"port=\d+&host=[\w-]+", "PORT&HOST"),
        (r"uptime .*", "uptime"),
        (r"(?<!AMQ)\b\d+\b", "N"),
    ):
        line = re.sub(pattern, stands_for, line)
    return line


@pytest.mark.parametrize("folder", sorted({path.parent for path in SCENARIOS}), ids=lambda path: path.name)
def test_every_line_the_simulator_prints_a_real_broker_printed(folder: Path, catalogue: Catalogue) -> None:
    """Word for word, level and logger too, by the same release in the same mode."""
    real = {
        wording(line)
        for log in folder.glob("*/*.log")
        for line in log.read_text(encoding="utf-8").splitlines()
    }
    printed: set[str] = set()
    for scenario in SCENARIOS:
        if scenario.parent == folder:
            simulator = replayed(scenario, catalogue)
            for name in ("primary", "backup"):
                printed |= {wording(line) for line in simulator.lines(name, 0) if CODE.search(line)}
    assert len(printed) > 10
    assert printed <= real


def test_there_are_walks_to_replay() -> None:
    """Without them the test above would pass by replaying nothing."""
    assert SCENARIOS
