"""A network in memory: real HTTP bytes between client and simulator, no sockets, the loop's own time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from handrail.products.exchange import Wire
from handrail.products.product import Request, Response
from handrail.products.serving import converse

Address = tuple[str, int]
"""Host (any case) and port, as they stand in the inventory."""

_END = b""


def address_of(url: str) -> Address:
    """Where a URL leads; no host where it names none."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


class Answering(Protocol):
    """What stands behind an address: a part of Simulator."""

    def listens(self, server: str) -> bool:
        """Whether the server accepts connections now."""
        ...

    def answer(self, server: str, request: Request) -> Response:
        """Its answer to one request."""
        ...


class DrillNetwork:
    """Connects the addresses of simulated servers to their simulator; implements Network.

    An address that stands for no server is unreachable; one whose server does not listen now is refused.
    """

    def __init__(self, servers: Mapping[Address, tuple[Answering, str]]) -> None:
        self._servers = {(host.lower(), port): target for (host, port), target in servers.items()}
        self._conversations: set[asyncio.Task[None]] = set()

    def at(self, host: str, port: int) -> Callable[[Request], Response]:
        """Who answers at this address; raises OSError (ConnectionRefusedError where nobody listens)."""
        target = self._servers.get((host.lower(), port))
        if target is None:
            raise OSError("no such host in this drill")
        simulator, server = target
        if not simulator.listens(server):
            raise ConnectionRefusedError("nobody listens there")
        return lambda request: simulator.answer(server, request)

    async def connect(self, host: str, port: int) -> Wire:
        """A wire to the server at this address."""
        answering = self.at(host, port)
        near, far = wire_pair()
        task = asyncio.create_task(converse(far, answering), name=f"drill {host}")
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)
        return near

    async def close(self) -> None:
        """End every conversation."""
        for task in tuple(self._conversations):
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)


def wire_pair() -> tuple[Wire, Wire]:
    """Two ends of one connection in memory."""
    forth: asyncio.Queue[bytes] = asyncio.Queue()
    back: asyncio.Queue[bytes] = asyncio.Queue()
    return _MemoryWire(back, forth), _MemoryWire(forth, back)


class _MemoryWire:
    def __init__(self, incoming: asyncio.Queue[bytes], outgoing: asyncio.Queue[bytes]) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._held = b""
        self._ended = False
        self._closed = False

    async def read(self, limit: int) -> bytes:
        if not self._held and not self._ended:
            self._held = await self._incoming.get()
            self._ended = self._held == _END
        taken, self._held = self._held[:limit], self._held[limit:]
        return taken

    async def write(self, data: bytes) -> None:
        if self._closed:
            raise BrokenPipeError("the connection is closed")
        if data:
            self._outgoing.put_nowait(data)

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._outgoing.put_nowait(_END)
