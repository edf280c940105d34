"""The short wire tells a client what HTTP tells it, in the same words, for every product and every failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot
from handrail.drill.network import Address, Answering, DrillNetwork
from handrail.drill.rehearsal import QuickDisk, play
from handrail.drill.scenario import scenarios
from handrail.drill.short_wire import ShortWire
from handrail.drill.virtual_loop import VirtualLoop
from handrail.errors import HandrailError
from handrail.ledger.examine import examine
from handrail.procedure.loading import find
from handrail.products import digest
from handrail.products.exchange import BODY_CAP, Credentials, Digest, Fetched, NotFetched
from handrail.products.http import Http
from handrail.products.product import Request, Response
from handrail.walk import events as e
from handrail.walk.session import events_of

STRAIGHT = {
    "artemis": "artemis/rolling-restart",
    "amlen": "amlen/restore-ha-from-backup",
    "amm": "amm/swap-ha-roles",
    "eap": "eap/failback-replication",
    "solace": "solace/uncontrolled-failover",
}


@dataclass
class Scripted:
    """A server that gives one answer, and keeps what it was asked."""

    response: Response
    listening: bool = True
    asked: list[Request] = field(default_factory=list)

    def listens(self, server: str) -> bool:
        return self.listening

    def answer(self, server: str, request: Request) -> Response:
        self.asked.append(request)
        if "authorization" in request.headers or self.response.status != 401:
            return self.response if self.response.status != 401 else Response(200, {}, b"in")
        return self.response


def network(server: Answering) -> DrillNetwork:
    """A network of this one server."""
    servers: Mapping[Address, tuple[Answering, str]] = {("a", 8161): (server, "a")}
    return DrillNetwork(servers)


def both(server: Answering, url: str, credentials: Credentials | Digest | None = None) -> list[object]:
    """What a client is told over HTTP and over the short wire, in that order."""
    request = Request("POST", "/thing?x=1", {"Content-Type": "application/json"}, b"{}")

    async def ask() -> list[object]:
        there = network(server)
        told: list[object] = [
            await Http(there).send(url, request, credentials),
            await ShortWire(there).send(url, request, credentials),
        ]
        await there.close()
        return told

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return list(runner.run(ask()))


PLAIN = Response(200, {"Content-Type": "text/plain"}, b"hello")


@pytest.mark.parametrize(
    ("server", "url"),
    [
        (Scripted(PLAIN), "http://A:8161"),
        (Scripted(Response(503, {"Retry-After": "1"}, b"")), "http://a:8161/below/"),
        (Scripted(Response(302, {"Location": "http://b/"}, b"moved")), "http://a:8161"),
        (Scripted(PLAIN, listening=False), "http://a:8161"),
        (Scripted(PLAIN), "http://elsewhere:8161"),
        (Scripted(PLAIN), "http://a"),
        (Scripted(Response(200, {}, b"half of it", stall_after=4)), "http://a:8161"),
        (Scripted(Response(200, {"Content-Encoding": "gzip"}, b"\x00\x01")), "http://a:8161"),
        (Scripted(Response(200, {}, b" " * (BODY_CAP + 1))), "http://a:8161"),
    ],
    ids=["ordinary", "booting", "moved", "refused", "unknown", "port", "half", "compressed", "large"],
)
def test_an_answer_and_each_failure_are_told_as_over_http(server: Scripted, url: str) -> None:
    """A rehearsal whose failures read otherwise would vouch for words that no operator sees."""
    by_http, short = both(server, url)
    if isinstance(by_http, Fetched) and isinstance(short, Fetched):
        by_http = Fetched(by_http.status, dict(by_http.headers), by_http.body)
        headers = {**short.headers, "content-length": str(len(short.body))}
        short = Fetched(short.status, headers, short.body)
    assert short == by_http


def test_the_server_sees_the_same_request() -> None:
    """Method, target below the address, headers and body; a simulator may refuse by any of them."""
    server = Scripted(PLAIN)
    both(server, "http://a:8161/below/", lambda: ("ops", "secret"))
    by_http, short = server.asked
    assert (short.method, short.target, short.body) == (by_http.method, by_http.target, by_http.body)
    told = {name: value for name, value in by_http.headers.items() if name in short.headers}
    assert short.headers == told
    assert short.headers["authorization"].startswith("Basic ")


def test_digest_answers_a_challenge_and_is_let_in() -> None:
    """Without the second request every server that asks for a proof would be unreadable."""
    asked = f'Digest realm="here", nonce="{"0" * 32}", qop="auth", algorithm=MD5'
    assert digest.challenge(asked) is not None
    server = Scripted(Response(401, {"www-authenticate": asked}, b""))
    for told in both(server, "http://a:8161", Digest(lambda: ("ops", "secret"))):
        assert isinstance(told, Fetched)
        assert (told.status, told.body) == (200, b"in")
    assert [request.headers.get("authorization", "")[:6] for request in server.asked] == ["", "Digest"] * 2


def test_credentials_that_cannot_be_had_are_told_without_a_word_of_them() -> None:
    """The reason is for a screen; what a resolver says in an exception may hold the secret."""

    def nothing() -> tuple[str, str]:
        raise HandrailError("the variable BROKER_PASSWORD is not set", "set it")

    server = Scripted(PLAIN)
    by_http, short = both(server, "http://a:8161", nothing)
    assert isinstance(short, NotFetched)
    assert short == by_http
    assert server.asked == []


@pytest.mark.parametrize("kind", [lambda login: login, Digest], ids=["basic", "digest"])
def test_a_password_that_is_no_text_is_told_and_raises_nothing(
    kind: Callable[[Credentials], Credentials | Digest],
) -> None:
    """An environment variable may hold any bytes; a client that raises would end the reading of its server."""
    server = Scripted(PLAIN)
    for told in both(server, "http://a:8161", kind(lambda: ("ops", "\udcff"))):
        assert isinstance(told, NotFetched)
        assert str(told.detail) == "no credentials: UnicodeEncodeError"
    assert server.asked == []


def recorded(procedure: str, ledger: Path, *, short: bool) -> list[e.Event]:
    """What a straight walk of the procedure's first plain drill records."""
    scenario = next(item for item in scenarios(procedure) if item.ends == "complete")
    drill = play(find(procedure), scenario, ledger, Autopilot(scenario.finds, patience=1), short=short)
    assert drill.session.error is None
    [watch] = [examine(QuickDisk(), path) for path in drill.run_path.iterdir() if path.is_dir()]
    assert watch.sealed
    return list(events_of(watch.records))


@pytest.mark.parametrize("procedure", STRAIGHT.values(), ids=STRAIGHT)
def test_a_walk_is_recorded_as_it_is_over_http(procedure: str, tmp_path: Path) -> None:
    """Every product's client and simulator speak over both; what is rehearsed is what is drilled."""
    over_http = recorded(procedure, tmp_path / "http", short=False)
    over_short = recorded(procedure, tmp_path / "short", short=True)
    assert [_bare(event) for event in over_short] == [_bare(event) for event in over_http]
    assert len(over_short) > 10


def _bare(event: e.Event) -> tuple[str, str, str]:
    """What happened at which step, without the moments."""
    how = getattr(event, "outcome", "") or getattr(event, "result", "") or getattr(event, "how", "")
    return str(getattr(event, "kind", "")), getattr(event, "step", ""), str(how)
