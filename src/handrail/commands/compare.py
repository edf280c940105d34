"""`handrail compare`: a run against its page and earlier runs, two runs, or all runs for their troubles."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from handrail.commands.progress import counted
from handrail.errors import HandrailError, UsageError
from handrail.ledger import chain, names, runs
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import allowed_signers_file
from handrail.ledger.verify import Whole
from handrail.places import ledger_root
from handrail.review.account import Account, StepAccount, account
from handrail.review.comparison import side_by_side, times, troubles
from handrail.review.run import RunRead, find_run, read_run
from handrail.text import amount, safe
from handrail.walk.brief import duration

EARLIER = 50
"""How many earlier runs of the same procedure times are taken from, the newest first."""


def main(options: argparse.Namespace) -> int:
    """Print the comparison; 0 whatever it finds."""
    root = options.ledger or ledger_root()
    if options.run is None:
        return _troubles(root, options.procedure)
    one = _read(find_run(options.run, root))
    if options.other is not None:
        _two(one, _read(find_run(options.other, root)))
    else:
        _as_written(one, root)
    return 0


def _read(path: Path) -> tuple[RunRead, Account]:
    run = read_run(path, allowed_signers_file(os.environ), quick=True)
    told = account(run)
    if told is None:
        raise UsageError(
            f"{path.name}: its procedure cannot be read", "; ".join(run.problems) or "see verify"
        )
    return run, told


def _as_written(one: tuple[RunRead, Account], root: Path) -> None:
    run, told = one
    _head(run, told)
    earlier = list(_earlier(root, run))
    kinds = {
        mode: [account for older, account in earlier if older.opened and older.opened.mode == mode]
        for mode in ("live", "drill")
    }
    counts = " and ".join(amount(len(kinds[mode]), f"earlier {mode} run") for mode in kinds)
    print(f"\nSteps ({counts} of this procedure for comparison)")
    compared = {mode: {item.key: item for item in times(told, kinds[mode])} for mode in kinds}
    for step in told.steps:
        _step(step)
        if step.took_s is None:
            continue
        print(f"        took {duration(step.took_s)}")
        for mode, by_key in compared.items():
            item = by_key[step.key]
            if item.median_s is not None:
                own = run.opened is not None and run.opened.mode == mode
                much = "; LONGER THAN EVER" if own and item.longest_ever else ""
                print(
                    f"        {mode} before: {duration(item.median_s)} in the middle, "
                    f"{duration(item.longest_s or 0)} at most, of {item.earlier}{much}"
                )
    print("\nDepartures from the page")
    for deviation in told.deviations:
        print(
            f"  {deviation.at:%H:%M:%S}Z  {deviation.step}: {safe(deviation.kind)}: {safe(deviation.reason)} "
            f"(record {deviation.number})"
        )
    if not told.deviations:
        print("  none")
    if told.out_of_order:
        print(f"  begun out of order: {', '.join(told.out_of_order)}")


def _two(one: tuple[RunRead, Account], other: tuple[RunRead, Account]) -> None:
    pages = [run.opened for run, _ in (one, other) if run.opened is not None]
    if len({page.procedure for page in pages}) > 1:
        raise UsageError(
            f"they walked different procedures: {pages[0].procedure} and {pages[1].procedure}",
            "`handrail compare RUN` shows one run against its own page",
        )
    if len({page.sha256 for page in pages}) > 1:
        said = " and ".join(f"version {page.version} ({page.sha256[:12]})" for page in pages)
        print(f"The page was changed between them: {said}")
    for run, told in (one, other):
        _head(run, told)
    print("\nDifferences, first | second")
    count = 0
    for pair in side_by_side(one[1], other[1]):
        for difference in pair.differences:
            count += 1
            print(f"  {pair.key}: {safe(difference, 300)}")
    if not count:
        print("  none")
    print("\nTimes and gates, first | second")
    for pair in side_by_side(one[1], other[1]):
        took = [None if step is None else step.took_s for step in (pair.one, pair.other)]
        if took == [None, None]:
            continue
        first, second = ("-" if seconds is None else duration(seconds) for seconds in took)
        print(f"  {pair.key}: {first} | {second}")
        for expected, mine, theirs in pair.gates:
            print(f"        {safe(expected, 120)}: {safe(mine, 120)} | {safe(theirs, 120)}")


def _troubles(root: Path, procedure: str | None) -> int:
    paths = [path for path in _paths(root) if procedure is None or _may_be(path, procedure)]
    found, broken = [], 0
    told = chain.read(RealDisk(), root, chain.unknown_keys) if paths else None
    for path in counted(paths, "read"):
        run = _of(path, procedure, told)
        if run is not None and run.verification.whole is Whole.BROKEN:
            broken += 1
        elif run is not None and (one := account(run)) is not None and one.order:
            found.append(one)
    for procedure, steps in groupby(troubles(found), key=lambda item: item.procedure):
        of = amount(sum(one.procedure == procedure for one in found), "run")
        print(f"{procedure}, {of}; in how many of them a step was")
        print("  tried again  departed from  reached  planned  step")
        for item in steps:
            print(f"  {item.again:11}{item.departed:15}{item.reached:9}{item.planned:9}  {item.step}")
    left_out = f"; {broken} BROKEN left out" if broken else ""
    print(f"{amount(len(found), 'run')} looked at{left_out}")
    return 0


def _head(run: RunRead, told: Account) -> None:
    opened = run.opened
    where = f"{opened.mode} {opened.site}" if opened else ""
    began = f"{run.began:%Y-%m-%d %H:%M}Z" if run.began else "?"
    ended = told.ended.how if told.ended else "not ended"
    print(f"{run.name}  {began}  {where}  {ended}  {run.verification.verdict}")
    if len(told.operators) > 1:
        print(f"        walked by {', then '.join(told.operators)}")


def _step(step: StepAccount) -> None:
    said = f"  operator says: {safe(step.attested)}" if step.attested else ""
    tried = f"  {step.attempts} attempts" if step.attempts > 1 else ""
    why = f": {safe(step.why, 160)}" if step.why else ""
    print(f"  {step.mark:3} {step.key}  {step.phase.value}{why}{tried}{said}")
    for item in step.gate:
        print(f"        {safe(item.expected, 160)}: {safe(item.found, 160)} ({item.verdict.value})")


def _earlier(root: Path, run: RunRead) -> Iterator[tuple[RunRead, Account]]:
    """The runs of the same procedure before this one and their accounts, the newest first; no broken ones."""
    wanted = run.opened.procedure if run.opened else ""
    paths = [path for path in _paths(root) if path.name < run.name and _may_be(path, wanted)]
    told = chain.read(RealDisk(), root, chain.unknown_keys) if paths else None
    found = 0
    for path in reversed(paths):
        older = _of(path, wanted, told)
        if older is None or older.verification.whole is Whole.BROKEN:
            continue
        one = account(older)
        if one is not None and one.order:
            yield older, one
            found += 1
        if found == EARLIER:
            return


def _of(path: Path, procedure: str | None, told: chain.Read | None) -> RunRead | None:
    """The run, if it can be read and is of this procedure."""
    try:
        run = read_run(path, None, quick=True, told=told)
    except HandrailError:
        return None
    return (
        run if procedure is None or (run.opened is not None and run.opened.procedure == procedure) else None
    )


def _may_be(path: Path, procedure: str) -> bool:
    """Whether a run's name allows that it is of this procedure; a ledger of years need not all be read."""
    return path.name[17:-7] == names.slug(procedure)


def _paths(root: Path) -> Iterable[Path]:
    try:
        return runs.run_paths(RealDisk(), root)
    except OSError:
        return ()
