"""SSHSIG: the same bytes as ssh-keygen, and stricter than it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import Operator

from handrail.ledger import sshsig

KEY = Ed25519PrivateKey.generate()


def test_our_signature_is_byte_for_byte_that_of_ssh_keygen(operator: Operator, tmp_path: Path) -> None:
    """Or the stock tools might one day not read what we wrote."""
    private = load_ssh_private_key(operator.key.read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    for message in (b"", b"a record\n", bytes(range(256)) * 40):
        argv = ["ssh-keygen", "-Y", "sign", "-f", str(operator.key), "-n", "record@handrail"]
        stock = subprocess.run(argv, input=message, capture_output=True, check=True).stdout
        assert sshsig.sign(private, message, "record@handrail") == stock
        sshsig.check_ed25519(stock, message, "record@handrail")


@given(st.binary(max_size=2000), st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable()))
def test_what_was_signed_verifies_and_nothing_else(message: bytes, namespace: str) -> None:
    """Another message, another namespace and another key are refused."""
    armoured = sshsig.sign(KEY, message, namespace)
    sshsig.check_ed25519(armoured, message, namespace, sshsig.public_blob(KEY))
    other = sshsig.public_blob(Ed25519PrivateKey.generate())
    for wrong in (
        (message + b"x", namespace, None),
        (message, namespace + "x", None),
        (message, namespace, other),
    ):
        with pytest.raises(sshsig.BadSignature):
            sshsig.check_ed25519(armoured, *wrong)


def test_no_single_flipped_bit_of_a_signature_is_accepted() -> None:
    """ssh-keygen accepts twelve: inner newlines, the version byte, the last newline."""
    armoured = sshsig.sign(KEY, b"record", "record@handrail")
    for at in range(len(armoured)):
        for bit in range(8):
            changed = bytearray(armoured)
            changed[at] ^= 1 << bit
            with pytest.raises(sshsig.BadSignature):
                sshsig.check_ed25519(bytes(changed), b"record", "record@handrail")


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused_and_never_crash(data: bytes) -> None:
    """A signature file is input from outside."""
    for candidate in (data, sshsig.BEGIN + data + sshsig.END):
        with pytest.raises(sshsig.BadSignature):
            sshsig.parse(candidate)


def test_a_signature_needs_a_namespace() -> None:
    """Without one a signature made for something else would do."""
    with pytest.raises(ValueError, match="namespace"):
        sshsig.sign(KEY, b"", "")
