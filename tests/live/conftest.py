"""Fixtures of the live tests: which version, where recordings go, and never by accident."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live import wildfly
from tests.live.bench import Figures
from tests.live.distributions import NotAvailable, fetch
from tests.live.scenarios import run
from tests.live.wildfly_pairs import Pair, fresh


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


@pytest.fixture(scope="module", params=wildfly.VERSIONS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two fresh WildFly servers of one release, started, for the tests of a file one after the other."""
    with fresh(request.param, tmp_path_factory.mktemp("wildfly")) as servers:
        yield servers


@pytest.fixture
def walk(tmp_path: Path) -> Walks:
    """Walk a scenario on a version of the real broker."""
    return Walks(tmp_path)
