"""Thousands of broken and hostile answers through the whole client: readings, never an exception."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from handrail.clock import ManualClock
from handrail.procedure.catalogue import Catalogue
from handrail.procedure.fields import Fields
from handrail.products.artemis import asking, wire
from handrail.products.artemis.client import ArtemisClient
from handrail.products.artemis.scene import ClientPlan, PairPlan, make_world
from handrail.products.artemis.simulator import ArtemisSimulator
from handrail.products.exchange import Wire
from handrail.products.http import Http
from handrail.products.product import Answer, Request
from handrail.readings import Failure

MUTATIONS = 4000
ALL = sorted(asking.fields())
Answering = Callable[..., bytes]


class Corrupting:
    """A network whose one answer is given as bytes; the first search is answered honestly."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    async def connect(self, host: str, port: int) -> Wire:
        return _Once(self.answer)


class _Once:
    def __init__(self, answer: bytes) -> None:
        self._rest = answer

    async def read(self, limit: int) -> bytes:
        taken, self._rest = self._rest[:limit], self._rest[limit:]
        return taken

    async def write(self, data: bytes) -> None: ...

    async def close(self) -> None: ...


def real_answer(catalogue: Catalogue) -> bytes:
    """The bytes of a right answer to a read of every field."""
    world = make_world([PairPlan("p", "a", "b")], [ClientPlan("c", "p")])
    asked = asking.Asked("a")
    questions = [asking.question(name, asked) for name in ALL]
    entries = list(dict.fromkeys(entry for question in questions for entry in question.entries))
    headers = {"origin": "http://localhost", "authorization": "Basic YWRtaW46YWRtaW4="}
    request = Request("POST", "/console/jolokia/", headers, wire.encode(entries))
    response = ArtemisSimulator(world, catalogue).answer("a", request)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(response.body)}\r\n\r\n"
    return head.encode() + response.body


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few cuts, swaps, repeats and flips, anywhere."""
    result = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(result) + 1)
        length = chance.choice((1, 1, 2, 8, 64))
        kind = chance.randrange(5)
        if kind == 0:
            del result[place : place + length]
        elif kind == 1:
            result[place:place] = chance.randbytes(length)
        elif kind == 2 and place < len(result):
            result[place] ^= 1 << chance.randrange(8)
        elif kind == 3:
            result[place:place] = result[place : place + length] * chance.randint(1, 50)
        elif kind == 4:
            words = (
                b"NaN",
                b"null",
                b"{}",
                b"[]",
                b'"\\ud800"',
                b"9" * 5000,
                b"[" * 2000,
                b"\r\n",
                b"-1",
                b"<",
            )
            result[place : place + length] = chance.choice(words)
    return bytes(result)


def client_of(network: Any, fields: Fields, limit_s: float = 0.2) -> ArtemisClient:
    """A client whose every connection goes to this network."""
    return ArtemisClient(
        "a",
        "http://a:8161",
        origin="http://localhost",
        credentials=lambda: ("admin", "admin"),
        credentials_ref="x",
        fields=fields,
        http=Http(network, limit_s),
        clock=ManualClock(),
        broker_name="a",
    )


async def test_four_thousand_mutated_answers_are_readings_each(catalogue: Catalogue, fields: Fields) -> None:
    """No byte a broker sends may reach the operator as an exception; nor as a value of the wrong type."""
    right = real_answer(catalogue)
    network = Corrupting(right)
    client = client_of(network, fields)
    assert all(reading.failure is None for reading in await client.read(ALL))
    chance = random.Random(4711)
    failures = 0
    for _ in range(MUTATIONS):
        network.answer = mutated(right, chance)
        readings = await client.read(ALL)
        assert {reading.field for reading in readings} == set(ALL)
        for reading in readings:
            assert (reading.value is None) == (reading.failure is not None)
            assert reading.value is None or fields[reading.field].accepts(reading.value)
            assert "\x1b" not in f"{reading.value}{reading.meaning}{reading.row}"
        failures += any(reading.failure is not None for reading in readings)
    assert failures > MUTATIONS // 2, "mutations that change nothing prove nothing"


ATTACKS = {
    "html": (b"<html><body>log in</body></html>", "200 OK", (), Failure.MALFORMED),
    "empty": (b"", "200 OK", (), Failure.MALFORMED),
    "bomb": (gzip.compress(b"0" * 30_000_000), "200 OK", ("Content-Encoding: gzip",), Failure.MALFORMED),
    "nested": (b"[" * 500_000, "200 OK", (), Failure.MALFORMED),
    "huge": (b"[" + b" " * 3_000_000, "200 OK", (), Failure.MALFORMED),
    "redirect": (b"", "302 Found", ("Location: http://evil.example/\x1b[2J",), Failure.MALFORMED),
    "not found": (b"<html/>", "404 Not Found", (), Failure.MALFORMED),
    "forbidden": (b"", "403 Forbidden", ("Hawtio-Forbidden-Reason: NONE",), Failure.WRONG_CREDENTIALS),
    "unauthorised": (b"", "401 Unauthorized", (), Failure.WRONG_CREDENTIALS),
    "throttled": (b"", "429 Too Many Requests", ("Retry-After: 7",), Failure.THROTTLED),
    "throttled oddly": (b"", "429 Too Many Requests", ("Retry-After: soon",), Failure.THROTTLED),
    "starting": (b"", "503 Service Unavailable", (), Failure.BOOTING),
    "broken": (b"", "500 Internal Server Error", (), Failure.MALFORMED),
    "no http": (None, "SSH-2.0-OpenSSH_9.2\r\n\r\n", (), Failure.MALFORMED),
    "silence": (None, "", (), Failure.UNREACHABLE),
    "foreign origin": (
        b'{"error_type":"java.lang.Exception","error":"Origin x is not allowed to call","status":403}',
        "200 OK",
        (),
        Failure.ORIGIN_REFUSED,
    ),
    "origin as http": (
        b'{"error_type":"java.lang.Exception","error":"Origin x is not allowed","status":403}',
        "403 Forbidden",
        (),
        Failure.ORIGIN_REFUSED,
    ),
    "no role": (
        b'{"error_type":"x","error":"No permission","status":403}',
        "200 OK",
        (),
        Failure.WRONG_CREDENTIALS,
    ),
    "not started": (
        b'[{"error_type":"java.lang.IllegalStateException","error":"Broker is not started","status":500}]',
        "200 OK",
        (),
        Failure.BOOTING,
    ),
    "another question": (
        b'[{"value":true,"status":200},{"value":1,"status":200}]',
        "200 OK",
        (),
        Failure.MALFORMED,
    ),
    "wrong type": (b'[{"value":"yes","status":200}]', "200 OK", (), Failure.MALFORMED),
    "no value yet": (b'[{"value":null,"status":200}]', "200 OK", (), Failure.NOT_READ),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_each_known_attack_and_error_is_named(fields: Fields, answer: Answering, attack: str) -> None:
    """Each has a meaning of its own; a redirect's target is shown harmless."""
    body, status, headers, failure = ATTACKS[attack]
    data = status.encode() if body is None else answer(body, status, *headers)
    [reading] = await client_of(Corrupting(data), fields).read(["started"])
    assert reading.failure is failure, reading.meaning
    assert reading.meaning
    assert "\x1b" not in reading.meaning


@pytest.mark.parametrize("attack", [name for name in ATTACKS if name not in ("wrong type", "no value yet")])
async def test_no_attack_makes_an_operation_look_done(fields: Fields, answer: Answering, attack: str) -> None:
    """Only Jolokia's own success counts as accepted."""
    body, status, headers, _ = ATTACKS[attack]
    data = status.encode() if body is None else answer(body, status, *headers)
    done: Answer = await client_of(Corrupting(data), fields).perform("freeze-replication", {})
    assert done.result.value in ("refused", "unknown")
    assert done.detail


async def test_values_that_carry_escape_sequences_are_harmless(fields: Fields, answer: Answering) -> None:
    """A queue or a policy may be named by anyone."""
    hostile = json.dumps([{"value": "Replica\x1b]52;c;eA==\x07\u202e", "status": 200}]).encode()
    [reading] = await client_of(Corrupting(answer(hostile)), fields).read(["ha-policy"])
    assert reading.value == "Replica\\x1b]52;c;eA==\\x07\\u202e"
