"""Recorded walks of real pairs with real clients, replayed: the same clients are stranded, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handrail.products.artemis import injects
from handrail.products.artemis import world as rules
from handrail.products.artemis.scene import PairPlan, make_world
from handrail.products.artemis.state import Mode, Settings, World

RECORDINGS = Path(__file__).parents[2] / "recordings" / "artemis"
MET_ON_SLAVE = ("slave", "newcomer")
"""Clients whose names begin so first met the pair on a slave that was live alone; all others on the master."""

HURRIED_S = 12.0
"""Between two acts of who waits for the brokers and not for the clients; 3 to 12 s on real pairs."""


def events(scenario: Path) -> list[dict[str, Any]]:
    """What was done and seen, in order."""
    return [
        json.loads(line) for line in (scenario / "timeline.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def stranded(scenario: Path) -> list[str] | None:
    """The clients that were on no server in the end; None where nobody counted."""
    found = [event["value"] for event in events(scenario) if event.get("figure") == "stranded"]
    return sorted(found[-1]) if found else None


COUNTED = sorted(
    path.parent
    for path in RECORDINGS.glob("*/*/timeline.jsonl")
    if stranded(path.parent) is not None and '"act"' in path.read_text(encoding="utf-8")
)
WAITED = [path for path in COUNTED if path.name != "split-hasty"]
HASTY = [path for path in COUNTED if path.name == "split-hasty"]


def names_of(scenario: Path) -> set[str]:
    """Every client that was seen anywhere, or missed in the end."""
    seen = set(stranded(scenario) or ())
    for event in events(scenario):
        for there in event.get("clients", {}).values():
            seen |= set(there)
    return seen


class Replay:
    """A pair with its clients, acted on as it was recorded."""

    def __init__(self, scenario: Path) -> None:
        about = json.loads((scenario / "meta.json").read_text(encoding="utf-8"))
        given = about["failback"]
        settings = Settings(
            bool(given["check_for_active"]),
            bool(given["allow_failback"]),
            bool(given["failover_on_shutdown"]),
        )
        plan = PairPlan("p", "primary", "backup", settings=settings)
        self.world: World = make_world([plan], mode=Mode(about["mode"]), version=about["version"])
        self.names = sorted(names_of(scenario))
        self.shut_out = [name for name in self.names if name.startswith("follower")]

    def take(self, change: rules.Change) -> None:
        """Let something happen."""
        self.world, _ = change

    def settle(self) -> None:
        """Wait until nothing more happens by itself."""
        while (moment := rules.next_change_s(self.world)) is not None:
            self.take(rules.advance(self.world, moment))

    def come_to_rest(self) -> None:
        """Wait, let the clients come whose first server is live as it was when they met it, wait again."""
        self.settle()
        self._bring_clients()
        self.settle()

    def _bring_clients(self) -> None:
        alone = not self.world.replica_of("primary")
        for name in self.names:
            server = "backup" if name.startswith(MET_ON_SLAVE) else "primary"
            fits = server == "primary" or (alone and self.world.brokers["backup"].serves)
            if fits and name not in self.world.clients:
                given = {"client": name, "pair": "p", "server": server}
                self.take(injects.inject(self.world, "new-client", given))

    def act(self, act: str, server: str) -> None:
        """One recorded act."""
        if act in ("start", "stop", "kill"):
            self.take(getattr(rules, act)(self.world, server))
        elif act == "shut out":
            for name in self.shut_out:
                self.take(injects.inject(self.world, "shut-out", {"client": name, "server": "primary"}))
        else:
            self.take(injects.inject(self.world, f"{act}-link", {"pair": "p"}))
            for name in self.shut_out if act == "heal" else ():
                self.take(injects.inject(self.world, "let-in", {"client": name}))


def acts(scenario: Path) -> Iterator[tuple[str, str]]:
    """The recorded acts after the pair was first started."""
    for event in events(scenario):
        if "act" in event:
            yield event["act"], event["server"]


def ids(path: Path) -> str:
    """A recording's name."""
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("scenario", WAITED, ids=ids)
def test_the_same_clients_are_stranded(scenario: Path) -> None:
    """The split brain's worst consequence: a drill that strands others teaches the wrong order."""
    replay = Replay(scenario)
    for act, server in acts(scenario):
        if (act, server) != ("cut", "link") or not replay.shut_out:  # "cut" came at once after "shut out"
            replay.come_to_rest()
        replay.act(act, server)
    replay.settle()
    assert set(replay.world.clients) == set(replay.names)
    assert sorted(replay.world.stranded()) == stranded(scenario)


def test_whoever_hurries_may_strand_the_slaves_clients() -> None:
    """Real releases differ, for it is a race; the simulated pair takes the outcome to be afraid of."""
    assert {tuple(stranded(scenario) or ()) for scenario in HASTY} > {()}
    for scenario in HASTY:
        replay = Replay(scenario)
        steps = list(acts(scenario))
        begun = steps.index(("stop", "backup"))
        for act, server in steps[:begun]:
            replay.come_to_rest()
            replay.act(act, server)
        replay.come_to_rest()
        for act, server in steps[begun:]:
            replay.act(act, server)
            replay.take(rules.advance(replay.world, replay.world.now_s + HURRIED_S))
        replay.settle()
        assert replay.world.stranded() == tuple(name for name in replay.names if name.startswith("slave"))


def test_there_are_walks_with_clients_to_replay() -> None:
    """Without them the tests above would pass by replaying nothing; some must strand, some must not."""
    assert {bool(stranded(scenario)) for scenario in WAITED} == {True, False}
    assert HASTY
    assert any("shut out" in dict(acts(scenario)) for scenario in WAITED)
