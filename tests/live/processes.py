"""Processes that never outlive the test run: each in its own group, ended by its own process id."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_POLL_S = 0.1
_alive: set[Process] = set()
_warden: list[subprocess.Popen[str]] = []


class TimeLimit(Exception):
    """A condition did not come true in time; the message says which and after how long."""


def wait_until(what: str, limit_s: float, condition: Callable[[], bool], poll_s: float = _POLL_S) -> float:
    """Seconds until the condition held; raises TimeLimit naming `what` after `limit_s`."""
    began = time.monotonic()
    while True:
        if condition():
            return time.monotonic() - began
        if time.monotonic() - began > limit_s:
            raise TimeLimit(f"{what}: not within {limit_s:.0f} s")
        time.sleep(poll_s)


class Process:
    """One child in a process group of its own; its output goes to a file, never to the terminal."""

    def __init__(
        self, argv: Sequence[str], output: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        output.parent.mkdir(parents=True, exist_ok=True)
        self.output = output
        with output.open("ab") as sink:
            self._child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        _alive.add(self)
        _tell_warden(f"+{self.pid}")

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self._child.pid

    def running(self) -> bool:
        """Whether it still runs; a finished one is reaped."""
        if self._child.poll() is None:
            return True
        self._gone()
        return False

    def _gone(self) -> None:
        if self in _alive:
            _alive.discard(self)
            _tell_warden(f"-{self.pid}")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the group, if it still runs."""
        if self.running():
            os.killpg(self.pid, number)

    def stop(self, limit_s: float = 30.0) -> float:
        """SIGTERM and wait; raises TimeLimit. Answers the seconds it took."""
        self.signal(signal.SIGTERM)
        return wait_until(f"process {self.pid} to stop", limit_s, lambda: not self.running())

    def kill(self) -> None:
        """SIGKILL and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self._child.wait(10)
        self._gone()


def _tell_warden(line: str) -> None:
    """Exit handlers do not run when this process is killed; the warden's standard input ends all the same."""
    if not _warden:
        argv = [sys.executable, "-I", str(Path(__file__).parent / "warden.py")]
        _warden.append(subprocess.Popen(argv, stdin=subprocess.PIPE, text=True, start_new_session=True))
    pipe = _warden[0].stdin
    assert pipe is not None
    pipe.write(line + "\n")
    pipe.flush()


def end_all() -> None:
    """Kill whatever this module started and is still there."""
    for process in list(_alive):
        process.kill()


def _end() -> None:
    end_all()
    for warden in _warden:
        warden.communicate()


atexit.register(_end)
