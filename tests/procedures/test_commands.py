"""`handrail lint`, `rehearse` and `show` as a script would use them: words on stdout and exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handrail import cli
from handrail.procedure.filling import PLACE
from handrail.procedure.loading import builtin_root, library, load


def test_lint_of_a_clean_folder_says_so_and_ends_with_0(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A commit hook goes by the exit status."""
    assert cli.main(["lint", str(example.parent)]) == 0
    assert capsys.readouterr().out == "1 procedure, 0 findings, 0 notes\n"


def test_lint_prints_file_line_and_mend_and_ends_with_1(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The form editors and people both read."""
    text = example.read_text(encoding="utf-8").replace('goto = "look"', 'goto = "loko"')
    example.write_text(text, encoding="utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if "loko" in row)
    assert cli.main(["lint", str(example)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"{example}:{line}: there is no step or section loko to go to"
    assert out[1].strip().startswith("mend: ")


def test_lint_checks_scenarios_and_recipes_too(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A drill that names a step of yesterday is found before somebody plays it."""
    scenario = example.parent / "drills" / "restart-slave.toml"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("look =", "lok ="), encoding="utf-8")
    assert cli.main(["lint", str(example.parent)]) == 1
    assert "finds: lok is no step" in capsys.readouterr().out


def test_rehearse_prints_a_table_and_ends_with_0(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a procedure: edges, taken, not rehearsed, missing."""
    assert cli.main(["rehearse", str(example)]) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["procedure", "edges", "taken", "not", "rehearsed", "missing", "walks"]
    assert table[1].split()[:5] == ["artemis/restart-slave", "10", "10", "0", "0"]


def test_rehearse_ends_with_1_and_names_the_edge_nobody_can_take(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control through the command line."""
    text = example.read_text(encoding="utf-8").replace('inject = "slow-stop"', 'inject = "replica-lost"')
    example.write_text(text, encoding="utf-8")
    assert cli.main(["rehearse", str(example)]) == 1
    assert "MISSING: artemis/restart-slave: if-not stop-slave 1" in capsys.readouterr().out


def test_rehearse_wants_a_procedure_or_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither, or both, is a usage error with a mend."""
    assert cli.main(["rehearse"]) == 2
    assert cli.main(["rehearse", "--all", "artemis/full-restart"]) == 2
    assert "mend:" in capsys.readouterr().err


@pytest.mark.parametrize("identity", [item.procedure.id for item in library()[0]])
@pytest.mark.parametrize("paper", [False, True], ids=["text", "paper"])
def test_show_says_every_step_hazard_and_if_not_in_80_columns(
    identity: str, paper: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Paper is what is left when nothing else works: nothing may be missing from it."""
    assert cli.main(["show", identity, *(["--paper"] if paper else [])]) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines()) <= 80
    flat = " ".join(out.split())
    assert PLACE.findall(flat) == []
    procedure = load(builtin_root() / f"{identity}.toml").procedure
    for step in procedure.steps():
        assert f"({step.id})" in flat
        assert " ".join(step.passage.split()) in flat
        for text in (*(item.text for item in step.hazards), *(item.text for item in step.if_not)):
            assert " ".join(text.split()) in flat
    assert ("[ ]" in out) == paper
    assert ("by ____" in out) == paper


def test_show_gives_the_documented_and_the_real_words_of_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Two of the three documented lines were never printed by any broker."""
    cli.main(["show", "artemis/split-brain-recovery"])
    flat = " ".join(capsys.readouterr().out.split())
    assert 'Documented wording: "Waiting for the master"' in flat
    assert "AMQ221109: Apache ActiveMQ Artemis Backup Server version" in flat
    assert "waiting for primary to fail before activating" in flat


def test_rehearsals_are_told_as_json(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a script: every edge by name."""
    assert cli.main(["rehearse", "--json", str(example)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["procedure"] == "artemis/restart-slave"
    assert found[0]["passed"] is True
    assert len(found[0]["taken"]) == found[0]["edges"]


def test_show_names_what_is_captured_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    """Would catch `{name}` and `not captured` on paper, where nothing will ever fill them."""
    for identity in ("amm/setup-ha-pair", "eap/configure-replication", "solace/uncontrolled-failover"):
        assert cli.main(["show", identity]) == 0
        text = " ".join(capsys.readouterr().out.split())
        assert "not captured" not in text
        assert "{" not in text
    assert "message-vpn <each of vpns>; replication state active" in text
    assert cli.main(["show", "amm/setup-ha-pair"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "enter <alert-email, captured at step 1.7>" in text


def test_a_simulator_leaves_no_logs_behind(tmp_path: Path) -> None:
    """Would catch a directory in /tmp for each time somebody tried it; --logs keeps them."""
    for more, left in ((), 0), (("--logs", str(tmp_path / "kept")), 1):
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        told = subprocess.run(
            [str(Path(sys.executable).with_name("handrail")), "simulate", "amm", "--port", "0", *more],
            input="quit\n",
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            check=True,
        )
        assert "server.log" in told.stdout
        assert len(list(tmp_path.iterdir())) == left
