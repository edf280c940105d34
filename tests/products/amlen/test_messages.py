"""The catalogue against the recorded logs, and the simulator's lines against both."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.products.amlen.conftest import RECORDINGS, Lab

from handrail.procedure.catalogue import Catalogue
from handrail.products.amlen.printing import lines
from handrail.products.amlen.simulator import DEFAULT_START
from handrail.products.amlen.state import Printed

RECORDED = sorted(
    {
        line
        for kind in ("admin", "default")
        for server in ("A", "B")
        for line in (RECORDINGS / "logs" / server / f"imaserver-{kind}.log").read_text("utf-8").splitlines()
    }
)
NOTICE = re.compile(r"(CWLNA\d{4}) [INWE]: ")


def shape(line: str) -> str:
    """A line without its moment and its release."""
    return line[24:].replace("1.1dev local", "...")


def test_every_recorded_line_is_one_message(catalogue: Catalogue) -> None:
    """Would catch a wording, or the level between code and colon, that the matcher does not know."""
    matcher = catalogue.matcher("1.1.0", "pair")
    assert len(RECORDED) > 100
    for line in RECORDED:
        assert len(matcher.match(line)) == 1, line


def test_a_level_letter_does_not_hide_the_code(catalogue: Catalogue) -> None:
    """Would catch near misses that no longer find the code of an Amlen line."""
    line = "2026-11-21T01:50:12.513Z Admin        AdminHA    CWLNA6005 N: The server stops."
    told = catalogue.near_miss("server-stopping", line, None, None)
    assert told is not None
    assert "of no known release" in told


def test_another_event_of_the_same_code_is_no_near_miss(catalogue: Catalogue) -> None:
    """Would catch `STANDBY_SYNC_STOP` explained as a strange wording of `STANDBY_SYNC_START`."""
    stop = next(line for line in RECORDED if "STANDBY_SYNC_STOP" in line)
    assert catalogue.near_miss("standby-in-sync", stop, None, None) is None


def test_the_walk_of_the_document_logs_only_lines_that_were_recorded(lab: Callable[..., Lab]) -> None:
    """Would catch columns, levels or words that a real server does not write."""
    pair = lab(discovery_timeout=60)
    for server, name, arguments in (
        ("b", "restart", {"maintenance": True}),
        ("a", "restart", {"maintenance": True}),
        ("a", "restart", {"clean_store": True}),
        ("b", "restart", {"clean_store": True}),
        ("a", "restart", {"maintenance": False}),
        ("b", "restart", {"maintenance": False}),
    ):
        pair.simulator.inject(name, {"server": server, **arguments})
        pair.go(30 if (server, arguments) != ("a", {"maintenance": False}) else 5)
    known = {shape(line) for line in RECORDED}
    printed = [line for server in ("a", "b") for line in pair.simulator.lines(server, 0)]
    assert len(printed) > 30
    assert {shape(line) for line in printed} <= known


@pytest.mark.parametrize("message", ["ha-store-error", "server-start"])
def test_what_stands_in_two_files_is_printed_twice(catalogue: Catalogue, message: str) -> None:
    """Would catch a follower of both files that sees each error once only."""
    found = lines(Printed(1.0, "a", message, ("1.1dev local",)), "1.1dev local", catalogue, DEFAULT_START)
    assert len(found) == 2
    assert {NOTICE.search(line) is not None for line in found} == {True}
