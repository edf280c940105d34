"""A Fetcher for rehearsals: each request reaches its simulator, and the answer comes back, as they are.

A drill's network carries real HTTP bytes; a rehearsal walks hundreds of times where one drill walks once, and
what the bytes look like is tested elsewhere. What a client is told is the same, in the same words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from handrail.drill.network import DrillNetwork, address_of
from handrail.products.authorization import authorized, login_of
from handrail.products.exchange import (
    BODY_CAP,
    LIMIT_S,
    TOO_LARGE,
    Credentials,
    Digest,
    Fetched,
    NotFetched,
    refused_encoding,
)
from handrail.products.product import Request, Response
from handrail.readings import Failure
from handrail.text import safe


class ShortWire:
    """Answers from the servers of a drill's network; implements Fetcher."""

    def __init__(self, network: DrillNetwork, limit_s: float = LIMIT_S) -> None:
        self._network = network
        self._limit_s = limit_s

    async def send(
        self, base_url: str, request: Request, credentials: Credentials | Digest | None = None
    ) -> Fetched | NotFetched:
        """One exchange (two with Digest), as Http has it."""
        login = login_of(credentials)
        if isinstance(login, NotFetched):
            return login

        async def exchange(added: Mapping[str, str]) -> Fetched | NotFetched:
            headers = {name.lower(): value for name, value in request.headers.items()}
            return await self._exchange(base_url, request, {**headers, **added})

        return await authorized(credentials, login, request, exchange)

    async def close(self) -> None:
        """Nothing to release."""

    async def _exchange(
        self, base_url: str, request: Request, headers: dict[str, str]
    ) -> Fetched | NotFetched:
        await asyncio.sleep(0)  # others go on meanwhile, as they do while bytes are carried
        address = address_of(base_url)
        try:
            answering = self._network.at(*address)
        except ConnectionRefusedError as problem:
            return NotFetched(Failure.REFUSED, safe(str(problem)), sent=False)
        except OSError:
            return NotFetched(Failure.UNREACHABLE, safe("no connection to the host"), sent=False)
        below = urlsplit(base_url).path.rstrip("/")
        host, port = address
        headers = {"host": f"{host}:{port}", "accept-encoding": "identity", **headers}
        response = answering(replace(request, target=below + request.target, headers=headers))
        if response.stall_after is not None:
            await asyncio.sleep(self._limit_s)
            return NotFetched(
                Failure.TIMED_OUT, safe(f"no whole answer within {self._limit_s:g} s"), sent=True
            )
        return _received(response)


def _received(response: Response) -> Fetched | NotFetched:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if (compressed := refused_encoding(headers)) is not None:
        return compressed
    if len(response.body) > BODY_CAP:
        return TOO_LARGE
    return Fetched(response.status, headers, response.body)
