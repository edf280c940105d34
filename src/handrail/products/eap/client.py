"""Talks to one EAP server over HTTP management: one composite a read, every failure a typed reading."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from handrail.clock import Clock
from handrail.procedure.fields import Fields
from handrail.products.eap import operations, wire
from handrail.products.eap.asking import Question, questions
from handrail.products.eap.dmr import Operation, composite
from handrail.products.eap.facts import Facts, Source
from handrail.products.eap.meaning import Unread, broken, of_exchange, of_failure, of_status
from handrail.products.eap.operations import NotSendable
from handrail.products.exchange import LIMIT_S, Credentials, Digest, Fetcher, NotFetched
from handrail.products.product import Answer, Request, Result, Shown
from handrail.readings import Failure, Reading, Value
from handrail.text import SafeText, safe

_WIDTH: Final = 152
_HEADERS: Final = {"content-type": wire.JSON, "accept": wire.JSON}
_BY_ITSELF = ("reload", "shutdown")


class EapClient:
    """One server as a product's Client.

    `url` is the management's address (http://host:9990), with or without /management. No Origin header is
    ever sent: the product refuses a foreign one. Without credentials none are sent.
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
        self._base = url.rstrip("/").removesuffix(wire.PATH).rstrip("/")
        self._digest = None if credentials is None else Digest(credentials)
        self._credentials_ref = credentials_ref
        self._fields = fields
        self._http = http
        self._clock = clock
        self._rows: dict[str, tuple[str, ...]] = {}
        """The rows each field had when it was last read: a failure is a reading of each of them."""

    @property
    def server(self) -> str:
        """The server's name in the inventory."""
        return self._server

    async def read(self, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields in one POST, and a second for what a passive server or an old release refuses.

        An unknown field is a reading too: not-supported.
        """
        wanted = list(dict.fromkeys(fields))
        asked = {name: questions()[name] for name in wanted if name in questions()}
        try:
            async with asyncio.timeout(LIMIT_S):
                facts = await self._facts(list(asked.values()))
        except TimeoutError:
            late = NotFetched(Failure.TIMED_OUT, safe(f"no whole answer within {LIMIT_S:g} s"), sent=True)
            facts = of_exchange(late)
        readings: list[Reading] = []
        for name in wanted:
            if name not in asked:
                unread = Unread(Failure.NOT_SUPPORTED, safe("handrail knows no such field of EAP"))
                readings.append(self._failed(name, unread, "none"))
            elif isinstance(facts, Unread):
                readings.extend(self._all_failed(name, facts, asked[name].said))
            else:
                readings.extend(self._understood(name, asked[name], facts))
        return readings

    def show(self, operation: str, arguments: Mapping[str, Value]) -> Shown:
        """The lines as they stand, then the request they become; raises KeyError for no operation."""
        if operation != operations.CLI:
            raise KeyError(operation)
        try:
            body = operations.hidden_json(operations.prepared(arguments)).splitlines()
        except NotSendable as problem:
            body = [f"not sendable: {problem}"]
        lines = [
            *operations.shown_lines(arguments),
            f"POST {self._base}{wire.PATH}",
            f"Content-Type: {wire.JSON}",
        ]
        if self._digest is not None:
            lines.append(f"Authorization: Digest <secret:{self._credentials_ref}>")
        return Shown(tuple(safe(line) for line in (*lines, *body)))

    async def perform(self, operation: str, arguments: Mapping[str, Value]) -> Answer:
        """Send the lines once, several as one composite: all take effect, or none."""
        if operation != operations.CLI:
            return Answer(Result.REFUSED, safe(f"not sent: {operation} is not known"))
        try:
            prepared = operations.prepared(arguments)
        except NotSendable as problem:
            return Answer(Result.REFUSED, safe(f"not sent: {problem}", 300))
        outcome = await self._http.send(self._base, _request(prepared), self._digest)
        if isinstance(outcome, NotFetched):
            if not outcome.sent:
                return Answer(Result.REFUSED, safe(f"not sent: {of_exchange(outcome).meaning}"))
            return Answer(Result.UNKNOWN, safe(f"no answer ({outcome.detail}): see what the readings say"))
        body = operations.hidden_bytes(outcome.body)
        if unread := of_status(outcome):
            return Answer(Result.REFUSED, unread.meaning, body)
        try:
            answered = wire.decode_answer(outcome.body)
        except ValueError as problem:
            return Answer(Result.UNKNOWN, broken(str(problem)).meaning, body)
        if not answered.success:
            return Answer(Result.REFUSED, safe(f"refused, nothing changed: {answered.failure}", 300), body)
        return Answer(Result.ACCEPTED, _accepted(prepared, answered.process_state), body)

    async def close(self) -> None:
        """Nothing is held open between two exchanges; the Fetcher belongs to whoever made it."""

    async def _facts(self, asked: Sequence[Question]) -> Facts | Unread:
        sources = list(dict.fromkeys(source for question in asked for source in question.sources))
        later = list(dict.fromkeys(kind for question in asked for kind in question.later))
        facts = Facts()
        told = await self._ask([source.value for source in sources])
        if isinstance(told, Unread):
            return told
        facts.answers = dict(zip(sources, told, strict=True))
        if later and Source.TREE in facts.answers:
            further = list(facts.questions(later))
            answers = await self._ask([operation for _, operation in further])
            if isinstance(answers, Unread):
                return answers
            facts.later = {key: answer for (key, _), answer in zip(further, answers, strict=True)}
        return facts

    async def _ask(self, asked: Sequence[Operation]) -> list[Any] | Unread:
        """A result or an Unread for each; one Unread when the server cannot be asked at all."""
        if not asked:
            return []
        if len(asked) > 1:
            told = await self._post(composite(asked))
            if isinstance(told, Unread):
                return told
            if told.success and (steps := _steps(told.result, len(asked))) is not None:
                return steps
        # What failed as a whole is asked again one by one, so that one refusal does not hide the others.
        results: list[Any] = []
        for operation in asked:
            answered = await self._post(operation)
            if isinstance(answered, Unread):
                return answered
            results.append(answered.result if answered.success else of_failure(answered.failure))
        return results

    async def _post(self, operation: Operation) -> wire.Answered | Unread:
        answer = await self._http.send(self._base, _request(operation), self._digest)
        if isinstance(answer, NotFetched):
            return of_exchange(answer)
        if unread := of_status(answer):
            return unread
        try:
            return wire.decode_answer(answer.body)
        except ValueError as problem:
            return broken(str(problem))

    def _understood(self, name: str, question: Question, facts: Facts) -> list[Reading]:
        told = question.understand(facts)
        if isinstance(told, Unread):
            return self._all_failed(name, told, question.said)
        if not isinstance(told, Mapping):
            return [self._reading(name, told, question.said)]
        if not told:
            return [self._failed(name, Unread(Failure.NO_ROWS, safe("there is none")), question.said)]
        rows = sorted(told, key=_default_first)
        self._rows[name] = tuple(rows)
        return [
            self._failed(name, value, question.said, row)
            if isinstance(value := told[row], Unread)
            else self._reading(name, value, question.said, row)
            for row in rows
        ]

    def _all_failed(self, name: str, unread: Unread, said: str) -> list[Reading]:
        rows = self._rows.get(name, ("",))
        return [self._failed(name, unread, said, row) for row in rows]

    def _reading(self, name: str, value: Value, said: str, row: str = "") -> Reading:
        return Reading(
            server=self._server,
            field=name,
            value=value,
            at=self._clock.wall(),
            boot_ns=self._clock.boot_ns(),
            source=self._source(said),
            row=row,
            unit=self._unit(name),
        )

    def _failed(self, name: str, unread: Unread, said: str, row: str = "") -> Reading:
        return Reading(
            server=self._server,
            field=name,
            value=None,
            at=self._clock.wall(),
            boot_ns=self._clock.boot_ns(),
            source=self._source(said),
            row=row,
            unit=self._unit(name),
            failure=unread.failure,
            meaning=unread.meaning,
        )

    def _unit(self, name: str) -> str:
        return self._fields[name].unit if name in self._fields else ""

    def _source(self, what: str) -> SafeText:
        return safe(f"management {self._base}: {what}", _WIDTH)


def _default_first(row: str) -> tuple[bool, str]:
    """Rows of the messaging server `default` come first: it is what is meant where no row is named."""
    return row.partition("/")[0] != "default", row


def _request(operation: Operation) -> Request:
    return Request("POST", wire.PATH, _HEADERS, wire.encode_request(operation))


def _steps(result: object, count: int) -> list[Any] | None:
    """The results of a composite's steps in order; None where a step is missing or was refused."""
    if not isinstance(result, Mapping):
        return None
    found: list[Any] = []
    for number in range(1, count + 1):
        step = result.get(f"step-{number}")
        if not isinstance(step, Mapping) or step.get("outcome") != "success":
            return None
        found.append(step.get("result"))
    return found


def _accepted(operation: Operation, process_state: str) -> SafeText:
    if operation.name in _BY_ITSELF and not operation.address:
        return safe(f"accepted: the {operation.name} begins now")
    if process_state:
        return safe(f"done; {process_state}: it takes effect with the next reload")
    return safe("done")
