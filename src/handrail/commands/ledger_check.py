"""`handrail ledger check`: the chain and every run verified, a line each, and what is wrong by name."""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from handrail.clock import SystemClock
from handrail.commands.anchor_copy import shown
from handrail.commands.progress import counted
from handrail.errors import HandrailError, KeyRefused, UsageError
from handrail.ledger import chain, names, runs, sshkeygen
from handrail.ledger.anchor import PROBE_HEAD, heads_in
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.store import Ledger
from handrail.ledger.verify import Anchored, Who, Whole, verify
from handrail.places import ledger_root
from handrail.text import amount, safe

REMOVED = "REMOVED"
"""What stands for a run that was taken out by right; its signer is who took it out."""
FINDINGS = 3
"""Of a broken run so many findings are shown; `handrail verify RUN` has them all."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One run as it was found."""

    run: str
    whole: str
    signer: str
    findings: tuple[str, ...]
    anchored: Anchored | None = None
    """What an outside copy of the heads says; None where none was shown."""
    removed_by: str = ""
    """Of a run that was taken out and put back since: who took it out."""
    unwitnessed: bool = False
    """A hold point was passed alone and not countersigned, or sent by its own witness."""

    def lines(self) -> Iterator[str]:
        """The run on one line of 80 columns, what is wrong below it."""
        yield f"{self.whole:8}  {self.signer:14}  {self.run}"
        for finding in self.findings[:FINDINGS]:
            yield f"    wrong: {safe(finding)}"
        if len(self.findings) > FINDINGS:
            yield f"    wrong: and {len(self.findings) - FINDINGS} more"
        if self.anchored is Anchored.DIFFERS:
            yield f"    wrong: {self.anchored}"
        elif self.anchored is not None:
            none = ": the copy has no head of it" if self.anchored is Anchored.NOT_CHECKED else ""
            yield f"    {self.anchored}{none}"
        if self.unwitnessed:
            yield "    UNWITNESSED"
        if self.removed_by:
            yield f"    note: it was removed ({self.removed_by}) and put back since"


def main(options: argparse.Namespace) -> int:
    """4 when a run or the chain is broken, else 6 when an anchor differs, else 5 for an unknown signer."""
    root = options.ledger or ledger_root()
    disk = RealDisk()
    try:
        paths = runs.run_paths(disk, root)
    except OSError as problem:
        raise UsageError(f"{root} cannot be read: {problem.strerror}", "name one with --ledger") from None
    told = Ledger(root, disk, SystemClock()).check_chain()
    allowed = options.allowed_signers or allowed_signers_file(os.environ)
    anchor = shown(options.anchor)
    found: list[Checked] = []
    removed = {run: _removed(entry, told, allowed) for run, entry in told.removed.items()}
    for path in counted(paths, "verified"):
        one = _check(path, allowed, told, anchor, each_record=options.each_record)
        back = removed.pop(path.name, None)
        found.append(one if back is None else replace(one, removed_by=back.signer))
        if not options.json:
            print("\n".join(found[-1].lines()))
    for gone in removed.values():
        found.append(gone)
        if not options.json:
            print("\n".join(found[-1].lines()))
    absent = _absent(anchor, found, told)
    if options.json:
        print(json.dumps({**_object(found, told), "anchored_elsewhere": absent}, indent=2))
    else:
        if anchor is not None and not heads_in(anchor):
            print("anchor  note: the copy shown has no head at all")
        for run in absent:
            print(f"anchor  note: it tells of {run}, of which nothing is here")
        print("\n".join(_summary(found, told)))
    if told.findings or any(one.whole == Whole.BROKEN for one in found):
        return 4
    if any(one.anchored is Anchored.DIFFERS for one in found):
        return 6
    return 5 if any(Who.UNKNOWN in (one.signer, one.removed_by) for one in found) else 0


def _check(
    path: Path, allowed: Path | None, told: chain.Read, anchor: bytes | None, *, each_record: bool
) -> Checked:
    try:
        one = verify(path, allowed, anchor, seal_only=not each_record, told=told)
    except HandrailError as problem:
        return Checked(path.name, Whole.BROKEN, Who.UNKNOWN, (problem.problem,))
    anchored = one.anchored if anchor is not None else None
    return Checked(path.name, one.whole, one.who, tuple(one.findings), anchored, unwitnessed=one.unwitnessed)


def _absent(anchor: bytes | None, found: list[Checked], told: chain.Read) -> list[str]:
    """Runs whose heads are outside and of which neither ledger nor chain knows.

    They may be another host's. But a newest run deleted with its entries in the chain shows here alone.
    """
    known = {PROBE_HEAD.run} | {one.run for one in found} | {entry.run for entry in told.entries}
    return sorted({head.run for head in heads_in(anchor or b"")} - known)


def _removed(entry: chain.Entry, told: chain.Read, allowed: Path | None) -> Checked:
    """Who took the run out, as far as the site knows the key; a drill needs nobody's leave."""
    given = told.rights[entry.key]
    who: str = Who.UNKNOWN
    if given.mode == "drill":
        who = Who.DRILL
    elif allowed is not None:
        try:
            named = sshkeygen.allowed_principal(
                allowed, given.text, given.armoured, names.DELEGATE_NAMESPACE, entry.wall
            )
        except (KeyRefused, OSError):
            named = None
        who = str(safe(named, 40)) if named else who
    return Checked(entry.run, REMOVED, who, ())


def _summary(found: list[Checked], told: chain.Read) -> Iterator[str]:
    yield from (f"chain  wrong: {safe(finding)}" for finding in told.findings)
    yield from (f"chain  note: {safe(note)}" for note in told.notes)
    counts = Counter(one.whole for one in found)
    words = ", ".join(
        f"{counts[whole]} {whole if whole == Whole.BROKEN else whole.lower()}"
        for whole in (*Whole, REMOVED)
        if counts[whole]
    )
    back = sum(bool(one.removed_by) for one in found)
    words += f", {back} of them put back" if back else ""
    alone = sum(one.unwitnessed for one in found)
    words += f", {alone} UNWITNESSED" if alone else ""
    state = f"{amount(len(told.findings), 'finding')} in the chain" if told.findings else "the chain holds"
    entries = "1 entry" if len(told.entries) == 1 else f"{len(told.entries)} entries"
    there = len(found) - counts[REMOVED]
    yield f"{amount(there, 'run')}{f': {words}' if words else ''}; {state} ({entries})"


def _object(found: list[Checked], told: chain.Read) -> dict[str, object]:
    return {
        "runs": [
            {
                "run": one.run,
                "whole": one.whole,
                "signer": one.signer,
                "findings": list(one.findings),
                "anchor": one.anchored,
                "removed_by": one.removed_by,
                "unwitnessed": one.unwitnessed,
            }
            for one in found
        ],
        "chain": {"entries": len(told.entries), "findings": told.findings, "notes": told.notes},
    }
