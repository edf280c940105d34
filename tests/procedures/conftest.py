"""The documentation's example as files beside copies of the product's own catalogue, fields and injects."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from handrail.procedure.loading import builtin_root

DOCUMENT = builtin_root().parent / "docs" / "writing-procedures.md"
_BLOCK = re.compile(r"```toml (\w+)\n(.*?)```", re.DOTALL)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The path of the documented procedure, its scenario and the product's files around it."""
    folder = tmp_path / "artemis"
    (folder / "drills").mkdir(parents=True)
    for name in ("messages.toml", "fields.toml", "drills/injects.toml"):
        shutil.copy(builtin_root() / "artemis" / name, folder / name)
    blocks = dict(_BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")))
    (folder / "drills" / "restart-slave.toml").write_text(blocks["scenario"], encoding="utf-8")
    path = folder / "restart-slave.toml"
    path.write_text(blocks["procedure"], encoding="utf-8")
    return path
