"""Following a local log file through rotation, truncation and absence, from a recorded position.

A position is "inode:offset:hash", the hash over the bytes right before the offset: a file that was
truncated and written anew is told from one that only grew.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from handrail.clock import Clock
from handrail.observe.log_lines import LineCutter
from handrail.observe.situation import Source, SourceState
from handrail.readings import Line
from handrail.text import NOTHING, SafeText, safe, safe_bytes

READ_CAP = 1024 * 1024
"""Bytes consumed at most in one call, so that a storm is taken in pieces."""
FINGERPRINT = 64
ROTATED_LOOKED_AT = 50


class FileLog:
    """A LogSource over one local file."""

    def __init__(self, server: str, path: Path, clock: Clock) -> None:
        self._server = server
        self._path = path
        self._clock = clock
        self._cutter = LineCutter()
        self._number = 0
        self._inode = 0
        self._offset = 0
        self._before = b""
        self._handle: int | None = None
        self._waiting_files: list[Path] = []
        self._started = False
        self._state = Source.STARTING
        self._detail: SafeText = NOTHING

    @property
    def server(self) -> str:
        """Whose log it is."""
        return self._server

    @property
    def state(self) -> SourceState:
        """Whether it can be read, and how far it has been."""
        return SourceState(self._state, self._number, self._position(), self._detail)

    async def start(self, number: int = 0, position: str = "") -> None:
        """Begin at the end, or right after `position`; a file rotated away since is read to its end first."""
        self._number = number
        await asyncio.to_thread(self._begin, position)
        self._started = True

    async def read(self) -> Sequence[Line]:
        """The complete lines that came since; at most READ_CAP bytes of them."""
        if not self._started:
            return ()
        raw = await asyncio.to_thread(self._consume)
        if not raw:
            return ()
        at, boot_ns, position = self._clock.wall(), self._clock.boot_ns(), self._position()
        first = self._number + 1
        self._number += len(raw)
        return [
            Line(self._server, safe_bytes(text), at, boot_ns, position, number)
            for number, text in enumerate(raw, first)
        ]

    async def agrees(self) -> bool:
        """Whether the file holds nothing that was not consumed."""
        return await asyncio.to_thread(self._nothing_left)

    async def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    # Below: on a thread, because a file may lie on a network disk that hangs.

    def _begin(self, position: str) -> None:
        if not position:
            if self._open(self._path):
                assert self._handle is not None  # noqa: S101 - just opened
                self._offset = os.fstat(self._handle).st_size
                self._before = self._fingerprint_at(self._offset)
            return
        inode_text, offset_text, fingerprint = [*position.split(":"), "", ""][:3]
        inode, offset = int(inode_text or 0), int(offset_text or 0)
        for path in self._candidates(inode):
            if self._open(path) and self._handle is not None and os.fstat(self._handle).st_size >= offset:
                before = self._fingerprint_at(offset)
                if _hash(before) == fingerprint:
                    self._offset, self._before = offset, before
                    self._waiting_files = self._newer_than(path)
                    return
        # The place is gone; everything there is now is new.
        self._open(self._path)

    def _candidates(self, inode: int) -> list[Path]:
        """The file itself and its rotated siblings that have this inode."""
        return [path for path in [self._path, *self._siblings()] if _inode(path) == inode]

    def _siblings(self) -> list[Path]:
        try:
            found = [path for path in self._path.parent.glob(self._path.name + "*") if path != self._path]
            return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)[:ROTATED_LOOKED_AT]
        except OSError:
            return []

    def _newer_than(self, path: Path) -> list[Path]:
        """Rotated files written after this one, oldest first; the current file comes after them all."""
        if path == self._path:
            return []
        try:
            moment = path.stat().st_mtime_ns
            newer = [item for item in self._siblings() if item.stat().st_mtime_ns > moment]
        except OSError:
            return []
        return [*reversed(newer), self._path]

    def _open(self, path: Path) -> bool:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as problem:
            self._state = Source.CANNOT_READ
            self._detail = safe(f"{problem.strerror}: {self._path}", 200)
            return False
        if self._handle is not None:
            os.close(self._handle)
        self._handle = handle
        self._inode = os.fstat(handle).st_ino
        self._offset, self._before = 0, b""
        self._cutter.forget()
        self._state, self._detail = Source.READY, NOTHING
        return True

    def _consume(self) -> list[bytes]:
        try:
            return self._consume_open()
        except OSError as problem:
            self._state = Source.CANNOT_READ
            self._detail = safe(f"{problem.strerror}: {self._path}", 200)
            return []

    def _consume_open(self) -> list[bytes]:
        if self._handle is None and not self._open(self._path):
            return []
        assert self._handle is not None  # noqa: S101 - just opened
        size = os.fstat(self._handle).st_size
        if size < self._offset or (
            size > self._offset and self._fingerprint_at(self._offset) != self._before
        ):
            # Truncated in place, perhaps written anew: begin at its first byte.
            self._offset, self._before = 0, b""
            self._cutter.forget()
        data = os.pread(self._handle, READ_CAP, self._offset)
        if not data:
            self._step_to_next_file()
            return []
        self._offset += len(data)
        self._before = self._fingerprint_at(self._offset)
        self._state, self._detail = Source.READY, NOTHING
        return self._cutter.feed(data)

    def _step_to_next_file(self) -> None:
        """At the end of a file: go to the one that was rotated in, if there is one."""
        if self._waiting_files:
            self._open(self._waiting_files.pop(0))
            return
        inode = _inode(self._path)
        if inode is None:
            self._state = Source.CANNOT_READ
            self._detail = safe(f"it is gone: {self._path}", 200)
        elif inode != self._inode:
            self._open(self._path)
        elif not os.access(self._path, os.R_OK):
            self._state = Source.CANNOT_READ
            self._detail = safe(f"may not be read: {self._path}", 200)
        else:
            self._state, self._detail = Source.READY, NOTHING

    def _nothing_left(self) -> bool:
        try:
            status = self._path.stat()
        except OSError:
            return False
        return status.st_ino == self._inode and status.st_size == self._offset and not self._waiting_files

    def _fingerprint_at(self, offset: int) -> bytes:
        assert self._handle is not None  # noqa: S101 - callers have opened it
        start = max(0, offset - FINGERPRINT)
        return os.pread(self._handle, offset - start, start)

    def _position(self) -> str:
        """The place right after the last complete line."""
        if self._handle is None:
            return ""
        whole = self._offset - self._cutter.pending
        try:
            return f"{self._inode}:{whole}:{_hash(self._fingerprint_at(whole))}"
        except OSError:
            return ""


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
