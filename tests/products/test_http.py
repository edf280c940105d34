"""One HTTP exchange: hostile answers, time limits, credentials, and what may never be followed."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable
from typing import Any

import pytest

from handrail.errors import UsageError
from handrail.products.exchange import BODY_CAP, Fetched, NotFetched
from handrail.products.http import Http
from handrail.products.product import Request
from handrail.readings import Failure

BASE = "http://broker.example:8161"
ASK = Request("POST", "/console/jolokia/", {"origin": "http://localhost"}, b"[]")
SECRET = "hunter2-canary"
Answer = Callable[..., bytes]


async def test_an_answer_comes_whole_with_lower_case_header_names(network: Any, answer: Answer) -> None:
    """Callers look headers up by lower-case names."""
    network.script = answer(b"[]", "200 OK", "X-Thing: 1")
    fetched = await Http(network).send(BASE, ASK)
    assert isinstance(fetched, Fetched)
    assert (fetched.status, fetched.body, fetched.headers["x-thing"]) == (200, b"[]", "1")
    assert network.dialled == [("broker.example", 8161)]
    assert network.wires[0].closed, "a connection kept open would be dead after a broker's restart"


async def test_the_request_asks_for_no_compression_and_carries_the_login(
    network: Any, answer: Answer
) -> None:
    """298 KiB of gzip become 300 MiB; and the login goes out only in its header."""
    network.script = answer(b"")
    await Http(network).send(BASE, ASK, lambda: ("admin", SECRET))
    sent = network.sent.lower()
    assert b"accept-encoding: identity" in sent
    assert b"authorization: basic " in sent
    assert SECRET.encode() not in sent


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
async def test_a_redirect_is_handed_back_not_followed(network: Any, answer: Answer, status: str) -> None:
    """A redirect may lead the login to another host."""
    network.script = answer(b"", status, "Location: http://elsewhere.example/")
    fetched = await Http(network).send(BASE, ASK, lambda: ("admin", SECRET))
    assert isinstance(fetched, Fetched)
    assert len(network.dialled) == 1


async def test_compressed_answers_are_refused(network: Any, answer: Answer) -> None:
    """A bomb must not be unpacked even when it is sent unasked."""
    network.script = answer(gzip.compress(b"0" * 10_000_000), "200 OK", "Content-Encoding: gzip")
    refused = await Http(network).send(BASE, ASK)
    assert isinstance(refused, NotFetched)
    assert refused.failure is Failure.MALFORMED
    assert "compressed (gzip)" in refused.detail


async def test_an_answer_beyond_the_cap_is_not_read_to_its_end(network: Any, answer: Answer) -> None:
    """Memory must not follow whatever a server chooses to send."""
    network.script = answer(b"x" * (BODY_CAP + 1))
    refused = await Http(network).send(BASE, ASK)
    assert isinstance(refused, NotFetched)
    assert "larger than 1 MiB" in refused.detail
    network.script = answer(b"x" * BODY_CAP)
    assert isinstance(await Http(network).send(BASE, ASK), Fetched)


@pytest.mark.parametrize(
    "received", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[{"]
)
async def test_half_an_answer_and_then_silence_times_out(network: Any, received: bytes) -> None:
    """httpx's own time limits start anew with every byte."""
    network.script, network.stalls = received, True
    late = await Http(network, limit_s=0.05).send(BASE, ASK)
    assert isinstance(late, NotFetched)
    assert (late.failure, late.sent) == (Failure.TIMED_OUT, True)


async def test_a_refused_connection_says_that_nothing_was_sent(network: Any) -> None:
    """An act whose request never left may be offered again; one that may have arrived may not."""
    network.error = ConnectionRefusedError(111, "refused")
    refused = await Http(network).send(BASE, ASK)
    assert isinstance(refused, NotFetched)
    assert (refused.failure, refused.sent) == (Failure.REFUSED, False)
    network.error = OSError(113, "no route")
    cut_off = await Http(network).send(BASE, ASK)
    assert isinstance(cut_off, NotFetched)
    assert (cut_off.failure, cut_off.sent) == (Failure.UNREACHABLE, False)


async def test_a_connection_that_breaks_after_the_request_says_it_was_sent(network: Any) -> None:
    """The broker may have acted before it broke off."""
    network.script = b""
    broken = await Http(network).send(BASE, ASK)
    assert isinstance(broken, NotFetched)
    assert (broken.failure, broken.sent) == (Failure.UNREACHABLE, True)


@pytest.mark.parametrize("problem", [UsageError("pass show failed"), RuntimeError(SECRET)])
async def test_credentials_that_cannot_be_had_are_a_failure_without_the_secret(
    network: Any, problem: Exception
) -> None:
    """Whatever resolves a secret may fail with the secret in its message."""

    def resolve() -> tuple[str, str]:
        raise problem

    outcome = await Http(network).send(BASE, ASK, resolve)
    assert isinstance(outcome, NotFetched)
    assert not outcome.sent
    assert SECRET not in outcome.detail
    assert network.dialled == []


async def test_the_secret_is_in_no_log_record_whatever_fails(
    network: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Libraries below log requests; the login must be in none of it."""
    caplog.set_level(logging.DEBUG)
    for script in (b"", b"\x00\xff", b"HTTP/1.1 200 OK\r\n\r\n"):
        network.script = script
        outcome = await Http(network).send(BASE, ASK, lambda: ("admin", SECRET))
        assert SECRET not in repr(outcome)
    assert SECRET not in caplog.text
    assert "YWRtaW46" not in caplog.text


@pytest.mark.parametrize(
    "address", ["", "broker:8161", "ftp://x", "http://[::1", "http://a b/", "http://x:99999", "http://u:p@x/"]
)
async def test_an_address_that_is_none_is_a_failure(network: Any, address: str) -> None:
    """Addresses come from a file that a person wrote."""
    outcome = await Http(network).send(address, ASK)
    assert isinstance(outcome, NotFetched)
    assert not outcome.sent
