"""How a figure is taken and told: a median, beside a yardstick of the same run."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path


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


def tell(what: str, taken: float, yardstick: float, named: str) -> None:
    """One row."""
    print(
        f"{what:58} {taken * 1000:10.2f} ms   {taken / yardstick:9.1f} x {named} ({yardstick * 1000:.2f} ms)"
    )
