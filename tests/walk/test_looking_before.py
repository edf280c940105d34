"""The look before a walk says whether the site lets the procedure be walked at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.walk.test_approval import allowed, changed, signer

from handrail.inventory.model import Site
from handrail.procedure.loading import find
from handrail.walk.approval import approve
from handrail.walk.looking_before import look_at
from handrail.walk.plan import BoundPair
from handrail.walk.preflight import Finding, Looked


def site(approved: Path | None) -> Site:
    """A site of one server, at which nobody looks here."""
    server = {"name": "a", "product": "artemis", "url": "http://127.0.0.1:1"}
    approval = {"approved": str(approved)} if approved else {}
    return Site.model_validate({"schema": 1, "site": "lab", "servers": (server,), **approval})


def found(site: Site, *, altered: bool = False) -> list[Looked]:
    """What is found about the procedure before the walk."""
    loaded = find("artemis/rolling-restart")
    looked = look_at(site, [], changed(loaded) if altered else loaded).looked
    return [item for item in looked if item.subject != "key"]


def test_what_is_not_approved_is_said_before_the_walk_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would catch a look that finds all well, and a start that is refused."""
    folder = tmp_path / "approved"
    eve = signer(tmp_path, "eve")
    monkeypatch.setenv("HANDRAIL_ALLOWED_SIGNERS", str(allowed(tmp_path, "eve")))
    [before] = found(site(folder))
    assert before.finding is Finding.STOPS
    assert before.text.startswith("NOT APPROVED: artemis/rolling-restart is not approved")
    assert "handrail approve artemis/rolling-restart" in before.mend
    approve(find("artemis/rolling-restart"), folder, eve)
    [after] = found(site(folder))
    assert (after.finding, str(after.text)) == (Finding.OK, "approved by eve@site")
    [altered] = found(site(folder), altered=True)
    assert altered.finding is Finding.STOPS
    assert altered.text.endswith("was CHANGED since it was approved")


def test_a_site_that_asks_for_no_approval_is_told_of_none(tmp_path: Path) -> None:
    """The control."""
    assert found(site(None)) == []


def test_a_walk_without_a_key_to_sign_with_is_told_before_it_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Would catch `everything needed was found` and a refusal after Enter."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    loaded = find("artemis/rolling-restart")
    [without] = look_at(site(None), [], loaded).looked
    assert without.finding is Finding.STOPS
    assert "ssh-keygen" in without.mend
    signer(tmp_path, "ana")
    [named] = look_at(site(None), [], loaded, key=tmp_path / "ana").looked
    assert named.finding is Finding.OK


def test_a_secret_that_cannot_be_had_hides_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would catch a doctor that stops at the first unset variable."""
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    servers = [
        {"name": name, "product": "artemis", "url": "http://127.0.0.1:1", "user": "admin", **secret}
        for name, secret in (("a", {"password": {"env": "NO_SUCH_SECRET"}}), ("b", {}))
    ]
    two = Site.model_validate({"schema": 1, "site": "lab", "servers": tuple(servers)})
    pair = BoundPair("orders", "replication", {"master": "a", "slave": "b"})
    found = {str(item.subject): item for item in look_at(two, ["a", "b"], None, [pair]).looked}
    assert "NO_SUCH_SECRET" in found["a"].text
    assert found["a"].mend.startswith("export NO_SUCH_SECRET")
    assert found["b"].text.startswith("refused")
