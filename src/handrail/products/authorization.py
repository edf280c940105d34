"""What a request says of who sends it: HTTP Basic at once, or Digest's proof once it was refused."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Awaitable, Callable, Mapping

from handrail.errors import HandrailError
from handrail.products import digest
from handrail.products.exchange import Credentials, Digest, Fetched, NotFetched
from handrail.products.product import Request
from handrail.readings import Failure
from handrail.text import safe

Login = tuple[str, str]
"""User and password, for the length of one exchange."""


def login_of(credentials: Credentials | Digest | None) -> Login | NotFetched | None:
    """The login, none where none is wanted, or why it could not be had, in words that hold no secret."""
    try:
        if credentials is None:
            return None
        user, password = credentials.credentials() if isinstance(credentials, Digest) else credentials()
        f"{user}:{password}".encode()  # an environment may hold bytes that are no text
        return user, password
    except HandrailError as problem:
        return NotFetched(Failure.NOT_READ, safe(f"no credentials: {problem.problem}", 200), sent=False)
    except Exception as problem:  # whatever resolves a secret may fail in any way, and must not tell it
        return NotFetched(Failure.NOT_READ, safe(f"no credentials: {type(problem).__name__}"), sent=False)


async def authorized(
    credentials: Credentials | Digest | None,
    login: Login | None,
    request: Request,
    exchange: Callable[[Mapping[str, str]], Awaitable[Fetched | NotFetched]],
) -> Fetched | NotFetched:
    """One exchange with this login; with Digest a second one, where the first was refused with a challenge.

    `exchange` is given the headers to add.
    """
    if login is None:
        return await exchange({})
    if not isinstance(credentials, Digest):
        return await exchange({"authorization": _basic(login)})
    answer = await exchange({})
    proof = _proof(answer, request, login)
    return answer if proof is None else await exchange({"authorization": proof})


def _basic(login: Login) -> str:
    """The Authorization header that goes out with the request (RFC 7617)."""
    user, password = login
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _proof(answer: Fetched | NotFetched, request: Request, login: Login) -> str | None:
    """The Authorization header a refused request is to be sent again with, if its answer asks for one."""
    if not isinstance(answer, Fetched) or answer.status != 401:
        return None
    asked = digest.challenge(answer.headers.get("www-authenticate"))
    if asked is None:
        return None
    return digest.authorization(asked, request.method, request.target, login, secrets.token_hex(8))
