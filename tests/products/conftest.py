"""What the tests of products share: a network that answers with whatever bytes a test gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from handrail.products.exchange import Wire

Bytes = bytes | Callable[[bytes], bytes]


@dataclass
class ScriptedWire:
    """Collects what is written; gives the scripted bytes, then the end, or nothing for ever."""

    script: Bytes
    stalls: bool
    written: bytearray = field(default_factory=bytearray)
    closed: bool = False
    _rest: bytes | None = None

    async def read(self, limit: int) -> bytes:
        if self._rest is None:
            self._rest = self.script if isinstance(self.script, bytes) else self.script(bytes(self.written))
        if not self._rest and self.stalls:
            await asyncio.Event().wait()
        taken, self._rest = self._rest[:limit], self._rest[limit:]
        return taken

    async def write(self, data: bytes) -> None:
        self.written += data

    async def close(self) -> None:
        self.closed = True


@dataclass
class ScriptedNetwork:
    """Every connection is answered by the script, or fails with `error`."""

    script: Bytes = b""
    stalls: bool = False
    error: OSError | None = None
    wires: list[ScriptedWire] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)

    async def connect(self, host: str, port: int) -> Wire:
        self.dialled.append((host, port))
        if self.error is not None:
            raise self.error
        wire = ScriptedWire(self.script, self.stalls)
        self.wires.append(wire)
        return wire

    @property
    def sent(self) -> bytes:
        """All that was written on the newest wire."""
        return bytes(self.wires[-1].written)


@pytest.fixture
def network() -> ScriptedNetwork:
    """A network whose script a test sets."""
    return ScriptedNetwork()


def http_answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """The bytes of one HTTP answer with a right content-length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """Makes the bytes of an HTTP answer."""
    return http_answer
