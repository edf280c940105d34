"""Running the inventory's commands (start, stop, kill): argument lists, no shell, a limit, a cap."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import tempfile
from typing import Protocol

from handrail.inventory.model import Site
from handrail.observe.log_command import environment
from handrail.products.product import Answer, Result
from handrail.text import SafeText, safe, safe_bytes

OUTPUT_CAP = 4096
END_S = 5.0
NOT_STARTED = (126, 127)
"""Exit statuses by which a shell or env says that the program was never run."""


class Commands(Protocol):
    """The commands of some servers, real or simulated."""

    def has(self, server: str, name: str) -> bool:
        """Whether there is such a command; without one the step is done by hand."""
        ...

    def words(self, server: str, name: str) -> SafeText:
        """The command as it is shown, or what to do by hand."""
        ...

    async def run(self, server: str, name: str, limit_s: float) -> Answer:
        """Run it once."""
        ...


class InventoryCommands:
    """Commands of an inventory, run on this machine."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def has(self, server: str, name: str) -> bool:
        """Whether the inventory has the command."""
        return self._site.server(server).commands.of(name) is not None

    def words(self, server: str, name: str) -> SafeText:
        """The command line, quoted as a shell would need it."""
        command = self._site.server(server).commands.of(name)
        if command is None:
            return safe(f"by hand: {name} {server} (the inventory has no command for it)")
        return safe(shlex.join(command))

    async def run(self, server: str, name: str, limit_s: float) -> Answer:
        """Run it; out of time or a failing exit status leaves the effect unknown."""
        command = self._site.server(server).commands.of(name)
        if command is None:
            return Answer(Result.REFUSED, safe(f"the inventory has no {name} command for {server}"))
        # A file, not a pipe: a server started here may keep our output open for as long as it lives.
        with tempfile.TemporaryFile() as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=environment(),
                    start_new_session=True,
                )
            except OSError as problem:
                return Answer(Result.REFUSED, safe(f"{command[0]}: {problem.strerror}"))
            try:
                status = await asyncio.wait_for(process.wait(), limit_s)
            except TimeoutError:
                await _end(process)
                return Answer(Result.UNKNOWN, safe(f"no end within {limit_s:g} s; told to end"))
            except asyncio.CancelledError:
                await _end(process)
                raise
            said = _last_line(_tail(output.fileno()))
        if status == 0:
            return Answer(Result.ACCEPTED, safe(f"exit status 0{': ' + said if said else ''}", 300))
        result = Result.REFUSED if status in NOT_STARTED else Result.UNKNOWN
        return Answer(result, safe(f"exit status {status}{': ' + said if said else ''}", 300))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Tell it and all it started to end; what has not ended in time is killed."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_S)
            return


def _tail(handle: int) -> bytes:
    size = os.fstat(handle).st_size
    return os.pread(handle, OUTPUT_CAP, max(0, size - OUTPUT_CAP))


def _last_line(output: bytes) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return safe_bytes(lines[-1], 200) if lines else ""
