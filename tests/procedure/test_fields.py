"""The fields of a product: types, releases, and files that do not say what they must."""

from __future__ import annotations

from pathlib import Path

import pytest

from handrail.errors import ProcedureError
from handrail.procedure.fields import load_fields

ARTEMIS = Path(__file__).parents[2] / "procedures" / "artemis" / "fields.toml"


def test_an_old_release_tells_active_only_by_its_fallback() -> None:
    """Active came with 2.15.0; without the fallback every older pair would read as unknown."""
    fields = load_fields(ARTEMIS)
    assert fields["active"].readable_in("2.6.3")
    assert not fields["clock-ms"].readable_in("2.30.0")
    assert fields["clock-ms"].readable_in("2.31.2")
    assert fields["ha-policy"].readable_in(None)


def test_what_the_broker_does_not_tell_is_no_field() -> None:
    """A procedure that asks for the failback settings over Jolokia would wait for ever."""
    fields = load_fields(ARTEMIS)
    assert "check-for-live-server" not in fields
    assert "allow-failback" not in fields


def test_a_truth_value_is_no_number() -> None:
    """Python counts True as 1; an expectation on connections must not."""
    fields = load_fields(ARTEMIS)
    assert fields["connections"].accepts(3)
    assert not fields["connections"].accepts(True)
    assert fields["active"].accepts(False)
    assert not fields["active"].accepts(0)


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ('type = "integer"', "type", 4),
        ('type = "int"\nunits = "ms"', "unknown key", 5),
        ("", "type is missing", 2),
    ],
)
def test_a_bad_field_is_refused_with_its_line(tmp_path: Path, text: str, problem: str, line: int) -> None:
    """A typo must be found at load, with the place to mend."""
    path = tmp_path / "fields.toml"
    path.write_text(
        f'product = "x"\n[[field]]\nname = "a"\n{text}\nmeaning = "what"\nsince = "1.0.0"\nread = "that"\n'
    )
    with pytest.raises(ProcedureError) as caught:
        load_fields(path)
    [finding] = caught.value.findings
    assert problem in finding.problem
    assert finding.line == line


def test_a_field_named_twice_is_refused(tmp_path: Path) -> None:
    """The second would silently replace the first."""
    path = tmp_path / "fields.toml"
    field = '[[field]]\nname = "a"\ntype = "int"\nmeaning = "what"\nsince = "1.0.0"\nread = "that"\n'
    path.write_text('product = "x"\n' + field * 2)
    with pytest.raises(ProcedureError, match="used twice"):
        load_fields(path)
