"""A terminal without tmux: a pty whose bytes are counted, read or left unread, and hung up."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI
    rb"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC
    rb"|\x1b[ -/]*[0-~]",
    re.DOTALL,
)
"""Every escape sequence of a terminal."""


class PtyTerminal:
    """One program on a pty of its own session. Everything it sends is kept in `received`."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        columns: int = 80,
        rows: int = 24,
        stdout: int | None = None,
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=_own_terminal,
        )
        os.close(slave)
        self.received = bytearray()
        self._reading = threading.Event()
        self._reading.set()
        self._dropped = threading.Event()
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> PtyTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _read(self) -> None:
        # Never inside a read while the line is dropped: a pty with a reader is not hung up.
        while not self._dropped.is_set():
            if not self._reading.wait(0.05) or not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            self.received += data
            self._last = time.monotonic()

    def send(self, keys: bytes) -> None:
        """Press these."""
        os.write(self.master, keys)

    def stall(self) -> None:
        """Stop reading, as a line that hangs does; what is under way is still taken."""
        self._reading.clear()

    def go_on(self) -> None:
        """Read again."""
        self._reading.set()

    def wait_for(self, text: bytes, limit_s: float = 20.0) -> None:
        """Until these bytes have come; raises TimeoutError."""
        end = time.monotonic() + limit_s
        while text not in self.received:
            if time.monotonic() > end or self.process.poll() is not None:
                raise TimeoutError(f"{text!r} never came; the end: {bytes(self.received[-1500:])!r}")
            time.sleep(0.02)

    def quiet(self, for_s: float = 0.5, limit_s: float = 20.0) -> bytes:
        """Everything received once nothing has come for so long; forgets it."""
        end = time.monotonic() + limit_s
        start = time.monotonic()
        while time.monotonic() < end and time.monotonic() - max(self._last, start) < for_s:
            time.sleep(0.02)
        found = bytes(self.received)
        del self.received[: len(found)]
        return found

    def press(self, keys: bytes, for_s: float = 0.25) -> bytes:
        """What comes of these keys."""
        self.send(keys)
        return self.quiet(for_s)

    def hang_up(self) -> None:
        """Drop the line."""
        if not self._dropped.is_set():
            self._dropped.set()
            self._thread.join()
            os.close(self.master)


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def shapes(data: bytes) -> set[bytes]:
    """The kinds of escape sequences in these bytes, every number written as N, every colour as one kind."""
    found = set()
    for sequence in SEQUENCE.findall(data):
        if sequence.startswith(b"\x1b[") and sequence.endswith(b"m") and sequence[2:3] not in b"<>?":
            found.add(b"SGR")
        else:
            found.add(re.sub(rb"[0-9]+", b"N", sequence))
    return found


def text_of(data: bytes) -> str:
    """What is left once every escape sequence is taken away."""
    return SEQUENCE.sub(b"", data).decode("utf-8", "surrogateescape")
