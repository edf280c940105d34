"""The command line as scripts use it: exit statuses, JSON, last lines, errors that name the mend."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from handrail.cli import main, parser

COMMANDS = [
    "drill", "run", "resume", "check", "list", "show", "lint", "rehearse", "verify", "runs", "doctor", "keys",
    "inventory", "simulate", "completion", "review", "report", "compare", "export", "import", "approve", "ledger",
    "witness", "accept", "follow", "countersign",
]  # fmt: skip
SMALL = Path(__file__).parent / "walk" / "small.toml"
Said = tuple[int, str, str]


@pytest.fixture
def handrail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run one command in an empty home: exit status, standard output, standard error."""
    for name in (
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "SSH_AUTH_SOCK",
        "HANDRAIL_LEDGER",
        "HANDRAIL_ALLOWED_SIGNERS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        try:
            status = main(list(arguments))
        except SystemExit as ended:
            status = int(ended.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """One drill walked by the autopilot in a process of its own: its run, and what it printed."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "handrail.cli",
            "drill",
            "artemis/split-brain-recovery",
            "--autopilot",
            "--plain",
        ],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [run] = (home / ".local" / "state" / "handrail" / "ledger").glob("2*-*")
    return run, done.stdout.splitlines()


class TestHelp:
    """Help that teaches, for everything there is."""

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_has_help(self, command: str, handrail: Callable[..., Said]) -> None:
        """Would catch a command without a sentence about itself."""
        status, out, _ = handrail(command, "--help")
        assert status == 0
        assert len(out.split("\n\n")[1]) >= 15

    def test_the_list_above_is_whole(self) -> None:
        """The control: a command added without help being tested would show here."""
        actions = [action for action in parser()._actions if action.dest == "command"]
        assert sorted(actions[0].choices or ()) == sorted(COMMANDS)

    def test_an_unknown_word_is_usage(self, handrail: Callable[..., Said]) -> None:
        """Would catch a traceback, or a zero."""
        assert handrail("walk")[0] == 2

    def test_without_a_terminal_the_library_says_what_to_do(self, handrail: Callable[..., Said]) -> None:
        """Would catch escape codes in a pipe, or a hang."""
        status, out, err = handrail()
        assert (status, out) == (2, "")
        assert "handrail --help" in err

    @pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
    def test_completion_knows_the_commands(self, shell: str, handrail: Callable[..., Said]) -> None:
        """Would catch a completion script that is empty."""
        assert "split" not in handrail("completion", shell)[1][:1]
        assert "rehearse" in handrail("completion", shell)[1]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
    def test_completion_knows_the_procedures(self, shell: str, handrail: Callable[..., Said]) -> None:
        """Would catch a long id that must be typed by heart."""
        assert "solace/uncontrolled-failover" in handrail("completion", shell)[1]


class TestProcedures:
    """List, lint and show."""

    def test_the_list_is_objects_with_ids(self, handrail: Callable[..., Said]) -> None:
        """Would catch a change of the shape scripts rely on."""
        status, out, _ = handrail("list", "--json")
        ids = [item["id"] for item in json.loads(out)]
        assert status == 0
        assert {
            "artemis/split-brain-recovery",
            "artemis/rolling-restart",
            "artemis/full-restart",
            "artemis/delta-message-assessment",
        } <= set(ids)
        assert ids == sorted(ids)

    def test_the_built_in_procedures_are_clean(self, handrail: Callable[..., Said]) -> None:
        """Would catch a procedure that lint refuses."""
        assert handrail("lint", "procedures")[0] == 0

    def test_lint_names_file_line_and_mend(self, handrail: Callable[..., Said], tmp_path: Path) -> None:
        """Would catch a finding nobody can follow."""
        shutil.copytree("procedures/artemis", tmp_path / "artemis")
        path = tmp_path / "artemis" / "split-brain-recovery.toml"
        text = path.read_text(encoding="utf-8").replace('goto = "move"', 'goto = "nowhere"')
        path.write_text(text, encoding="utf-8")
        line = next(number for number, words in enumerate(text.splitlines(), 1) if "nowhere" in words)
        status, out, err = handrail("lint", str(path))
        assert status == 1
        assert f"split-brain-recovery.toml:{line}" in out + err
        assert "nowhere" in out + err
        assert "mend" in out + err

    def test_a_procedure_that_is_not_there_names_those_that_are(self, handrail: Callable[..., Said]) -> None:
        """Would catch a bare "not found"."""
        status, _, err = handrail("show", "artemis/split-brian")
        assert status == 2
        assert "artemis/split-brain-recovery" in err


class TestDrillAndVerify:
    """The drill's last line is the verdict; verify's exit statuses are the design's."""

    def test_the_last_line_is_the_verdict(self, drilled: tuple[Path, list[str]]) -> None:
        """Would catch a script that reads the last line and gets something else."""
        assert drilled[1][-1].startswith("SEALED, DRILL KEY")
        assert not any("\x1b" in line for line in drilled[1])

    def test_a_whole_run_verifies(
        self, drilled: tuple[Path, list[str]], handrail: Callable[..., Said]
    ) -> None:
        """The ground of the two below."""
        status, out, _ = handrail("verify", str(drilled[0]))
        assert status == 0
        assert out.startswith("SEALED, DRILL KEY, ANCHOR NOT CHECKED")
        status, out, _ = handrail("verify", "--json", str(drilled[0] / "watch-001"))
        assert json.loads(out)["whole"] == "SEALED"

    def test_an_unsealed_run_is_3_and_a_changed_one_4(
        self, drilled: tuple[Path, list[str]], handrail: Callable[..., Said], tmp_path: Path
    ) -> None:
        """Would catch a verdict that says well of a run that was cut or changed."""
        copy = tmp_path / drilled[0].name
        shutil.copytree(drilled[0], copy)
        watch = copy / "watch-001"
        for name in ("SEAL", "SEAL.sig"):
            (watch / name).unlink()
        status, out, _ = handrail("verify", str(copy))
        assert (status, out.split(",")[0]) == (3, "UNSEALED")
        record = watch / "000005.toml"
        record.chmod(0o600)
        record.write_bytes(record.read_bytes().replace(b"root", b"toor").replace(b"wall", b"wal1", 1))
        status, out, _ = handrail("verify", str(copy))
        assert (status, out.split(",")[0]) == (4, "BROKEN")
        assert "000005" in out

    def test_nothing_there_is_usage(self, handrail: Callable[..., Said]) -> None:
        """Would catch a verdict on a directory that does not exist."""
        assert handrail("verify", "/nowhere")[0] == 2

    def test_the_runs_are_listed(
        self, drilled: tuple[Path, list[str]], handrail: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Would catch a run that is not found again."""
        monkeypatch.setenv("HANDRAIL_LEDGER", str(drilled[0].parent))
        [run] = json.loads(handrail("runs", "--json")[1])
        assert (run["procedure"], run["sealed"], run["mode"]) == (
            "artemis/split-brain-recovery",
            True,
            "drill",
        )
        assert json.loads(handrail("runs", "--json", "--open")[1]) == []

    @pytest.mark.parametrize("speed", ["0", "61", "-1"])
    def test_a_speed_out_of_range_is_refused_with_the_range(
        self, speed: str, handrail: Callable[..., Said]
    ) -> None:
        """Would catch a drill whose clock stands still."""
        status, _, err = handrail("drill", f"--speed={speed}", "--plain")
        assert status == 2
        assert "between 1 and 60" in err


class TestLive:
    """What needs an inventory or a key says how to get one."""

    @pytest.mark.parametrize(
        "command",
        [
            ["run", "artemis/split-brain-recovery"],
            ["check", "artemis/split-brain-recovery"],
            ["doctor"],
        ],
    )
    def test_without_an_inventory_the_mend_is_named(
        self, command: list[str], handrail: Callable[..., Said]
    ) -> None:
        """Would catch a first-time user left alone."""
        status, _, err = handrail(*command)
        assert status == 2
        assert "handrail inventory" in err

    def test_without_a_key_the_mend_is_named(self, handrail: Callable[..., Said]) -> None:
        """Would catch "no key" without a way on."""
        status, _, err = handrail("keys")
        assert status == 9
        assert "ssh-keygen -t ed25519" in err
