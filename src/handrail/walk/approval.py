"""Approved procedures: a copy and a signature in the site's folder, and a refusal of anything else.

The signature is over the whole file as a run keeps it, includes in their places; its namespace is
`procedure@handrail`, and whoever may sign stands in the site's allowed_signers file.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from handrail.errors import UsageError
from handrail.ledger import names, sshkeygen
from handrail.ledger.keys import Signer
from handrail.procedure.loading import Loaded
from handrail.text import amount, safe
from handrail.walk.preflight import Finding, Looked

SIGNATURE_LIMIT = 64 * 1024
SHOWN_LINES = 40
SUBJECT = safe("procedure")


def approved_path(identity: str, folder: Path) -> Path:
    """Where the approved copy of this procedure lies; its signature beside it ends in .sig."""
    return folder / f"{identity.replace('/', '--')}.toml"


def approve(loaded: Loaded, folder: Path, signer: Signer) -> Path:
    """Sign the procedure as it is now and keep copy and signature; raises UsageError, KeyRefused."""
    signature = signer.sign(loaded.data, names.PROCEDURE_NAMESPACE)
    path = approved_path(loaded.procedure.id, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(loaded.data)
        path.with_name(path.name + names.SIGNATURE).write_bytes(signature)
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}", "name a folder of yours") from None
    return path


def approval_of(loaded: Loaded, folder: Path, allowed_signers: Path | None) -> tuple[str, bytes]:
    """Who approved exactly these bytes, and the signature; raises UsageError with the mend otherwise."""
    identity = loaded.procedure.id
    path = approved_path(identity, folder)
    mend = f"have it approved: handrail approve {identity}"
    try:
        data = path.read_bytes()
        armoured = path.with_name(path.name + names.SIGNATURE).read_bytes()[:SIGNATURE_LIMIT]
    except OSError:
        raise UsageError(
            f"{identity} is not approved, and this site walks approved ones only", mend
        ) from None
    signer = None
    if allowed_signers is not None:
        signer = sshkeygen.allowed_principal(allowed_signers, data, armoured, names.PROCEDURE_NAMESPACE)
    if data != loaded.data and allowed_signers is not None and signer is None:
        raise UsageError(
            f"the approved copy of {identity} does not fit its signature: it was tampered with", mend
        )
    if data != loaded.data:
        changes = "\n".join(difference(loaded, folder))
        raise UsageError(f"{identity} was CHANGED since it was approved:\n{changes}", mend)
    if allowed_signers is None:
        raise UsageError("there is no allowed_signers file, so nobody can have approved it", mend)
    if signer is None:
        raise UsageError(f"{identity} is approved by nobody that {allowed_signers.name} allows to", mend)
    return signer, armoured


def looked_at(loaded: Loaded, folder: Path, allowed_signers: Path | None) -> Looked:
    """The same as one thing looked at before a walk: who approved it, or why it cannot be begun."""
    try:
        who, _ = approval_of(loaded, folder, allowed_signers)
    except UsageError as problem:
        first = problem.problem.splitlines()[0].rstrip(":")
        return Looked(SUBJECT, Finding.STOPS, safe(f"NOT APPROVED: {first}", 300), safe(problem.mend))
    return Looked(SUBJECT, Finding.OK, safe(f"approved by {who}", 120))


def difference(loaded: Loaded, folder: Path) -> list[str]:
    """The lines in which the procedure differs from its approved copy; all of it where there is none."""
    try:
        before = approved_path(loaded.procedure.id, folder).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        before = []
    now = loaded.data.decode("utf-8", "replace").splitlines()
    found = list(difflib.unified_diff(before, now, "approved", "now", lineterm="", n=1))
    if not before:
        return ["no approved copy is there"]
    more = [f"... and {amount(len(found) - SHOWN_LINES, 'more line')}"] if len(found) > SHOWN_LINES else []
    return [safe(line, 200) for line in found[:SHOWN_LINES]] + more
