"""The server's side of HTTP: whatever a client sends ends in an answer or a closed wire."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handrail.products.product import Request, Response
from handrail.products.serving import converse


def echo(request: Request) -> Response:
    """Answers with what was asked."""
    return Response(200, {"x-target": request.target}, request.body)


class Feed:
    """A wire that gives these bytes and keeps what is written."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.written = b""
        self.closed = False

    async def read(self, limit: int) -> bytes:
        taken, self.data = self.data[:limit], self.data[limit:]
        return taken

    async def write(self, data: bytes) -> None:
        self.written += data

    async def close(self) -> None:
        self.closed = True


async def test_two_requests_on_one_wire_are_both_answered() -> None:
    """Other people's clients keep connections open."""
    one = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]"
    wire = Feed(one + one.replace(b"/x", b"/y"))
    await converse(wire, echo)
    assert wire.written.count(b"HTTP/1.1 200 OK") == 2
    assert b"x-target: /y" in wire.written
    assert wire.closed


async def test_a_stalling_answer_sends_its_part_and_no_more() -> None:
    """Half a line and then silence is one of the faults to rehearse."""
    wire = Feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await converse(wire, lambda request: Response(200, {}, b"0123456789", stall_after=4))
    assert wire.written.endswith(b"\r\n\r\n0123")
    assert b"content-length: 10" in wire.written


async def test_a_body_without_end_is_not_kept(network: Any) -> None:
    """The simulator serves anybody's client, and must not eat the machine's memory."""
    wire = Feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 3_000_000)
    await converse(wire, echo)
    assert wire.written == b""
    assert wire.closed


@given(st.binary(max_size=300))
async def test_any_bytes_end_quietly(data: bytes) -> None:
    """A port scanner must not bring a drill down."""
    wire = Feed(b"POST / HTTP/1.1\r\nHost: a\r\n" + data)
    await converse(wire, echo)
    assert wire.closed
