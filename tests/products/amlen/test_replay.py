"""The recorded steps of a real pair, replayed: the simulator tells the same fields in the same order of states."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.products.amlen.conftest import RECORDINGS, Lab

from handrail.products.product import Request

MISSED_S = 0.35
"""A state that lasts no longer may be missed by who asks every 0.25 s, as the recorder did."""
SLACK_S = 1.0
"""How far a change may be from the recorded moment: the recorded ones differ by as much among themselves."""
LINE = re.compile(r"\s*([\d.]+) ([AB]) (\(.*\))\s*")

Told = tuple[object, ...]
Seen = list[tuple[float, Told]]
DOWN: Told = ("DOWN",)


def recorded(path: Path) -> dict[str, Seen]:
    """The changes of each server, moments first; PrimaryLastTime only as there or not."""
    found: dict[str, Seen] = {"a": [], "b": []}
    for line in path.read_text("utf-8").splitlines():
        match = LINE.fullmatch(line)
        assert match, line
        told = ast.literal_eval(match[3])
        server = match[2].lower()
        state = DOWN if told[0] == "DOWN" else plain(told)
        if not found[server] or found[server][-1][1] != state:
            found[server].append((float(match[1]), state))
    return found


def plain(told: Sequence[object]) -> Told:
    """The fields of one line, host name and moment left out."""
    *fields, last_time, remote = told
    return (*fields, bool(last_time), bool(remote))


def ask(lab: Lab, server: str) -> Told:
    """What one poll of the simulator tells, in the recording's order."""
    if not lab.simulator.listens(server):
        return DOWN
    login = {"authorization": "Basic YWRtaW46Y2FuYXJ5LTQ3LXNlY3JldA=="}
    answer = lab.simulator.answer(server, Request("GET", "/ima/v1/service/status/", login))
    whole = json.loads(answer.body)
    state, pair = whole["Server"], whole["HighAvailability"]
    return plain(
        [
            *(state[key] for key in ("Status", "State", "StateDescription", "ErrorCode", "ErrorMessage")),
            *(pair[key] for key in ("Status", "Enabled", "NewRole", "OldRole", "ActiveNodes", "SyncNodes")),
            *(pair["PctSyncCompletion"], pair["ReasonCode"], pair.get("ReasonString")),
            *(pair["PrimaryLastTime"], pair["RemoteServerName"]),
        ]
    )


def simulated(lab: Lab, until_s: float) -> dict[str, Seen]:
    """Every change of each server, however short."""
    found: dict[str, Seen] = {"a": [], "b": []}
    begun = lab.now
    while lab.now - begun <= until_s:
        for server, seen in found.items():
            told = ask(lab, server)
            if not seen or seen[-1][1] != told:
                seen.append((lab.now - begun, told))
        following = lab.simulator.next_change_s()
        lab.go(max(0.01, min(1.0, (following or lab.now + 1.0) - lab.now)))
    return found


STEPS = {
    # file: what was done before, and the step itself (server, maintenance, clean_store)
    "step03": ("healthy", ("b", True, False)),
    "step05": ("standby-in-maintenance", ("a", True, False)),
    "step07": ("both-in-maintenance", ("a", None, True)),
    "step08": ("both-in-maintenance", ("b", None, True)),
}


def begin(lab: Lab, server: str, maintenance: bool | None, clean: bool) -> None:
    """Post a restart."""
    given: dict[str, bool | str] = {"server": server, "clean_store": clean}
    lab.simulator.inject("restart", given if maintenance is None else {**given, "maintenance": maintenance})


def compare(real: Seen, played: Seen, told_of: Callable[[Told], Told] = lambda told: told) -> None:
    """Each recorded state in its order and near its moment; what is played beside them was easily missed."""
    waiting = list(real)
    ends = [moment for moment, _ in played[1:]] + [float("inf")]
    for (moment, told), end in zip(played, ends, strict=True):
        if waiting and told_of(told) == told_of(waiting[0][1]):
            assert abs(moment - waiting[0][0]) <= SLACK_S, told
            waiting.pop(0)
        else:
            assert end - moment <= MISSED_S, f"not recorded: {told}"
    assert not waiting, f"not played: {waiting[0]}"


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_recorded_step_is_told_in_the_same_words(name: str, lab: Callable[..., Lab]) -> None:
    """Would catch a state, role, count or error that the real server does not show at that place."""
    situation, act = STEPS[name]
    pair = lab(situation, discovery_timeout=60)
    real = recorded(RECORDINGS / f"{name}.txt")
    begin(pair, *act)
    played = simulated(pair, 14.0)
    for server in ("a", "b"):
        compare(real[server], played[server])


def cleaned(lab: Callable[..., Lab]) -> Lab:
    """A pair in maintenance with both stores clean, as before the last two steps."""
    pair = lab("both-in-maintenance", discovery_timeout=60)
    for server in ("a", "b"):
        begin(pair, server, None, True)
    pair.go(20.0)
    return pair


def test_the_primary_waits_for_its_standby(lab: Callable[..., Lab]) -> None:
    """Would catch a restored primary that serves before its standby has come (recorded step 9)."""
    pair = cleaned(lab)
    begin(pair, "a", False, False)
    real, played = recorded(RECORDINGS / "step09.txt"), simulated(pair, 14.0)
    for server in ("a", "b"):
        compare(real[server], played[server])


def test_the_pair_forms_when_the_standby_follows(lab: Callable[..., Lab]) -> None:
    """Would catch another order of roles and counts while the pair forms (recorded step 10)."""
    pair = cleaned(lab)
    begin(pair, "a", False, False)
    pair.go(25.0)
    begin(pair, "b", False, False)
    real, played = recorded(RECORDINGS / "step10.txt"), simulated(pair, 26.0)
    for server in ("a", "b"):
        compare(real[server], played[server])


def test_a_pair_that_failed_to_form_heals_by_a_plain_restart_of_both(lab: Callable[..., Lab]) -> None:
    """Would catch a cure that does not cure, or roles lost in it (recorded restart of both)."""
    pair = lab("timed-out", discovery_timeout=60)
    real = recorded(RECORDINGS / "01_restart_both.txt")
    for server in ("a", "b"):
        begin(pair, server, None, False)
    played = simulated(pair, 26.0)
    for server in ("a", "b"):
        # The two had failed with different errors; and what a server remembers of its peer and of its last
        # time as primary depends on its life before the recording.
        compare(changes(real[server]), changes(played[server]), without_past)


def changes(seen: Seen) -> Seen:
    """Without changes of what `without_past` leaves out."""
    kept: Seen = []
    for moment, told in seen:
        if not (kept and without_past(kept[-1][1]) == without_past(told)):
            kept.append((moment, told))
    return kept


def without_past(told: Told) -> Told:
    """A state without error, last time as primary and name of the peer."""
    return told if told == DOWN else (*told[:3], *told[5:-2])


@pytest.mark.parametrize(("file", "server"), [("status_primary", "a"), ("status_standby", "b")])
def test_a_healthy_status_is_the_recorded_one_byte_for_byte(
    file: str, server: str, lab: Callable[..., Lab]
) -> None:
    """Would catch a key, its place, its spacing or its type that differs from the real answer."""
    pair = lab()
    login = {"authorization": "Basic YWRtaW46Y2FuYXJ5LTQ3LXNlY3JldA=="}
    body = pair.simulator.answer(server, Request("GET", "/ima/v1/service/status", login)).body.decode()
    real = (RECORDINGS / f"{file}.json").read_text("utf-8").partition("\n[HTTP")[0]
    assert blanked(body) == blanked(real)


def blanked(text: str) -> str:
    """An answer without what differs from host to host and from second to second."""
    for key in ("Name", "UID", "UUID", "ServerTime", "UpTimeDescription", "RemoteServerName"):
        text = re.sub(rf'("{key}": ?)"[^"]*"', r'\1"..."', text)
    text = re.sub(r'("PrimaryLastTime": )"\d[^"]*"', r'\1"..."', text)
    return re.sub(r'("UpTimeSeconds": )\d+', r"\g<1>0", text).strip()
