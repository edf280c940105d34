"""Everything an operator says in a drill is held against the simulator, or it is said why it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.drill.sights import check_sights, load_sights, sights_of, untold
from handrail.procedure.loading import builtin_root, library

MOST_WORDS = 67
"""Questions that are taken at somebody's word; a new one has a sight, or a reason to be one more."""


def test_of_every_answer_in_every_procedure_something_tells_or_it_is_said_why_not() -> None:
    """Would catch a new question that a drill asks and then forgets."""
    asked = by_word = 0
    for loaded in library((builtin_root(),))[0]:
        sights = sights_of(loaded.procedure.id, loaded.path.parent)
        assert untold(loaded.procedure, sights) == [], loaded.procedure.id
        asked += sum(step.attest is not None for step in loaded.procedure.steps())
        by_word += sum(step.id in sights.words for step in loaded.procedure.steps())
    assert asked > 200
    assert by_word <= MOST_WORDS


def test_every_reason_is_in_the_document_that_lists_them() -> None:
    """A reader of the document and a reader of truth.toml are told the same."""
    page = (Path(__file__).parents[2] / "docs" / "drills.md").read_text(encoding="utf-8")
    for path in sorted(builtin_root().glob("*/drills/truth.toml")):
        for word in load_sights(path).word:
            assert f"| {path.parent.parent.name} | {word.why} |" in page
            assert all(f"`{step}`" in page for step in word.steps)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('"swapped-by", ', "", "nothing tells in a drill whether what is said at swapped-by is so"),
        (
            '"swapped-by"',
            '"primary-save"',
            "primary-save is taken at somebody's word, although a sight tells",
        ),
        ('"swapped-by"', '"swapped"', "there is no step swapped"),
        ('"secondary-succeeded"', '"secondary-save"', "there is no choice secondary-save"),
        ('{ option = "another error"', '{ option = "an odd end"', "does not tell when another error is so"),
    ],
)
def test_lint_names_what_nothing_tells(tmp_path: Path, before: str, after: str, problem: str) -> None:
    """A question without a sight, a word too many, a step that is not there, an option left open."""
    folder = tmp_path / "amm" / "drills"
    folder.mkdir(parents=True)
    for path in (builtin_root() / "amm").glob("*.toml"):
        (folder.parent / path.name).write_bytes(path.read_bytes())
    text = (builtin_root() / "amm" / "drills" / "truth.toml").read_text(encoding="utf-8")
    assert before in text
    (folder / "truth.toml").write_text(text.replace(before, after), encoding="utf-8")
    assert problem in " ".join(item.problem for item in check_sights(folder / "truth.toml"))
