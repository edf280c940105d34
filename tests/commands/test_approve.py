"""`handrail approve`: nobody signs for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.conftest import make_operator

from handrail import cli
from handrail.walk.approval import approved_path

PROCEDURE = "artemis/rolling-restart"


def test_a_key_the_site_does_not_allow_to_approve_is_refused_before_it_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a good approval would be overwritten by one that nobody may walk by."""
    eve = make_operator(tmp_path, "eve")
    public = Path(f"{eve.key}.pub").read_text(encoding="utf-8")
    site, folder = tmp_path / "site", tmp_path / "approved"
    monkeypatch.setenv("HANDRAIL_ALLOWED_SIGNERS", str(site))
    arguments = ["approve", PROCEDURE, "--to", str(folder), "--key", str(eve.key), "--yes"]
    site.write_text(f'eve@site namespaces="delegate@handrail" {public}', encoding="utf-8")
    assert cli.main(arguments) != 0
    assert "does not allow the key" in capsys.readouterr().err
    assert not approved_path(PROCEDURE, folder).exists()
    site.write_text(f'eve@site namespaces="procedure@handrail" {public}', encoding="utf-8")
    assert cli.main(arguments) == 0
    assert approved_path(PROCEDURE, folder).exists()
