"""`handrail witness`: a second person sees the hold point and its exact request, and signs for it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from handrail.commands.joining import agreed, counts, following, leave_in_outbox, ledger_of, signer_for
from handrail.commands.looking_on import wait_for
from handrail.ledger import outbox
from handrail.ledger.disk import RealDisk
from handrail.ledger.statement import sign
from handrail.review.following import Following
from handrail.review.joining import Wanted, hold_point, last_state, stated, used
from handrail.review.run import RunRead
from handrail.review.timeline import timeline
from handrail.walk.second_person import VALID_S
from handrail.walk.session import operator_name


def main(options: argparse.Namespace) -> int:
    """0 once the signature is in the record, 1 when it was not wanted or not used."""
    looking = following(options)
    print(f"Looking on at {looking.path.name}. Waiting for a hold point; Ctrl+C leaves.", flush=True)
    found = wait_for(looking, _hold_point_or_end)
    assert found is not None  # noqa: S101 - it waits without a limit
    run, wanted = found
    if not isinstance(wanted, Wanted):
        print("The run has ended; there is nothing to witness.")
        return 1
    signer = signer_for(run, options)
    if not agreed(run, wanted):
        return 1
    statement = stated(run, wanted, wanted.type_this, options.name or operator_name(), datetime.now(UTC))
    signed = sign(statement, signer)
    if not counts(run, wanted, signed, ledger_of(options)):
        return 1
    letter = leave_in_outbox(ledger_of(options), signed)
    print("Signed. Waiting until it is in the record.", flush=True)
    try:
        again = Following(looking.path, looking.allowed_signers)
        answer = wait_for(again, lambda now: _answer(now, wanted, signed.sha256), VALID_S)
    finally:
        outbox.take_back(RealDisk(), letter)
    if answer is not None and isinstance(answer[1], int):
        print(f"Saved as record {answer[1]}: the hold point is passed with your signature.")
        return 0
    if answer is not None:
        told = [line.text for line in timeline(answer[0].entries) if line.step == wanted.step]
        print(f"It is not wanted any more. {told[-1] if told else ''}".rstrip())
        return 1
    print("It was not used: see what the walking screen says of it.")
    return 1


def _hold_point_or_end(run: RunRead) -> Wanted | str | None:
    state = last_state(run)
    if state is not None and state.ended is not None:
        return "ended"
    return hold_point(run)


def _answer(run: RunRead, wanted: Wanted, sha256: str) -> int | str | None:
    """The record that took it, or that the hold point is gone; None while neither is so."""
    if (number := used(run, sha256)) is not None:
        return number
    now = hold_point(run)
    return None if now is not None and now.at == wanted.at else "gone"
