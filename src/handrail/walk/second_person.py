"""Looking for a second person's statement, and judging it: who, about what, when. The conductor records it.

A statement counts if its signature holds for its purpose, the site knows the key, it is not the walking
operator's in any guise, it is about exactly this request of this attempt, it was made since the step began
and in the last five minutes, and it was never used before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from handrail.errors import KeyRefused
from handrail.ledger import names, outbox, runs, sshsig
from handrail.ledger.delegation import BadDelegation, Delegation
from handrail.ledger.disk import Disk, RealDisk
from handrail.ledger.record import BadRecord, decode
from handrail.ledger.standing import known_as
from handrail.ledger.statement import NAMESPACES, Kind, Signed, principal_of
from handrail.text import NOTHING, SafeText, safe
from handrail.walk.asked import Asked

VALID_S = 300.0
"""How old a statement may be, by the clock of whoever reads it."""
AHEAD_S = 60.0
"""How far the second person's clock may be ahead."""
DRILL_NAME = "drill:"
"""Before what somebody calls themselves in a drill, where keys are thrown away."""
WALKERS_KEY = "it is signed with the key of whoever walks; a second person has their own"


@dataclass(frozen=True, slots=True)
class Vouched:
    """A statement that counts, and whose it is as the site knows them."""

    signed: Signed
    principal: str


@dataclass(frozen=True, slots=True)
class _Other:
    """Somebody else than who walks, by the name that counts."""

    text: SafeText


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found: a statement that counts, or why those that lie there do not."""

    vouched: Vouched | None = None
    problem: SafeText = NOTHING


@dataclass
class SecondPerson:
    """Reads the outboxes of one ledger for one watch. Blocks for as long as ssh-keygen takes."""

    ledger: Path
    watch: Path
    allowed_signers: Path | None
    drill: bool = False
    disk: Disk = field(default_factory=RealDisk)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def hear(self, asked: Asked) -> Heard:
        """The first statement that counts. Never raises."""
        found = outbox.letters(self.disk, self.ledger, asked.kind, self.watch.parent.name)
        problems = list(found.problems)
        for signed in found.signed:
            one = signed.statement
            if signed.sha256 in asked.used or (one.step, one.attempt) != (asked.step, asked.attempt):
                continue  # left from an earlier hold point: nothing to say about it
            judged = self.judge(asked, signed)
            if isinstance(judged, Vouched):
                return Heard(judged)
            problems.append(f"{signed.statement.operator}: {judged}")
        return Heard(problem=safe(problems[-1], 200) if problems else NOTHING)

    def judge(self, asked: Asked, signed: Signed) -> Vouched | str:
        """The statement as it counts, or why it does not. Whoever signs asks this before sending it, too."""
        try:
            why = self._refusal(asked, signed)
            if why is not None:
                return why
            found = None if self.drill else principal_of(signed, self.allowed_signers)
            principal = self._somebody_else(asked, found, signed.statement.operator)
        except (KeyRefused, OSError) as problem:
            return f"it cannot be judged: {problem}"
        return Vouched(signed, principal.text) if isinstance(principal, _Other) else principal

    def foresee(self, asked: Asked, key: bytes, operator: str) -> str | None:
        """Why nothing can count that somebody of this name signs with this public key now; None if it can.

        For who would sign, before they are asked anything; of `asked` only who walks, and for what, is used.
        """
        try:
            if self._is_walkers(asked, sshsig.fingerprint(key)):
                return WALKERS_KEY
            found = None
            if not self.drill and self.allowed_signers is not None:
                found = known_as(self.allowed_signers, key, NAMESPACES[asked.kind])
            principal = self._somebody_else(asked, found, operator)
        except (KeyRefused, OSError) as problem:
            return f"it cannot be judged: {problem}"
        return None if isinstance(principal, _Other) else principal

    def _refusal(self, asked: Asked, signed: Signed) -> str | None:
        one = signed.statement
        if signed.sha256 in asked.used:
            return "that statement was used already"
        if self._is_walkers(asked, signed.key):
            return WALKERS_KEY
        if one.watch != int(self.watch.name.removeprefix("watch-")):
            return "it is about another watch"
        if (one.step, one.attempt) != (asked.step, asked.attempt):
            return f"it is about {one.step or 'another moment'}, attempt {one.attempt}"
        if one.request != asked.request:
            return "it is about another request than the one shown now"
        age_s = (self.now() - one.made).total_seconds()
        if age_s > VALID_S:
            return f"it is {age_s / 60:.0f} minutes old, and counts for {VALID_S / 60:.0f}; sign again"
        if age_s < -AHEAD_S:
            return "it was made in the future: the clocks differ"
        return self._head_refusal(asked, signed)

    def _somebody_else(self, asked: Asked, found: str | None, operator: str) -> _Other | str:
        """The signer as the site knows them, in a drill as they call themselves; or why they do not count."""
        principal = safe(f"{DRILL_NAME}{operator.strip()}" if self.drill else found or "", 80)
        if not self.drill and (found is None or found in self._own_names()):
            return "the site's allowed_signers does not know that key for this purpose, or it is who walks"
        walkers = {name.strip().casefold() for name in (asked.principal, asked.operator)}
        if principal.strip().casefold() in walkers:
            return "the second person must be somebody else; say who with --name"
        return _Other(principal)

    def _is_walkers(self, asked: Asked, key: str) -> bool:
        own = {sshsig.fingerprint(one.operator_key) for one in self._delegations()}
        return key == asked.principal or key in own

    def _own_names(self) -> set[str]:
        """The site's names for whoever walks: a second key of the same person is no second person."""
        if self.allowed_signers is None:
            return set()
        return runs.delegators(self.disk, self.watch, self.allowed_signers)

    def _delegations(self) -> list[Delegation]:
        try:
            return runs.delegations(self.disk, self.watch)
        except (OSError, BadDelegation, KeyRefused):
            return []

    def _head_refusal(self, asked: Asked, signed: Signed) -> str | None:
        """The record it names is one of this watch, and not from before the step was begun or offered."""
        one = signed.statement
        try:
            if runs.head_of(self.disk, self.watch, one.number) != one.head:
                return "it names a record that is not in this watch"
        except OSError:
            return "it names a record that is not in this watch"
        if one.number < self._since(asked):
            return "it was signed before this was asked"
        return None

    def _since(self, asked: Asked) -> int:
        """The number of the record that asked: of the step's beginning, or of the offer."""
        last = len([1 for one in self.disk.listdir(self.watch) if names.RECORD_NAME.fullmatch(one.name)])
        for number in range(last, 0, -1):
            try:
                data = self.disk.read(self.watch / names.record_name(number), names.RECORD_LIMIT)
                event = decode(data).event
            except (OSError, BadRecord):
                continue
            if asked.kind is Kind.ACCEPT and event.get("kind") == "handover-offered":
                return number
            if event.get("kind") == "begun" and event.get("step") == asked.step:
                return number
        return 1
