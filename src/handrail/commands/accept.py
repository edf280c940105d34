"""`handrail accept`: take a walk that its operator offers; then it goes on here, in a watch of one's own."""

from __future__ import annotations

import argparse

from handrail.commands import resume
from handrail.commands.bound import inventory
from handrail.commands.joining import answered, awaited, following, signed_for
from handrail.errors import UsageError
from handrail.ledger.statement import Kind
from handrail.review.following import Following
from handrail.review.joining import offer, used
from handrail.review.run import RunRead


def main(options: argparse.Namespace) -> int:
    """The exit status of the walk that follows; 1 when it did not come to that."""
    looking = following(options)
    begun = Following(looking.path, looking.allowed_signers).newer()
    if begun is not None and begun.opened is not None and begun.opened.mode == "drill":
        raise UsageError("a drill cannot be handed over", "its servers end with the process that plays it")
    inventory(options)  # without one the walk could not go on: better known before signing
    found = awaited(looking, options, Kind.ACCEPT, offer)
    if found is None:
        return 1
    run, wanted, signer = found
    signed = signed_for(run, wanted, signer, options)
    if signed is None:
        return 1

    def answer(now: RunRead) -> bool | None:
        """True once the other's watch is sealed with it, False once it is not offered any more."""
        if used(now, signed.sha256) is not None:
            sealed = now.verification.awaiting or now.verification.whole == "SEALED"
            return True if sealed else None
        return None if offer(now) is not None else False

    taken = answered(looking, signed, options, answer)
    if taken is None or not taken[1]:
        print("The walk was kept, or somebody else took it; see `handrail runs`.")
        return 1
    options.run, options.take_over = looking.path, ""
    return resume.main(options)
