"""When something was, as somebody says it: a time of day, a stamp of a log, or how long ago, in UTC. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EXAMPLES = "03:14, 2026-01-02 03:14:07, 04:14+01:00 or 20m ago; times are UTC"
WRITTEN = "%Y-%m-%d %H:%M:%SZ"
"""How an understood moment is recorded and shown, to the second."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_AGO = re.compile(
    r"(?=\d)(?:(?P<d>\d+) ?d(?:ays?)?)? ?(?:(?P<h>\d+) ?h(?:ours?)?)? ?"
    r"(?:(?P<m>\d+) ?m(?:in(?:ute)?s?)?)? ?(?:(?P<s>\d+) ?s(?:ec(?:ond)?s?)?)? ago"
)
_MOMENT = re.compile(
    r"(?:(?P<day>today|yesterday|\d{4}-\d\d-\d\d)[ t])?(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,]\d+)?)? ?(?P<zone>z|utc|[+-]\d\d:?\d\d)?"
)


def moment(text: str, now: datetime) -> datetime:
    """The moment meant, in UTC to the second; a time of day alone is the latest one there was.

    `now` is in UTC. Raises ValueError with examples for words that name no moment, and for a moment to come.
    """
    text = " ".join(text.split()).lower()
    found = _ago(text, now) or _stamped(text, now)
    if found is None:
        raise ValueError(f"a time, or how long ago, such as {EXAMPLES}")
    if found > now:
        raise ValueError(f"{found:{WRITTEN}} has not come yet; it is {now:{WRITTEN}}")
    return found


def is_written(text: str) -> bool:
    """Whether this is a moment as it is recorded."""
    try:
        return datetime.strptime(text, WRITTEN).strftime(WRITTEN) == text  # noqa: DTZ007 - the form has its Z
    except ValueError:
        return False


def read(text: str) -> datetime:
    """A moment from the form it is recorded in; raises ValueError for any other."""
    return datetime.strptime(text, WRITTEN).replace(tzinfo=UTC)


def _ago(text: str, now: datetime) -> datetime | None:
    found = _AGO.fullmatch(text)
    if found is None:
        return None
    length = {_UNITS[unit]: int(number) for unit, number in found.groupdict().items() if number}
    try:
        return (now - timedelta(**length)).replace(microsecond=0)
    except OverflowError:
        return None


def _stamped(text: str, now: datetime) -> datetime | None:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    try:
        offset = _offset(found["zone"])
        there = now + offset
        hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
        at = there.replace(hour=hour, minute=minute, second=second, microsecond=0)
        match found["day"]:
            case None:
                at -= timedelta(days=at > there)
            case "today":
                pass
            case "yesterday":
                at -= timedelta(days=1)
            case written:
                year, month, day = map(int, written.split("-"))
                at = at.replace(year=year, month=month, day=day)
        return at - offset
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    """How far the clock of this zone is ahead of UTC."""
    if zone is None or zone in ("z", "utc"):
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError(zone)
    length = timedelta(hours=hours, minutes=minutes)
    return -length if zone[0] == "-" else length
