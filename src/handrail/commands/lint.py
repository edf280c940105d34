"""`handrail lint`: procedure, catalogue, fields, scenario and inject files, each finding with its mend."""

from __future__ import annotations

import argparse

from handrail.drill.objectives import check_objectives
from handrail.drill.recipes import check_recipes, check_scenario
from handrail.drill.sights import check_sights
from handrail.errors import Finding
from handrail.procedure.lint import examine
from handrail.procedure.recipes import OBJECTIVES
from handrail.text import amount


def main(options: argparse.Namespace) -> int:
    """Print findings, then notes; 1 when a file is refused."""
    found = examine(options.paths)
    findings = list(found.findings)
    for path in found.others:
        findings += check_scenario(path)
    for path in found.truths:
        findings += check_objectives(path) if path.name == OBJECTIVES else check_sights(path)
    for folder in sorted({path.parent for path in (*found.procedures, *found.others)}):
        findings += check_recipes(folder)
    unique: list[Finding] = list(dict.fromkeys(findings))
    for finding in unique:
        print(finding)
    for note in found.notes:
        print(f"{note.path}:{note.line}: note: {note.problem}")
    counts = ((found.procedures, "procedure"), (unique, "finding"), (found.notes, "note"))
    print(", ".join(amount(len(items), noun) for items, noun in counts))
    return 1 if unique else 0
