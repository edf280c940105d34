"""What a look says of a server that answers, and of one that tells nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from handrail.readings import Failure, Reading
from handrail.text import safe
from handrail.walk.preflight import MENDS, Finding, _server

NOW = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)


def unread(field: str, failure: Failure, meaning: str) -> Reading:
    """A reading that failed."""
    return Reading("node-b", field, None, NOW, 0, safe("management"), failure=failure, meaning=safe(meaning))


def test_a_server_that_answers_and_tells_nothing_is_said_so_with_a_meaning_and_a_mend() -> None:
    """Would catch a bare `not-read`, which sends the operator nowhere."""
    words = "WFLYCTL0201: Unknown attribute 'server-state': this release does not tell it"
    fields = ("server-state", "version")
    [looked] = _server("node-b", {name: unread(name, Failure.NOT_SUPPORTED, words) for name in fields})
    assert looked.finding is Finding.WRONG
    assert looked.text == f"it answers, and tells none of server-state, version: {words}"
    assert "the release" in looked.mend


def test_a_server_that_cannot_be_asked_is_said_with_its_failure() -> None:
    """The control: one failure that is told is the one that counts."""
    refused = unread("server-state", Failure.REFUSED, "nothing listens")
    [looked] = _server("node-b", {"server-state": refused})
    assert looked.text == "refused: nothing listens"
    assert looked.mend == MENDS[Failure.REFUSED]


def test_a_server_whose_answers_are_kept_ones_is_wrong_and_its_mend_named() -> None:
    """Would catch `ok: answers` for a server nobody has heard of since."""
    kept = unread(
        "server-state", Failure.STALE, "its uptime stood at 12 s for 6 s: an answer kept from before"
    )
    [looked] = _server("node-b", {"server-state": kept, "version": unread("version", Failure.STALE, "")})
    assert looked.finding is Finding.WRONG
    assert looked.text.startswith("stale: its uptime stood at 12 s")
    assert "past any cache or proxy" in looked.mend
