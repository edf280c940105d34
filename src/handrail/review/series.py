"""Readings over time, from a run's observations: one series for each server, field and row. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handrail.text import SafeText, safe
from handrail.walk.brief import ALWAYS_MOVING
from handrail.walk.observations import words

LEVELS = " .:-=+*#%@"
"""Heights of a plot in plain characters, lowest first."""
TRUE, FALSE = "T", "f"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Texts, each by a letter in the order in which they first appear."""
LEGEND = "T true, f false; a, b .. texts in turn; numbers darker when higher; ? unread"


class Unread(str):
    """Why a reading failed, in the place of its value."""

    __slots__ = ()


@dataclass
class Series:
    """What one field of one server read, at each change; a failure is kept as its word."""

    server: str
    field: str
    row: str = ""
    points: list[tuple[datetime, object]] = dataclasses.field(default_factory=list)

    @property
    def name(self) -> SafeText:
        """Server, field and row."""
        return safe(f"{self.server} {self.field}{f' [{self.row}]' if self.row else ''}", 120)

    @property
    def numbers(self) -> list[tuple[datetime, float]]:
        """The points that are numbers or true and false."""
        return [(at, float(value)) for at, value in self.points if isinstance(value, bool | int | float)]

    @property
    def last(self) -> str:
        """The last value in words."""
        return words(self.points[-1][1]) if self.points else ""

    def at(self, moment: datetime) -> object | None:
        """The value that held at this moment."""
        value: object | None = None
        for at, told in self.points:
            if at > moment:
                break
            value = told
        return value


def series_of(observations: Iterable[dict[str, object]]) -> list[Series]:
    """Every series in the order it first appears; what cannot be understood is passed over."""
    found: dict[tuple[str, str, str], Series] = {}
    for entry in observations:
        if "field" not in entry or str(entry["field"]) in ALWAYS_MOVING:
            continue
        try:
            at = datetime.fromisoformat(str(entry.get("at")))
        except ValueError:
            continue
        key = (str(entry.get("server")), str(entry["field"]), str(entry.get("row", "")))
        series = found.setdefault(key, Series(*key))
        series.points.append((at, Unread(entry["failure"]) if "failure" in entry else entry.get("value")))
    return list(found.values())


def changing(series: Sequence[Series]) -> list[Series]:
    """Those that changed at all, numbers first: what is worth a plot."""
    moved = [item for item in series if len({repr(value) for _, value in item.points}) > 1]
    return sorted(moved, key=lambda item: not item.numbers)


def plot(series: Series, begin: datetime, end: datetime, width: int) -> SafeText:
    """A plot of `width` plain characters, the same in every row; `legend` says how to read it."""
    span = max((end - begin).total_seconds(), 0.001)
    values = [number for _, number in series.numbers]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    texts = list(dict.fromkeys(value for _, value in series.points if _is_text(value)))
    cells = []
    for column in range(width):
        moment = datetime.fromtimestamp(begin.timestamp() + span * (column + 1) / width, begin.tzinfo)
        value = series.at(moment)
        if value is None:
            cells.append(" ")
        elif isinstance(value, bool):
            cells.append(TRUE if value else FALSE)
        elif isinstance(value, int | float):
            height = 0.5 if high == low else (float(value) - low) / (high - low)
            cells.append(LEVELS[max(1, round(height * (len(LEVELS) - 1)))])
        elif _is_text(value):
            cells.append(LETTERS[min(texts.index(value), len(LETTERS) - 1)])
        else:
            cells.append("?")
    return safe("".join(cells))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Unread)
