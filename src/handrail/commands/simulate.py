"""`handrail simulate`: simulated brokers on loopback, for curl and for anybody's client."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from handrail.clock import SystemClock
from handrail.drill.scenario import Scenario, load
from handrail.drill.stage import simulator_for
from handrail.errors import UsageError
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import builtin_root
from handrail.products.artemis.injects import injects
from handrail.products.artemis.simulator import DEFAULT_ORIGIN, PASSWORD, USER
from handrail.products.loopback import simulate


def main(options: argparse.Namespace) -> int:
    """Serve until the input ends or Ctrl+C; commands for the servers are read from the input."""
    scenario = _scenario(options.scenario)
    catalogue = load_catalogue(builtin_root() / options.product / "messages.toml")
    servers = [name for pair in scenario.pairs for name in (pair.master, pair.slave)]
    ports = {name: options.port + index for index, name in enumerate(servers)}
    logs = options.logs or Path(tempfile.mkdtemp(prefix="handrail-logs-"))

    print(f"user {USER}, password {PASSWORD}, Origin {DEFAULT_ORIGIN}")
    print(f"injects: {', '.join(injects())}")
    clock = SystemClock()
    simulator = simulator_for(scenario, catalogue, clock.wall())
    try:
        asyncio.run(simulate(simulator, ports, logs, clock=clock))
    except OSError as problem:
        raise UsageError(
            f"cannot serve from port {options.port} on: {problem.strerror or problem}",
            "name another first port with --port, or a directory of yours with --logs",
        ) from None
    return 0


def _scenario(name: str | None) -> Scenario:
    if name is not None and Path(name).suffix == ".toml":
        return load(Path(name))
    known = [
        load(path)
        for path in sorted((builtin_root() / "artemis" / "drills").glob("*.toml"))
        if path.stem != "injects"
    ]
    for scenario in known:
        if scenario.id == (name or "split-brain-recovery"):
            return scenario
    raise UsageError(f"there is no scenario {name}", f"known: {', '.join(item.id for item in known)}")
