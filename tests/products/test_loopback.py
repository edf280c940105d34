"""The simulator on loopback sockets: ports that open and close, log files, typed commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handrail.procedure.catalogue import load_catalogue
from handrail.products.artemis import mbeans, wire
from handrail.products.artemis.scene import PairPlan, make_world
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.products.exchange import Fetched, NotFetched
from handrail.products.http import Http
from handrail.products.loopback import Loopback, obey, simulate
from handrail.products.product import Request
from handrail.readings import Failure

MESSAGES = Path(__file__).parents[2] / "procedures" / "artemis" / "messages.toml"


def simulator() -> ArtemisSimulator:
    """One healthy pair, console password admin."""
    return ArtemisSimulator(make_world([PairPlan("p", "a", "b")]), load_catalogue(MESSAGES))


def ask() -> Request:
    """The question whether a is active."""
    entry = wire.Read(mbeans.broker_mbean("a"), "Active")
    return Request("POST", "/console/jolokia/", {"origin": "http://localhost"}, wire.encode([entry]))


async def test_a_console_answers_over_a_socket_and_is_closed_when_its_process_ends() -> None:
    """What works in a drill must work with anybody's client as well."""
    held = simulator()
    loopback = Loopback(held, {"a": 0, "b": 0})
    http = Http()
    try:
        await loopback.update()
        address = f"http://127.0.0.1:{loopback.ports['a']}"
        answer = await http.send(address, ask(), lambda: ("admin", "admin"))
        assert isinstance(answer, Fetched)
        assert wire.decode_answers(answer.body, 1) == [wire.Value(True)]
        held.command("a", "kill")
        await loopback.update()
        gone = await http.send(address, ask(), lambda: ("admin", "admin"))
        assert isinstance(gone, NotFetched)
        assert (gone.failure, gone.sent) == (Failure.REFUSED, False)
    finally:
        await loopback.close()
        await http.close()


async def test_simulate_tells_where_it_listens_obeys_and_writes_the_logs(tmp_path: Path) -> None:
    """A person types; the log file is what a follower would follow."""
    said: list[str] = []
    log = tmp_path / "b" / "server.log"

    async def typed() -> AsyncIterator[str]:
        yield "kill a"
        yield "nonsense"
        for _ in range(200):
            if log.exists() and "AMQ221007" in log.read_text(encoding="utf-8"):
                break
            await asyncio.sleep(0.05)
        yield "quit"

    await simulate(simulator(), {"a": 0, "b": 0}, tmp_path, commands=typed(), say=said.append, path="/c/")
    assert "http://127.0.0.1:" in said[0]
    assert str(log) in said[1]
    assert "kill a: exit 0" in said
    assert "AMQ221007: Server is now active" in log.read_text(encoding="utf-8")


async def test_a_taken_port_is_an_error_not_silence(tmp_path: Path) -> None:
    """Otherwise one would talk to somebody else's server."""
    taken = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]

    async def nothing() -> AsyncIterator[str]:
        await asyncio.sleep(5)
        yield "quit"

    try:
        with pytest.raises(OSError, match="in use"):
            await simulate(simulator(), {"a": port}, tmp_path, commands=nothing(), say=lambda line: None)
    finally:
        taken.close()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("stop a", "stop a: exit 0"),
        ("start a", "start a: exit 1 Server is already running"),
        ("stop z", "stop z: exit 127 stop: no such command for z"),
        ("inject slow-sync server=b seconds=2.5", "inject slow-sync: done"),
        ("inject cut-link pair=p", "inject cut-link: done"),
        ("inject no-such", "inject no-such: not known or not complete: 'no-such'"),
        ("inject freeze", "inject freeze: not known or not complete: 'server'"),
        ("inject freeze server", "inject freeze: not known or not complete: server is no key=value"),
    ],
)
def test_typed_commands_say_what_they_came_to(typed: str, answer: str) -> None:
    """A slip is answered with words, never a traceback."""
    assert obey(simulator(), typed.split()) == answer
