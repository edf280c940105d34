"""The documentation's example as files beside copies of the product's own catalogue, fields and injects.

Whole rehearsals are begun before all other tests, the longest first, so that no worker waits for one at the end.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from handrail.drill.rehearsal import work
from handrail.procedure.loading import builtin_root, find

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole rehearsals to the front; all others stay in the order they have."""
    items.sort(key=_work, reverse=True)


def _work(item: pytest.Item) -> int:
    if (
        not isinstance(item, pytest.Function)
        or item.originalname != "test_every_edge_is_taken_by_a_sealed_run"
    ):
        return 0
    return work(find(str(item.callspec.params["identity"])).procedure)
