"""Pasted output of a command line: read by its parser, refused where it does not show what it must."""

from __future__ import annotations

import pytest

from handrail.procedure.fields import load_fields
from handrail.procedure.loading import builtin_root, library
from handrail.procedure.model import Attest
from handrail.products.pasting import PARSERS, TABLES
from handrail.walk.attesting import pasted_refusal

ASKED = Attest.model_validate(
    {
        "ask": "Paste show redundancy:",
        "kind": "text",
        "parser": "redundancy",
        "shows": (
            {"field": "primary-activity", "is": "Local Active"},
            {"field": "spool-status", "is": "AD-Active"},
        ),
    }
)
GOOD = "ny-1> show redundancy Auto Revert : No Activity Status Local Active Shutdown Message Spool Status AD-Active"


def test_output_that_shows_it_is_taken_as_one_line_too() -> None:
    """A terminal's paste loses its line ends on the way."""
    assert pasted_refusal("solace", ASKED, GOOD) is None


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Local Active", "Mate Active", "primary-activity Mate Active, and it must be Local Active"),
        ("AD-Active", "AD-NotReady", "spool-status AD-NotReady, and it must be AD-Active"),
        ("Message Spool Status AD-Active", "", "spool-status nothing"),
        ("Activity Status", "Status", "cannot be read as the output asked for"),
    ],
)
def test_other_output_is_refused_with_what_it_shows(old: str, new: str, why: str) -> None:
    """Would catch a spool that cannot serve, typed past the question for it."""
    assert why in (pasted_refusal("solace", ASKED, GOOD.replace(old, new)) or "")


TABLE = Attest.model_validate(
    {
        "ask": "Paste show message-vpn * replication:",
        "kind": "text",
        "parser": "replication",
        "shows": (
            {"field": "sync-eligible", "every": "vpns", "is": True},
            {"field": "queue-bound", "every": "vpns", "is": True},
        ),
    }
)
ROWS = {"Trading VPN": "U A - U U Y N A", "Other": "U S U - - - N A"}


def refusal(vpns: tuple[str, ...], rows: dict[str, str]) -> str | None:
    """What is said to a table of these rows where these VPNs were moved."""
    lines = [f"{'Message VPN':<32} A C B R Q S M T", f"{'-' * 32} - - - - - - - -"]
    lines += [f"{name:<32} {flags}" for name, flags in rows.items()]
    return pasted_refusal("solace", TABLE, " ".join(lines), {"vpns": vpns}.__getitem__)


def test_a_table_that_shows_it_of_every_row_of_the_list_is_taken() -> None:
    """VPNs of the broker that this walk did not move may say what they like."""
    assert refusal(("Trading VPN",), ROWS) is None


@pytest.mark.parametrize(
    ("vpns", "flags", "why"),
    [
        (("Trading VPN",), "U A - U U - N A", "the output shows for Trading VPN sync-eligible nothing"),
        (("Trading VPN",), "U A - U U N N A", "sync-eligible false, and it must be true"),
        (("Trading VPN",), "U A - U D Y N A", "queue-bound false, and it must be true"),
        (("Trading VPN", "Ledger"), "U A - U U Y N A", "the output has no row Ledger"),
        (
            ("Trading VPN", "Other"),
            "U A - U U N N A",
            "Trading VPN sync-eligible false, and it must be true; and so",
        ),
        ((), "U A - U U Y N A", "the list vpns has no rows"),
    ],
)
def test_a_table_is_refused_with_the_first_row_that_is_not_so(
    vpns: tuple[str, ...], flags: str, why: str
) -> None:
    """Would catch a VPN that is not eligible, or is not in the table at all, among hundreds that are."""
    assert why in (refusal(vpns, {**ROWS, "Trading VPN": flags}) or "")


def test_output_is_a_table_or_it_is_not() -> None:
    """A question that speaks of rows and of none could be read by no parser."""
    mixed = TABLE.model_dump(by_alias=True)
    mixed["shows"] = (mixed["shows"][0], {"field": "queue-bound", "is": True})
    with pytest.raises(ValueError, match="output is a table or it is not"):
        Attest.model_validate(mixed)


@pytest.mark.parametrize("more", [{"shows": ()}, {"kind": "number"}, {"format": "host"}, {"parser": None}])
def test_a_parser_without_what_must_be_shown_is_no_question(more: dict[str, object]) -> None:
    """A paste that may say anything is a text."""
    with pytest.raises(ValueError, match="parser goes with shows"):
        Attest.model_validate({**ASKED.model_dump(by_alias=True), **more})


def test_every_parser_a_procedure_names_is_there_and_tells_its_fields() -> None:
    """Would catch a question that nobody could ever answer."""
    named = 0
    for item in library()[0]:
        for step in item.procedure.steps():
            if step.attest is not None and step.attest.parser is not None:
                named += 1
                product = item.procedure.product
                known = PARSERS if step.attest.shows[0].every is None else TABLES
                assert (product, step.attest.parser) in known
                fields = load_fields(builtin_root() / product / "fields.toml")
                assert all(wanted.field in fields for wanted in step.attest.shows)
    assert named
