"""The manifest of a sealed watch: what `sha256sum -c` reads, written and read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handrail.ledger import names

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]{1,160})")


class BadSeal(Exception):
    """A SEAL that is not a manifest as handrail writes it."""


def write(hashes: Mapping[str, str]) -> bytes:
    """One line a file, sorted by name."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()


def read(data: bytes) -> dict[str, str]:
    """The hash of each file. Raises BadSeal unless writing it again gives the same bytes."""
    hashes: dict[str, str] = {}
    for line in data.decode("ascii", "replace").splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            raise BadSeal("a line that is not a hash and a name")
        hashes[found[2]] = found[1]
    if not hashes or write(hashes) != data:
        raise BadSeal("not sorted, a name twice, or empty")
    return hashes


def head(data: bytes, signature: bytes) -> str:
    """What the next watch, the ledger's chain and an anchor name a sealed watch by."""
    return names.sha256(data, signature)
