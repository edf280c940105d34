"""Where releases differ in what the simulated world does, beyond the wordings the catalogue holds.

Pairs of 2.31.2, 2.44.0 and 2.56.0 were measured. Where only the first differed, and the release of the
change is not known, the change is put at 2.32.0, where the words changed.
"""

from __future__ import annotations

from handrail.procedure.versions import Version, parse_version

NEW_WORDS = Version(2, 32)
"""live became active, master primary, slave backup; an orderly stop is no possible split brain any more."""
CAPITALS = Version(2, 33)
"""AMQ221000 begins with a capital."""
JOLOKIA_2 = Version(2, 40)
"""Jolokia 2 instead of 1.7: other headers, other small shapes of its answers."""
_NEWEST = Version(99)


def release(version: str) -> Version:
    """The release as a number; one that cannot be read counts as the newest."""
    return parse_version(version) or _NEWEST


def is_old(version: str) -> bool:
    """Whether this release behaves as 2.31.2 was seen to."""
    return release(version) < NEW_WORDS
