"""What people are called on screens: by their account, and by their key where two share one account. Pure."""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "SHA256:"
SHOWN = 6
"""Characters of a fingerprint beside a name: enough to tell apart the people of one account."""


def short(key: str) -> str:
    """The beginning of a key's fingerprint; nothing for a drill's `drill:name`, whose key is thrown away."""
    return key.removeprefix(PREFIX)[:SHOWN] if key.startswith(PREFIX) else ""


def shared_names(people: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The names that stand for more than one key, of these names each with its key's fingerprint."""
    keys: dict[str, set[str]] = {}
    for name, key in people:
        if short(key):
            keys.setdefault(name, set()).add(key)
    return frozenset(name for name, found in keys.items() if len(found) > 1)


def called(name: str, key: str, shared: frozenset[str]) -> str:
    """The name, and the beginning of the key where the name alone could be somebody else's."""
    return f"{name} ({short(key)})" if name in shared and short(key) else name
