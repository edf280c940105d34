"""What a failed question means on a Solace event broker, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.products.exchange import Fetched, NotFetched
from handrail.products.solace.rpc import RpcRefusal
from handrail.products.solace.semp import Code, Refusal
from handrail.readings import Failure
from handrail.text import SafeText, safe

_QUOTED = 160

NOT_NOW = "left out or shown as '-': it says nothing for this role or state, and is no 'no'"


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a value is not there."""

    failure: Failure
    meaning: SafeText


def not_applicable() -> Unread:
    """The broker leaves the attribute out."""
    return Unread(Failure.NOT_APPLICABLE, safe(NOT_NOW))


def no_rows(what: str) -> Unread:
    """It was read, and there is none."""
    return Unread(Failure.NO_ROWS, safe(f"there is no {what}"))


def broken(problem: str) -> Unread:
    """Bytes that are no answer of SEMP."""
    mend = "something else answers there, or the answer was cut; check url, and a proxy in between"
    return Unread(Failure.MALFORMED, safe(f"{problem}: {mend}", 240))


def of_exchange(outcome: NotFetched) -> Unread:
    """No whole HTTP answer."""
    words = {
        Failure.REFUSED: "the broker is down or still booting, or SEMP listens elsewhere (8080 and 1943 "
        "on a software broker, 80 and 443 on an appliance)",
        Failure.TIMED_OUT: "the host hangs, the site is cut off, or a firewall drops what is sent; "
        "cut off is not down: it may still serve its local clients",
        Failure.UNREACHABLE: "the site is down or cut off, or the address is wrong; "
        "cut off is not down: it may still serve its local clients",
    }
    meaning = words.get(outcome.failure)
    return Unread(outcome.failure, safe(f"{outcome.detail}: {meaning}" if meaning else outcome.detail))


def of_status(answer: Fetched) -> Unread | None:
    """An HTTP status that ends the matter; None for one whose body is to be read."""
    status = answer.status
    if status == 200 or (status in (400, 403, 503) and answer.body.lstrip()[:1] == b"{"):
        return None
    if status in (401, 403):
        return Unread(
            Failure.WRONG_CREDENTIALS,
            safe(f"HTTP {status}: SEMP refuses this user and password; look at the inventory's reference"),
        )
    if status == 503:
        return Unread(Failure.BOOTING, safe("HTTP 503: the broker is starting, or overloaded; wait"))
    if status == 404:
        return Unread(Failure.MALFORMED, safe("HTTP 404: no SEMP at this address; give that of the broker"))
    if 300 <= status < 400:
        where = answer.headers.get("location", "nowhere")
        return Unread(
            Failure.MALFORMED,
            safe(f"HTTP {status}: redirected to {where}; give that address if it is right", 300),
        )
    return Unread(Failure.MALFORMED, safe(f"HTTP {status}: not an answer of SEMP"))


def of_refusal(refusal: Refusal) -> Unread:
    """SEMP v2 would not; its code decides, its words are shown."""
    words = safe(refusal.description or refusal.status or f"code {refusal.code}", _QUOTED)
    if refusal.code == Code.UNAUTHORIZED:
        return Unread(
            Failure.WRONG_CREDENTIALS,
            safe(f"{words}: the user's access level is too low; replication needs a global admin"),
        )
    if refusal.code == Code.NOT_FOUND:
        return Unread(Failure.NO_ROWS, safe(f"{words}: there is no such object on this broker"))
    if refusal.code in (Code.INVALID_PARAMETER, Code.NOT_SUPPORTED):
        return Unread(Failure.NOT_SUPPORTED, safe(f"{words}: this release or edition does not know it"))
    if refusal.code == Code.NOT_ALLOWED:
        return Unread(Failure.NOT_READ, safe(f"{words}: not allowed in this state; wait and try again"))
    return Unread(Failure.NOT_READ, safe(f"SEMP code {refusal.code}: {words}"))


def of_rpc(refusal: RpcRefusal) -> Unread:
    """SEMP v1 would not, with HTTP 200 all the same."""
    words = safe(refusal.words or refusal.kind, _QUOTED)
    if refusal.kind == "permission-error":
        return Unread(
            Failure.WRONG_CREDENTIALS, safe(f"{words}: the user may not show this; it needs global read-only")
        )
    if refusal.kind == "limit-error":
        return Unread(Failure.THROTTLED, safe(f"{words}: too many SEMP requests at once; wait"))
    if refusal.kind in ("parse-error", "schema-error"):
        return Unread(Failure.NOT_SUPPORTED, safe(f"{words}: this release does not know the command"))
    return Unread(Failure.NOT_READ, safe(f"the command failed: {words}"))
