"""Where handrail keeps things: settings and state where XDG says."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs


def ledger_root() -> Path:
    """The ledger: HANDRAIL_LEDGER, or below the user's state directory."""
    named = os.environ.get("HANDRAIL_LEDGER")
    return Path(named) if named else platformdirs.user_state_path("handrail") / "ledger"


def anchor_folder(remote: str) -> Path:
    """This account's repository for one git remote; it lies in no ledger, for a ledger may be shared."""
    name = hashlib.sha256(remote.encode()).hexdigest()[:16]
    return platformdirs.user_state_path("handrail") / "anchors" / f"{name}.git"
