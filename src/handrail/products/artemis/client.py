"""Talks to one Artemis broker over Jolokia: one bulk POST a read, every failure a typed reading."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from handrail.clock import Clock
from handrail.procedure.fields import Fields
from handrail.procedure.versions import Version, parse_version
from handrail.products.artemis import asking, mbeans, wire
from handrail.products.artemis.asking import Question
from handrail.products.artemis.meaning import Unread, of_exchange, of_fault, of_status
from handrail.products.artemis.operations import OPERATIONS
from handrail.products.artemis.wire import Answered, Entry, Fault, Search
from handrail.products.exchange import Credentials, Fetcher, NotFetched
from handrail.products.product import Answer, Request, Result, Shown
from handrail.readings import Failure, Reading
from handrail.readings import Value as Scalar
from handrail.text import SafeText, safe

_WIDTH: Final = 76


class ArtemisClient:
    """One broker as a product's Client.

    `url` is the console's address (http://host:8161) or the whole Jolokia address; `origin` must be the name
    the console was created with, not the address dialled; `broker_name` spares the search for it;
    `cluster_user` tells the cluster's own connections from those of applications.
    """

    def __init__(
        self,
        server: str,
        url: str,
        *,
        origin: str,
        credentials: Credentials | None,
        credentials_ref: str,
        fields: Fields,
        http: Fetcher,
        clock: Clock,
        broker_name: str | None = None,
        cluster_user: str = asking.DEFAULT_CLUSTER_USER,
    ) -> None:
        self._server = server
        self._base, self._path = _split(url)
        self._origin = origin
        self._credentials = credentials
        self._credentials_ref = credentials_ref
        self._fields = fields
        self._http = http
        self._clock = clock
        self._broker = broker_name
        self._cluster_user = cluster_user
        self._version: Version | None = None

    @property
    def server(self) -> str:
        """The server's name in the inventory."""
        return self._server

    async def read(self, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields in one POST (one more, the first time, to learn the broker's name).

        An unknown field is a reading too: not-supported.
        """
        wanted = list(dict.fromkeys(fields))
        if self._broker is None:
            unread = await self._learn_name()
            if unread is not None:
                return [self._failed(name, unread, "search") for name in wanted]
        asked = asking.Asked(self._broker or "", self._version, self._cluster_user)
        known = asking.fields()
        questions = {name: asking.question(name, asked) for name in wanted if name in known}
        entries = list(dict.fromkeys(entry for item in questions.values() for entry in item.entries))
        answers = await self._ask(entries) if entries else {}
        readings: list[Reading] = []
        for name in wanted:
            if name not in questions:
                unread = Unread(Failure.NOT_SUPPORTED, safe("handrail knows no such field of Artemis"))
                readings.append(self._failed(name, unread, "none"))
            elif isinstance(answers, Unread):
                readings.append(self._failed(name, answers, questions[name].source))
            else:
                readings.extend(self._understood(name, questions[name], answers))
        return readings

    def show(self, operation: str, arguments: Mapping[str, Scalar]) -> Shown:
        """The request as it will be sent, credentials by reference; raises KeyError for no operation."""
        entry = OPERATIONS[operation].entry(self._broker or "<name found by search>", arguments)
        body = json.loads(wire.encode([entry]))[0]
        lines = [
            f"POST {self._base}{self._path}",
            f"Origin: {self._origin}",
            f"Authorization: <secret:{self._credentials_ref}>",
            *json.dumps(body, indent=1).splitlines(),
        ]
        return Shown(tuple(safe(line) for line in lines))

    async def perform(self, operation: str, arguments: Mapping[str, Scalar]) -> Answer:
        """Send the operation once."""
        known = OPERATIONS.get(operation)
        if known is None or set(known.arguments) - set(arguments):
            return Answer(Result.REFUSED, safe(f"not sent: {operation} is not known so"))
        if self._broker is None and (unread := await self._learn_name()):
            return Answer(Result.REFUSED, safe(f"not sent: {unread.meaning}"))
        entry = known.entry(self._broker or "", arguments)
        outcome = await self._post([entry])
        if isinstance(outcome, NotFetched):
            if not outcome.sent:
                return Answer(Result.REFUSED, safe(f"not sent: {of_exchange(outcome).meaning}"))
            return Answer(Result.UNKNOWN, safe(f"no answer ({outcome.detail}): see what the readings say"))
        if isinstance(outcome, Unread):
            broken = outcome.failure is Failure.MALFORMED
            return Answer(Result.UNKNOWN if broken else Result.REFUSED, outcome.meaning)
        answers, body = outcome
        if isinstance(answers[0], Fault):
            lost = known.answer_may_be_lost and answers[0].status >= 500
            return Answer(Result.UNKNOWN if lost else Result.REFUSED, of_fault(answers[0]).meaning, body)
        return Answer(Result.ACCEPTED, safe("the broker took it"), body)

    async def close(self) -> None:
        """Nothing is held open between two exchanges; the Fetcher belongs to whoever made it."""

    async def _learn_name(self) -> Unread | None:
        outcome = await self._ask([Search(mbeans.BROKER_SEARCH)])
        if isinstance(outcome, Unread):
            return outcome
        [answered] = outcome.values()
        if isinstance(answered, Fault):
            return of_fault(answered)
        names = [
            name
            for item in (answered.value if isinstance(answered.value, list) else ())
            if isinstance(item, str) and (name := mbeans.broker_name(item)) is not None
        ]
        if len(names) > 1:
            return Unread(
                Failure.NOT_READ, safe(f"{len(names)} brokers in one process: name one in the inventory")
            )
        if not names:
            return of_fault(Fault(404, "javax.management.InstanceNotFoundException", "no broker"))
        self._broker = names[0]
        return None

    async def _ask(self, entries: Sequence[Entry]) -> Mapping[Entry, Answered] | Unread:
        outcome = await self._post(entries)
        if isinstance(outcome, NotFetched):
            return of_exchange(outcome)
        if isinstance(outcome, Unread):
            return outcome
        return dict(zip(entries, outcome[0], strict=True))

    async def _post(self, entries: Sequence[Entry]) -> tuple[list[Answered], bytes] | NotFetched | Unread:
        request = Request(
            "POST",
            self._path,
            {"content-type": "application/json", "accept": "application/json", "origin": self._origin},
            wire.encode(entries),
        )
        answer = await self._http.send(self._base, request, self._credentials)
        if isinstance(answer, NotFetched):
            return answer
        if unread := of_status(answer):
            return unread
        try:
            return wire.decode_answers(answer.body, len(entries)), answer.body
        except ValueError as problem:
            mend = "something else answers there, or the answer was cut; check url, and a proxy in between"
            return Unread(Failure.MALFORMED, safe(f"{problem}: {mend}", 240))

    def _understood(self, name: str, question: Question, answers: Mapping[Entry, Answered]) -> list[Reading]:
        told = question.understand([answers[entry] for entry in question.entries])
        if isinstance(told, Unread):
            return [self._failed(name, told, question.source)]
        if isinstance(told, Mapping):
            return [self._reading(name, value, question.source, row) for row, value in sorted(told.items())]
        if name == "version":
            self._version = parse_version(str(told))
        return [self._reading(name, told, question.source)]

    def _reading(self, name: str, value: Scalar, source: str, row: str = "") -> Reading:
        return Reading(
            server=self._server,
            field=name,
            value=value,
            at=self._clock.wall(),
            boot_ns=self._clock.boot_ns(),
            source=self._source(source),
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
            source=self._source(source),
            unit=self._unit(name),
            failure=unread.failure,
            meaning=unread.meaning,
        )

    def _unit(self, name: str) -> str:
        return self._fields[name].unit if name in self._fields else ""

    def _source(self, what: str) -> SafeText:
        return safe(f"Jolokia {self._base}: {what}", _WIDTH * 2)


def _split(url: str) -> tuple[str, str]:
    """Base address and path; what is no URL stays whole, and fails when it is dialled."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, wire.DEFAULT_PATH
    return f"{parts.scheme}://{parts.netloc}", parts.path if parts.path.strip("/") else wire.DEFAULT_PATH
