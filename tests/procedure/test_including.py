"""Sections of another procedure are put in place whole, once, and the run keeps the flattened file."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.errors import ProcedureError
from handrail.procedure.loading import load, loads

HEAD = """schema = 1
id = "artemis/{name}"
title = "{name}"
product = "artemis"
version = 1
summary = "x"
modes = ["replication"]
document = {{ name = "x", passage = "x" }}
roles = [{{ name = "master", what = "x" }}]
"""
SECTION = """
[[sections]]
id = "{id}"
title = "{id}"
pause = "p"
abort = "a"
safe = true
steps = [{{ id = "step-{id}", title = "t", passage = "p", attest = {{ ask = "x", kind = "text" }} }}]
"""


def written(folder: Path, name: str, body: str) -> Path:
    """A procedure file."""
    path = folder / f"{name}.toml"
    path.write_text(HEAD.format(name=name) + body, encoding="utf-8")
    return path


def test_all_sections_of_the_other_stand_where_it_is_included(tmp_path: Path) -> None:
    """In order, between its own."""
    written(tmp_path, "other", SECTION.format(id="b") + SECTION.format(id="c"))
    include = '\n[[sections]]\ninclude = "artemis/other"\n'
    path = written(tmp_path, "one", SECTION.format(id="a") + include + SECTION.format(id="d"))
    loaded = load(path)
    assert [section.id for section in loaded.procedure.sections] == ["a", "b", "c", "d"]
    again = loads(path, loaded.data)
    assert again.procedure == loaded.procedure, "the copy in a run needs no other file"
    assert again.sha256 == loaded.sha256


def test_a_change_of_the_included_file_changes_the_hash(tmp_path: Path) -> None:
    """An approval of the one must not outlive a change of the other."""
    other = written(tmp_path, "other", SECTION.format(id="b"))
    path = written(tmp_path, "one", '\n[[sections]]\ninclude = "artemis/other"\n')
    before = load(path).sha256
    other.write_text(
        other.read_text(encoding="utf-8").replace('pause = "p"', 'pause = "q"'), encoding="utf-8"
    )
    assert load(path).sha256 != before


def test_some_sections_may_be_named_and_put_under_a_condition(tmp_path: Path) -> None:
    """The condition joins the section's own."""
    other = SECTION.format(id="b") + 'when = { fact = "old", is = true }\n' + SECTION.format(id="c")
    written(tmp_path, "other", other)
    include = '\n[[sections]]\ninclude = "artemis/other"\nonly = ["b"]\nwhen = { fact = "x", is = true }\n'
    [section] = load(written(tmp_path, "one", include)).procedure.sections
    assert section.id == "b"
    assert section.when is not None
    assert [leaf.fact for leaf in section.when.leaves()] == ["old", "x"]


@pytest.mark.parametrize(
    ("include", "problem"),
    [
        ('include = "artemis/nowhere"', "there is no artemis/nowhere to include"),
        ('include = "artemis/one"', "includes itself"),
        ('include = "artemis/other"\nonly = ["z"]', "has no section z"),
        ('include = "artemis/other"\ntitle = "x"', "has no title"),
    ],
)
def test_an_include_that_means_nothing_is_refused(tmp_path: Path, include: str, problem: str) -> None:
    """Each would be a section that quietly is not walked."""
    written(tmp_path, "other", SECTION.format(id="b"))
    with pytest.raises(ProcedureError) as caught:
        load(written(tmp_path, "one", f"\n[[sections]]\n{include}\n"))
    assert problem in caught.value.findings[0].problem


def test_a_file_without_includes_stays_byte_for_byte(tmp_path: Path) -> None:
    """Its hash is over what its author sees."""
    path = written(tmp_path, "one", SECTION.format(id="a") + "# include\n")
    assert load(path).data == path.read_bytes()
