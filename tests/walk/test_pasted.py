"""Pasted output of a command line: read by its parser, refused where it does not show what it must."""

from __future__ import annotations

import pytest

from handrail.procedure.fields import load_fields
from handrail.procedure.loading import builtin_root, library
from handrail.procedure.model import Attest
from handrail.products.pasting import PARSERS
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
                assert (product, step.attest.parser) in PARSERS
                fields = load_fields(builtin_root() / product / "fields.toml")
                assert all(wanted.field in fields for wanted in step.attest.shows)
    assert named
