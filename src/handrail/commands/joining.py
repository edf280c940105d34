"""What the commands of a second person share: which run, by which key, and waiting for it to move on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from handrail.clock import SystemClock
from handrail.commands.looking_on import wait_for
from handrail.errors import UsageError
from handrail.ledger import outbox, root
from handrail.ledger.disk import RealDisk
from handrail.ledger.holder import Life
from handrail.ledger.keys import MemoryKey, Signer, allowed_signers_file
from handrail.ledger.runs import RunSummary
from handrail.ledger.statement import Kind, Signed, sign
from handrail.ledger.store import Ledger
from handrail.places import ledger_root
from handrail.review.following import Following
from handrail.review.joining import Wanted, last_state, stated, words
from handrail.review.run import RunRead, find_run
from handrail.text import safe
from handrail.walk.asked import Asked, asked_now
from handrail.walk.live_run import signing_key
from handrail.walk.second_person import VALID_S, SecondPerson
from handrail.walk.session import operator_name

Found = TypeVar("Found")


def ledger_of(options: argparse.Namespace) -> Path:
    """The ledger that was named, or the usual one."""
    named: Path | None = options.ledger
    return named or ledger_root()


def following(options: argparse.Namespace) -> Following:
    """The run that was named, or the newest one that somebody walks; raises UsageError when there is none."""
    ledger = ledger_of(options)
    return Following(_path(options.run, ledger), allowed_signers_file(os.environ))


def signer_for(run: RunRead, options: argparse.Namespace) -> Signer:
    """One's own key; in a drill a throw-away one, for there is nothing to set up. Raises KeyRefused."""
    if run.opened is not None and run.opened.mode == "drill":
        return MemoryKey()
    return signing_key(options.key).signer(ask=True)


def awaited(
    looking: Following, options: argparse.Namespace, kind: Kind, find: Callable[[RunRead], Wanted | None]
) -> tuple[RunRead, Wanted, Signer] | None:
    """Wait until the run wants a second person, whose key could count; None, once said why, if it never will.

    A key that cannot count is told at once: nobody shall wait, read and type for nothing.
    """
    what, doing = ("a handover", "take over") if kind is Kind.ACCEPT else ("a hold point", "witness")
    begun = Following(looking.path, looking.allowed_signers).newer()
    assert begun is not None  # noqa: S101 - the first look always finds something new
    if _ended(begun):
        print(f"The run has ended; there is nothing to {doing}.")
        return None
    signer = signer_for(begun, options)
    if not _can_count(begun, kind, signer, options):
        return None
    print(f"Looking on at {looking.path.name}. Waiting for {what}; Ctrl+C leaves.", flush=True)
    found = wait_for(looking, lambda run: _ended(run) or find(run))
    assert found is not None  # noqa: S101 - it waits without a limit
    run, wanted = found
    if not isinstance(wanted, Wanted):
        print(f"The run has ended; there is nothing to {doing}.")
        return None
    return run, wanted, signer


def signed_for(run: RunRead, wanted: Wanted, signer: Signer, options: argparse.Namespace) -> Signed | None:
    """Show what is wanted, ask, sign; None, once said why, if it was not agreed to or would not count."""
    if not agreed(run, wanted):
        return None
    signed = sign(stated(run, wanted, wanted.type_this, name_of(options), datetime.now(UTC)), signer)
    state = last_state(run)
    asked = asked_now(state, wanted.shown, wanted.rows, wanted.shown) if state is not None else None
    if asked is None:
        print("It is not wanted any more.")
        return None
    judged = _judge_of(run, options).judge(asked, signed)
    if isinstance(judged, str):
        print(f"It would not count: {judged}")
        return None
    return signed


def answered(
    looking: Following, signed: Signed, options: argparse.Namespace, answer: Callable[[RunRead], Found | None]
) -> tuple[RunRead, Found] | None:
    """Leave the statement where the walking process finds it, wait for its answer, and take it back.

    None when there was none as long as the statement counts. Raises NotSaved, OSError.
    """
    disk, ledger = RealDisk(), ledger_of(options)
    letter = outbox.put(disk, ledger, root.modes_of(disk, ledger), signed)
    print("Signed. Waiting until it is in the record.", flush=True)
    try:
        return wait_for(Following(looking.path, looking.allowed_signers), answer, VALID_S)
    finally:
        outbox.take_back(disk, letter)


def agreed(run: RunRead, wanted: Wanted) -> bool:
    """Show all that is to be signed for, and ask for the one word that signs it."""
    for line in words(run, wanted):
        print(line)
    what = "take this walk over" if wanted.kind is Kind.ACCEPT else "sign for exactly this"
    print(f"\nTo {what} with your key, type {safe(wanted.type_this)}; anything else leaves.")
    sys.stdout.flush()
    if sys.stdin.readline().strip() == wanted.type_this:
        return True
    print("Nothing was signed.")
    return False


def name_of(options: argparse.Namespace) -> str:
    """Who signs: as named, where a command lets one name oneself, else the account."""
    named: str = getattr(options, "name", "")
    return named or operator_name()


def _can_count(run: RunRead, kind: Kind, signer: Signer, options: argparse.Namespace) -> bool:
    """Whether anything by this key could count; says why not."""
    state = last_state(run)
    if state is None or state.opened is None:
        return True  # nothing is known of who walks; what is signed is judged again
    walks = Asked(kind, "", 0, "", state.principal, state.operator, frozenset())
    why = _judge_of(run, options).foresee(walks, signer.blob, name_of(options))
    if why is not None:
        print(f"It would not count: {why}")
    return why is None


def _judge_of(run: RunRead, options: argparse.Namespace) -> SecondPerson:
    """By the rules the walking process has."""
    drill = run.opened is not None and run.opened.mode == "drill"
    watch = run.entries[-1].watch
    return SecondPerson(ledger_of(options), watch, allowed_signers_file(os.environ), drill)


def _ended(run: RunRead) -> str | None:
    state = last_state(run)
    return "ended" if state is not None and state.ended is not None else None


def _path(named: Path | None, ledger: Path) -> Path:
    if named is not None:
        return find_run(named, ledger)
    found = [run for run in Ledger(ledger, RealDisk(), SystemClock()).runs() if run.open and not run.left]
    if not found:
        raise UsageError(f"nobody walks in {ledger}", "name the run, or the ledger with --ledger")
    return max(found, key=_interest).path


def _lives(run: RunSummary) -> bool:
    return run.holder is not None and run.holder.life is Life.ALIVE


def _interest(run: RunSummary) -> tuple[bool, bool, str]:
    """Somebody there before nobody, live before drill, then the newest."""
    return _lives(run), run.mode == "live", run.run
