"""What docs/writing-procedures.md teaches is true: its example lints, is walked on every edge, and is seen to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.cli import main
from handrail.commands.rehearse import as_json, lines
from handrail.drill.rehearsal import rehearse
from handrail.procedure.lint import examine
from handrail.procedure.loading import load


def test_the_documented_example_has_nothing_to_complain_about(example: Path) -> None:
    """A page that teaches what lint refuses teaches nothing."""
    found = examine([example.parent])
    assert (found.findings, found.notes) == ([], [])
    assert found.procedures == [example]


def test_the_documented_example_is_walked_on_every_edge(example: Path) -> None:
    """Ten edges, each in a sealed run."""
    found = rehearse(load(example))
    assert found.missed == []
    assert found.problems == []
    assert found.passed
    assert len(found.taken) == len(found.edges) == 10


def test_the_documented_example_is_drilled_from_its_own_file(
    example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch a drill that knows only the scenarios that come with handrail."""
    ledger = tmp_path / "ledger"
    status = main(["drill", str(example), "--autopilot", "--plain", "--ledger", str(ledger)])
    said = capsys.readouterr().out
    assert status == 0, said
    assert "SEALED, DRILL KEY" in said


def test_a_procedure_without_a_drill_is_told_where_one_belongs(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch a mend that names no folder."""
    alone = example.parent / "elsewhere" / example.name
    alone.parent.mkdir()
    alone.write_bytes(example.read_bytes())
    assert main(["drill", str(alone)]) == 2
    assert f"put one into {alone.parent / 'drills'}" in capsys.readouterr().err


def broken(example: Path, old: str, new: str) -> Path:
    """The example with one thing changed."""
    text = example.read_text(encoding="utf-8")
    assert old in text
    example.write_text(text.replace(old, new, 1), encoding="utf-8")
    return example


def test_a_rehearsal_fails_when_an_outcome_can_never_be_obtained(example: Path) -> None:
    """The control: a slave that must be live while its master is cannot be; every count is of real walks."""
    path = broken(
        example, '{ field = "replica-sync", is = true, held = "3s" }', '{ field = "active", is = true }'
    )
    found = rehearse(load(path))
    assert not found.passed
    missed = [str(edge) for edge in found.missed]
    assert "outcome start-slave met" in missed
    assert "complete artemis/restart-slave" not in missed, "the way round the broken step is still complete"
    assert any("should end complete" in text for text in found.problems)


def test_a_rehearsal_fails_when_a_fault_does_not_cause_its_if_not(example: Path) -> None:
    """A fault beside the point must not count as rehearsed."""
    path = broken(example, 'inject = "slow-stop"', 'inject = "replica-lost"')
    found = rehearse(load(path))
    assert [str(edge) for edge in found.missed] == ["if-not stop-slave 1"]
    assert not found.passed


def test_what_no_drill_can_cause_is_listed_and_never_counted(example: Path) -> None:
    """Not rehearsed is a word of its own, in the table and in JSON."""
    path = broken(example, ', inject = "slow-stop"', "")
    found = rehearse(load(path))
    assert found.passed
    assert [str(edge) for edge in found.not_rehearsed] == ["if-not stop-slave 1"]
    assert "if-not stop-slave 1" not in [str(edge) for edge in found.taken]
    assert any(line.startswith("not rehearsed: ") for line in lines([found]))
    assert as_json(found)["not_rehearsed"] == {"if-not stop-slave 1": "no drill can cause it"}


def test_a_procedure_without_a_scenario_is_not_rehearsed_at_all(example: Path) -> None:
    """No walk at all must not look like no fault at all."""
    (example.parent / "drills" / "restart-slave.toml").unlink()
    found = rehearse(load(example))
    assert not found.passed
    assert any("no scenario" in line for line in lines([found]))


@pytest.mark.parametrize("word", ["require", "confirm", "expect", "attest", "already", "if_not", "guards"])
def test_the_page_explains_every_part_of_a_step(word: str) -> None:
    """A part that is added without a word of explanation shows here."""
    page = Path(__file__).parents[2] / "docs" / "writing-procedures.md"
    assert word in page.read_text(encoding="utf-8")
