"""`handrail simulate`: simulated servers on loopback, for curl and for anybody's client."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from handrail.clock import SystemClock
from handrail.drill.scenario import Scenario, load
from handrail.errors import UsageError
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.file_names import CATALOGUE_FILE
from handrail.procedure.loading import builtin_root
from handrail.procedure.recipes import is_scenario_file
from handrail.products.loopback import simulate
from handrail.products.registry import product

FIRST = {
    "artemis": "split-brain-recovery",
    "amlen": "restore-ha-from-backup",
    "solace": "uncontrolled-failover",
    "amm": "setup-ha-pair",
    "eap": "configure-replication",
}
"""The scenario served when none is named; the first by file name where none stands here."""


def main(options: argparse.Namespace) -> int:
    """Serve until the input ends or Ctrl+C; commands for the servers are read from the input."""
    scenario = _scenario(options.product, options.scenario)
    served = product(options.product)
    catalogue = load_catalogue(builtin_root() / options.product / CATALOGUE_FILE)
    ports = {name: options.port + index for index, name in enumerate(scenario.servers())}
    server, password = served.drill_server(scenario.servers()[0])
    login = f"user {server.user}, password {password}" if server.user else "no login"
    print(f"{login}{f', Origin {server.origin}' if server.origin else ''}")
    print(f"injects: {', '.join(served.injects())}")
    clock = SystemClock()
    simulator = served.simulated(scenario, catalogue, clock.wall())
    path = urlsplit(server.url).path or served.management_path
    try:
        with _log_directory(options.logs) as logs:
            asyncio.run(simulate(simulator, ports, logs, path=path, clock=clock))
    except OSError as problem:
        raise UsageError(
            f"cannot serve from port {options.port} on: {problem.strerror or problem}",
            "name another first port with --port, or a directory of yours with --logs",
        ) from None
    return 0


@contextmanager
def _log_directory(given: Path | None) -> Iterator[Path]:
    """Where the logs go: the directory given, which stays, or one of our own, which goes with us."""
    if given is not None:
        yield given
        return

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with tempfile.TemporaryDirectory(prefix="handrail-logs-") as folder:
            yield Path(folder)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _scenario(product_name: str, name: str | None) -> Scenario:
    if name is not None and Path(name).suffix == ".toml":
        return load(Path(name))
    known = [
        load(path)
        for path in sorted((builtin_root() / product_name / "drills").glob("*.toml"))
        if is_scenario_file(path)
    ]
    if not known:
        raise UsageError(f"{product_name} has no scenario yet", "name a scenario file with --scenario")
    if name is None:
        return next((item for item in known if item.id == FIRST.get(product_name)), known[0])
    for scenario in known:
        if scenario.id == name:
            return scenario
    raise UsageError(f"there is no scenario {name}", f"known: {', '.join(item.id for item in known)}")
