"""What was found in one row: the code of a log line and both sides of a comparison stay on the screen."""

from __future__ import annotations

import pytest

from handrail.readings import Evidence, Verdict
from handrail.text import safe
from handrail.tui.now_words import in_a_row
from handrail.tui.paper import columns

LINE = (
    "2026-11-21 18:37:57,532 INFO  [org.apache.activemq.artemis.core.server] AMQ221109: Backup Server started"
)


def found(expected: str, text: str) -> Evidence:
    """An expectation that is met by this."""
    return Evidence(safe(expected), safe(text), Verdict.MET)


def test_a_log_line_begins_with_its_code_where_it_would_be_cut() -> None:
    """Would catch a timestamp and a logger's name that leave no room for what the line says."""
    item = found("AMQ221109: Backup Server started in the log of broker-b", LINE)
    assert in_a_row(item, 57) == "AMQ221109: Backup Server started"
    assert in_a_row(item, 200) == LINE
    assert in_a_row(item, 20) == "AMQ221109: Backup .."


def test_of_two_readings_compared_both_are_shown() -> None:
    """Would catch a comparison of which only one side is on the screen."""
    one, other = "f3c1a2b4-5d6e-11ee-9f00-0242ac110002", "a0c1a2b4-5d6e-11ee-9f00-0242ac110003"
    item = found(
        "node-id of broker-a and node-id of broker-b equal",
        f"node-id of broker-a: {one}; node-id of broker-b: {other}",
    )
    assert in_a_row(item, 57) == "broker-a: f3c1a2..0002; broker-b: a0c1a2..0003"


@pytest.mark.parametrize("text", ["", "x" * 90, "a of b: c; " * 20, f"{LINE}; node-id of a: 1"])
def test_whatever_was_found_fits(text: str) -> None:
    """What has neither a code nor two sides is cut, and says so."""
    row = in_a_row(found("active of broker-a = true", text), 40)
    assert columns(row) <= 40
    assert row == text or row.endswith("..")
