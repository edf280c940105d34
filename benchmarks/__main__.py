"""Measure what an operator waits for, each as a ratio to a yardstick of the same run.

Machines are noisy, so nothing here fails; the ratios are for comparing two versions on one machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import record
from benchmarks.measure import one_durable_file, seconds, tell
from handrail.clock import SystemClock
from handrail.drill.autopilot import Autopilot
from handrail.drill.playing import prepare
from handrail.drill.rehearsal import play
from handrail.drill.scenario import scenarios
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.loading import builtin_root, find, library
from handrail.text import safe
from handrail.walk.view import View

RECORDS = 1000
LINES = 50_000


def ledger(folder: Path) -> None:
    """Appends and seal of one run."""
    yardstick = seconds(lambda: one_durable_file(folder), 50)
    book = Ledger(folder / "ledger", RealDisk(), SystemClock())
    watch = book.open_run("drill", "bench/append", MemoryKey(), "bench", "bench", {})
    event = {"kind": "noted", "schema": 1, "text": "x" * 200}
    append = seconds(lambda: watch.append(event), RECORDS)
    tell("append one record (two files, two directory flushes)", append, yardstick, "one durable file")
    sealing = seconds(watch.seal, 1)
    tell(f"seal {RECORDS} records", sealing, yardstick, "one durable file")


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
    rehearsed = seconds(lambda: play(loaded, scenario, folder / "rehearsals", Autopilot(scenario.finds)), 3)
    tell("the same walk in a rehearsal", rehearsed, taken, "the drill")


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


def main() -> None:
    """Everything."""
    with tempfile.TemporaryDirectory() as folder:
        ledger(Path(folder))
        text()
        walks(Path(folder))
        start_up()
    record.main(record.TENTH)


main()
