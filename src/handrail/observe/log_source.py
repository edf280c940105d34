"""What a log source offers, whatever stands behind it: a file, a command, or a simulated server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from handrail.observe.situation import SourceState
from handrail.readings import Line


class LogSource(Protocol):
    """One server's log, read forward only. No method raises for anything a log can do."""

    @property
    def server(self) -> str:
        """Whose log it is."""
        ...

    @property
    def state(self) -> SourceState:
        """Whether it can be read now, and how far it has been."""
        ...

    async def start(self, number: int = 0, position: str = "") -> None:
        """Begin at the end of the log, or right after `position`, counting lines on from `number`."""
        ...

    async def read(self) -> Sequence[Line]:
        """The lines that came since the last call; none if there are none."""
        ...

    async def agrees(self) -> bool:
        """Whether a second look at the source confirms that everything in it was consumed."""
        ...

    async def close(self) -> None:
        """Stop following."""
        ...
