"""`handrail check`: all reads and requirements of a procedure on the live systems; nothing is sent."""

from __future__ import annotations

import argparse
import asyncio
import json

from handrail.clock import SystemClock
from handrail.commands.bound import inventory, lines
from handrail.observe.expectations import HeldSince, judge_all
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.fields import load_fields
from handrail.procedure.file_names import CATALOGUE_FILE, FIELDS_FILE
from handrail.procedure.loading import find
from handrail.readings import Verdict
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

    async def once() -> tuple[list[Looked], list[dict[str, object]]]:
        spoken_of = fields_of(plan)
        fields = {server: sorted(names | {"version"}) for server, names in spoken_of.items()}
        observing = Observing(systems, clock, fields, words, Observations())
        try:
            # What was found stale by other clients shows itself to these only after the same while.
            await until_they_move(systems, preflight.stale, clock)
            await observing.start({})
            looker = Looker(plan, words.awaited, HeldSince(), {})
            situation = observing.situation()
            found: list[dict[str, object]] = []
            for planned in plan.steps:
                if planned.step.on is not None and planned.step.on not in planned.pair.roles:
                    continue  # the look has said of its role that no server has it
                for kind, group in (("require", planned.step.require), ("already", planned.step.already)):
                    if not group:
                        continue
                    context = looker.context(State(plan), situation, planned)
                    judged = judge_all(group, context)
                    found.append(
                        {
                            "step": planned.key,
                            "what": kind,
                            "verdict": judged.verdict.value,
                            "evidence": [f"{item.expected} (now: {item.found})" for item in judged.evidence],
                        }
                    )
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
        print(json.dumps({"looked": looked, "steps": steps, "swapped": list(preflight.swapped)}, indent=2))
        return 1 if preflight.wrong else 0
    for text in lines(looked_at):
        print(text)
    print()
    for item in steps:
        mark = {Verdict.MET.value: "v", Verdict.NOT_MET.value: "x"}.get(str(item["verdict"]), "?")
        print(f"({mark}) {item['step']} {item['what']}: {'; '.join(item['evidence'])}")  # type: ignore[arg-type]
    print("\nNothing was sent.")
    return 1 if preflight.wrong else 0
