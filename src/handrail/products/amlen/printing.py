"""Log lines as the server writes them: the wording from the catalogue, the columns as recorded.

What stands in the default and in the admin log is printed twice, as `tail -qF` of both files would show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from handrail.procedure.catalogue import Catalogue
from handrail.products.amlen.state import Printed

_HA = (("Admin", "AdminHA", "N"),)
_BOTH_ERRORS = (("Admin", ".", "E"),) * 2

_FORMS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "server-start": (("Server", ".", "I"), ("Admin", ".", "N")),
    "server-stopping": (("Admin", "timer0", "N"),),
    "license-usage": (("Admin", ".", "N"),),
    "admin-ready": (("Admin", ".", "N"),),
    "recovery-running": (("Messaging", ".", "I"),),
    "recovery-complete": (("Messaging", ".", "I"),),
    "ha-store-error": _BOTH_ERRORS,
    "disk-store-error": _BOTH_ERRORS,
    "ha-config-error": _BOTH_ERRORS,
    "request-refused": (("Admin", "AdminIOP", "E"),) * 2,
}
"""Component, thread and level of each file's line; all others come from the HA thread, in the admin log."""


def lines(printed: Printed, release: str, catalogue: Catalogue, origin: datetime) -> Sequence[str]:
    """The physical lines of one log event; `origin` is the wall time, UTC, of the world's second zero."""
    variant = next(iter(catalogue.expected(printed.message, release, None)), None)
    if variant is None:
        return ()
    moment = origin + timedelta(seconds=printed.at_s)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    given = printed.arguments[: variant.text.count("{}")]
    text = variant.fill(*given).removeprefix(f"{variant.code}: ")
    return [
        f"{stamp} {component:<12} {thread:<10} {variant.code} {level}: {text}"
        for component, thread, level in _FORMS.get(printed.message, _HA)
    ]
