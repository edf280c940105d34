"""Ends what a run of the lab started when the run itself is killed: a process apart, which reads process ids.

Only the standard input ties it to the run: when that ends, for whatever reason, every process group that was
named and not taken back is killed. Run as a file, by `processes`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Read lines `+pid` and `-pid` until there are no more, then kill the groups that are left."""
    groups: set[int] = set()
    for line in sys.stdin:
        sign, pid = line[0], int(line[1:])
        if sign == "+":
            groups.add(pid)
        else:
            groups.discard(pid)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
