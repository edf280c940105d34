"""HTTP Digest (RFC 7616): the challenge a server sends, and the proof a client answers with. Pure; no I/O.

Both sides of it: clients prove that they know a password, simulated servers hold the proof against it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}
_PARAMETER = re.compile(r'([A-Za-z][A-Za-z-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(
    r'(?:^|,)\s*Digest\s+((?:[^",]|"(?:[^"\\]|\\.)*"|,(?!\s*[A-Za-z-]+\s+[A-Za-z-]+=))*)', re.I
)
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks: its realm, a nonce, and how the proof is to be made."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    has_qop: bool = True
    """Without it the old form of RFC 2069 is used."""
    opaque: str | None = None
    stale: bool = False


def challenge(header: str | None) -> Challenge | None:
    """The Digest challenge in a WWW-Authenticate header; None for no header, another scheme or algorithm."""
    found = _SCHEME.search((header or "")[:_LONGEST])
    if found is None:
        return None
    told = parameters(found.group(1))
    algorithm = told.get("algorithm", "MD5").upper()
    offered = [word.strip() for word in told["qop"].split(",")] if "qop" in told else None
    if algorithm not in _HASHES or not told.get("nonce") or (offered is not None and "auth" not in offered):
        return None
    return Challenge(
        told.get("realm", ""),
        told["nonce"],
        algorithm,
        offered is not None,
        told.get("opaque"),
        told.get("stale", "").lower() == "true",
    )


def authorization(
    asked: Challenge, method: str, target: str, login: tuple[str, str], cnonce: str, count: int = 1
) -> str:
    """The Authorization header that answers; `login` is user and password, `cnonce` anything fresh."""
    user, password = login
    number = f"{count:08x}"
    proof = _proof(asked, method, target, (user, asked.realm, password), number, cnonce)
    parts = [
        f'username="{_quoted(user)}"',
        f'realm="{_quoted(asked.realm)}"',
        f'nonce="{_quoted(asked.nonce)}"',
        f'uri="{_quoted(target)}"',
        f'response="{proof}"',
        f"algorithm={asked.algorithm}",
    ]
    if asked.has_qop:
        parts += ["qop=auth", f"nc={number}", f'cnonce="{cnonce}"']
    if asked.opaque is not None:
        parts.append(f'opaque="{_quoted(asked.opaque)}"')
    return "Digest " + ", ".join(parts)


def proves(header: str | None, asked: Challenge, method: str, target: str, login: tuple[str, str]) -> bool:
    """Whether an Authorization header answers this challenge with the right user and password."""
    scheme, _, rest = (header or "")[:_LONGEST].partition(" ")
    if scheme.lower() != "digest":
        return False
    told = parameters(rest)
    user, password = login
    same = (told.get("username"), told.get("realm"), told.get("nonce"), told.get("uri"))
    if same != (user, asked.realm, asked.nonce, target):
        return False
    secret = (user, asked.realm, password)
    return told.get("response") == _proof(
        asked, method, target, secret, told.get("nc", ""), told.get("cnonce", "")
    )


def parameters(text: str) -> Mapping[str, str]:
    """The named values of a header, unquoted; names in lower case."""
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        for name, quoted, plain in _PARAMETER.findall(text)
    }


def _proof(
    asked: Challenge, method: str, target: str, secret: tuple[str, str, str], count: str, cnonce: str
) -> str:
    first, second = _hash(asked, ":".join(secret)), _hash(asked, f"{method}:{target}")
    middle = f"{asked.nonce}:{count}:{cnonce}:auth" if asked.has_qop else asked.nonce
    return _hash(asked, f"{first}:{middle}:{second}")


def _hash(asked: Challenge, text: str) -> str:
    made = hashlib.new(_HASHES[asked.algorithm], text.encode(), usedforsecurity=False)
    return made.hexdigest()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
