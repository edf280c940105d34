"""Following a log through commands: follow, since a cursor, and check, such as ssh, journalctl or kubectl.

The cursor is a line's hash: `since` is given it, and lines up to the one that has that hash are passed over.
A follower shows nothing of what was written before it was there, and nobody tells when it is; so what it
shows first is held until `since` has told what came before it. No line is lost and none counts twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
from collections import Counter, deque
from collections.abc import Iterable, Sequence

from handrail.clock import Clock
from handrail.observe.log_lines import LineCutter
from handrail.observe.situation import Source, SourceState
from handrail.readings import Line
from handrail.text import NOTHING, SafeText, safe, safe_bytes

CHECK_LIMIT_S = 10.0
SINCE_LIMIT_S = 20.0
RECONNECT_S = 3.0
LATE_S = 5.0
"""How long after `since` the follower may still show a line that `since` has told."""
ATTACH_S = 3.0
"""How long a follower may take until it shows new lines; after that `since` is asked what it missed."""
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
        """The hash of the last line that was read from here."""
        self._end: str | None = None
        """The hash of the last line known, read or not; empty for an empty log, None where unknown."""
        self._held: list[bytes] | None = None
        """What the follower has shown so far, while it is held."""
        self._told: Counter[bytes] = Counter()
        """Lines that `since` told and the follower has not shown, by how often."""
        self._told_until_ns = 0
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
        """Check the source, catch up from `position`, or begin with its end now, and follow from then on."""
        self._number, self._last = number, position
        _, self._end = await asyncio.gather(self._try_check(), self._end_now(position))
        self._task = asyncio.create_task(self._keep_following())
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
        missed = await self._missed(self._last)
        return missed is not None and not missed and not self._buffer and not self._held

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

    async def _end_now(self, position: str) -> str | None:
        """Where to go on from: the position given, or the last line there is; None when nothing tells."""
        if position:
            return position
        lines = await self._missed("")
        return None if lines is None else _fingerprint(lines[-1]) if lines else ""

    async def _missed(self, after: str) -> list[bytes] | None:
        """The lines after the one with this hash, or None when `since` fails or has too much to tell."""
        status, output = await _run((*self._since, after), SINCE_LIMIT_S, SINCE_CAP)
        if status != 0 or len(output) >= SINCE_CAP:
            return None
        lines = [line.removesuffix(b"\r") for line in output.split(b"\n") if line]
        places = [index for index, line in enumerate(lines) if _fingerprint(line) == after]
        return lines[places[-1] + 1 :] if places else lines

    async def _keep_following(self) -> None:
        while True:
            try:
                await self._follow_once()
            except OSError as problem:
                self._state = Source.CANNOT_READ
                self._detail = safe(f"{self._follow[0]}: {problem.strerror}", 200)
            await self._end_process()
            await self._clock.sleep(RECONNECT_S)
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
        self._held = []
        joining = asyncio.create_task(self._join_later())
        try:
            while data := await self._process.stdout.read(65536):
                self._put(cutter.feed(data))
        finally:
            joining.cancel()
            await asyncio.gather(joining, return_exceptions=True)
        # One that ends sooner than it would have been asked for is asked for as well: else, of a line that
        # drops again and again, nothing would ever come.
        await self._join()
        self._state = Source.CANNOT_READ
        self._detail = safe("the follow command ended; it is started again", 200)

    async def _join_later(self) -> None:
        await self._clock.sleep(ATTACH_S)
        await self._join()

    async def _join(self) -> None:
        """Put what came before the follower was there, then what it has shown; and hold no more."""
        if self._held is None:
            return
        missed = None if self._end is None else await self._missed(self._end)
        held, self._held = self._held, None
        self._told.clear()
        self._put(missed or ())
        self._told.update(missed or ())
        self._told_until_ns = self._clock.boot_ns() + int(LATE_S * 1e9)
        self._put(held)

    def _put(self, lines: Iterable[bytes]) -> None:
        """Lines to be read from here; while they are held, they wait. What `since` told counts once."""
        for line in lines:
            if self._held is not None:
                self._held.append(line)
            elif self._told[line] and self._clock.boot_ns() < self._told_until_ns:
                self._told[line] -= 1
            else:
                self._buffer.append(line)
                self._end = _fingerprint(line)

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
    """End it with all it started, also when we are cancelled meanwhile: nothing we began stays behind."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    reaped = asyncio.ensure_future(process.wait())
    try:
        await asyncio.shield(reaped)
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await reaped
        raise


def _fingerprint(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:16]
