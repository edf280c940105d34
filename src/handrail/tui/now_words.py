"""What an expectation found, in one row: what tells is kept, and what stands in front of it gives way.

Pure. The whole of it is on the page of the step, and in the record.
"""

from __future__ import annotations

import re

from handrail.readings import Evidence
from handrail.tui.paper import columns, cut

_LEAST_CODE = 4
"""Letters of the shortest code that a line of a log begins with."""
_SIDE = re.compile(r"(?P<name>\S+) of (?P<server>[^:;]+): (?P<value>.*)")
_ID = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f-]{14,}[0-9A-Fa-f]")
_HEAD, _TAIL = 6, 4
"""Letters kept of a long identifier, to tell two apart at a glance; the verdict compares them whole."""


def in_a_row(item: Evidence, room: int) -> str:
    """What was found, in at most so many columns; a cut is marked by `..`."""
    found = str(item.now)
    for shorter in (_whole, _from_its_code, _both_sides):
        found = shorter(found, item)
        if columns(found) <= room:
            return found
    return cut(found, room)


def _whole(found: str, _item: Evidence) -> str:
    return found


def _from_its_code(found: str, item: Evidence) -> str:
    """A line of a log without the time and the logger in front of its code."""
    code = item.expected.partition(" ")[0].rstrip(":")
    begins = found.find(code) if len(code) >= _LEAST_CODE else -1
    return found[begins:] if begins > 0 else found


def _both_sides(found: str, _item: Evidence) -> str:
    """Readings that are compared, each with its server alone, long identifiers by their ends."""
    sides = [_SIDE.fullmatch(part) for part in found.split("; ")]
    named = [side for side in sides if side is not None]
    if len(sides) < 2 or len(named) < len(sides) or len({side["name"] for side in named}) > 1:
        return found
    return "; ".join(f"{side['server']}: {_ID.sub(_ends, side['value'])}" for side in named)


def _ends(identifier: re.Match[str]) -> str:
    return f"{identifier[0][:_HEAD]}..{identifier[0][-_TAIL:]}"
