"""The one line an AMM event leaves in the syslog: that of the document's example script, tag AMM_HA."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handrail.procedure.catalogue import Catalogue
from handrail.products.amm.state import Event

SCRIPT = "ha_event.sh"
"""What `basename $0` gives; the name of the file the AMM makes of the script is not documented."""


def lines(event: Event, catalogue: Catalogue, origin: datetime) -> Sequence[str]:
    """The syslog line of one event; `origin` is the wall time, UTC, of the world's second zero."""
    variant = catalogue.variants(event.message)[0]
    moment = origin + timedelta(seconds=event.at_s)
    arguments = [f"{moment:%b} {moment.day:>2} {moment:%H:%M:%S} {event.server}", "", SCRIPT, event.first]
    arguments += [event.second] * (variant.text.count("{}") - len(arguments))
    return (variant.fill(*arguments),)
