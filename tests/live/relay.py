"""The link between two brokers as a thing that can be cut and healed without touching their clients.

Each broker advertises the relay's port as its own. The relay forwards every connection to the broker
and tells by the process at the other end whether it is the partner broker (the link) or a client. It
listens only while the broker itself does, so that a stopped broker still refuses.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from typing import Any, TypeVar

_CHUNK = 65536
_FOLLOW_S = 0.05
_LISTEN = "0A"
T = TypeVar("T")


class Relay:
    """A TCP relay on loopback, in a thread of its own.

    `partner_pid` answers the process id of the broker whose connections are the link, or None.
    """

    def __init__(self, port: int, target: int, partner_pid: Callable[[], int | None]) -> None:
        self.port = port
        self._target = target
        self._partner_pid = partner_pid
        self._cut = False
        self._refusing = False
        self._open: dict[int, asyncio.StreamWriter] = {}
        self._links: set[asyncio.StreamWriter] = set()
        self.origins: dict[int, int] = {}
        """The port the broker sees a connection come from, to the port it really comes from."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name=f"relay-{port}")
        self._server: asyncio.Server | None = None
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._follow(), self._loop)

    def cut(self) -> int:
        """Reset every connection of the link and refuse new ones; answers how many were reset."""
        return self._call(self._sever())

    def shut_out(self, pids: Collection[int]) -> int:
        """Reset the connections of these client processes and refuse every new one until healed.

        Refused at the port, as a network does: a client whose connection is first accepted and then
        reset stays with this broker and never tries the other. Answers how many were reset.
        """
        return self._call(self._sever_clients(pids))

    def heal(self) -> None:
        """Let the link and every client connect again."""
        self._cut = False
        self._refusing = False

    def close(self) -> None:
        """End the relay and every connection through it."""
        self._call(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _sever(self) -> int:
        self._cut = True
        severed = list(self._links)
        for writer in severed:
            writer.transport.abort()
        return len(severed) // 2

    async def _sever_clients(self, pids: Collection[int]) -> int:
        self._refusing = True
        if self._server is not None:
            self._server.close()
            self._server = None
        theirs = [
            self._open[port] for port in list(self._open) if any(holds_any(pid, {port}) for pid in pids)
        ]
        for writer in theirs:
            writer.transport.abort()
        return len(theirs)

    async def _shut(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._server is not None:
            self._server.close()

    async def _follow(self) -> None:
        while True:
            wanted = not self._refusing and _listens(self._target)
            if wanted and self._server is None:
                with contextlib.suppress(OSError):
                    self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            elif not wanted and self._server is not None:
                self._server.close()
                self._server = None
            await asyncio.sleep(_FOLLOW_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio's own callback stumbles over a served connection that ends as cancelled.
        with contextlib.suppress(asyncio.CancelledError):
            await self._carry(reader, writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid = self._partner_pid()
        near = writer.get_extra_info("peername")[1]
        is_link = pid is not None and holds_any(pid, {near})
        if is_link and self._cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        seen = far_writer.get_extra_info("sockname")[1]
        self.origins[seen] = near
        self._open[near] = writer
        if is_link:
            self._links |= both
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            self._links -= both
            self.origins.pop(seen, None)
            self._open.pop(near, None)
            for end in both:
                end.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
    # Either side ending ends the connection: no broker or client here uses half-closed sockets.
    sink.transport.abort() if sink.transport.is_closing() else sink.close()


def _sockets() -> list[list[str]]:
    rows = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with contextlib.suppress(OSError):
            rows += [row.split() for row in table.read_text(encoding="ascii").splitlines()[1:]]
    return rows


def _local_port(row: list[str]) -> int:
    return int(row[1].rpartition(":")[2], 16)


def _listens(port: int) -> bool:
    """Whether anything listens on this port, without connecting to it."""
    return any(row[3] == _LISTEN and _local_port(row) == port for row in _sockets())


def holds_any(pid: int, ports: Collection[int]) -> bool:
    """Whether the process holds a socket with one of these local ports, as the kernel tells it."""
    inodes = {f"socket:[{row[9]}]" for row in _sockets() if _local_port(row) in ports}
    if not inodes:
        return False
    try:
        handles = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    for handle in handles:
        with contextlib.suppress(OSError):
            if str(handle.readlink()) in inodes:
                return True
    return False
