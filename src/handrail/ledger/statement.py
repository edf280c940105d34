"""What a second person signs: a witness, whoever accepts a handover, a countersigner. One small file each.

A statement is bound to a run, a watch, a step and attempt, to a record by its head, and to the exact request
by its SHA-256. Like a record it is TOML, safe to `cat`, and its signature is checked before it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from handrail.errors import KeyRefused
from handrail.ledger import names, sshkeygen, sshsig
from handrail.ledger.keys import Signer
from handrail.ledger.record import BadRecord, dump, load, wall_text, wall_time

SCHEMA = 1
SIZE_LIMIT = 16 * 1024
_TEXTS = ("run", "step", "head", "request", "typed", "operator")
_NUMBERS = ("watch", "attempt", "number")


class Kind(StrEnum):
    """What is stated."""

    WITNESS = "witness"
    """I watch, and this request is right: now."""
    ACCEPT = "accept"
    """I go on with this walk from here."""
    COUNTERSIGN = "countersign"
    """I looked at it afterwards, independently."""


NAMESPACES = {
    Kind.WITNESS: names.WITNESS_NAMESPACE,
    Kind.ACCEPT: names.HANDOVER_NAMESPACE,
    Kind.COUNTERSIGN: names.COUNTERSIGN_NAMESPACE,
}


class BadStatement(Exception):
    """Bytes that are no statement, or whose signature does not hold."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `number` and `head` name a record of the watch; `request` is `request_hash` of what was
    shown; `typed` what the second person typed; `made` is UTC by their own clock."""

    kind: Kind
    run: str
    watch: int
    step: str
    attempt: int
    number: int
    head: str
    request: str
    typed: str
    operator: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement as it lies in a file, by the key (fingerprint) that really signed these bytes."""

    statement: Statement
    key: str
    data: bytes
    signature: bytes

    @property
    def sha256(self) -> str:
        """The hash of the file: a statement counts once."""
        return names.sha256(self.data)


def request_hash(shown: Sequence[str], rows: Sequence[str] = ()) -> str:
    """What names an exact request: its lines as they are shown, and the rows it is for."""
    return names.sha256("\n".join(shown).encode(), b"\0", "\n".join(rows).encode())


def sign(statement: Statement, signer: Signer) -> Signed:
    """The statement's bytes and the signature over them. Raises KeyRefused."""
    table = {"schema": SCHEMA, "kind": statement.kind.value}
    table |= {name: getattr(statement, name) for name in _TEXTS + _NUMBERS}
    data = dump({**table, "made": wall_text(statement.made)})
    signature = signer.sign(data, NAMESPACES[statement.kind])
    return Signed(statement, sshsig.fingerprint(signer.blob), data, signature)


def read(kind: Kind, data: bytes, signature: bytes) -> Signed:
    """The statement in these bytes, once its signature holds for this kind's namespace.

    Whether the site knows the key is another question. Raises BadStatement; KeyRefused when ssh-keygen is
    needed (for a key that is not Ed25519) and does not answer.
    """
    namespace = NAMESPACES[kind]
    try:
        parsed = sshsig.parse(signature)
        if parsed.namespace != namespace:
            raise BadStatement(f"it is signed for {parsed.namespace}, not for {namespace}")
        if parsed.key_type == sshsig.ED25519:
            sshsig.check_ed25519(signature, data, namespace)
        elif not sshkeygen.is_signed(data, signature, namespace):
            raise BadStatement("its signature does not fit")
        return Signed(_decode(kind, load(data)), sshsig.fingerprint(parsed.key), data, signature)
    except (sshsig.BadSignature, BadRecord) as problem:
        raise BadStatement(str(problem)) from problem


def principal_of(signed: Signed, allowed_signers: Path | None, at: datetime | None = None) -> str | None:
    """Whom the site's file knows by this signature, in this namespace, at that time; None for nobody."""
    if allowed_signers is None:
        return None
    namespace = NAMESPACES[signed.statement.kind]
    try:
        return sshkeygen.allowed_principal(allowed_signers, signed.data, signed.signature, namespace, at)
    except (KeyRefused, OSError):
        return None


def _decode(kind: Kind, table: Mapping[str, object]) -> Statement:
    if table.get("schema") != SCHEMA:
        raise BadStatement(f"schema {table.get('schema')!r} is not known")
    if set(table) != {"schema", "kind", "made", *_TEXTS, *_NUMBERS}:
        raise BadStatement("fields are missing or unknown")
    if table["kind"] != kind.value:
        raise BadStatement(f"it is a {table['kind']!r}, not a {kind}")
    texts = {name: table[name] for name in (*_TEXTS, "made")}
    numbers = {name: table[name] for name in _NUMBERS}
    if not all(isinstance(value, str) for value in texts.values()):
        raise BadStatement("a field is not a text")
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in numbers.values()):
        raise BadStatement("a field is not a number")
    made = wall_time(str(texts.pop("made")))
    return Statement(kind=kind, made=made, **texts, **numbers)  # type: ignore[arg-type]
