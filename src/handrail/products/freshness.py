"""Whether an answer is of now: the uptime told with it must have gone on since the answer before.

A kept answer comes whole, as from a cache or a proxy in between: every value in it looks well, and its uptime
stands still. No product tells more than that; one that tells no uptime cannot be caught so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from handrail.products.product import Answer, Client, Shown
from handrail.readings import Failure, Reading, Value
from handrail.text import SafeText, safe

UPTIME: Final = "uptime-s"
"""Whole seconds since the server's process started, in the products that tell it."""
STOOD_STILL_S: Final = 5.0
"""Seconds between two answers of one uptime that cannot both be of now: five of its steps, so that neither
a slow answer nor one second more or less in the product's own counting is taken for a kept one."""


class FreshClient:
    """A client that asks for the uptime with every read; what comes with one that stands still is stale."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._first: Reading | None = None
        """The first answer with the uptime last told."""

    @property
    def server(self) -> str:
        """The server's name in the inventory."""
        return self._client.server

    async def read(self, fields: Collection[str]) -> Sequence[Reading]:
        """Read these fields; where the uptime stands still every value among them is stale."""
        found = await self._client.read(list(dict.fromkeys((*fields, UPTIME))))
        told = next((reading for reading in found if reading.field == UPTIME), None)
        meaning = None if told is None else self._stale(told)
        asked = [reading for reading in found if reading.field in fields]
        if meaning is None:
            return asked
        return [
            replace(reading, value=None, failure=Failure.STALE, meaning=meaning)
            if reading.failure is None
            else reading
            for reading in asked
        ]

    def show(self, operation: str, arguments: Mapping[str, Value]) -> Shown:
        """The exact request the operation becomes."""
        return self._client.show(operation, arguments)

    async def perform(self, operation: str, arguments: Mapping[str, Value]) -> Answer:
        """Send the operation once."""
        return await self._client.perform(operation, arguments)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    def _stale(self, told: Reading) -> SafeText | None:
        """What a kept answer means; None for one that may be of now."""
        # A failure may have been a restart, after which any uptime is new. 0 is nearly always a start just
        # made, and Artemis tells it as long as the server inside the process has not started.
        if not isinstance(told.value, int) or isinstance(told.value, bool) or told.value == 0:
            self._first = None
            return None
        if self._first is None or self._first.value != told.value:
            self._first = told
            return None
        stood_s = self._first.age_s(told.boot_ns)
        if stood_s < STOOD_STILL_S:
            return None
        return safe(
            f"its uptime stood at {told.value} s for {stood_s:.0f} s: an answer kept from before, "
            "by a cache or a proxy in between; ask the server itself"
        )
