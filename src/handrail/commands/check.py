"""`handrail check`: all reads and requirements of a procedure on the live systems; nothing is sent."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import dataclass

from handrail.clock import SystemClock
from handrail.commands.bound import inventory, lines
from handrail.observe.expectations import HeldSince, Judgement, judge_all
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.fields import load_fields
from handrail.procedure.file_names import CATALOGUE_FILE, FIELDS_FILE
from handrail.procedure.loading import find
from handrail.readings import Failure, Verdict
from handrail.walk.live import bind, live_systems
from handrail.walk.live_run import product_folder
from handrail.walk.looking import Looker, fields_of
from handrail.walk.looking_before import look_at
from handrail.walk.moving import until_they_move
from handrail.walk.observations import Observations
from handrail.walk.observing import Observing
from handrail.walk.plan import lay_out
from handrail.walk.preflight import Looked
from handrail.walk.state import State
from handrail.walk.untold import untold
from handrail.walk.words import CatalogueWords

FAILURES = frozenset(item.value for item in Failure)


@dataclass(frozen=True, slots=True)
class Found:
    """What one step would find now of what it requires, or of what would show it done already."""

    step: str
    what: str
    judged: Judgement

    def table(self) -> dict[str, object]:
        """For a program."""
        return {
            "step": self.step,
            "what": self.what,
            "verdict": self.judged.verdict.value,
            "evidence": [f"{item.expected} (now: {item.found})" for item in self.judged.evidence],
        }

    def line(self, said: set[str]) -> str:
        """For people; why something cannot be read is said once, and is in `said` from then on."""
        mark = {Verdict.MET: "v", Verdict.NOT_MET: "x"}.get(self.judged.verdict, "?")
        told: list[str] = []
        for item in self.judged.evidence:
            now = item.found.partition(": ")[0] if item.found in said else item.found
            if item.found.partition(": ")[0] in FAILURES:
                said.add(item.found)
            told.append(f"{item.expected} (now: {now})")
        return f"({mark}) {self.step} {self.what}: {'; '.join(told)}"


def main(options: argparse.Namespace) -> int:
    """Print what every step would find now; 1 when a server, log or command it needs is wrong."""
    loaded = find(options.procedure)
    site = inventory(options)
    pairs = bind(site, loaded.procedure, options.pair)
    plan = lay_out(loaded.procedure, pairs)
    preflight = look_at(site, plan.servers(), loaded, pairs, thorough=True)
    folder = product_folder(loaded)
    clock = SystemClock()
    systems = live_systems(site, plan.servers(), clock, load_fields(folder / FIELDS_FILE))
    words = CatalogueWords(load_catalogue(folder / CATALOGUE_FILE), pairs)

    async def once() -> tuple[list[Looked], list[Found]]:
        spoken_of = fields_of(plan)
        fields = {server: sorted(names | {"version"}) for server, names in spoken_of.items()}
        observing = Observing(systems, clock, fields, words, Observations())
        try:
            # What was found stale by other clients shows itself to these only after the same while.
            await until_they_move(systems, preflight.stale, clock)
            await observing.start({})
            looker = Looker(plan, words.awaited, HeldSince(), {})
            situation = observing.situation()
            found: list[Found] = []
            for planned in plan.steps:
                if planned.step.on is not None and planned.step.on not in planned.pair.roles:
                    continue  # the look has said of its role that no server has it
                for kind, group in (("require", planned.step.require), ("already", planned.step.already)):
                    if not group:
                        continue
                    context = looker.context(State(plan), situation, planned)
                    found.append(Found(planned.key, kind, judge_all(group, context)))
            return untold(situation, spoken_of), found
        finally:
            await observing.stop()
            await systems.close()

    unread, steps = asyncio.run(once())
    looked_at = [*preflight.looked, *unread]
    if options.json:
        looked = [
            {"subject": item.subject, "finding": item.finding.value, "text": item.text, "mend": item.mend}
            for item in looked_at
        ]
        told = [item.table() for item in steps]
        print(json.dumps({"looked": looked, "steps": told, "swapped": list(preflight.swapped)}, indent=2))
        return 1 if preflight.wrong else 0
    for text in lines(looked_at):
        print(text)
    print()
    said = {str(item.text) for item in looked_at}
    for item in steps:
        print(item.line(said))
    print("\nNothing was sent.")
    return 1 if preflight.wrong else 0
