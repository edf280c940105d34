"""Procedure files are loaded whole or refused with file, line and mend; a hostile file costs nothing."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from handrail.errors import Finding, ProcedureError, UsageError
from handrail.procedure.loading import builtin_root, find, library, load, loads

PATH = builtin_root() / "artemis" / "full-restart.toml"
TEXT = PATH.read_text(encoding="utf-8")


def refused(tmp_path: Path, data: bytes) -> ProcedureError:
    """The error a file of these bytes gives."""
    path = tmp_path / "p.toml"
    path.write_bytes(data)
    with pytest.raises(ProcedureError) as caught:
        load(path)
    return caught.value


def test_the_hash_is_over_exactly_the_bytes_that_were_read() -> None:
    """The copy in a run is compared with it."""
    loaded = load(PATH)
    assert loaded.data == PATH.read_bytes()
    assert loaded.sha256 == hashlib.sha256(loaded.data).hexdigest()
    assert loads(PATH, loaded.data).procedure == loaded.procedure


def test_a_typo_in_a_key_is_named_with_its_line_and_what_was_meant(tmp_path: Path) -> None:
    """The mend is the word itself."""
    error = refused(tmp_path, TEXT.replace("passage = ", "pasage = ", 1).encode())
    finding = next(item for item in error.findings if "unknown key" in item.problem)
    assert finding.line == next(
        n for n, line in enumerate(TEXT.splitlines(), 1) if line.startswith("passage = ")
    )
    assert finding.mend == 'did you mean "passage"?'


def test_two_acts_in_one_step_are_refused_with_the_line_of_the_step(tmp_path: Path) -> None:
    """A step does one thing."""
    error = refused(
        tmp_path,
        TEXT.replace('do = { command = "stop"', 'do = { by_hand = "x", command = "stop"', 1).encode(),
    )
    assert "exactly one of command, operation, cli, by_hand" in error.findings[0].problem
    assert "do = " in TEXT.splitlines()[error.findings[0].line - 1]


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"schema = ", b"[[sections]]\n" * 3000, b"{}", b"schema = 1\x1b[2J"],
    ids=["empty", "not UTF-8", "cut off", "many sections", "JSON", "escape"],
)
def test_what_is_no_procedure_is_refused_with_a_mend(tmp_path: Path, data: bytes) -> None:
    """Never a traceback."""
    error = refused(tmp_path, data)
    assert error.findings
    assert all(finding.mend for finding in error.findings)


@pytest.mark.parametrize(
    "data",
    [b"a." * 30_000 + b"b = 1", b"a = " + b"[" * 60_000, b"#" * 10_000_000],
    ids=["dots", "depth", "10 MB"],
)
def test_a_hostile_file_is_refused_at_once(tmp_path: Path, data: bytes) -> None:
    """Sixty kilobytes of dotted keys take gigabytes in a careless parser."""
    before = time.process_time()
    assert refused(tmp_path, data).findings
    assert time.process_time() - before < 3.0


def test_an_id_used_twice_is_said_and_the_first_file_is_kept(tmp_path: Path) -> None:
    """Which of the two is walked must not depend on chance."""
    for name in ("a.toml", "b.toml"):
        (tmp_path / "artemis").mkdir(exist_ok=True)
        (tmp_path / "artemis" / name).write_text(TEXT, encoding="utf-8")
    found, failed = library([tmp_path])
    assert [item.path.name for item in found] == ["a.toml"]
    assert "stands in" in str(failed[0])


def test_catalogue_and_fields_are_no_procedures() -> None:
    """They lie in the same folder."""
    found, failed = library()
    assert failed == []
    assert {item.procedure.product for item in found} == {"artemis", "amlen", "solace", "amm", "eap"}
    assert len([item for item in found if item.procedure.product == "artemis"]) == 4
    assert not {item.path.stem for item in found} & {"messages", "fields"}


def test_an_unknown_id_names_the_known_ones() -> None:
    """A mend that can be copied."""
    with pytest.raises(UsageError) as caught:
        find("artemis/nothing")
    assert caught.value.problem == "there is no procedure artemis/nothing"
    assert "artemis/full-restart" in caught.value.mend


@pytest.mark.parametrize("typed", ["artemis/full-restrat", "full-restart"])
def test_what_was_meant_is_asked(typed: str) -> None:
    """Two letters exchanged, or the product left out; no line number of a file that is none."""
    with pytest.raises(UsageError) as caught:
        find(typed)
    assert caught.value.explain().startswith(
        f"there is no procedure {typed}; did you mean artemis/full-restart?"
    )


def test_a_finding_of_a_whole_file_has_no_line() -> None:
    """Would catch `:0`, which no editor opens."""
    assert str(Finding(Path("a.toml"), 0, "x", "y")).splitlines()[0] == "a.toml: x"


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    """One's own procedure needs no library."""
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert find(str(path)).path == path
