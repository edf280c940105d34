"""The network in memory: real HTTP bytes, refusals, stalls, and nothing left running."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from handrail.drill.network import DrillNetwork, wire_pair
from handrail.products.exchange import Fetched, NotFetched
from handrail.products.http import Http
from handrail.products.product import CommandResult, Request, Response
from handrail.readings import Failure, Value


class Still:
    """A simulator of one server that answers with its own name."""

    def __init__(self, listening: bool = True, stall_after: int | None = None) -> None:
        self.listening = listening
        self.stall_after = stall_after

    def advance(self, to_s: float) -> None: ...

    def next_change_s(self) -> float | None:
        return None

    def listens(self, server: str) -> bool:
        return self.listening

    def answer(self, server: str, request: Request) -> Response:
        return Response(200, {}, f"{server} {request.target}".encode(), self.stall_after)

    def command(self, server: str, name: str) -> CommandResult:
        return CommandResult(127)

    def lines(self, server: str, after: int) -> Sequence[str]:
        return ()

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None: ...


ASK = Request("GET", "/thing")


async def test_an_address_reaches_its_server_whatever_the_case_of_the_host() -> None:
    """Host names of an inventory are written by people."""
    still = Still()
    network = DrillNetwork({("a.example", 8161): (still, "a"), ("b.example", 8161): (still, "b")})
    answer = await Http(network).send("http://B.Example:8161", ASK)
    assert isinstance(answer, Fetched)
    assert answer.body == b"b /thing"
    await network.close()


async def test_a_closed_port_is_refused_and_an_unknown_host_unreachable() -> None:
    """The two mean different things to an operator."""
    network = DrillNetwork({("a", 1): (Still(listening=False), "a")})
    refused = await Http(network).send("http://a:1", ASK)
    unknown = await Http(network).send("http://z:1", ASK)
    assert isinstance(refused, NotFetched)
    assert isinstance(unknown, NotFetched)
    assert (refused.failure, unknown.failure) == (Failure.REFUSED, Failure.UNREACHABLE)


async def test_a_stall_ends_by_the_callers_limit_and_leaves_no_conversation() -> None:
    """A drill of hours must not gather conversations that wait for ever."""
    network = DrillNetwork({("a", 1): (Still(stall_after=1), "a")})
    before = len(asyncio.all_tasks())
    late = await Http(network, limit_s=0.02).send("http://a:1", ASK)
    assert isinstance(late, NotFetched)
    assert late.failure is Failure.TIMED_OUT
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == before


async def test_many_servers_are_asked_at_once() -> None:
    """All servers are read together, each with its own limit."""
    network = DrillNetwork({(f"h{n}", 1): (Still(), f"h{n}") for n in range(50)})
    http = Http(network)
    answers = await asyncio.gather(*(http.send(f"http://h{n}:1", ASK) for n in range(50)))
    assert [answer.body for answer in answers if isinstance(answer, Fetched)] == [
        f"h{n} /thing".encode() for n in range(50)
    ]


async def test_bytes_arrive_in_order_and_the_end_is_seen_for_good() -> None:
    """A reader that asks again after the end must get the end again, not wait."""
    near, far = wire_pair()
    await near.write(b"abc")
    await near.write(b"def")
    await near.close()
    assert [await far.read(2) for _ in range(5)] == [b"ab", b"c", b"de", b"f", b""]
    assert await far.read(1) == b""
