"""What is loaded when: proved in a fresh interpreter, because no linter sees a deferred import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("textual", "rich", "httpx")


def loaded_by(statement: str) -> set[str]:
    """Which heavy packages are loaded after this statement."""
    program = (
        f"{statement}\nimport sys\nprint(' '.join(n for n in {HEAVY!r} if n in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    "module",
    [
        "handrail.walk.conductor",
        "handrail.walk.rules",
        "handrail.ledger.verify",
        "handrail.ledger.store",
        "handrail.observe.expectations",
        "handrail.procedure.lint",
        "handrail.inventory.loading",
        "handrail.plain",
    ],
)
def test_the_core_loads_without_textual_and_httpx(module: str) -> None:
    """Would catch a face or a network library creeping into the core."""
    assert loaded_by(f"import {module}") == set()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["list"], ["lint", "procedures"], ["verify", "/nowhere"]]
)
def test_commands_without_a_screen_never_import_textual(arguments: list[str]) -> None:
    """Would catch a start-up that pays for a screen nobody sees."""
    statement = (
        "from handrail.cli import main\n"
        "import contextlib, io\n"
        f"with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n    main({arguments!r})"
    )
    assert "textual" not in loaded_by(statement)


def test_the_test_above_can_fail() -> None:
    """The control: the terminal face does load Textual."""
    assert "textual" in loaded_by("import handrail.tui.app")
