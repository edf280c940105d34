"""Events as the broker's event log has them: priority, stamp, host, and the wording from the catalogue."""

from __future__ import annotations

from datetime import datetime, timedelta

from handrail.procedure.catalogue import Catalogue
from handrail.products.solace.state import Printed

_LOCAL_USE_4 = 20
"""The syslog facility in the priority; which one a site has is its own choice."""
_SEVERITY = {"ERROR": 3, "WARN": 4, "INFO": 6, "DEBUG": 7}


def line(printed: Printed, version: str, catalogue: Catalogue, origin: datetime) -> str | None:
    """The line of one event, RFC 3164; None when this release prints no such event.

    `origin` is the wall time, UTC, of the world's second zero.
    """
    awaited = catalogue.expected(printed.message, version, None)
    if not awaited:
        return None
    variant = awaited[0]
    moment = origin + timedelta(seconds=printed.at_s + printed.offset_s)
    priority = _LOCAL_USE_4 * 8 + _SEVERITY[variant.level]
    head = f"<{priority}>{moment:%b} {moment.day:>2} {moment:%H:%M:%S} {printed.server} "
    wanted = variant.text.count("{}") - 1
    given = [*printed.arguments, *["-"] * wanted][:wanted]
    return variant.fill(head, *given)
