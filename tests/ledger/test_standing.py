"""Whom the site knows by a key, asked without the key: as ssh-keygen would say of its signature."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ledger.conftest import Operator, make_operator

from handrail.ledger import sshkeygen
from handrail.ledger.standing import known_as

SPACE = "witness@handrail"
LINES = {
    "plain": ("ana@site {key}\n", "ana@site"),
    "for this purpose": (f'ana@site namespaces="{SPACE}" {{key}} a comment\n', "ana@site"),
    "for another purpose": ('ana@site namespaces="delegate@handrail" {key}\n', None),
    "no longer": ('ana@site valid-before="20200101" {key}\n', None),
    "not yet": ('ana@site valid-after="20990101" {key}\n', None),
    "two spaces, two names": ("# people\nana@site,a@site {two}\n", "ana@site"),
    "nobody": ("# people\n", None),
}


@pytest.mark.parametrize("line", LINES)
def test_it_says_what_ssh_keygen_says_of_a_signature(line: str, operator: Operator, tmp_path: Path) -> None:
    """Would catch a key taken for good that signs for nothing, and one sent away that would count."""
    text, who = LINES[line]
    public = " ".join(Path(f"{operator.key}.pub").read_text(encoding="utf-8").split()[:2])
    site = tmp_path / "allowed_signers"
    site.write_text(text.format(key=public, two=public.replace(" ", "  ")), encoding="utf-8")
    assert known_as(site, operator.signer().blob, SPACE) == who
    signature = operator.signer().sign(b"x", SPACE)
    assert sshkeygen.allowed_principal(site, b"x", signature, SPACE) == who


def test_a_key_of_another_kind_is_known_too(tmp_path: Path) -> None:
    """The throw-away key is Ed25519 whatever the site's is."""
    bob = make_operator(tmp_path, "bob", "ecdsa")
    assert known_as(bob.allowed_signers, bob.signer().blob, SPACE) == "bob@site"
