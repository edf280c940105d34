"""Telling the head of a watch to something outside the host, and reading such a copy back."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from handrail.errors import HandrailError
from handrail.ledger import command
from handrail.text import SafeText, safe

SEALED = "SEAL"
"""What stands in place of a record's number in the head of a sealed watch."""
LIMIT_S = 5.0
_HEAD = re.compile(
    r"handrail ([0-9]{8}T[0-9]{6}Z-[a-z0-9-]{1,80}-[0-9a-f]{6}) ([0-9]{3}) (SEAL|[0-9]{1,6}) ([0-9a-f]{64})\b"
)
# user.notice: facility 1, severity 5
_PRIORITY = b"<13>"


@dataclass(frozen=True, slots=True)
class Head:
    """A watch up to one record (`number` in digits) or to its seal (`SEAL`), named by a SHA-256."""

    run: str
    watch: int
    number: str
    digest: str

    def __str__(self) -> str:
        return f"handrail {self.run} {self.watch:03d} {self.number} {self.digest}"


PROBE_HEAD = Head("20000101T000000Z-doctor-000000", 1, "0", "0" * 64)
"""Of no run: sent to see whether an anchor takes heads."""


class NotAnchored(HandrailError):
    """The place outside did not take the head; it is sent again with the next one."""


class Anchor(Protocol):
    """A place outside the host that keeps heads."""

    def send(self, head: Head) -> None:
        """Hand one head over. Raises NotAnchored."""
        ...


class NoAnchor:
    """Heads are kept nowhere else: the newest records can then be cut off unseen."""

    def send(self, head: Head) -> None:
        """Nothing is sent."""


class SyslogAnchor:
    """The host's syslog socket, from where a site's logs leave the host."""

    def __init__(self, socket_path: Path = Path("/dev/log"), limit_s: float = LIMIT_S) -> None:
        self._path = socket_path
        self._limit_s = limit_s

    def send(self, head: Head) -> None:
        """One datagram, user.notice. The `syslog` module would not say that it failed."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
                link.settimeout(self._limit_s)
                link.connect(str(self._path))
                link.send(_PRIORITY + b"handrail: " + str(head).encode())
        except OSError as error:
            raise NotAnchored(
                f"syslog at {self._path} did not take the head: {error.strerror or error}",
                "start the syslog service, or name a command as anchor",
            ) from error


class CommandAnchor:
    """A site's own command; it is given the head as one line on its input."""

    def __init__(self, argv: Sequence[str], limit_s: float = LIMIT_S) -> None:
        self._argv = list(argv)
        self._limit_s = limit_s

    def send(self, head: Head) -> None:
        """Run it; any status but 0 is a failure."""
        try:
            answer = command.run(self._argv, f"{head}\n".encode(), self._limit_s)
        except HandrailError as error:
            raise NotAnchored(error.problem, "look at the anchor command") from error
        if answer.status != 0:
            raise NotAnchored(f"{self._argv[0]} ended with {answer.status}: {answer.said}", "run it by hand")


class Anchoring:
    """Sends heads and keeps those that could not be sent; a failing anchor never blocks a walk."""

    def __init__(self, anchor: Anchor) -> None:
        self._anchor = anchor
        self.pending: list[Head] = []
        self.problem: SafeText | None = None
        """Why the last attempt failed; None when nothing is pending."""

    def send(self, head: Head) -> bool:
        """Send what is pending and this head, in order; True when the outside has them all."""
        self.pending.append(head)
        return self.retry()

    def retry(self) -> bool:
        """Send what is pending; True when nothing is any more."""
        while self.pending:
            try:
                self._anchor.send(self.pending[0])
            except NotAnchored as error:
                self.problem = safe(error.problem, 200)
                return False
            del self.pending[0]
        self.problem = None
        return True


def heads_in(copy: bytes) -> list[Head]:
    """Every head in an outside copy: the lines may have a log's prefixes; other text is passed over."""
    text = copy.decode("utf-8", "replace")
    return [Head(run, int(watch), number, digest) for run, watch, number, digest in _HEAD.findall(text)]
