"""What the commands on live servers share: the inventory, the binding, and the look before walking."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from handrail.errors import UsageError
from handrail.inventory.loading import default_path, load
from handrail.inventory.model import Site
from handrail.text import SafeText
from handrail.walk.preflight import Looked


def inventory(options: argparse.Namespace) -> Site:
    """The inventory named, or the usual one; raises InventoryError, and UsageError when there is none."""
    path: Path = options.inventory or default_path()
    if not path.exists():
        raise UsageError(f"there is no inventory at {path}", "handrail inventory makes one")
    return load(path)


def lines(looked: Sequence[Looked]) -> list[SafeText]:
    """What was looked at, one line each, and the mend below it where something is wrong."""
    width = max((len(item.subject) for item in looked), default=0)
    found = []
    for item in looked:
        mark = f"{item.finding.value:5}"
        found.append(SafeText(f"{mark}  {item.subject:{width}}  {item.text}"))
        if item.mend:
            found.append(SafeText(f"       {'':{width}}  mend: {item.mend}"))
    return found
