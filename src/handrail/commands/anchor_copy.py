"""The outside copy of the heads that `--anchor` names: a file with them in it, or a git remote."""

from __future__ import annotations

from pathlib import Path

from handrail.errors import UsageError
from handrail.ledger.git_anchor import names_remote, read_back


def shown(anchor: str | None) -> bytes | None:
    """The copy; None when none was named. Raises UsageError when it cannot be read."""
    if anchor is None:
        return None
    if names_remote(anchor):
        return read_back(anchor)
    try:
        return Path(anchor).read_bytes()
    except OSError as problem:
        raise UsageError(
            f"{anchor}: {problem.strerror}", "name a file that holds the heads, or a git remote"
        ) from None
