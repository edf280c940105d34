"""Until when a step is deferred: a length from now, a time of day, or a day, as a moment in UTC. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from handrail.procedure.model import duration_s

EXAMPLES = "8h, 09:00, tomorrow 09:00, 2d or 2026-12-24 09:00; times are UTC"
_DAYS = re.compile(r"(\d{1,3}) ?d")
_MOMENT = re.compile(
    r"(?:(today|tomorrow|\d{4}-\d\d-\d\d)(?:[ T]|$))?(?:(\d{1,2}):(\d\d) ?Z?)?", re.IGNORECASE
)
_WHOLE_DAY = timedelta(hours=23, minutes=59)


def until(text: str, now: datetime) -> str:
    """The moment as it is recorded, such as `2026-12-24 09:00Z`.

    A time of day alone is the next one; a day alone is its end. Raises ValueError with examples for words
    that name no moment, and for a moment that has gone by.
    """
    moment = _moment(text.strip(), now)
    if moment is None:
        raise ValueError(f"a time or a length, such as {EXAMPLES}")
    if moment <= now:
        raise ValueError(f"{moment:%Y-%m-%d %H:%M}Z has gone by; it is {now:%Y-%m-%d %H:%M}Z")
    return f"{moment:%Y-%m-%d %H:%M}Z"


def _moment(text: str, now: datetime) -> datetime | None:
    try:
        if days := _DAYS.fullmatch(text):
            return now + timedelta(days=int(days[1]))
        found = _MOMENT.fullmatch(text)
        if found is None or not text:
            return now + timedelta(seconds=duration_s(text))
        day, hour, minute = found.groups()
        start = _day(day, now)
        if hour is None:
            return start + _WHOLE_DAY
        moment = start.replace(hour=int(hour), minute=int(minute))
        return moment + timedelta(days=1) if day is None and moment <= now else moment
    except (ValueError, OverflowError):
        return None


def _day(word: str | None, now: datetime) -> datetime:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match (word or "today").lower():
        case "today":
            return today
        case "tomorrow":
            return today + timedelta(days=1)
        case written:
            year, month, day = map(int, written.split("-"))
            return today.replace(year=year, month=month, day=day)
