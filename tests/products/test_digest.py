"""HTTP Digest: the vectors of the RFCs, challenges as servers send them, and the two exchanges it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.products import digest
from handrail.products.digest import Challenge
from handrail.products.exchange import Digest, Fetched, NotFetched
from handrail.products.http import Http
from handrail.products.product import Request

BASE = "http://node.example:9990"
ASK = Request("POST", "/management", {"content-type": "application/json"}, b"{}")
SECRET = "hunter2-canary"
WILDFLY = (
    'Digest realm="ManagementRealm",domain="/management",nonce="AAAAAQAAAM6nqZ",'
    'opaque="00000000000000000000000000000000",algorithm=MD5,qop="auth"'
)
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("asked", "password", "cnonce", "proof"),
    [
        (
            Challenge("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093"),
            "Circle Of Life",
            "0a4f113b",
            "6629fae49393a05397450978507c4ef1",
        ),
        (
            Challenge("http-auth@example.org", NONCE),
            "Circle of Life",
            CNONCE,
            "8ca523f5e9506fed4657c9700eebdbec",
        ),
        (
            Challenge("http-auth@example.org", NONCE, "SHA-256"),
            "Circle of Life",
            CNONCE,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_the_proof_is_that_of_the_rfcs(asked: Challenge, password: str, cnonce: str, proof: str) -> None:
    """Would catch any slip in what is hashed: RFC 2617 section 3.5, RFC 7616 section 3.9.1."""
    header = digest.authorization(asked, "GET", "/dir/index.html", ("Mufasa", password), cnonce)
    assert digest.parameters(header.partition(" ")[2])["response"] == proof


def test_a_wildfly_challenge_is_understood() -> None:
    """Would catch a parser that stumbles over the order or the quoting WildFly has."""
    asked = digest.challenge(WILDFLY)
    assert asked is not None
    assert (asked.realm, asked.nonce, asked.algorithm) == ("ManagementRealm", "AAAAAQAAAM6nqZ", "MD5")
    assert asked.opaque == "0" * 32


def test_digest_is_found_among_other_schemes() -> None:
    """Would catch taking another scheme's parameters for Digest's."""
    asked = digest.challenge('Basic realm="one", ' + WILDFLY + ', Bearer realm="two"')
    assert asked is not None
    assert asked.realm == "ManagementRealm"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        'Basic realm="x"',
        "Digest",
        'Digest realm="x"',
        'Digest realm="x",nonce="n",algorithm=SHA-512-256',
        'Digest realm="x",nonce="n",qop="auth-int"',
    ],
)
def test_what_cannot_be_answered_is_no_challenge(header: str | None) -> None:
    """Would catch a proof made up for a scheme that handrail does not speak."""
    assert digest.challenge(header) is None


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_whoever_knows_the_password_is_let_in_and_nobody_else(user: str, password: str, other: str) -> None:
    """Would catch quoting that breaks for a quote or backslash in a name, and a proof that proves nothing."""
    asked = Challenge("ManagementRealm", "n1")
    header = digest.authorization(asked, "POST", "/management", (user, password), "c1")
    assert digest.proves(header, asked, "POST", "/management", (user, password))
    assert digest.proves(header, asked, "POST", "/management", (user, other)) == (password == other)
    assert not digest.proves(
        header, Challenge("ManagementRealm", "n2"), "POST", "/management", (user, password)
    )


@given(st.text(max_size=200))
def test_no_header_breaks_the_parser(header: str) -> None:
    """Would catch an exception at a hostile header."""
    digest.challenge("Digest " + header)
    digest.proves("Digest " + header, Challenge("r", "n"), "POST", "/", ("u", "p"))


async def test_the_password_never_goes_out_and_the_second_request_carries_the_proof(
    network: Any, answer: Callable[..., bytes]
) -> None:
    """Would catch a password sent in clear to a server that asked for Digest."""

    def script(written: bytes) -> bytes:
        if b"authorization: digest" in written.lower():
            return answer(b"{}")
        return answer(b"", "401 Unauthorized", f"WWW-Authenticate: {WILDFLY}")

    network.script = script
    got = await Http(network).send(BASE, ASK, Digest(lambda: ("admin", SECRET)))
    assert isinstance(got, Fetched)
    assert got.status == 200
    assert len(network.wires) == 2
    assert b"authorization" not in bytes(network.wires[0].written).lower()
    proof = bytes(network.wires[1].written)
    assert SECRET.encode() not in proof
    header = next(line for line in proof.decode().splitlines() if line.lower().startswith("authorization:"))
    asked = digest.challenge(WILDFLY)
    assert asked is not None
    assert digest.proves(header.partition(": ")[2], asked, "POST", "/management", ("admin", SECRET))


async def test_a_wrong_password_is_tried_once(network: Any, answer: Callable[..., bytes]) -> None:
    """Would catch a loop of refused log-ins, which locks accounts."""
    network.script = answer(b"", "401 Unauthorized", f"WWW-Authenticate: {WILDFLY}")
    got = await Http(network).send(BASE, ASK, Digest(lambda: ("admin", "wrong")))
    assert isinstance(got, Fetched)
    assert got.status == 401
    assert len(network.wires) == 2


async def test_a_server_gone_between_the_two_requests_was_sent_nothing(
    network: Any, answer: Callable[..., bytes]
) -> None:
    """Would catch an act counted as sent although only its refused first form went out."""
    network.script = answer(b"", "401 Unauthorized", f"WWW-Authenticate: {WILDFLY}")
    connect = network.connect

    async def gone_later(host: str, port: int) -> Any:
        if network.wires:
            raise ConnectionRefusedError
        return await connect(host, port)

    network.connect = gone_later
    got = await Http(network).send(BASE, ASK, Digest(lambda: ("admin", SECRET)))
    assert isinstance(got, NotFetched)
    assert not got.sent
