"""What it means that an AMM does not answer, in words an operator can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handrail.products.exchange import Fetched, NotFetched
from handrail.readings import Failure
from handrail.text import SafeText, safe

_EXCHANGES: Mapping[Failure, str] = {
    Failure.REFUSED: "the host answers and its web server does not listen: it is starting, upgrading or down",
    Failure.TIMED_OUT: "the host hangs, or a firewall drops what is sent",
    Failure.UNREACHABLE: "the host is down or cut off, or the address is wrong; a certificate that is not "
    "accepted is made known to this machine's certificate authorities",
    Failure.MALFORMED: "something else than a web server listens there; see host and port",
}


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a value is not there."""

    failure: Failure
    meaning: SafeText


def of_exchange(outcome: NotFetched) -> Unread:
    """No whole HTTP answer."""
    words = _EXCHANGES.get(outcome.failure)
    return Unread(outcome.failure, safe(f"{outcome.detail}: {words}" if words else outcome.detail))


def of_status(answer: Fetched) -> Unread | None:
    """An HTTP status that is no sign of an AMM at work; any other, 401 included, means that it answers."""
    if answer.status == 503:
        return Unread(
            Failure.BOOTING, safe("HTTP 503: the AMM, or a proxy before it, is starting or upgrading; wait")
        )
    if 300 <= answer.status < 400 and "://" in (where := answer.headers.get("location", "")):
        return Unread(
            Failure.MALFORMED,
            safe(f"HTTP {answer.status}: sent away to {where}; give that address if it is right", 300),
        )
    return None
