"""Sees whether one AMM answers over HTTP or HTTPS. Nothing else is read: its HA has no public interface.

AMM 2.17.1 and later have a public read-only REST interface to device data; HA status and configuration are
not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from handrail.clock import Clock
from handrail.procedure.fields import Fields
from handrail.products.amm.meaning import Unread, of_exchange, of_status
from handrail.products.exchange import Fetcher, NotFetched
from handrail.products.product import Answer, Request, Result, Shown
from handrail.readings import Failure, Reading, Value
from handrail.text import NOTHING, SafeText, safe

REACHABLE = "reachable"
_WANTS_LOGIN = safe(
    "and wants a login, which handrail does not have: what its pages show is read by a person", 120
)
_ON_ITS_PAGES = safe("AMM has no public interface that tells it: look at its pages")


class AmmClient:
    """One AMM as a product's Client; it sends no credentials and changes nothing."""

    def __init__(self, server: str, url: str, *, fields: Fields, http: Fetcher, clock: Clock) -> None:
        self._server = server
        self._base = url.rstrip("/")
        self._fields = fields
        self._http = http
        self._clock = clock

    @property
    def server(self) -> str:
        """The server's name in the inventory."""
        return self._server

    async def read(self, fields: Collection[str]) -> Sequence[Reading]:
        """One GET of the log-in page for `reachable`; an unknown field is a reading too: not-supported."""
        wanted = list(dict.fromkeys(fields))
        told = await self._reachable() if REACHABLE in wanted else None
        return [self._read(name, told) for name in wanted]

    def show(self, operation: str, arguments: Mapping[str, Value]) -> Shown:
        """There is no operation: raises KeyError."""
        del arguments
        raise KeyError(operation)

    async def perform(self, operation: str, arguments: Mapping[str, Value]) -> Answer:
        """Refused: an AMM is worked on its pages, by a person."""
        del arguments
        return Answer(
            Result.REFUSED, safe(f"not sent: AMM has no interface for {operation}; work its pages by hand")
        )

    async def close(self) -> None:
        """Nothing is held open between two exchanges; the Fetcher belongs to whoever made it."""

    async def _reachable(self) -> SafeText | Unread:
        """That it answers, in words if there is more to it; or why it does not."""
        outcome = await self._http.send(self._base, Request("GET", "/", {"accept": "text/html"}))
        if isinstance(outcome, NotFetched):
            return of_exchange(outcome)
        return of_status(outcome) or (_WANTS_LOGIN if outcome.status == 401 else NOTHING)

    def _read(self, name: str, told: SafeText | Unread | None) -> Reading:
        if name != REACHABLE or told is None:
            told = Unread(Failure.NOT_SUPPORTED, _ON_ITS_PAGES)
        unread = told if isinstance(told, Unread) else None
        return Reading(
            server=self._server,
            field=name,
            value=None if unread else True,
            at=self._clock.wall(),
            boot_ns=self._clock.boot_ns(),
            source=safe(f"GET {self._base}/", 152),
            unit=self._fields[name].unit if name in self._fields else "",
            failure=unread.failure if unread else None,
            meaning=told.meaning if isinstance(told, Unread) else told,
        )
