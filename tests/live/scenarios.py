"""What a real pair is put through: each scenario makes a pair, does one thing to it and answers figures.

Run as a module it walks scenarios and writes recordings: `python -m tests.live.scenarios --help`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.live.bench import Figures
from tests.live.bench import Lab as Lab
from tests.live.bench import lab as lab
from tests.live.brokers import Failback, Mode
from tests.live.distributions import VERSIONS, fetch
from tests.live.pairs import (
    answers,
    crash,
    failback_refused,
    failover_and_failback,
    full_restart,
    masters_stopped_first,
    newcomers_of_the_slave,
)
from tests.live.processes import TimeLimit
from tests.live.splits import (
    freeze,
    split_by_return,
    split_documented,
    split_export,
    split_followers,
    split_hasty,
    split_link_still_cut,
    split_master_first,
    split_quick,
    split_slave_only,
)
from tests.live.splits import split_with_clients as split_with_clients

ON = Failback()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario and the pair it needs."""

    walk: Callable[[Lab], None]
    mode: Mode = "replication"
    failback: Failback = ON
    link: bool = True


SHARED: Mode = "shared-store"
SCENARIOS: dict[str, Scenario] = {
    "answers": Scenario(answers, link=False),
    "failover-failback": Scenario(failover_and_failback, link=False),
    "crash": Scenario(crash, link=False),
    "failback-refused": Scenario(failback_refused, failback=Failback(True, None), link=False),
    "split-documented": Scenario(split_documented),
    "quick-split": Scenario(split_quick),
    "split-slave-only": Scenario(split_slave_only),
    "split-hasty": Scenario(split_hasty),
    "split-master-first": Scenario(split_master_first),
    "split-link-still-cut": Scenario(split_link_still_cut),
    "split-export": Scenario(split_export),
    "split-by-return": Scenario(split_by_return, failback=Failback(None, None), link=False),
    "freeze": Scenario(freeze, link=False),
    "full-restart": Scenario(full_restart, link=False),
    "full-restart-masters-first": Scenario(masters_stopped_first, link=False),
    "split-followers": Scenario(split_followers),
    "full-restart-newcomers": Scenario(newcomers_of_the_slave, link=False),
    "shared-answers": Scenario(answers, SHARED),
    "shared-failover-failback": Scenario(failover_and_failback, SHARED, Failback(None, True, True)),
    "shared-clean-stop-no-failover": Scenario(failover_and_failback, SHARED, Failback(None, True, None)),
    "shared-crash": Scenario(crash, SHARED),
    "shared-crash-no-failback": Scenario(crash, SHARED, Failback(None, False, None)),
    "shared-full-restart": Scenario(full_restart, SHARED),
    "shared-masters-first": Scenario(masters_stopped_first, SHARED, Failback(None, True, True)),
}


def run(name: str, version: str, directory: Path, recordings: Path | None = None) -> Figures:
    """Walk one scenario on one version; answers its figures. Raises TimeLimit or NotAvailable."""
    wanted = SCENARIOS[name]
    with lab(fetch(version), directory, name, recordings, wanted.mode, wanted.failback, wanted.link) as bench:
        wanted.walk(bench)
        return bench.recorder.figures


def main(arguments: list[str]) -> int:
    """Walk the scenarios named for the versions named, and write recordings."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS), help="default: all")
    parser.add_argument("--version", action="append", choices=VERSIONS, help="default: all")
    parser.add_argument("--recordings", type=Path, help="where to write; default: nowhere")
    chosen = parser.parse_args(arguments)
    failed = 0
    for version in chosen.version or reversed(VERSIONS):
        for name in chosen.scenarios:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="handrail-live-") as directory:
                try:
                    outcome: object = run(name, version, Path(directory), chosen.recordings)
                except (TimeLimit, RuntimeError, OSError, KeyError, ValueError) as problem:
                    failed += 1
                    outcome = f"{type(problem).__name__}: {problem}"
            took = time.monotonic() - began
            sys.stdout.write(f"== {version} {name} ({took:.0f} s)\n   {outcome}\n")
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
