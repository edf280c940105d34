"""What a conductor needs of the world beyond the brokers: a place to record, a way to carry heads outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from handrail.ledger.watch import SavedRecord
from handrail.text import NOTHING, SafeText
from handrail.walk.asked import Asked
from handrail.walk.second_person import Heard


class Recorder(Protocol):
    """The ledger as the conductor uses it. Called on one writer thread only."""

    def append(self, event: Mapping[str, Any], files: Mapping[str, bytes]) -> SavedRecord:
        """Make the event durable; raises NotSaved when it could not be."""
        ...

    def seal(self) -> object:
        """Seal the watch after its last record."""
        ...


@dataclass(frozen=True)
class Outside:
    """What happens beyond the ledger: the head carried away, and the verdict after the seal."""

    anchor: Callable[[], Callable[[], str | None]] = lambda: lambda: None
    """Take the head as it is now; what it returns carries it outside, on a thread of its own, and tells why
    it is pending, or None. A slow anchor holds up nothing."""
    hear: Callable[[Asked], Heard] | None = None
    """Look whether a second person has signed; None where nobody can. Called on a thread of its own."""
    verdict: Callable[[], SafeText] = lambda: NOTHING
    """The verdict line of the sealed run. Called on the writer thread."""
