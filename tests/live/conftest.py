"""Fixtures of the live tests: which version, where recordings go, and never by accident."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.live.bench import Figures
from tests.live.distributions import NotAvailable, fetch
from tests.live.scenarios import run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Real brokers start only when a marker expression asks for them."""
    if config.getoption("markexpr"):
        return
    asleep = pytest.mark.skip(reason="starts real brokers: run by make test-live")
    for item in items:
        if item.get_closest_marker("live") is not None:
            item.add_marker(asleep)


class Walks:
    """Walks scenarios for a test; a recording is written where HANDRAIL_RECORDINGS says."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._recordings = os.environ.get("HANDRAIL_RECORDINGS")

    def __call__(self, scenario: str, version: str) -> Figures:
        """The figures of the scenario; skips, with the reason, where the broker cannot be had."""
        try:
            fetch(version)
        except NotAvailable as reason:
            pytest.skip(f"Artemis {version}: {reason}")
        into = Path(self._recordings) if self._recordings else None
        return run(scenario, version, self._directory / "pair", into)


@pytest.fixture
def walk(tmp_path: Path) -> Walks:
    """Walk a scenario on a version of the real broker."""
    return Walks(tmp_path)
