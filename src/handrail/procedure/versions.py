"""Releases of products, compared as people mean it: vendor suffixes such as `.redhat-00003` do not count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_RELEASE = re.compile(r"^\s*v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?![\d])")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A release as three numbers; `2.28.0.redhat-00003` is 2.28.0."""

    major: int
    minor: int = 0
    micro: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.micro}"


@lru_cache(maxsize=1024)
def parse_version(text: str | None) -> Version | None:
    """The release a product says it is; None when it says none that can be compared."""
    found = _RELEASE.match(text or "")
    if not found:
        return None
    return Version(*(int(part or 0) for part in found.groups()))


def covers(since: str, until: str | None, version: Version | None) -> bool:
    """Whether a range, both ends included, holds this version; an unknown version is in every range."""
    if version is None:
        return True
    first, last = parse_version(since), parse_version(until)
    return (first is None or first <= version) and (last is None or version <= last)
