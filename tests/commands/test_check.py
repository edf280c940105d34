"""`handrail check` against served simulators that answer wrongly: each is said, with its meaning and its mend."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handrail.cli import main
from handrail.drill.scenario import load
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import builtin_root
from handrail.products import freshness
from handrail.products.loopback import Loopback
from handrail.products.registry import product
from handrail.walk import moving

AMLEN = ("amlen/restore-ha-from-backup", "restore-ha-from-backup")
AMM = ("amm/setup-ha-pair", "setup-ha-pair")
ARTEMIS = ("artemis/split-brain-recovery", "split-brain-recovery")
EAP = ("eap/assess-split-brain", "configure-replication")
SOLACE = ("solace/uncontrolled-failover", "uncontrolled-failover-active")
UP_S = 3.0
"""How long the servers are up already: one that has only just started tells no uptime to go by."""
Check = Callable[..., str]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Check]:
    """Serve a scenario, cause an inject on one server, check a procedure on it: what is printed."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LAB_PASSWORD", "")
    for module in (freshness, moving):
        monkeypatch.setattr(module, "STOOD_STILL_S", 1.5)
    ready, stop = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def run(chosen: tuple[str, str], *inject: str, without: str = "") -> str:
        procedure, scenario = chosen
        name = procedure.partition("/")[0]
        folder = builtin_root() / name
        staged = load(folder / "drills" / f"{scenario}.toml")
        simulator = product(name).simulated(
            staged, load_catalogue(folder / "messages.toml"), datetime.now(UTC)
        )
        ports = dict.fromkeys(staged.servers(), 0)

        async def serve() -> None:
            loopback, begun = Loopback(simulator, ports), time.monotonic() - UP_S
            simulator.advance(UP_S)
            await loopback.update()
            ports.update(loopback.ports)
            if inject:
                simulator.inject(inject[0], {"server": inject[1]})
            await loopback.update()
            ready.set()
            while not stop.is_set():
                simulator.advance(time.monotonic() - begun)
                await asyncio.sleep(0.05)
            await loopback.close()

        threads.append(threading.Thread(target=lambda: asyncio.run(serve())))
        threads[0].start()
        assert ready.wait(10)
        text = 'schema = 1\nsite = "lab"\n'
        for server in ports:
            seen, password = product(name).drill_server(server)
            monkeypatch.setenv("LAB_PASSWORD", password)
            (tmp_path / f"{server}.log").write_text("", encoding="ascii")
            origin = f'origin = "{seen.origin}"\n' if seen.origin else ""
            text += f'[[servers]]\nname = "{server}"\nproduct = "{name}"\nurl = "http://127.0.0.1:{ports[server]}"\n'
            text += f'{origin}user = "{seen.user}"\npassword = {{ env = "LAB_PASSWORD" }}\n'
            text += f'log = {{ file = "{tmp_path}/{server}.log" }}\n'
        bound = {role: server for role, server in staged.pairs[0].roles.items() if role != without}
        roles = ", ".join(f'{role} = "{server}"' for role, server in bound.items())
        text += f'[[pairs]]\nname = "p"\nproduct = "{name}"\nmode = "{staged.mode}"\nroles = {{ {roles} }}\n'
        (tmp_path / "inventory.toml").write_text(text, encoding="utf-8")
        main(["check", procedure, "--inventory", str(tmp_path / "inventory.toml")])
        return capsys.readouterr().out

    yield run
    stop.set()
    for thread in threads:
        thread.join(10)


def test_a_server_that_gives_kept_answers_is_wrong_and_nothing_it_says_is_believed(check: Check) -> None:
    """Would catch `ok` for values of a moment past, in the look or in the steps."""
    printed = check(SOLACE, "stale", "ny-1")
    [looked] = [line for line in printed.splitlines() if line.startswith("WRONG  ny-1 ")]
    assert "stale: its uptime stood at" in looked
    assert "past any cache or proxy" in printed
    [step] = [line for line in printed.splitlines() if " close-early-primary already" in line]
    assert step.startswith("(?)")
    assert step.endswith("(now: stale)"), "why is said above"


def test_a_server_that_answers_of_now_is_found_well(check: Check) -> None:
    """The control."""
    printed = check(SOLACE)
    assert any(line.startswith("ok     ny-1 ") and "release 10.25.0" in line for line in printed.splitlines())
    assert "stale" not in printed


def test_why_a_server_cannot_be_read_is_said_once(check: Check) -> None:
    """Would catch the same 160 letters behind each of twenty expectations."""
    printed = check(SOLACE, "refuse-management", "ny-1")
    lines = printed.splitlines()
    [why] = {line.partition("refused: ")[2] for line in lines if line.startswith("WRONG  ny-1 ")}
    assert why
    assert printed.count(why) == 1
    assert [line for line in lines if line.startswith("(") and "of ny-1" in line and "(now: refused)" in line]


def test_an_amm_that_wants_a_login_answers_and_more_is_not_read(check: Check) -> None:
    """Would catch `answers` for a server of which nothing can be read, without a word about it."""
    printed = check(AMM, "wrong-credentials", "amm-a")
    [looked] = [line for line in printed.splitlines() if " amm-a " in line and "answers" in line]
    assert looked.startswith("ok ")
    assert "wants a login, which handrail does not have" in printed
    [other] = [line for line in printed.splitlines() if line.startswith("ok     amm-b ")]
    assert "login" not in other


def test_a_role_that_no_server_has_is_said_once_and_its_steps_are_left_out(check: Check) -> None:
    """Would catch `failed-mate (now: not read yet)`, which waits for what never comes."""
    printed = check(SOLACE, without="failed-mate")
    lines = printed.splitlines()
    [noted] = [
        number for number, line in enumerate(lines) if "no server of the inventory is its failed-mate" in line
    ]
    assert lines[noted].startswith("note   pair p ")
    assert 'add failed-mate = "ITS NAME" to roles of pair p' in lines[noted + 1]
    assert not [line for line in lines if line.startswith("(") and "failed-mate" in line]
    assert "not read yet" not in printed


def test_with_every_role_bound_no_role_is_missed(check: Check) -> None:
    """The control: the mate's own steps are checked."""
    printed = check(SOLACE)
    assert "no server of the inventory" not in printed
    assert "close-mate-early already: msg-backbone of ny-2" in printed


@pytest.mark.parametrize(
    ("chosen", "server", "missing"),
    [
        (SOLACE, "bos-1", "does not tell sync-eligible, vpns-ineligible: not-supported: "),
        (EAP, "node-b", "it answers, and tells none of "),
        (AMLEN, "amlen-b", "it answers, and tells none of "),
        (ARTEMIS, "broker-b", "it answers, and tells none of "),
    ],
)
def test_an_attribute_that_the_release_does_not_know_is_said(
    chosen: tuple[str, str], server: str, missing: str, check: Check
) -> None:
    """Would catch `ok` for a server of which a part of what the steps need cannot be read."""
    lines = check(chosen, "unknown-attribute", server).splitlines()
    [said] = [number for number, line in enumerate(lines) if missing in line]
    assert lines[said].split()[1] == server
    assert "mend: " in lines[said + 1]
