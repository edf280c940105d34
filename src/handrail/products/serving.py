"""The server's side of HTTP/1.1: one conversation over any wire, answered by a simulator."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import h11

from handrail.products.exchange import BODY_CAP, Wire
from handrail.products.product import Request, Response

_CHUNK = 65536

Answering = Callable[[Request], Response]


async def converse(wire: Wire, answer: Answering) -> None:
    """Serve requests on this wire until either side ends it; what the peer does wrong ends it quietly."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_CHUNK)
    try:
        while await _one_exchange(wire, connection, answer):
            connection.start_next_cycle()
    except (OSError, h11.ProtocolError):
        pass
    finally:
        await wire.close()


async def _one_exchange(wire: Wire, connection: h11.Connection, answer: Answering) -> bool:
    """True when another request may follow on this wire."""
    request = await _next_request(wire, connection)
    if request is None:
        return False
    response = answer(request)
    await _send(wire, connection, response)
    if response.stall_after is not None:
        while await wire.read(_CHUNK):
            pass
        return False
    return connection.our_state is h11.DONE and connection.their_state is h11.DONE


async def _next_request(wire: Wire, connection: h11.Connection) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await wire.read(_CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_CAP:
                return None
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return Request(
                head.method.decode("ascii"),
                head.target.decode("latin-1"),
                {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in head.headers},
                bytes(body),
            )
        else:
            return None


async def _send(wire: Wire, connection: h11.Connection, response: Response) -> None:
    headers = {name.lower(): value for name, value in response.headers.items()}
    headers.setdefault("content-length", str(len(response.body)))
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = ""
    head = h11.Response(
        status_code=response.status,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        reason=reason.encode("ascii"),
    )
    await wire.write(connection.send(head) or b"")
    shown = response.body if response.stall_after is None else response.body[: response.stall_after]
    if shown:
        await wire.write(connection.send(h11.Data(data=shown)) or b"")
    if response.stall_after is None:
        await wire.write(connection.send(h11.EndOfMessage()) or b"")
