"""Whom the site knows by a public key, before anything is signed with it.

ssh-keygen judges signatures, not keys. So a throw-away key takes the key's place in a copy of the site's
file and signs: names, purposes and times are judged by ssh-keygen itself, and no passphrase is asked for.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from handrail.errors import KeyRefused
from handrail.ledger import sshkeygen, sshsig
from handrail.ledger.keys import MemoryKey, public_line

_PROBE = b"who would this be?\n"


def known_as(allowed_signers: Path, key: bytes, namespace: str) -> str | None:
    """The principal whom a signature by this key in this namespace would be of, now; None for nobody.

    Raises OSError, KeyRefused.
    """
    kind, blob = map(re.escape, public_line(key).split())
    probe = MemoryKey()
    text = allowed_signers.read_text("utf-8", "surrogateescape")
    with_probe = re.sub(rf"{kind}[ \t]+{blob}(?![\w+/=])", public_line(probe.blob), text)
    with tempfile.TemporaryDirectory(prefix="handrail-") as folder:
        copy = Path(folder, "allowed_signers")
        copy.write_text(with_probe, "utf-8", "surrogateescape")
        return sshkeygen.allowed_principal(copy, _PROBE, probe.sign(_PROBE, namespace), namespace)


def must_be_known(allowed_signers: Path | None, key: bytes, namespace: str) -> str:
    """The principal, for what nobody could take back once it is signed.

    Raises KeyRefused with the mend when the site does not know the key for this purpose.
    """
    try:
        who = known_as(allowed_signers, key, namespace) if allowed_signers is not None else None
    except OSError as problem:
        raise KeyRefused(
            f"{allowed_signers} cannot be read: {problem.strerror}", "name the site's allowed_signers file"
        ) from None
    if who is None:
        where = allowed_signers.name if allowed_signers else "no allowed_signers file is there, which"
        raise KeyRefused(
            f"{where} does not allow the key {sshsig.fingerprint(key)} to sign as {namespace}",
            "name another with --key, or have its line of `handrail keys` added to that file",
        )
    return who
