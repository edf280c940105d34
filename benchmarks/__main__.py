"""Measure what an operator waits for, each as a ratio to a yardstick of the same run.

Machines are noisy, so nothing here fails; the ratios are for comparing two versions on one machine.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from handrail.clock import SystemClock
from handrail.drill.autopilot import Autopilot
from handrail.drill.playing import prepare
from handrail.drill.scenario import scenarios
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import builtin_root, find, library
from handrail.text import safe
from handrail.walk.view import View

RECORDS = 1000
LINES = 50_000


def seconds(act: Callable[[], object], times: int = 5) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def one_durable_file(folder: Path) -> None:
    """The yardstick of the ledger: one small file written, flushed and linked into its directory."""
    path = folder / f"yardstick-{time.monotonic_ns()}"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(handle, b"x" * 500)
    os.fsync(handle)
    os.close(handle)
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def ledger(folder: Path) -> None:
    """Appends, seal and verification of one run."""
    yardstick = seconds(lambda: one_durable_file(folder), 50)
    book = Ledger(folder / "ledger", RealDisk(), SystemClock())
    watch = book.open_run("drill", "bench/append", MemoryKey(), "bench", "bench", {})
    event = {"kind": "noted", "schema": 1, "text": "x" * 200}
    append = seconds(lambda: watch.append(event), RECORDS)
    tell("append one record (two files, two directory flushes)", append, yardstick, "one durable file")
    sealing = seconds(watch.seal, 1)
    tell(f"seal {RECORDS} records", sealing, yardstick, "one durable file")
    run = watch.path.parent
    hashing = seconds(lambda: [hashlib.sha256(path.read_bytes()).digest() for path in watch.path.iterdir()])
    tell(
        f"verify {RECORDS} records", seconds(lambda: verify(run, None), 3), hashing, "hashing the same files"
    )
    by_seal = seconds(lambda: verify(run, None, seal_only=True), 3)
    tell(f"verify {RECORDS} records by the seal", by_seal, hashing, "hashing the same files")


def text() -> None:
    """Making lines safe and matching them."""
    catalogue = load_catalogue(builtin_root() / "artemis" / "messages.toml")
    matcher = catalogue.matcher(None, "replication")
    line = (
        "2026-01-02 03:14:00,000 INFO  [org.apache.activemq.artemis.core.server] AMQ221031: backup announced"
    )
    yardstick = seconds(lambda: [line.encode().decode() for _ in range(LINES)])
    tell(
        f"make {LINES} lines safe",
        seconds(lambda: [safe(line) for _ in range(LINES)]),
        yardstick,
        "encode and decode",
    )
    tell(
        f"match {LINES} lines",
        seconds(lambda: [matcher.match(line) for _ in range(LINES)], 3),
        yardstick,
        "encode and decode",
    )


def walks(folder: Path) -> None:
    """Loading every procedure, and a whole drill by the autopilot."""
    files = [item.path for item in library()[0]]
    yardstick = seconds(lambda: [path.read_bytes() for path in files])
    tell(f"load {len(files)} procedures", seconds(lambda: library(), 3), yardstick, "reading their files")
    loaded = find("artemis/split-brain-recovery")
    scenario = scenarios(loaded.procedure.id)[0]
    views: list[View] = []

    def drill() -> None:
        autopilot = Autopilot(scenario.finds)
        views.clear()

        def told(view: View) -> None:
            views.append(view)
            if (command := autopilot.decide(view)) is not None:
                played.session.submit(command)

        played = prepare(loaded, scenario, folder / "drills", told, speed=None)
        played.session.start()
        played.session.join(120)

    durable = seconds(lambda: one_durable_file(folder), 50)
    taken = seconds(drill, 3)
    tell(f"a whole drill ({views[-1].saved} records, {len(views)} views)", taken, durable, "one durable file")


def start_up() -> None:
    """What a shell waits for."""
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))
    for arguments in (["--version"], ["list"], ["lint", "procedures"]):
        command = [sys.executable, "-m", "handrail.cli", *arguments]
        taken = seconds(lambda command=command: subprocess.run(command, check=True, capture_output=True))  # type: ignore[misc]
        tell(f"handrail {' '.join(arguments)}", taken, bare, "an empty interpreter")
    screen = seconds(
        lambda: subprocess.run([sys.executable, "-c", "import handrail.tui.walking"], check=True)
    )
    tell("import of the terminal face", screen, bare, "an empty interpreter")


def tell(what: str, taken: float, yardstick: float, named: str) -> None:
    """One row."""
    print(
        f"{what:58} {taken * 1000:10.2f} ms   {taken / yardstick:9.1f} x {named} ({yardstick * 1000:.2f} ms)"
    )


def main() -> None:
    """Everything."""
    with tempfile.TemporaryDirectory() as folder:
        ledger(Path(folder))
        text()
        walks(Path(folder))
        start_up()


main()
