"""What an operator said in a drill beside what was so: kept step by step, told at its end.

A by-hand step and an attested value are taken at the person's word, in a drill as in life. Afterwards the
simulator knows better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from handrail.drill.sights import Compared, Sights
from handrail.observe.situation import Situation
from handrail.procedure.filling import resolved
from handrail.text import SafeText, safe
from handrail.walk.plan import Planned
from handrail.walk.state import Phase, State, StepState, seen_from

BY_HAND = "done by hand"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said at one step, and what was so at that moment; `agrees` is None where nothing tells."""

    step: str
    """Its id."""
    place: str
    title: SafeText
    server: str
    said: SafeText
    found: SafeText
    agrees: bool | None

    def line(self) -> SafeText:
        """In words."""
        where = f" on {self.server}" if self.server else ""
        if self.agrees:
            return safe(f"so: {self.place} {self.title}{where}: {self.said}")
        word = "NOT SO" if self.agrees is False else "cannot be told"
        found = f"; {self.found}" if self.found else ""
        return safe(f"{word}: {self.place} {self.title}{where}: you said {self.said}{found}", 400)


@dataclass
class Debrief:
    """Listens to a walk; `follow` is called with every state, in the drill's own loop."""

    sights: Sights
    truth: Callable[[], Situation]
    """The simulator's truth now."""
    said: list[Said] = field(default_factory=list)
    typed: dict[str, list[str]] = field(default_factory=dict)
    """Server to the lines typed at its console so far."""
    steps: Mapping[str, StepState] = field(default_factory=dict)
    """As the last state had them, by key."""
    _begun: dict[str, Mapping[str, int]] = field(default_factory=dict)
    """Step to how many lines had been typed at each console when it was first reached."""

    def follow(self, state: State) -> None:
        """Compare what was said since the last state."""
        if state.pointer is not None and state.pointer not in self._begun:
            self._begun[state.pointer] = {server: len(lines) for server, lines in self.typed.items()}
        before, self.steps = self.steps, state.steps
        for key, now in state.steps.items():
            was = before.get(key, StepState())
            if now is was:
                continue
            planned = state.plan.by_key[key]
            if was.phase is Phase.SENDING and now.phase is not Phase.SENDING and _accepted(planned, now):
                self._note(planned, BY_HAND, self._done(planned, state))
            if now.attested and (was.attested, was.attempt) != (now.attested, now.attempt):
                found = self.sights.attested(planned, now.attested, self.truth(), self._known(state, planned))
                said = f", said as {now.typed}" if now.typed else ""
                self._note(planned, f'"{now.attested}{said}"', found)
            if planned.step.choice and (was.outcome, was.attempt) != (now.outcome, now.attempt):
                self._note_choice(planned, now, state)

    def _note_choice(self, planned: Planned, now: StepState, state: State) -> None:
        """A decision is somebody's own; only where a sight tells which one fits what is so it is compared."""
        fits = self.sights.attested(planned, now.outcome, self.truth(), self._known(state, planned))
        if fits is not None:
            self._note(planned, f'"{now.outcome}"', fits)

    def look(self, state: State) -> SafeText | None:
        """What somebody would answer who looks where the current step asks; None where nothing tells."""
        current = state.current
        if current is None or state.step(current.key).phase is not Phase.MET:
            return None
        return self.sights.look(current, self.truth(), self._known(state, current))

    def _known(self, state: State, planned: Planned) -> Mapping[str, bool | int | float | str]:
        """What was captured, and under the steps' own names what was chosen."""
        return {**seen_from(state.choices, planned), **seen_from(state.captured, planned)}

    def _note(self, planned: Planned, said: str, compared: Compared | None) -> None:
        found = compared or Compared(None, safe(""))
        self.said.append(
            Said(
                planned.step.id,
                f"{planned.section_number}.{planned.number}",
                safe(planned.step.title),
                planned.server or "",
                safe(said, 120),
                found.found,
                found.agrees,
            )
        )

    def _done(self, planned: Planned, state: State) -> Compared | None:
        """By a sight; else by what was typed where the step says what is typed."""
        known = self._known(state, planned)
        found = self.sights.done(planned, self.truth(), known)
        act = planned.step.do
        if found is not None or act is None or not act.console:
            return found
        server = console_of(planned)
        typed = self.typed.get(server, [])[self._begun.get(planned.key, {}).get(server, 0) :]
        if not typed:
            return Compared(False, safe(f"nothing was typed at the console of {server} during this step"))
        wanted = resolved(act, known)[0].console
        if _all_of(wanted, typed):
            return Compared(True, safe(""))
        return Compared(None, safe(f"typed at {server}: {'; '.join(typed)}", 200))


def told(said: Sequence[Said]) -> list[SafeText]:
    """How much of what was said was so, and each thing that was not; nothing where nothing was said."""
    if not said:
        return []
    wrong = [item for item in said if item.agrees is False]
    right = sum(item.agrees is True for item in said)
    open_ = len(said) - right - len(wrong)
    head = f"What you said: {right} so, {len(wrong)} NOT SO"
    head += f", {open_} the simulator cannot tell." if open_ else "."
    return [safe(head), *(item.line() for item in wrong)]


def step_by_step(said: Sequence[Said]) -> list[SafeText]:
    """Everything that was said, in its order, each beside what was so."""
    return [safe("Step by step:"), *(item.line() for item in said)] if said else []


def console_of(planned: Planned) -> str:
    """The server at whose console a step by hand is done."""
    return planned.server or next(iter(planned.pair.roles.values()))


def _accepted(planned: Planned, now: StepState) -> bool:
    """Whether the act was by hand and is said to be done."""
    act = planned.step.do
    return act is not None and act.by_hand is not None and now.intended and now.phase is not Phase.UNDECIDED


def _all_of(wanted: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether every wanted line was typed, however many spaces."""
    have = {" ".join(line.split()) for line in typed}
    return all(" ".join(line.split()) in have for line in wanted)
