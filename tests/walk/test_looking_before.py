"""The look before a walk says whether the site lets the procedure be walked at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.walk.test_approval import allowed, changed, signer

from handrail.inventory.model import Site
from handrail.procedure.loading import find
from handrail.walk.approval import approve
from handrail.walk.looking_before import look_at
from handrail.walk.preflight import Finding, Looked


def site(approved: Path | None) -> Site:
    """A site of one server, at which nobody looks here."""
    server = {"name": "a", "product": "artemis", "url": "http://127.0.0.1:1"}
    approval = {"approved": str(approved)} if approved else {}
    return Site.model_validate({"schema": 1, "site": "lab", "servers": (server,), **approval})


def found(site: Site, *, altered: bool = False) -> list[Looked]:
    """What is found before the walk."""
    loaded = find("artemis/rolling-restart")
    return list(look_at(site, [], changed(loaded) if altered else loaded).looked)


def test_what_is_not_approved_is_said_before_the_walk_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would catch a look that finds all well, and a start that is refused."""
    folder = tmp_path / "approved"
    eve = signer(tmp_path, "eve")
    monkeypatch.setenv("HANDRAIL_ALLOWED_SIGNERS", str(allowed(tmp_path, "eve")))
    [before] = found(site(folder))
    assert before.finding is Finding.WRONG
    assert before.text.startswith("NOT APPROVED: artemis/rolling-restart is not approved")
    assert "handrail approve artemis/rolling-restart" in before.mend
    approve(find("artemis/rolling-restart"), folder, eve)
    [after] = found(site(folder))
    assert (after.finding, str(after.text)) == (Finding.OK, "approved by eve@site")
    [altered] = found(site(folder), altered=True)
    assert altered.finding is Finding.WRONG
    assert altered.text.endswith("was CHANGED since it was approved")


def test_a_site_that_asks_for_no_approval_is_told_of_none(tmp_path: Path) -> None:
    """The control."""
    assert found(site(None)) == []
