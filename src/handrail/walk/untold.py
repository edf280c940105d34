"""What a procedure reads and a server that answers does not tell: its release lacks it, or hides it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from handrail.observe.situation import Situation
from handrail.readings import Failure
from handrail.text import SafeText, safe
from handrail.walk.preflight import MENDS, Finding, Looked

_MENDS: Final = {
    Failure.NOT_SUPPORTED: "see whether its release is the one expected, and look at it by other means",
    Failure.MALFORMED: MENDS[Failure.MALFORMED],
    Failure.WRONG_CREDENTIALS: "let the user read it, or look at it as one who may",
}
"""What may be wrong with one question, not with the server: that is said of the server itself."""


def untold(situation: Situation, fields: Mapping[str, Collection[str]]) -> list[Looked]:
    """A note for each reason why fields of a server are not told; none for a server that tells nothing.

    `fields` are those the procedure speaks of, by server.
    """
    looked: list[Looked] = []
    for server, names in fields.items():
        told = {name: situation.rows(server, name) for name in sorted(names)}
        if not any(reading.failure is None for rows in told.values() for reading in rows):
            continue
        why: dict[tuple[Failure, SafeText], list[str]] = {}
        for name, rows in told.items():
            for failure, meaning in dict.fromkeys((item.failure, item.meaning) for item in rows):
                if failure in _MENDS:
                    why.setdefault((failure, meaning), []).append(name)
        looked += [
            Looked(
                safe(server),
                Finding.NOTE,
                safe(f"does not tell {', '.join(missing)}: {failure.value}: {meaning}", 400),
                safe(f"{_MENDS[failure]}; what rests on it stays unknown"),
            )
            for (failure, meaning), missing in why.items()
        ]
    return looked
