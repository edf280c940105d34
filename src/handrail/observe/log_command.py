"""Following a log through commands: follow, since a cursor, and check, such as ssh, journalctl or kubectl.

The cursor is the last consumed line's number and hash: after a reconnect `since` is given it, and lines
up to the one that has that hash are passed over, so no line is lost and none counts twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
from collections import deque
from collections.abc import Sequence

from handrail.clock import Clock
from handrail.observe.log_lines import LineCutter
from handrail.observe.situation import Source, SourceState
from handrail.readings import Line
from handrail.text import NOTHING, SafeText, safe, safe_bytes

CHECK_LIMIT_S = 10.0
SINCE_LIMIT_S = 20.0
RECONNECT_S = 3.0
BUFFERED_LINES = 50_000
SINCE_CAP = 4 * 1024 * 1024
ALLOWED_ENVIRONMENT = (
    "HOME",
    "PATH",
    "USER",
    "LOGNAME",
    "SSH_AUTH_SOCK",
    "KUBECONFIG",
    "XDG_CONFIG_HOME",
    "TERM",
)


def environment() -> dict[str, str]:
    """What a command is given of our environment: enough for ssh and kubectl, and no secret by accident."""
    kept = {name: os.environ[name] for name in ALLOWED_ENVIRONMENT if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8"}


class CommandLog:
    """A LogSource over three commands, each an argument list without a shell."""

    def __init__(
        self, server: str, follow: Sequence[str], since: Sequence[str], check: Sequence[str], clock: Clock
    ) -> None:
        self._server = server
        self._follow, self._since, self._check = tuple(follow), tuple(since), tuple(check)
        self._clock = clock
        self._buffer: deque[bytes] = deque(maxlen=BUFFERED_LINES)
        self._number = 0
        self._last = ""
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._state = Source.STARTING
        self._detail: SafeText = NOTHING

    @property
    def server(self) -> str:
        """Whose log it is."""
        return self._server

    @property
    def state(self) -> SourceState:
        """Whether it can be read, and how far it has been."""
        return SourceState(self._state, self._number, self._last, self._detail)

    async def start(self, number: int = 0, position: str = "") -> None:
        """Check the source, catch up from `position` if there is one, and follow from then on."""
        self._number, self._last = number, position
        await self._try_check()
        self._task = asyncio.create_task(self._keep_following(catch_up=bool(position)))
        await asyncio.sleep(0)

    async def read(self) -> Sequence[Line]:
        """The lines that came since the last call."""
        lines = []
        while self._buffer:
            text = self._buffer.popleft()
            self._number += 1
            self._last = _fingerprint(text)
            lines.append(
                Line(
                    self._server,
                    safe_bytes(text),
                    self._clock.wall(),
                    self._clock.boot_ns(),
                    self._last,
                    self._number,
                )
            )
        return lines

    async def agrees(self) -> bool:
        """Whether `check` still succeeds and `since` brings nothing that was not consumed."""
        if not await self._try_check():
            return False
        missed = await self._missed()
        return missed is not None and not missed and not self._buffer

    async def close(self) -> None:
        """End the follower and its process."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._end_process()

    async def _try_check(self) -> bool:
        status, output = await _run(self._check, CHECK_LIMIT_S, 4096)
        if status == 0:
            self._state, self._detail = Source.READY, NOTHING
            return True
        self._state = Source.CANNOT_READ
        why = output.decode("utf-8", "replace").strip().splitlines()
        self._detail = safe(why[-1] if why else "the check command failed", 200)
        return False

    async def _missed(self) -> list[bytes] | None:
        """The lines after the last consumed one, or None when `since` fails."""
        status, output = await _run((*self._since, self._last), SINCE_LIMIT_S, SINCE_CAP)
        if status != 0:
            return None
        lines = [line.removesuffix(b"\r") for line in output.split(b"\n") if line]
        places = [index for index, line in enumerate(lines) if _fingerprint(line) == self._last]
        return lines[places[-1] + 1 :] if places else lines

    async def _keep_following(self, *, catch_up: bool) -> None:
        while True:
            try:
                if catch_up:
                    for line in await self._missed() or ():
                        self._buffer.append(line)
                await self._follow_once()
            except OSError as problem:
                self._state = Source.CANNOT_READ
                self._detail = safe(f"{self._follow[0]}: {problem.strerror}", 200)
            await self._end_process()
            await self._clock.sleep(RECONNECT_S)
            catch_up = bool(self._last)
            await self._try_check()

    async def _follow_once(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._follow,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        cutter = LineCutter()
        while data := await self._process.stdout.read(65536):
            self._buffer.extend(cutter.feed(data))
        self._state = Source.CANNOT_READ
        self._detail = safe("the follow command ended; it is started again", 200)

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _end(process, signal.SIGTERM)


async def _run(command: Sequence[str], limit_s: float, cap: int) -> tuple[int, bytes]:
    """Exit status and at most `cap` bytes of output; 127 when it cannot be started, 124 when out of time."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
        )
    except OSError as problem:
        return 127, (problem.strerror or "").encode()
    assert process.stdout is not None  # noqa: S101 - asked for above
    output = b""
    try:
        async with asyncio.timeout(limit_s):
            while data := await process.stdout.read(65536):
                output = (output + data)[:cap]
            return await process.wait(), output
    except TimeoutError:
        return 124, b"no end in time"
    finally:
        await _end(process, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    """End it with all it started, also when we are cancelled: nothing we began stays behind."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        await process.wait()


def _fingerprint(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:16]
