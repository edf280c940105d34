"""A simulator served on loopback sockets, with log files and typed commands, for anybody's client."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TextIO

from handrail.clock import Clock, SystemClock
from handrail.products.product import CommandResult, Simulator
from handrail.products.serving import converse
from handrail.readings import Value

LOOPBACK = "127.0.0.1"
_STEP_S = 0.1
_NANO = 1e9

HELP = (
    "start SERVER | stop SERVER | kill SERVER | inject NAME key=value ... | help | quit "
    "(a key is server, pair, client, seconds, ...)"
)


class Loopback:
    """Listening sockets that open and close as the simulated servers' consoles do."""

    def __init__(self, simulator: Simulator, ports: Mapping[str, int]) -> None:
        self._simulator = simulator
        self._ports = dict(ports)
        self._open: dict[str, asyncio.Server] = {}
        self._conversations: set[asyncio.Task[None]] = set()

    @property
    def ports(self) -> Mapping[str, int]:
        """Where each server listens, once it has listened; 0 until then if it was left to the system."""
        return self._ports

    async def update(self) -> None:
        """Open what listens now and close what no longer does; raises OSError when a port is taken."""
        for server, port in self._ports.items():
            listens = self._simulator.listens(server)
            if listens and server not in self._open:
                opened = await asyncio.start_server(self._serving(server), LOOPBACK, port)
                self._ports[server] = opened.sockets[0].getsockname()[1]
                self._open[server] = opened
            elif not listens and server in self._open:
                self._open.pop(server).close()

    async def close(self) -> None:
        """Stop listening and end every conversation."""
        for opened in self._open.values():
            opened.close()
        self._open.clear()
        for task in tuple(self._conversations):
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _serving(self, server: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            wire = _StreamWire(reader, writer)
            task = asyncio.ensure_future(
                converse(wire, lambda request: self._simulator.answer(server, request))
            )
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)

        return accept


class _StreamWire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, limit: int) -> bytes:
        return await self._reader.read(limit)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()


async def simulate(
    simulator: Simulator,
    ports: Mapping[str, int],
    log_directory: Path,
    *,
    path: str = "/",
    commands: AsyncIterator[str] | None = None,
    say: Callable[[str], None] = print,
    clock: Clock | None = None,
) -> None:
    """Serve until `quit` or the end of the commands; the world lives in real time.

    `ports` gives each server's console port (0: any free one); each server's log goes to
    `log_directory`/<server>/server.log, which is made; `path` is said with each address.
    `commands` is standard input by default.
    Raises OSError when a port is taken or the directory cannot be written.
    """
    clock = clock or SystemClock()
    begun = clock.boot_ns()
    loopback = Loopback(simulator, ports)
    logs = {server: _LogFile(simulator, server, log_directory) for server in ports}

    async def live() -> None:
        while True:
            simulator.advance((clock.boot_ns() - begun) / _NANO)
            await loopback.update()
            for log in logs.values():
                log.write_new()
            await clock.sleep(_STEP_S)

    try:
        await loopback.update()
        for server in ports:
            where = f"http://{LOOPBACK}:{loopback.ports[server]}" if loopback.ports[server] else "not yet"
            say(f"{server}  {where}{path}  log {logs[server].path}")
        say(HELP)
        living = asyncio.create_task(live(), name="simulated world")
        obeying = asyncio.create_task(
            _obey(simulator, commands if commands is not None else _typed(sys.stdin), say)
        )
        done, _ = await asyncio.wait((living, obeying), return_when=asyncio.FIRST_COMPLETED)
        for task in (living, obeying):
            task.cancel()
        await asyncio.gather(living, obeying, return_exceptions=True)
        for task in done:
            if not task.cancelled() and (problem := task.exception()):
                raise problem
    finally:
        for log in logs.values():
            log.close()
        await loopback.close()


class _LogFile:
    def __init__(self, simulator: Simulator, server: str, directory: Path) -> None:
        self._simulator = simulator
        self._server = server
        self.path = directory / server / "server.log"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("a", encoding="utf-8")
        self._written = 0

    def write_new(self) -> None:
        lines = self._simulator.lines(self._server, self._written)
        if lines:
            self._file.write("".join(f"{line}\n" for line in lines))
            self._file.flush()
            self._written += len(lines)

    def close(self) -> None:
        self.write_new()
        self._file.close()


async def _obey(simulator: Simulator, commands: AsyncIterator[str], say: Callable[[str], None]) -> None:
    async for line in commands:
        words = line.split()
        if not words:
            continue
        if words[0] in ("quit", "exit"):
            return
        say(obey(simulator, words))


def obey(simulator: Simulator, words: list[str]) -> str:
    """One typed command, already split; what it came to, in words."""
    name, *rest = words
    if name in ("start", "stop", "kill") and len(rest) == 1:
        result: CommandResult = simulator.command(rest[0], name)
        return f"{name} {rest[0]}: exit {result.exit_status} {result.output}".rstrip()
    if name == "inject" and rest:
        try:
            simulator.inject(rest[0], dict(_argument(word) for word in rest[1:]))
        except (KeyError, ValueError) as problem:
            return f"inject {rest[0]}: not known or not complete: {problem}"
        return f"inject {rest[0]}: done"
    return HELP


def _argument(word: str) -> tuple[str, Value]:
    key, mark, text = word.partition("=")
    if not mark:
        raise ValueError(f"{word} is no key=value")
    if text in ("true", "false"):
        return key, text == "true"
    try:
        return key, float(text) if "." in text else int(text)
    except ValueError:
        return key, text


async def _typed(stream: TextIO) -> AsyncIterator[str]:
    """Lines of a terminal or pipe, without blocking the world."""
    if not stream.isatty() and stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
        await asyncio.Event().wait()  # /dev/null, as a script has it: serve until we are ended
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stream)
    while line := await reader.readline():
        yield line.decode("utf-8", "replace")
