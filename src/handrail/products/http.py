"""The one place that imports httpx: a single HTTP exchange under caps and one total time limit.

No redirects are followed, no proxy or credential is taken from the environment, no compression is
asked for or accepted, no connection is kept: a broker restarts between two reads, and an act must
never be sent twice because an old connection had died.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from handrail.products.authorization import authorized, login_of
from handrail.products.exchange import (
    BODY_CAP,
    LIMIT_S,
    TOO_LARGE,
    Credentials,
    Digest,
    Fetched,
    Network,
    NotFetched,
    Wire,
    refused_encoding,
)
from handrail.products.product import Request
from handrail.readings import Failure
from handrail.text import SafeText, safe

_CAUSES_LOOKED_AT = 12
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?")
# How h11 and httpcore say that the peer ended the connection, as against sending what is no HTTP.
_ENDED = re.compile(r"disconnected without|closed connection without")


class Http:
    """Sends requests over the machine's network, or over the one given; implements Fetcher."""

    def __init__(self, network: Network | None = None, limit_s: float = LIMIT_S, ca_file: str | None = None):
        self._limit_s = limit_s
        backend = None if network is None else _Backend(network)
        self._client = httpx.AsyncClient(
            transport=_Transport(backend, ca_file),
            follow_redirects=False,
            trust_env=False,
            timeout=None,  # noqa: S113  one total limit instead: httpx's own never fires on a dripping body
        )

    async def send(
        self, base_url: str, request: Request, credentials: Credentials | Digest | None = None
    ) -> Fetched | NotFetched:
        """One exchange (two with Digest, under the same limit).

        Every failure is a NotFetched, whose words never hold a credential.
        """
        progress = _Progress()
        if not _is_address(base_url):
            return NotFetched(Failure.NOT_READ, safe("the address is not a URL with a host"), sent=False)
        login = login_of(credentials)
        if isinstance(login, NotFetched):
            return login

        async def exchange(added: Mapping[str, str]) -> Fetched | NotFetched:
            progress.sent = False  # what went out before, if anything, was refused as a whole
            headers = {**request.headers, "accept-encoding": "identity", **added}
            return await self._exchange(base_url, request, headers, progress)

        try:
            async with asyncio.timeout(self._limit_s):
                return await authorized(credentials, login, request, exchange)
        except TimeoutError:
            detail = "no whole answer" if progress.sent else "no connection"
            return NotFetched(Failure.TIMED_OUT, safe(f"{detail} within {self._limit_s:g} s"), progress.sent)
        except (httpcore.ConnectError, OSError) as problem:
            failure, detail = _why_unreachable(problem)
            return NotFetched(failure, detail, progress.sent)
        except (httpcore.ReadError, httpcore.WriteError):
            return NotFetched(Failure.UNREACHABLE, safe("the connection broke off"), progress.sent)
        except Exception as problem:  # a hostile answer may reach any corner of the libraries below
            if isinstance(problem, httpcore.RemoteProtocolError) and _ENDED.search(str(problem)):
                return NotFetched(Failure.UNREACHABLE, safe("the connection broke off"), progress.sent)
            return NotFetched(
                Failure.MALFORMED, safe(f"the answer is not HTTP ({type(problem).__name__})"), progress.sent
            )

    async def close(self) -> None:
        """Release connections."""
        await self._client.aclose()

    async def _exchange(
        self, base_url: str, request: Request, headers: Mapping[str, str], progress: _Progress
    ) -> Fetched | NotFetched:
        outgoing = self._client.build_request(
            request.method,
            base_url.rstrip("/") + request.target,
            headers=dict(headers),
            content=request.body,
            extensions={"trace": progress.note},
        )
        answer = await self._client.send(outgoing, stream=True)
        try:
            if (compressed := refused_encoding(answer.headers)) is not None:
                return compressed
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > BODY_CAP:
                    return TOO_LARGE
            return Fetched(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, bytes(body))
        finally:
            await answer.aclose()


class _Progress:
    """Whether the request had begun to go out when something failed."""

    def __init__(self) -> None:
        self.sent = False

    async def note(self, event: str, _details: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.sent = True


class _Transport(httpx.AsyncBaseTransport):
    """httpcore under httpx, so that the connections can be made in memory as well."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend | None, ca_file: str | None) -> None:
        self._backend = backend
        self._ca_file = ca_file
        self._pools: dict[bool, httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._pool(request.url.scheme == "https").handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, encrypted: bool) -> httpcore.AsyncConnectionPool:
        if encrypted not in self._pools:
            # The system's own certificate authorities, and only when they are needed: loading takes a while.
            context = ssl.create_default_context(cafile=self._ca_file) if encrypted else None
            # No limit over all servers: those that do not answer would take the places of those that do.
            self._pools[encrypted] = httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=None,
                max_keepalive_connections=0,
                network_backend=self._backend,
            )
        return self._pools[encrypted]


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()


class _Backend(httpcore.AsyncNetworkBackend):
    """A Network as httpcore wants it."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            return _Stream(await self._network.connect(host, port))
        except OSError as problem:
            raise httpcore.ConnectError(str(problem)) from problem

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return await self._wire.read(max_bytes)
        except OSError as problem:
            raise httpcore.ReadError(str(problem)) from problem

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            await self._wire.write(buffer)
        except OSError as problem:
            raise httpcore.WriteError(str(problem)) from problem

    async def aclose(self) -> None:
        await self._wire.close()

    def get_extra_info(self, info: str) -> Any:
        return None


def _is_address(base_url: str) -> bool:
    try:
        parts = urlsplit(base_url)
        return (
            parts.scheme in ("http", "https")
            and _HOST.fullmatch(parts.hostname or "") is not None
            and parts.port != 0
            and parts.username is None
        )
    except ValueError:
        return False


def _why_unreachable(problem: BaseException) -> tuple[Failure, SafeText]:
    """Refused means that the machine answered and nobody listens; anything else may be the network."""
    waiting: list[BaseException] = [problem]
    names: list[str] = []
    while waiting and len(names) < _CAUSES_LOOKED_AT:
        current = waiting.pop()
        names.append(type(current).__name__)
        if isinstance(current, ConnectionRefusedError):
            return Failure.REFUSED, safe("nobody listens there")
        if isinstance(current, ssl.SSLCertVerificationError):
            return Failure.UNREACHABLE, safe(
                f"the certificate is not accepted: {current.verify_message}", 160
            )
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(cause for cause in (current.__cause__, current.__context__) if cause is not None)
    if "gaierror" in names:
        return Failure.UNREACHABLE, safe("the host name is not known")
    return Failure.UNREACHABLE, safe("no connection to the host")
