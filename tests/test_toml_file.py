"""Files of people: every fault is named with its line and its mend, and none costs memory or a traceback."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from handrail.errors import ProcedureError
from handrail.procedure import loading
from handrail.toml_file import Lines

GOOD = (Path(__file__).parent / "walk" / "small.toml").read_text(encoding="utf-8")


def findings(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is found in this procedure file."""
    path = tmp_path / "p.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProcedureError) as caught:
        loading.load(path)
    assert not caught.value.__cause__
    return [str(finding) for finding in caught.value.findings]


def line_of(words: str) -> int:
    """The line of the good file that holds these words."""
    return next(number for number, line in enumerate(GOOD.splitlines(), 1) if words in line)


def test_a_typo_in_a_key_is_named_with_its_line_and_the_right_word(tmp_path: Path) -> None:
    """Would catch a misspelt key that is silently ignored: the step would lack its guard."""
    number = line_of('title = "Send something"')
    [found] = findings(
        tmp_path, GOOD.replace('title = "Send something"', 'titel = "Send something"\ntitle = "S"')
    )
    assert f"p.toml:{number}:" in found
    assert 'did you mean "title"?' in found


def test_a_missing_key_is_named_with_the_line_of_its_table(tmp_path: Path) -> None:
    """Would catch an error that leaves the author searching the whole file."""
    [found] = findings(tmp_path, GOOD.replace('pause = "Changed."\n', ""))
    assert "pause is missing" in found
    assert int(found.split("p.toml:")[1].split(":")[0]) > line_of('id = "only-long"')


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    """Would catch a loader that stops at the first fault."""
    assert (
        len(
            findings(
                tmp_path, GOOD.replace("version = 1", "version = 0").replace('pause = "Done."', "pause = 5")
            )
        )
        == 2
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id = [\n", "is not TOML"),
        ("a = 1\na = 2\n", "is not TOML"),
        (b"id = '\xff'\n", "is not UTF-8"),
        ("x" * 300_000, "is larger than 256 KiB"),
        ("[[[", "is not TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_in_words(tmp_path: Path, text: str | bytes, words: str) -> None:
    """Would catch a traceback of the parser."""
    assert words in findings(tmp_path, text)[0]


@pytest.mark.parametrize("text", ["a." * 30_000 + "a = 1", "a = " + "[" * 20_000, "{" * 10_000])
def test_a_small_file_made_to_be_expensive_is_refused_cheaply(tmp_path: Path, text: str) -> None:
    """Would catch a parser that takes gigabytes for 60 KB of dots."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    findings(tmp_path, text)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_a_ten_megabyte_file_is_not_read_whole(tmp_path: Path) -> None:
    """Would catch reading without a cap."""
    assert "is larger than" in findings(tmp_path, b"#" * 10_000_000)[0]


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """Would catch a bare OSError."""
    with pytest.raises(ProcedureError) as caught:
        loading.load(tmp_path / "absent.toml")
    assert "No such file" in str(caught.value)
    with pytest.raises(ProcedureError) as caught:
        loading.load(tmp_path)
    assert "cannot be read" in str(caught.value)


def test_lines_of_nested_tables_are_found() -> None:
    """Would catch findings that all point at line one."""
    lines = Lines('a = 1\n[[s]]\nid = "x"\n[[s.t]]\nk = 1\n[[s.t]]\nk = 2\n[[s]]\n[[s.t]]\nk = 3\n')
    assert lines.of(("s", 0, "t", 1, "k")) == 7
    assert lines.of(("s", 1, "t", 0, "k")) == 10
    assert lines.of(("s", 1, "t", 0, "missing")) == 9
    assert lines.of(("nothing",)) == 0
