"""Sending an act: once, or once for each row of a batch, eight at a time. Reports ends; appends nothing.

What must be durable before the next byte leaves is handed to `save`, which comes back when it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from handrail.procedure.model import Act
from handrail.products.product import Answer, Result, Shown
from handrail.readings import Value
from handrail.text import amount, safe
from handrail.walk import events as e
from handrail.walk.systems import Systems

IN_FLIGHT = 8
"""Rows sent at once: a crash leaves at most so many undecided."""
GRACE_S = 5.0
"""How much longer than its limit an act may take before it is given up."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An act with everything it needs: the server, its resolved arguments, and its rows if it is a batch."""

    server: str
    act: Act
    arguments: Mapping[str, Value]
    rows: Sequence[str] = ()
    options: Mapping[str, str] | None = None
    """Row to the option chosen for it."""
    noun: str = "rows"
    """What the rows are, in the plural."""

    def of_row(self, row: str) -> Mapping[str, Value]:
        """The arguments of one row."""
        option = (self.options or {}).get(row)
        return {**self.arguments, "row": row, **({} if option is None else {"option": option})}


def shown(systems: Systems, sending: Sending) -> Shown:
    """The act as it is shown before it is sent; a batch by its first row, and how many there are."""
    if sending.act.rows is None:
        return systems.show(sending.server, sending.act, sending.arguments)
    if not sending.rows:
        return Shown((safe("no row is left to send for"),))
    first = systems.show(sending.server, sending.act, sending.of_row(sending.rows[0]))
    if len(sending.rows) == 1:
        return first
    all_rows = f"{len(sending.rows)} {sending.noun}"
    more = safe(f"and so for each of {all_rows}, {IN_FLIGHT} at a time; the View page lists them all")
    return Shown((*first.lines, more), first.by_hand)


async def perform(systems: Systems, sending: Sending) -> Answer:
    """Send once; no end within the limit is unknown."""
    return await _limited(systems, sending, sending.arguments)


async def perform_rows(
    systems: Systems,
    sending: Sending,
    step: str,
    attempt: int,
    save: Callable[[e.Event], Awaitable[bool]],
    stop: Callable[[], str],
) -> Answer:
    """Send for each row, eight at a time; the rows about to be sent are saved first, then their ends.

    `stop` gives a reason to send no more, or nothing. The answer is unknown when a row's end is, refused when
    one was refused or not sent.
    """
    this = {"step": step, "attempt": attempt}
    ends: list[e.RowEnd] = []
    why = ""
    for begin in range(0, len(sending.rows), IN_FLIGHT):
        why = stop()
        wave = tuple(sending.rows[begin : begin + IN_FLIGHT])
        if why or not await save(e.RowsSending(**this, rows=wave)):
            why = why or "it could not be saved"
            break
        answers = await asyncio.gather(*(_limited(systems, sending, sending.of_row(row)) for row in wave))
        ended = tuple(
            e.RowEnd(row=row, result=answer.result.value, detail=safe(answer.detail, 200))
            for row, answer in zip(wave, answers, strict=True)
        )
        ends += ended
        await save(e.RowsActed(**this, ends=ended))
    return _together(ends, len(sending.rows), why)


async def _limited(systems: Systems, sending: Sending, arguments: Mapping[str, Value]) -> Answer:
    limit_s = sending.act.limit
    try:
        async with asyncio.timeout(limit_s + GRACE_S):
            return await systems.perform(sending.server, sending.act, arguments)
    except TimeoutError:
        return Answer(Result.UNKNOWN, safe(f"no end within {limit_s:g} s"))


def _together(ends: Sequence[e.RowEnd], count: int, why: str) -> Answer:
    """One answer for the whole batch."""
    unknown = [end for end in ends if end.result == "unknown"]
    refused = [end for end in ends if end.result == "refused"]
    accepted = len(ends) - len(unknown) - len(refused)
    words = f"{accepted} of {amount(count, 'row')} accepted"
    if refused:
        words += f", {len(refused)} refused (first: {refused[0].row}: {refused[0].detail})"
    if unknown:
        words += f", {len(unknown)} unknown (first: {unknown[0].row}: {unknown[0].detail})"
        return Answer(Result.UNKNOWN, safe(words, 600))
    if len(ends) < count:
        words += f", {count - len(ends)} not sent: {why}"
    return Answer(Result.ACCEPTED if accepted == count else Result.REFUSED, safe(words, 600))
