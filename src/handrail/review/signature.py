"""One record's own signature, looked at when somebody asks: whose run key, given by whose key."""

from __future__ import annotations

from handrail.errors import KeyRefused
from handrail.ledger import names, runs, sshsig
from handrail.ledger.delegation import BadDelegation
from handrail.ledger.disk import Disk, RealDisk
from handrail.review.run import Entry
from handrail.text import SafeText, safe


def signature_words(entry: Entry, disk: Disk | None = None) -> SafeText:
    """`good`, with both keys, or `BAD` and why. The whole run's verdict by the seal does not ask this."""
    disk = disk or RealDisk()
    name = names.record_name(entry.record.number)
    try:
        data = disk.read(entry.watch / name, names.RECORD_LIMIT)
        armoured = disk.read(entry.watch / (name + names.SIGNATURE), sshsig.SIZE_LIMIT)
        key = sshsig.check_ed25519(armoured, data, names.RECORD_NAMESPACE).key
        given = next((one for one in runs.delegations(disk, entry.watch) if one.key == key), None)
    except (OSError, sshsig.BadSignature, BadDelegation, KeyRefused) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else str(problem)
        return safe(f"BAD: {reason}", 200)
    if given is None:
        return safe(f"BAD: by {sshsig.fingerprint(key)}, which no run.signers names")
    return safe(
        f"good, by run key {sshsig.fingerprint(key)} of process {given.process}, "
        f"which {sshsig.fingerprint(given.operator_key)} delegated ({given.mode})"
    )
