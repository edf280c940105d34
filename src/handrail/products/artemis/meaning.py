"""What a failed question means on an Artemis broker, in words an operator can act on."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.products.artemis.wire import Fault
from handrail.products.exchange import Fetched, NotFetched
from handrail.readings import Failure
from handrail.text import SafeText, safe

_QUOTED = 120


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a value is not there."""

    failure: Failure
    meaning: SafeText


def of_exchange(outcome: NotFetched) -> Unread:
    """No whole HTTP answer."""
    words = {
        Failure.REFUSED: "the process is down, or its console listens elsewhere; "
        "a shared-store master that waits for the lock of its live slave does not listen either",
        Failure.TIMED_OUT: "the host hangs, or a firewall drops what is sent",
        Failure.UNREACHABLE: "the host is down or cut off, or the address is wrong",
    }
    meaning = words.get(outcome.failure)
    return Unread(outcome.failure, safe(f"{outcome.detail}: {meaning}" if meaning else outcome.detail))


def of_status(answer: Fetched) -> Unread | None:
    """An HTTP status that ends the matter; None for one whose body is to be read."""
    status = answer.status
    if status == 200 or (status == 403 and answer.body.strip()):
        return None
    if status in (401, 403):
        return Unread(
            Failure.WRONG_CREDENTIALS,
            safe(f"HTTP {status}: the console refuses this user and password, or the user lacks the role"),
        )
    if status == 429:
        wait = answer.headers.get("retry-after", "")
        after = f"; it asks to wait {wait} s" if wait.isascii() and wait.isdigit() else ""
        return Unread(
            Failure.THROTTLED, safe(f"HTTP 429: too many failed log-ins, the console throttles{after}")
        )
    if status == 503:
        return Unread(Failure.BOOTING, safe("HTTP 503: the web server is starting or stopping; ask again"))
    if 300 <= status < 400:
        where = answer.headers.get("location", "nowhere")
        return Unread(
            Failure.MALFORMED,
            safe(f"HTTP {status}: redirected to {where}; give that address if it is right", 300),
        )
    if status == 404:
        return Unread(
            Failure.MALFORMED,
            safe("HTTP 404: no Jolokia at this path; it is /console/jolokia since 2.4.0, /jolokia before"),
        )
    return Unread(Failure.MALFORMED, safe(f"HTTP {status}: not an answer of Jolokia"))


def of_fault(fault: Fault) -> Unread:
    """An entry that failed inside Jolokia's answer."""
    words = safe(fault.error, _QUOTED)
    if fault.status == 403:
        if "origin" in fault.error.lower():
            return Unread(
                Failure.ORIGIN_REFUSED,
                safe(
                    f"{words}: set this server's origin to the name its console was created with "
                    "(allow-origin in etc/jolokia-access.xml, by default http://localhost)"
                ),
            )
        return Unread(Failure.WRONG_CREDENTIALS, safe(f"{words}: the user lacks the role for this"))
    if "InstanceNotFoundException" in fault.error_type:
        return Unread(
            Failure.MBEAN_MISSING,
            safe(
                "the server inside the process is stopped or restarting, "
                "or is a shared-store slave still waiting for the backup lock"
            ),
        )
    if "IllegalStateException" in fault.error_type:
        return Unread(Failure.BOOTING, safe(f"the server is not started: {words}"))
    if "AttributeNotFoundException" in fault.error_type or "No operation" in fault.error:
        return Unread(Failure.NOT_SUPPORTED, safe("this release does not tell it"))
    return Unread(Failure.MALFORMED, safe(f"Jolokia status {fault.status}: {words}"))
