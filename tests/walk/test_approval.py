"""Approved procedures: exactly these bytes, by somebody the site allows; anything else is refused and shown."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from handrail.errors import UsageError
from handrail.ledger.keys import SshSigner
from handrail.procedure.loading import Loaded, find, loads
from handrail.walk.approval import approval_of, approve, approved_path


def signer(folder: Path, name: str) -> SshSigner:
    """Somebody with a key."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
    subprocess.run(command, check=True)
    return SshSigner(folder / name)


def allowed(folder: Path, name: str, namespaces: str = "procedure@handrail") -> Path:
    """A site that lets this person approve."""
    path = folder / f"allowed_{name}"
    public = (folder / f"{name}.pub").read_text(encoding="utf-8")
    path.write_text(f'{name}@site namespaces="{namespaces}" {public}', encoding="utf-8")
    return path


def changed(loaded: Loaded) -> Loaded:
    """The procedure with one word changed."""
    data = loaded.data.replace(b"Stop the slave broker", b"Stop the slave server", 1)
    assert data != loaded.data
    return loads(loaded.path, data)


def test_what_was_approved_is_walked_and_its_approver_named(tmp_path: Path) -> None:
    """The signature goes into the run."""
    loaded = find("artemis/rolling-restart")
    approve(loaded, tmp_path / "approved", signer(tmp_path, "eve"))
    who, armoured = approval_of(loaded, tmp_path / "approved", allowed(tmp_path, "eve"))
    assert who == "eve@site"
    assert b"SSH SIGNATURE" in armoured


def test_a_changed_procedure_is_refused_with_the_difference(tmp_path: Path) -> None:
    """Would catch a word changed the night before."""
    loaded = find("artemis/rolling-restart")
    approve(loaded, tmp_path / "approved", signer(tmp_path, "eve"))
    with pytest.raises(UsageError) as caught:
        approval_of(changed(loaded), tmp_path / "approved", allowed(tmp_path, "eve"))
    assert "CHANGED since it was approved" in caught.value.problem
    assert "+title" in caught.value.problem
    assert "slave server" in caught.value.problem


def test_what_nobody_approved_is_refused(tmp_path: Path) -> None:
    """And without a file of allowed signers nobody can have."""
    loaded = find("artemis/rolling-restart")
    with pytest.raises(UsageError, match="is not approved"):
        approval_of(loaded, tmp_path / "approved", None)
    approve(loaded, tmp_path / "approved", signer(tmp_path, "eve"))
    with pytest.raises(UsageError, match="no allowed_signers"):
        approval_of(loaded, tmp_path / "approved", None)


def test_a_signer_the_site_does_not_allow_to_approve_approves_nothing(tmp_path: Path) -> None:
    """Neither a stranger, nor an operator whose key is for delegations only, nor a copied signature."""
    loaded = find("artemis/rolling-restart")
    folder = tmp_path / "approved"
    signer(tmp_path, "eve")
    approve(loaded, folder, signer(tmp_path, "mallory"))
    for site in (allowed(tmp_path, "eve"), allowed(tmp_path, "mallory", "delegate@handrail")):
        with pytest.raises(UsageError, match="approved by nobody"):
            approval_of(loaded, folder, site)
    other = find("artemis/full-restart")
    approve(other, folder, SshSigner(tmp_path / "eve"))
    signature = approved_path(other.procedure.id, folder).with_suffix(".toml.sig").read_bytes()
    approved_path(loaded.procedure.id, folder).with_suffix(".toml.sig").write_bytes(signature)
    with pytest.raises(UsageError, match="approved by nobody"):
        approval_of(replace(loaded), folder, allowed(tmp_path, "eve"))
