"""What a failed question or a refused request means on an Amlen server, in words an operator can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handrail.products.amlen.wire import Told
from handrail.products.exchange import Fetched, NotFetched
from handrail.readings import Failure
from handrail.text import SafeText, safe

_QUOTED = 160


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a value is not there."""

    failure: Failure
    meaning: SafeText


_EXCHANGES: Mapping[Failure, str] = {
    Failure.REFUSED: (
        "expected from about 3 s to 11 s after an accepted restart; otherwise the server is down "
        "(systemctl start imaserver, or docker start), or its certificate file is missing: it then "
        "refuses plain HTTP too"
    ),
    Failure.TIMED_OUT: "the host hangs, or a firewall drops what is sent",
    Failure.UNREACHABLE: "the host is down or cut off, or the address is wrong (port 9089 by default)",
    Failure.MALFORMED: "something else than Amlen listens there; see the port, 9089 by default",
}

_REFUSALS: Mapping[str, str] = {
    "CWLNA0112": "the value is out of its range; choose another",
    "CWLNA0115": "this release knows no such property",
    "CWLNA0134": "the value is not one of those allowed; capital letters count",
    "CWLNA0137": "no such call: path, method or body is wrong, or two are together that exclude each other",
    "CWLNA0353": "the pair synchronises; wait for it and send again",
    "CWLNA0384": "the store of a member of a cluster cannot be cleaned; take it out of the cluster first",
    "CWLNA0387": "the licence is not accepted; accept it first",
    "CWLNA6001": "the body is no JSON",
    "CWLNA6121": "a standby takes no such change; send it to the primary",
    "CWLNA0350": "a standby takes no such change; send it to the primary",
    "CWLNA0382": "a standby takes no such change; send it to the primary",
    "CWLNA0388": "a standby takes no such change; send it to the primary",
}


def of_exchange(outcome: NotFetched) -> Unread:
    """No whole HTTP answer."""
    words = _EXCHANGES.get(outcome.failure)
    return Unread(outcome.failure, safe(f"{outcome.detail}: {words}" if words else outcome.detail))


def of_status(answer: Fetched) -> Unread | None:
    """An HTTP status that ends the matter; None for one whose body is to be read."""
    status = answer.status
    if status in (200, 400):
        return None
    if status in (401, 403):
        return Unread(
            Failure.WRONG_CREDENTIALS,
            safe(
                f"HTTP {status}: user or password refused; AdminUserID and AdminUserPassword may "
                "have changed with a restored configuration"
            ),
        )
    if status == 503:
        return Unread(
            Failure.BOOTING, safe("HTTP 503: the server, or a proxy before it, is starting; ask again")
        )
    if 300 <= status < 400:
        where = answer.headers.get("location", "nowhere")
        return Unread(
            Failure.MALFORMED, safe(f"HTTP {status}: redirected to {where}; give that address", 300)
        )
    return Unread(
        Failure.MALFORMED, safe(f"HTTP {status}: not an answer of Amlen's administration; see host and port")
    )


def of_told(told: Told) -> SafeText:
    """A refusal by code, with what it means."""
    words = _REFUSALS.get(told.code)
    quoted = safe(f"{told.code} {told.message}", _QUOTED)
    return safe(f"{quoted}: {words}") if words else quoted
