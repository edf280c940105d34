"""A delegation: the operator's key signs one allowed_signers line for a run key of one run and watch."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handrail.errors import KeyRefused
from handrail.ledger import keys, names, sshkeygen, sshsig
from handrail.ledger.keys import Signer

SIZE_LIMIT = 4096
_NAMESPACES = ",".join((names.RECORD_NAMESPACE, names.SEAL_NAMESPACE, names.LEDGER_NAMESPACE))
_LINE = re.compile(
    r"(?P<run>[0-9A-Za-z-]+)/(?P<watch>watch-[0-9]{3}) "
    rf'namespaces="{re.escape(_NAMESPACES)}" '
    r"(?P<key>ssh-ed25519 [A-Za-z0-9+/=]+) (?P<mode>live|drill) process (?P<process>[1-9][0-9]{0,3})\n"
)


class BadDelegation(Exception):
    """A run.signers file that is not what it must be, or not signed."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """One run key's right to write: for which run and watch, in which mode, given by which operator key."""

    run: str
    watch: int
    mode: str
    process: int
    key: bytes
    operator_key: bytes

    @property
    def principal(self) -> str:
        """The identity under which stock tools verify the records."""
        return names.principal(self.run, self.watch)


def write(run: str, watch: int, mode: str, process: int, key: bytes) -> bytes:
    """The bytes of run.signers: one allowed_signers line."""
    text = (
        f'{names.principal(run, watch)} namespaces="{_NAMESPACES}" '
        f"{keys.public_line(key)} {mode} process {process}\n"
    )
    return text.encode()


def delegate(
    signer: Signer, run: str, watch: int, mode: str, process: int, key: bytes
) -> tuple[bytes, bytes]:
    """run.signers and its signature. Raises KeyRefused."""
    text = write(run, watch, mode, process, key)
    return text, signer.sign(text, names.DELEGATE_NAMESPACE)


def read(text: bytes, armoured: bytes) -> Delegation:
    """A delegation whose signature fits it; whether its signer is allowed is another question.

    Raises BadDelegation, or KeyRefused if ssh-keygen is needed (any key but Ed25519) and not there.
    """
    found, key, operator_key = signed_line(text, armoured, _LINE, "a delegation")
    return Delegation(
        run=found["run"],
        watch=int(found["watch"].removeprefix("watch-")),
        mode=found["mode"],
        process=int(found["process"]),
        key=key,
        operator_key=operator_key,
    )


def signed_line(
    text: bytes, armoured: bytes, pattern: re.Pattern[str], what: str
) -> tuple[re.Match[str], bytes, bytes]:
    """The one line of this form, the key that it gives a right, and the operator's key that signed it.

    Raises BadDelegation, KeyRefused.
    """
    operator_key = _signed_by(text, armoured)
    found = pattern.fullmatch(text.decode("ascii", "replace"))
    if found is None:
        raise BadDelegation(f"not the one line {what} has")
    try:
        return found, keys.read_public(found["key"]), operator_key
    except KeyRefused as error:
        raise BadDelegation("its key is malformed") from error


def _signed_by(text: bytes, armoured: bytes) -> bytes:
    """The key that signed it, once its signature fits."""
    try:
        signature = sshsig.parse(armoured)
        if signature.namespace != names.DELEGATE_NAMESPACE:
            raise BadDelegation(f"its signature is for namespace {signature.namespace!r}")
        if signature.key_type == sshsig.ED25519:
            sshsig.check_ed25519(armoured, text, names.DELEGATE_NAMESPACE)
        elif not sshkeygen.is_signed(text, armoured, names.DELEGATE_NAMESPACE):
            raise BadDelegation("its signature does not fit")
    except sshsig.BadSignature as error:
        raise BadDelegation(f"its signature: {error}") from error
    return signature.key
