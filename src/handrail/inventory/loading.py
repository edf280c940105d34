"""Finding and loading inventory files."""

from __future__ import annotations

import re
from pathlib import Path

from platformdirs import user_config_path

from handrail import toml_file
from handrail.errors import Finding, InventoryError
from handrail.inventory.model import REFERENCE_MEND, Site

_SECRET_KEY = re.compile(
    r"""^\s*(?:[\w.-]*(?:password|passwd|secret|token|passphrase)[\w-]*)\s*=\s*["'][^"']*["']|[{,]\s*password\s*=\s*["']""",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"https?://[^/\s\"']*:[^/\s\"']*@")


def default_path() -> Path:
    """Where the inventory lies unless told otherwise."""
    return user_config_path("handrail") / "inventory.toml"


def load(path: Path) -> Site:
    """One inventory; raises InventoryError with every finding, never repeating a secret it met."""
    data = toml_file.read_capped(path, InventoryError)
    refuse_secrets(path, data)
    return toml_file.check(path, data, Site, InventoryError)


def refuse_secrets(path: Path, data: bytes) -> None:
    """Raise InventoryError for each line that holds a secret itself instead of a reference to one."""
    findings = [
        Finding(path, number, "a secret stands in the file", REFERENCE_MEND)
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1)
        if _SECRET_KEY.search(line) or _USERINFO.search(line)
    ]
    if findings:
        raise InventoryError(findings)
