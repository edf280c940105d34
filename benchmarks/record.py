"""The record at the size it must bear: `python -m benchmarks.record` (some minutes, most of them preparing).

10,000 records verified in full and by the seal, a run of 5,000 records opened for review, a ledger of 2,000
runs with three broken ones listed and checked. `python -m benchmarks` does the same with a tenth of it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import seconds, tell
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.runs import summarise
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify
from handrail.procedure.loading import find
from handrail.review.account import account
from handrail.review.replay import Replay
from handrail.review.run import read_run
from handrail.review.timeline import timeline
from handrail.walk import events as e

FULL = (10_000, 5_000, 2_000)
"""Records to verify, records to review, runs to list."""
TENTH = (1_000, 500, 200)
PROCEDURE = "artemis/split-brain-recovery"


def verification(folder: Path, records: int) -> None:
    """The figures of the audit page: 5 s in full, 1 s by the seal, for 10,000 records."""
    ledger = Ledger(folder / "verified", QuickDisk(), ManualClock())
    with ledger.open_run("drill", "bench/verify", MemoryKey(), "bench", "bench", {}) as watch:
        for _ in range(records - 1):
            watch.append({"kind": "noted", "schema": 1, "text": "x" * 200})
        watch.seal()
    run = watch.path.parent
    hashing = seconds(lambda: [hashlib.sha256(path.read_bytes()).digest() for path in watch.path.iterdir()])
    yardstick = "hashing the same files"
    tell(f"verify {records} records", seconds(lambda: verify(run, None), 3), hashing, yardstick)
    by_seal = seconds(lambda: verify(run, None, seal_only=True), 3)
    tell(f"verify {records} records by the seal", by_seal, hashing, yardstick)
    stock = seconds(lambda: _stock(watch.path), 3)
    tell(f"verify {records} records with sha256sum alone", stock, hashing, yardstick)


def review(folder: Path, records: int) -> None:
    """What somebody waits for who opens a long run, and at each step through it."""
    run = _walked(folder / "reviewed", records)
    hashing = seconds(
        lambda: [hashlib.sha256(path.read_bytes()).digest() for path in (run / "watch-001").iterdir()]
    )
    yardstick = "hashing the same files"

    def opened() -> None:
        found = read_run(run, None, quick=True)
        timeline(found)
        account(found)
        Replay(found)

    tell(f"open the review of {records} records", seconds(opened, 3), hashing, yardstick)
    replay = Replay(read_run(run, None, quick=True))
    replay.view_at(records - 1)
    step = seconds(lambda: replay.view_at(records - 2), 9)
    tell("the screen as it was at the last but one", step, hashing, yardstick)


def many_runs(folder: Path, runs: int) -> None:
    """A ledger as it is after some years, with three broken runs in it."""
    root, clock = folder / "many", ManualClock()
    ledger, key = Ledger(root, QuickDisk(), clock), MemoryKey()
    for _ in range(runs):
        clock.advance(3600)
        with ledger.open_run("drill", PROCEDURE, key, "bench", "bench", {"procedure.toml": b"x"}) as watch:
            for number in range(20):
                watch.append({"kind": "noted", "schema": 1, "text": f"{number} {'x' * 200}"})
            watch.seal()
    paths = [run.path for run in ledger.runs()]
    spoilt = paths[:: len(paths) // 3][:3]
    (spoilt[0] / "watch-001" / "000001.toml").write_text("x")
    (spoilt[1] / "watch-001" / "000009.toml").write_text("x")
    shutil.rmtree(spoilt[2])
    one = seconds(lambda: summarise(RealDisk(), paths[-1], "bench"), 50)
    listed = seconds(ledger.runs, 3)
    tell(f"list {runs} runs", listed, one, "reading one run's first and last record")
    programme = [sys.executable, "-m", "handrail.cli", "ledger", "check", "--ledger", str(root)]

    def checked() -> None:
        done = subprocess.run(programme, capture_output=True, text=True, check=False)
        if done.returncode != 4 or not all(run.name in done.stdout for run in spoilt):
            raise SystemExit("the check of the ledger missed a broken run")

    tell(f"check {runs} runs, three of them broken", seconds(checked, 1), listed, "listing them")


def _walked(root: Path, records: int) -> Path:
    """A sealed drill of notes, with observations every ten records."""
    loaded, clock = find(PROCEDURE), ManualClock()
    product = loaded.path.parent
    files = {name: (product / name).read_bytes() for name in ("messages.toml", "fields.toml")}
    files["procedure.toml"] = loaded.data
    opened = e.Opened(
        procedure=loaded.procedure.id,
        version=loaded.procedure.version,
        sha256=loaded.sha256,
        mode="drill",
        site="bench",
        operator="bench",
        principal="bench",
        program="bench",
        pairs=(e.PairBound(name="orders", mode="replication", roles={"master": "a", "slave": "b"}),),
    )
    with Ledger(root, QuickDisk(), clock).open_run(
        "drill", loaded.procedure.id, MemoryKey(), "bench", "bench", files
    ) as watch:
        watch.append(e.to_table(opened))
        for number in range(records - 2):
            clock.advance(7)
            told = {}
            if number % 10 == 0:
                rows = [
                    {"at": clock.wall().isoformat(), "server": server, "field": field, "value": number % 7}
                    for server in ("a", "b")
                    for field in ("connections", "queue-depth")
                ]
                told = {
                    f"observations-{number // 10 + 1:03d}.jsonl": "\n".join(map(json.dumps, rows)).encode()
                }
            watch.append(e.to_table(e.Noted(text=f"note {number}")), told)
        watch.seal()
    return watch.path.parent


def _stock(watch: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SEAL"], cwd=watch, check=True)


def main(sizes: tuple[int, int, int] = FULL) -> None:
    """All three."""
    with tempfile.TemporaryDirectory() as folder:
        verification(Path(folder), sizes[0])
        review(Path(folder), sizes[1])
        many_runs(Path(folder), sizes[2])


if __name__ == "__main__":
    main()
