"""Secrets by reference: found when needed, refused when careless, never repeated."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from handrail.inventory import credentials
from handrail.inventory.credentials import SecretMissing, resolve
from handrail.inventory.model import SecretReference

CANARY = "canary-5f1d"


def test_each_kind_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would catch a trailing newline that becomes part of a password."""
    monkeypatch.setenv("HANDRAIL_TEST_SECRET", CANARY)
    path = tmp_path / "secret"
    path.write_text(CANARY + "\nsecond line\n", encoding="utf-8")
    path.chmod(0o600)
    command = (sys.executable, "-c", f"print({CANARY!r})")
    assert resolve(SecretReference(env="HANDRAIL_TEST_SECRET")) == CANARY
    assert resolve(SecretReference(file=str(path))) == CANARY
    assert resolve(SecretReference(command=command)) == CANARY


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """Would catch a password everybody on the jump host can read."""
    path = tmp_path / "secret"
    path.write_text(CANARY, encoding="utf-8")
    path.chmod(0o640)
    with pytest.raises(SecretMissing) as caught:
        resolve(SecretReference(file=str(path)))
    assert "chmod 600" in caught.value.mend
    assert CANARY not in caught.value.explain()


@pytest.mark.parametrize(
    "program", ["import sys; print('canary-5f1d'); sys.exit(3)", "pass", "print('canary-5f1d' * 1000)"]
)
def test_a_failing_command_is_named_without_its_output(program: str) -> None:
    """Would catch a secret that leaks through an error message."""
    with pytest.raises(SecretMissing) as caught:
        resolve(SecretReference(command=(sys.executable, "-c", program)))
    assert CANARY not in caught.value.explain()


def test_a_command_that_hangs_ends_in_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would catch a pass phrase prompt that stops the whole program for ever."""
    monkeypatch.setattr(credentials, "LIMIT_S", 0.2)
    with pytest.raises(SecretMissing, match="no answer"):
        resolve(SecretReference(command=(sys.executable, "-c", "import time; time.sleep(30)")))


def test_what_is_missing_is_named() -> None:
    """Would catch an empty password being sent instead."""
    with pytest.raises(SecretMissing, match="not set"):
        resolve(SecretReference(env="HANDRAIL_TEST_ABSENT"))
    with pytest.raises(SecretMissing, match="No such file"):
        resolve(SecretReference(file="/nowhere/secret"))
    with pytest.raises(SecretMissing, match="No such file"):
        resolve(SecretReference(command=("/nowhere/pass",)))
