"""What a second person is waited for at this moment, if for anything. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handrail.ledger.statement import Kind, request_hash
from handrail.walk import events as e
from handrail.walk.plan import Planned
from handrail.walk.rules import refusal
from handrail.walk.state import State


@dataclass(frozen=True, slots=True)
class Asked:
    """What a second person is waited for: a witness of this request, or somebody to take the walk."""

    kind: Kind
    step: str
    attempt: int
    request: str
    """`request_hash` of what is shown."""
    principal: str
    """Who walks, as records name them: a key's fingerprint, or `drill:name`."""
    operator: str
    used: frozenset[str]


def asked_now(state: State, shown: Sequence[str], rows: Sequence[str], brief: Sequence[str]) -> Asked | None:
    """A successor, while the walk is offered; else a witness, while the step is a hold point not passed.

    `shown` and `rows` are the step's exact request, `brief` what was offered.
    """
    current = state.current
    if state.offered:
        return _asked(state, Kind.ACCEPT, "", 0, request_hash(brief))
    if current is None or not is_hold_point(state, current):
        return None
    attempt = state.step(current.key).attempt
    return _asked(state, Kind.WITNESS, current.key, attempt, request_hash(shown, rows))


def is_hold_point(state: State, current: Planned) -> bool:
    """Whether the step waits for a second person now."""
    probe = e.Witnessed(
        step=current.key, attempt=state.step(current.key).attempt, principal="somebody else", statement="x"
    )
    return refusal(state, probe) is None


def _asked(state: State, kind: Kind, step: str, attempt: int, request: str) -> Asked:
    return Asked(kind, step, attempt, request, state.principal, state.operator, state.statements)
