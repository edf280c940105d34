"""`handrail witness`: a second person sees the hold point and its exact request, and signs for it."""

from __future__ import annotations

import argparse

from handrail.commands.joining import answered, awaited, following, signed_for
from handrail.ledger.statement import Kind
from handrail.review.joining import Wanted, hold_point, used
from handrail.review.run import RunRead
from handrail.review.timeline import timeline


def main(options: argparse.Namespace) -> int:
    """0 once the signature is in the record, 1 when it was not wanted or not used."""
    looking = following(options)
    found = awaited(looking, options, Kind.WITNESS, hold_point)
    if found is None:
        return 1
    run, wanted, signer = found
    signed = signed_for(run, wanted, signer, options)
    if signed is None:
        return 1
    answer = answered(looking, signed, options, lambda now: _answer(now, wanted, signed.sha256))
    if answer is not None and isinstance(answer[1], int):
        print(f"Saved as record {answer[1]}: the hold point is passed with your signature.")
        return 0
    if answer is not None:
        told = [line.text for line in timeline(answer[0]) if line.step == wanted.step]
        print(f"It is not wanted any more. {told[-1] if told else ''}".rstrip())
        return 1
    print("It was not used: see what the walking screen says of it.")
    return 1


def _answer(run: RunRead, wanted: Wanted, sha256: str) -> int | str | None:
    """The record that took it, or that the hold point is gone; None while neither is so."""
    if (number := used(run, sha256)) is not None:
        return number
    now = hold_point(run)
    return None if now is not None and now.at == wanted.at else "gone"
