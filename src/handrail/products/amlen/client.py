"""Talks to one Amlen server over its administration interface; every failure is a typed reading."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from handrail.clock import Clock
from handrail.procedure.fields import Fields
from handrail.products.amlen import wire
from handrail.products.amlen.asking import PLACES, find
from handrail.products.amlen.meaning import Unread, of_exchange, of_status, of_told
from handrail.products.amlen.operations import OPERATIONS, NotSendable, body_of
from handrail.products.exchange import Credentials, Fetcher, NotFetched
from handrail.products.product import Answer, Request, Result, Shown
from handrail.readings import Failure, Reading, Value
from handrail.text import safe

_SOURCE_WIDTH = 152


class AmlenClient:
    """One server as a product's Client.

    `url` is the administration's address (http://host:9089). Without credentials none are sent: password
    authentication is off by default.
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
    ) -> None:
        self._server = server
        self._base = url.rstrip("/").removesuffix(wire.ROOT.rstrip("/")).rstrip("/")
        self._credentials = credentials
        self._credentials_ref = credentials_ref
        self._fields = fields
        self._http = http
        self._clock = clock

    @property
    def server(self) -> str:
        """The server's name in the inventory: neither UID nor Name tell the two of a pair apart."""
        return self._server

    async def read(self, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields: one GET for each resource they stand in, at once.

        An unknown field is a reading too: not-supported.
        """
        wanted = list(dict.fromkeys(fields))
        resources = list(dict.fromkeys(PLACES[name].resource for name in wanted if name in PLACES))
        told = await asyncio.gather(*(self._get(resource) for resource in resources))
        answers = dict(zip(resources, told, strict=True))
        readings: list[Reading] = []
        for name in wanted:
            if name not in PLACES:
                unread = Unread(Failure.NOT_SUPPORTED, safe("handrail knows no such field of Amlen"))
                readings.append(self._failed(name, unread, "none"))
            else:
                readings.extend(self._understood(name, answers[PLACES[name].resource]))
        return readings

    def show(self, operation: str, arguments: Mapping[str, Value]) -> Shown:
        """The request as it will be sent, credentials by reference; raises KeyError for no operation."""
        try:
            body = json.dumps(body_of(operation, arguments), indent=1).splitlines()
        except NotSendable as problem:
            body = [f"not sendable: {problem}"]
        lines = [f"POST {self._base}{OPERATIONS[operation].target}", "Content-Type: application/json"]
        if self._credentials is not None:
            lines.append(f"Authorization: <secret:{self._credentials_ref}>")
        return Shown(tuple(safe(line) for line in (*lines, *body)))

    async def perform(self, operation: str, arguments: Mapping[str, Value]) -> Answer:
        """Send the operation once. Accepted means CWLNA6011: a restart is then only about to begin."""
        if operation not in OPERATIONS:
            return Answer(Result.REFUSED, safe(f"not sent: {operation} is not known"))
        try:
            body = body_of(operation, arguments)
        except NotSendable as problem:
            return Answer(Result.REFUSED, safe(f"not sent: {problem}"))
        headers = {"content-type": "application/json", "accept": "application/json"}
        request = Request("POST", OPERATIONS[operation].target, headers, wire.encode(body))
        outcome = await self._http.send(self._base, request, self._credentials)
        if isinstance(outcome, NotFetched):
            if not outcome.sent:
                return Answer(Result.REFUSED, safe(f"not sent: {of_exchange(outcome).meaning}"))
            return Answer(Result.UNKNOWN, safe(f"no answer ({outcome.detail}): see what the readings say"))
        if unread := of_status(outcome):
            return Answer(Result.REFUSED, unread.meaning, outcome.body)
        try:
            told = wire.told_by(wire.decode(outcome.body))
        except ValueError as problem:
            return Answer(Result.UNKNOWN, safe(str(problem), 200), outcome.body)
        if told is None:
            return Answer(Result.UNKNOWN, safe("the answer has no Code"), outcome.body)
        if told.code == wire.ACCEPTED and outcome.status == 200:
            return Answer(Result.ACCEPTED, _accepted(OPERATIONS[operation].target), outcome.body)
        return Answer(Result.REFUSED, of_told(told), outcome.body)

    async def close(self) -> None:
        """Nothing is held open between two exchanges; the Fetcher belongs to whoever made it."""

    async def _get(self, resource: str) -> Mapping[str, Any] | Unread:
        request = Request("GET", resource, {"accept": "application/json"})
        outcome = await self._http.send(self._base, request, self._credentials)
        if isinstance(outcome, NotFetched):
            return of_exchange(outcome)
        if unread := of_status(outcome):
            return unread
        try:
            answer = wire.decode(outcome.body)
        except ValueError as problem:
            mend = "the server may be stopping in mid-answer; ask again"
            return Unread(Failure.MALFORMED, safe(f"{problem}: {mend}", 240))
        told = wire.told_by(answer)
        if told is not None or outcome.status != 200:
            refused = of_told(told) if told is not None else safe(f"HTTP {outcome.status} without a code")
            return Unread(Failure.NOT_SUPPORTED, refused)
        return answer

    def _understood(self, name: str, answer: Mapping[str, Any] | Unread) -> list[Reading]:
        place = PLACES[name]
        told = answer if isinstance(answer, Unread) else find(place, answer)
        if isinstance(told, Unread):
            return [self._failed(name, told, place.source)]
        if isinstance(told, Mapping):
            return [self._reading(name, value, place.source, row) for row, value in sorted(told.items())]
        return [self._reading(name, told, place.source)]

    def _reading(self, name: str, value: Value, source: str, row: str = "") -> Reading:
        return Reading(
            server=self._server,
            field=name,
            value=value,
            at=self._clock.wall(),
            boot_ns=self._clock.boot_ns(),
            source=safe(f"GET {self._base}{source}", _SOURCE_WIDTH),
            row=row,
            unit=self._unit(name),
        )

    def _failed(self, name: str, unread: Unread, source: str) -> Reading:
        return Reading(
            server=self._server,
            field=name,
            value=None,
            at=self._clock.wall(),
            boot_ns=self._clock.boot_ns(),
            source=safe(f"GET {self._base}{source}", _SOURCE_WIDTH),
            unit=self._unit(name),
            failure=unread.failure,
            meaning=unread.meaning,
        )

    def _unit(self, name: str) -> str:
        return self._fields[name].unit if name in self._fields else ""


def _accepted(target: str) -> Any:
    if target == wire.RESTART:
        return safe("CWLNA6011: accepted; the server begins to stop in about 3 s, nothing is done yet")
    return safe("CWLNA6011: accepted; it works from the next start on")
