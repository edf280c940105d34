"""What a failed question means on an EAP server, in words an operator can act on."""

from __future__ import annotations

from dataclasses import dataclass

from handrail.products.exchange import Fetched, NotFetched
from handrail.readings import Failure
from handrail.text import SafeText, safe

_QUOTED = 240


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a value is not there."""

    failure: Failure
    meaning: SafeText


def of_exchange(outcome: NotFetched) -> Unread:
    """No whole HTTP answer."""
    words = {
        Failure.REFUSED: "the process is down or has only begun to start, or its management listens "
        "elsewhere (127.0.0.1:9990 by default: bind it with -bmanagement)",
        Failure.TIMED_OUT: "the process hangs, or a firewall drops what is sent; look at the host",
        Failure.UNREACHABLE: "the host is down or cut off, or the address is wrong",
    }
    meaning = words.get(outcome.failure)
    return Unread(outcome.failure, safe(f"{outcome.detail}: {meaning}" if meaning else outcome.detail))


def of_status(answer: Fetched) -> Unread | None:
    """An HTTP status that ends the matter; None for one whose body is to be read."""
    status = answer.status
    if status in (200, 500):
        return None
    if status == 401:
        asked = answer.headers.get("www-authenticate", "")
        scheme = asked.partition(" ")[0] or "nothing"
        return Unread(
            Failure.WRONG_CREDENTIALS,
            safe(
                f"HTTP 401, asking for {scheme}: the management realm refuses this user and password; "
                "bin/add-user.sh makes or mends a management user",
                _QUOTED,
            ),
        )
    if status == 403:
        return Unread(
            Failure.WRONG_CREDENTIALS,
            safe("HTTP 403: the user's role may not do this, or a proxy added an Origin header"),
        )
    if status == 503:
        wait = answer.headers.get("retry-after", "")
        after = f", asks to wait {wait} s" if wait.isascii() and wait.isdigit() else ""
        return Unread(
            Failure.BOOTING, safe(f"HTTP 503{after}: the server boots, reloads or stops; ask again")
        )
    if 300 <= status < 400:
        where = answer.headers.get("location", "nowhere")
        return Unread(
            Failure.MALFORMED,
            safe(f"HTTP {status}: redirected to {where}; give that address (https is port 9993)", _QUOTED),
        )
    if status == 404:
        return Unread(
            Failure.MALFORMED,
            safe("HTTP 404: no management at this address; its port is 9990 plus the port offset"),
        )
    return Unread(Failure.MALFORMED, safe(f"HTTP {status}: not an answer of the management interface"))


def of_failure(words: str) -> Unread:
    """A failure description."""
    said = safe(words, _QUOTED)
    if "WFLYCTL0201" in words:
        return Unread(Failure.NOT_SUPPORTED, safe(f"{said}: this release does not tell it"))
    if "WFLYCTL0030" in words or "WFLYCTL0216" in words:
        return Unread(
            Failure.NOT_APPLICABLE,
            safe(f"{said}: it is not configured; is this the profile standalone-full-ha?", 320),
        )
    if "WFLYMSGAMQ0066" in words:
        return Unread(
            Failure.NOT_APPLICABLE, safe("the messaging server is passive: it tells this only when live")
        )
    if "WFLYMSGAMQ0054" in words or "WFLYMSGAMQ0103" in words:
        return Unread(
            Failure.NOT_APPLICABLE,
            safe("the messaging server does not run: admin-only mode, or its start failed; read server.log"),
        )
    if "WFLYCTL0313" in words:
        return Unread(Failure.WRONG_CREDENTIALS, safe(f"{said}: the user's role may not read this"))
    return Unread(Failure.NOT_READ, said)


def broken(problem: str) -> Unread:
    """An answer that is not what the management interface sends."""
    return Unread(
        Failure.MALFORMED,
        safe(
            f"{problem}: a proxy or another server answers there, or the answer was cut; check url", _QUOTED
        ),
    )
