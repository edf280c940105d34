"""`handrail accept`: take a walk that its operator offers; then it goes on here, in a watch of one's own."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from handrail.commands import resume
from handrail.commands.bound import inventory
from handrail.commands.joining import agreed, counts, following, leave_in_outbox, ledger_of
from handrail.commands.looking_on import wait_for
from handrail.errors import UsageError
from handrail.ledger import outbox
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import Signer
from handrail.ledger.statement import sign
from handrail.review.following import Following
from handrail.review.joining import Wanted, last_state, offer, stated, used
from handrail.review.run import RunRead
from handrail.walk.live_run import signing_key
from handrail.walk.second_person import VALID_S
from handrail.walk.session import operator_name


def main(options: argparse.Namespace) -> int:
    """The exit status of the walk that follows; 1 when it did not come to that."""
    looking = following(options)
    begun = Following(looking.path, looking.allowed_signers).newer()
    if begun is not None and begun.opened is not None and begun.opened.mode == "drill":
        raise UsageError("a drill cannot be handed over", "its servers end with the process that plays it")
    inventory(options)  # without one the walk could not go on: better known before signing
    print(f"Looking on at {looking.path.name}. Waiting for a handover; Ctrl+C leaves.", flush=True)
    found = wait_for(looking, _offer_or_end)
    assert found is not None  # noqa: S101 - it waits without a limit
    run, wanted = found
    if not isinstance(wanted, Wanted):
        print("The run has ended; there is nothing to take over.")
        return 1
    signer = signing_key(options.key).signer(ask=True)
    if not agreed(run, wanted) or not _accepted(options, looking, run, wanted, signer):
        return 1
    options.run, options.take_over = looking.path, ""
    return resume.main(options)


def _accepted(
    options: argparse.Namespace, looking: Following, run: RunRead, wanted: Wanted, signer: Signer
) -> bool:
    """Sign, and wait until the other's watch is sealed with it."""
    statement = stated(run, wanted, wanted.type_this, operator_name(), datetime.now(UTC))
    signed = sign(statement, signer)
    if not counts(run, wanted, signed, ledger_of(options)):
        return False
    letter = leave_in_outbox(ledger_of(options), signed)
    print("Signed. Waiting until it is in the record.", flush=True)

    def answer(now: RunRead) -> bool | None:
        if used(now, signed.sha256) is not None:
            return True if now.verification.whole == "SEALED" else None
        return None if offer(now) is not None else False

    try:
        again = Following(looking.path, looking.allowed_signers)
        found = wait_for(again, answer, VALID_S)
    finally:
        outbox.take_back(RealDisk(), letter)
    if found is not None and found[1]:
        return True
    print("The walk was kept, or somebody else took it; see `handrail runs`.")
    return False


def _offer_or_end(run: RunRead) -> Wanted | str | None:
    state = last_state(run)
    if state is not None and state.ended is not None:
        return "ended"
    return offer(run)
