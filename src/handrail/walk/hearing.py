"""Hearing a second person: their statement is looked for in a thread, once a second, holding up nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from handrail.clock import Clock
from handrail.ledger.statement import Kind
from handrail.text import NOTHING, SafeText
from handrail.walk import events as e
from handrail.walk.asked import Asked
from handrail.walk.second_person import Heard, Vouched

HEAR_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class HasHeard:
    """Somebody looked for a second person's statement, and this is what was there."""

    wanted: Asked
    heard: Heard


class Hearing:
    """At most one look at a time. What each found is told in the walk's own loop."""

    def __init__(
        self,
        hear: Callable[[Asked], Heard] | None,
        clock: Clock,
        thread: Executor,
        tell: Callable[[HasHeard], None],
    ) -> None:
        self._hear = hear
        self._clock = clock
        self._thread = thread
        self._tell = tell
        self._looking: asyncio.Task[None] | None = None
        self._heard_ns = 0
        self._told: SafeText = NOTHING

    @property
    def due(self) -> bool:
        """Whether anybody can be heard, and the last look has ended long enough ago."""
        if self._hear is None or self._looking is not None:
            return False
        return self._clock.boot_ns() - self._heard_ns >= HEAR_EVERY_S * 1e9

    def look(self, wanted: Asked) -> None:
        """Begin to look; `ended` is to be called with what was told."""
        if self._hear is not None:
            self._looking = asyncio.create_task(self._look(self._hear, wanted))

    async def _look(self, hear: Callable[[Asked], Heard], wanted: Asked) -> None:
        heard = await asyncio.get_running_loop().run_in_executor(self._thread, hear, wanted)
        self._tell(HasHeard(wanted, heard))

    def ended(self, found: HasHeard) -> SafeText:
        """The look is over; gives why a statement does not count, where that was not said before."""
        self._looking, self._heard_ns = None, self._clock.boot_ns()
        before, self._told = self._told, found.heard.problem
        return NOTHING if found.heard.problem == before else found.heard.problem


def recorded(wanted: Asked, vouched: Vouched, number: int) -> tuple[e.Event, dict[str, bytes]]:
    """What record `number` says of a statement that counts, and its bytes as files beside that record."""
    signed = vouched.signed
    name = f"{wanted.kind}-{number:06d}.toml"
    about = {
        "principal": vouched.principal,
        "key": signed.key,
        "statement": name,
        "sha256": signed.sha256,
    }
    event: e.Event = (
        e.HandedOver(**about)
        if wanted.kind is Kind.ACCEPT
        else e.Witnessed(step=wanted.step, attempt=wanted.attempt, **about)
    )
    return event, {name: signed.data, f"{name}.sig": signed.signature}
