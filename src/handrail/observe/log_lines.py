"""Cutting a stream of bytes into lines of bounded length; a line too long is kept only in its beginning."""

from __future__ import annotations

from dataclasses import dataclass

LINE_CAP = 16 * 1024


@dataclass
class LineCutter:
    """Feed bytes, get whole lines without their ends. What is incomplete waits for the next bytes."""

    _partial: bytes = b""
    _skipping: bool = False

    @property
    def pending(self) -> int:
        """Bytes held back because their line has not ended."""
        return self._held

    _held: int = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, in order, each at most LINE_CAP bytes."""
        lines: list[bytes] = []
        pieces = data.split(b"\n")
        for index, piece in enumerate(pieces):
            ended = index < len(pieces) - 1
            if not self._skipping:
                self._partial += piece
                if len(self._partial) > LINE_CAP:
                    self._partial = self._partial[:LINE_CAP]
                    self._skipping = True
            self._held += len(piece)
            if ended:
                lines.append(self._partial.removesuffix(b"\r"))
                self._partial, self._skipping, self._held = b"", False, 0
        return lines

    def forget(self) -> None:
        """Drop what is incomplete: the file it came from is gone."""
        self._partial, self._skipping, self._held = b"", False, 0
