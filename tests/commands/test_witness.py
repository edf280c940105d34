"""`handrail witness`: whose key cannot count is told so before anything is shown or asked."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from tests.ledger.conftest import make_operator

from handrail import cli
from handrail.clock import SystemClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.store import Ledger
from handrail.procedure.loading import find
from handrail.walk import events as e


@pytest.fixture
def walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ana walks live; the site knows her and Bob. Her key, and Eve's, lie beside the ledger."""
    ana, _eve = make_operator(tmp_path, "ana"), make_operator(tmp_path, "eve")
    monkeypatch.setenv("HANDRAIL_ALLOWED_SIGNERS", str(ana.allowed_signers))
    monkeypatch.setenv("HANDRAIL_OPERATOR", "somebody")
    loaded = find("artemis/rolling-restart")
    ledger = Ledger(tmp_path / "ledger", QuickDisk(), SystemClock())
    files = {"procedure.toml": loaded.data}
    with ledger.open_run("live", loaded.procedure.id, ana.signer(), "ana", "jump1", files) as watch:
        opened = e.Opened(
            procedure=loaded.procedure.id, version=1, sha256=loaded.sha256, mode="live", site="lab",
            operator="ana", principal="SHA256:ana", program="test",
            pairs=(e.PairBound(name="p", mode="replication", roles={"master": "a", "slave": "b"}),),
        )  # fmt: skip
        watch.append(e.to_table(opened))
    return ledger.root


@pytest.mark.parametrize(
    ("name", "why"), [("eve", "does not know that key"), ("ana", "a second person has their own")]
)
def test_a_key_that_cannot_count_is_told_at_once(
    walked: Path, name: str, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Would catch a person who waits, reads, types the target and signs for nothing."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("never read"))
    key = str(walked.parent / f"{name}_ed25519")
    assert cli.main(["witness", "--ledger", str(walked), "--key", key]) == 1
    said = capsys.readouterr().out
    assert said.startswith("It would not count: ")
    assert why in said
    assert "Waiting" not in said
    assert sys.stdin.read() == "never read"
