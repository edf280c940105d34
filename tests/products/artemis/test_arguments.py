"""The gaps of log lines: uptimes in words."""

from __future__ import annotations

import pytest

from handrail.products.artemis.arguments import uptime


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3.25, "3.250 seconds"),
        (59.9996, "60.000 seconds"),
        (60, "1 minute"),
        (3600, "1 hour"),
        (90_061, "1 day 1 hour 1 minute"),
        (172_800, "2 days"),
    ],
)
def test_an_uptime_is_told_as_artemis_tells_it(seconds: float, words: str) -> None:
    """The last words of AMQ221002."""
    assert uptime(seconds) == words
