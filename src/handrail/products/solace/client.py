"""Talks to one Solace event broker over SEMP: every failure a typed reading, every change one request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from handrail.clock import Clock
from handrail.procedure.fields import Fields
from handrail.products.exchange import Credentials, Fetched, Fetcher, NotFetched
from handrail.products.product import Answer, Request, Result, Shown
from handrail.products.solace import asking, cli, semp
from handrail.products.solace.asking import Source
from handrail.products.solace.meaning import Unread, of_exchange, of_refusal, of_status
from handrail.products.solace.operations import OPERATIONS, Deed, NotSent
from handrail.products.solace.sources import Sources
from handrail.readings import Failure, Reading
from handrail.readings import Value as Scalar
from handrail.text import NOTHING, safe

READ_LIMIT_S: Final = 8.0
"""The time one read may take in all, however many VPNs there are."""
HEALTH_PORT: Final = 5550
CLI: Final = "cli"
_ALWAYS: Final = ("msgVpnName", "replicationEnabled")


class SolaceClient:
    """One broker as a product's Client.

    `url` is the management address (http://host:8080); `health_url` that of the health check, which is the
    same host's port 5550 unless the inventory says otherwise.
    """

    def __init__(
        self,
        server: str,
        url: str,
        *,
        credentials: Credentials | None,
        credentials_ref: str,
        fields: Fields,
        http: Fetcher,
        clock: Clock,
        health_url: str | None = None,
        limit_s: float = READ_LIMIT_S,
    ) -> None:
        self._server = server
        self._base, self._health = _split(url)
        self._health = health_url or self._health
        self._credentials = credentials
        self._credentials_ref = credentials_ref
        self._fields = fields
        self._http = http
        self._clock = clock
        self._filling = asking.Filling()
        self._limit_s = limit_s

    @property
    def server(self) -> str:
        """The server's name in the inventory."""
        return self._server

    async def read(self, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields: each source once, all at the same time, lists page by page."""
        wanted = list(dict.fromkeys(fields))
        known = {name: asking.fields()[name] for name in wanted if name in asking.fields()}
        select: dict[Source, set[str]] = {}
        for field in known.values():
            select.setdefault(field.source, set()).update(field.select)
        if Source.TRANSACTIONS in select:
            select.setdefault(Source.VPNS, set()).add("transactions.count")
        if Source.VPNS in select:
            select[Source.VPNS].update(_ALWAYS)
        sources = Sources(self._send, self._send_health, select)
        told = await sources.ask({field.source for field in known.values()}, self._limit_s)
        readings: list[Reading] = []
        for name in wanted:
            if name not in known:
                unread = Unread(Failure.NOT_SUPPORTED, safe("handrail knows no such field of Solace"))
                readings.append(self._reading(name, unread, "none"))
                continue
            field = known[name]
            missing = next((item for item in field.select if item in sources.unknown), None)
            if missing is not None:
                readings.append(self._reading(name, sources.unknown[missing], field.source))
            else:
                readings.extend(self._understood(name, field, told[field.source]))
        return readings

    def show(self, operation: str, arguments: Mapping[str, Scalar]) -> Shown:
        """The lines of the CLI, then the request as it will be sent; raises KeyError for no operation."""
        try:
            deed = self._deed(operation, arguments)
        except NotSent as problem:
            return Shown((safe(f"not sent: {problem}", 400),))
        request = deed.request
        lines = [f"{self._server}({line.mode})# {line.words}" for line in deed.lines]
        lines.append(f"{request.method} {self._base}{request.target}")
        if self._credentials is not None:
            lines.append(f"Authorization: <secret:{self._credentials_ref}>")
        lines.append(request.body.decode())
        return Shown(tuple(safe(line) for line in lines))

    async def perform(self, operation: str, arguments: Mapping[str, Scalar]) -> Answer:
        """Send the operation once."""
        try:
            deed = self._deed(operation, arguments)
        except (KeyError, NotSent) as problem:
            words = problem if isinstance(problem, NotSent) else f"{operation} is not known so"
            return Answer(Result.REFUSED, safe(f"not sent: {words}", 400))
        outcome = await self._send(deed.request)
        if isinstance(outcome, NotFetched):
            if not outcome.sent:
                return Answer(Result.REFUSED, safe(f"not sent: {of_exchange(outcome).meaning}"))
            return Answer(Result.UNKNOWN, safe(f"no answer ({outcome.detail}): see what the readings say"))
        if unread := of_status(outcome):
            broken = unread.failure is Failure.MALFORMED
            return Answer(Result.UNKNOWN if broken else Result.REFUSED, unread.meaning, outcome.body)
        try:
            told = semp.decode(outcome.body)
        except ValueError as problem:
            return Answer(Result.UNKNOWN, safe(f"{problem}: see what the readings say", 300), outcome.body)
        if isinstance(told, semp.Refusal):
            return Answer(Result.REFUSED, of_refusal(told).meaning, outcome.body)
        return Answer(Result.ACCEPTED, safe("the broker took it"), outcome.body)

    async def close(self) -> None:
        """Nothing is held open between two exchanges; the Fetcher belongs to whoever made it."""

    def _deed(self, operation: str, arguments: Mapping[str, Scalar]) -> Deed:
        if operation == CLI:
            return cli.script(str(arguments[CLI]).splitlines(), arguments)
        known = OPERATIONS[operation]
        if missing := [name for name in known.arguments if name not in arguments]:
            raise NotSent(f"{operation} needs {', '.join(missing)}")
        return known.deed(arguments)

    async def _send(self, request: Request) -> Fetched | NotFetched:
        return await self._http.send(self._base, request, self._credentials)

    async def _send_health(self, request: Request) -> Fetched | NotFetched:
        """The health check takes no log-in, and is given none."""
        return await self._http.send(self._health, request)

    def _understood(self, name: str, field: asking.Field, told: object) -> list[Reading]:
        if isinstance(told, Unread):
            return [self._reading(name, told, field.source)]
        value = field.understand(told)
        if name == asking.FULL_IN and isinstance(told, Sequence):
            value = self._filling.soonest_s(told, self._clock.boot_ns())
        if not isinstance(value, Mapping):
            return [self._reading(name, value, field.source)]
        # Hundreds of rows: what they share is made once.
        first = self._reading(name, 0, field.source)
        return [
            Reading(
                server=self._server,
                field=name,
                value=None if isinstance(item, Unread) else item,
                at=first.at,
                boot_ns=first.boot_ns,
                source=first.source,
                row=row,
                unit=first.unit,
                failure=item.failure if isinstance(item, Unread) else None,
                meaning=item.meaning if isinstance(item, Unread) else NOTHING,
            )
            for row, item in sorted(value.items())
        ]

    def _reading(self, name: str, value: Scalar | Unread, source: str) -> Reading:
        unread = value if isinstance(value, Unread) else None
        return Reading(
            server=self._server,
            field=name,
            value=None if isinstance(value, Unread) else value,
            at=self._clock.wall(),
            boot_ns=self._clock.boot_ns(),
            source=safe(f"{source} of {self._base}", 160),
            unit=self._fields[name].unit if name in self._fields else "",
            failure=None if unread is None else unread.failure,
            meaning=NOTHING if unread is None else unread.meaning,
        )


def _split(url: str) -> tuple[str, str]:
    """The base address and that of the health check; what is no URL stays whole, and fails when dialled."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{parts.netloc}", f"http://{host}:{HEALTH_PORT}"
    except ValueError:
        return url, url
