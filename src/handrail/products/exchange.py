"""What one HTTP exchange is made of and may come to, for whoever sends it and whoever carries it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from handrail.products.product import Request
from handrail.readings import Failure
from handrail.text import SafeText, safe

Credentials = Callable[[], tuple[str, str]]
"""Gives user and password at the moment they are sent; they are kept nowhere."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Credentials proved by HTTP Digest, never sent: the request goes out bare, is refused with a nonce, and
    goes out again with the proof. One whose first sending is not refused has had its answer."""

    credentials: Credentials


LIMIT_S = 5.0
"""The total time one exchange may take, from connecting to the last byte."""

BODY_CAP = 1 << 20
"""An answer of more bytes than this is not read to its end."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer that came whole. Header names are lower case; any status, redirects included."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NotFetched:
    """No whole answer. `sent` is False only when no byte of the request can have arrived."""

    failure: Failure
    detail: SafeText
    sent: bool


TOO_LARGE = NotFetched(Failure.MALFORMED, safe(f"the answer is larger than {BODY_CAP >> 20} MiB"), sent=True)


def refused_encoding(headers: Mapping[str, str]) -> NotFetched | None:
    """Why an answer with these headers (lower case) is not read: it is compressed, which nobody asked for."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return None
    return NotFetched(
        Failure.MALFORMED, safe(f"compressed ({encoding}) although not asked for", 80), sent=True
    )


class Fetcher(Protocol):
    """Sends one request to a base address; never raises for what a server or network can do."""

    async def send(
        self, base_url: str, request: Request, credentials: Credentials | Digest | None = None
    ) -> Fetched | NotFetched:
        """One exchange: `base_url` as in http://host:8161, the request's target below it.

        Plain credentials go out with the request, as HTTP Basic has it.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class Wire(Protocol):
    """One connection's bytes, both ways."""

    async def read(self, limit: int) -> bytes:
        """Some bytes, at most `limit`; nothing when the other side has closed."""
        ...

    async def write(self, data: bytes) -> None:
        """Hand over all of these bytes; raises OSError when the other side is gone."""
        ...

    async def close(self) -> None:
        """End the connection; harmless when it has ended."""
        ...


class Network(Protocol):
    """Where connections are made; the machine's own, or one in memory."""

    async def connect(self, host: str, port: int) -> Wire:
        """A connection; raises OSError (ConnectionRefusedError where nobody listens)."""
        ...
