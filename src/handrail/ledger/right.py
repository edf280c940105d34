"""The right to take runs away: the operator's key signs one allowed_signers line for the key of one removal.

Its identity is `ledger`: such a key can sign entries of the ledger's chain and nothing of any run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handrail.ledger import delegation, keys, names
from handrail.ledger.keys import Signer

PRINCIPAL = "ledger"
_LINE = re.compile(
    rf'{PRINCIPAL} namespaces="{re.escape(names.LEDGER_NAMESPACE)}" '
    r"(?P<key>ssh-ed25519 [A-Za-z0-9+/=]+) (?P<mode>live|drill) removal\n"
)


@dataclass(frozen=True, slots=True)
class Right:
    """What one key may remove, and who says so: `mode` is live (any run) or drill (drills only)."""

    key: bytes
    mode: str
    operator_key: bytes
    text: bytes
    armoured: bytes


def give(signer: Signer, mode: str, key: bytes) -> tuple[bytes, bytes]:
    """The line and its signature by the operator's key. Raises KeyRefused."""
    line = f'{PRINCIPAL} namespaces="{names.LEDGER_NAMESPACE}" {keys.public_line(key)} {mode} removal\n'
    return line.encode(), signer.sign(line.encode(), names.DELEGATE_NAMESPACE)


def read(text: bytes, armoured: bytes) -> Right:
    """A right whose signature fits it; whether its signer is allowed is another question.

    Raises BadDelegation, KeyRefused.
    """
    found, key, operator_key = delegation.signed_line(text, armoured, _LINE, "a right to remove")
    return Right(key, found["mode"], operator_key, text, armoured)
