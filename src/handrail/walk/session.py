"""A session: one process's walk of one run, ledger and conductor together on a thread of their own."""

from __future__ import annotations

import asyncio
import getpass
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from handrail.ledger.anchor import Anchoring
from handrail.ledger.record import Record
from handrail.ledger.verify import verify
from handrail.ledger.watch import SavedRecord, Watch
from handrail.text import SafeText, safe
from handrail.walk import events as e
from handrail.walk.commands import Command
from handrail.walk.conductor import Conductor
from handrail.walk.plan import BoundPair
from handrail.walk.recorder import Outside
from handrail.walk.second_person import SecondPerson
from handrail.walk.state import State

LEDGER_KINDS = "ledger."
"""Records of the ledger itself; they change nothing of a walk."""


class WatchRecorder:
    """A ledger's watch as the conductor's Recorder."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def append(self, event: Mapping[str, Any], files: Mapping[str, bytes]) -> SavedRecord:
        """Make the event durable; raises NotSaved."""
        return self.watch.append(event, files)

    def seal(self) -> Path:
        """Seal the watch."""
        return self.watch.seal()


def outside(watch: Watch, anchoring: Anchoring, allowed_signers: Path | None) -> Outside:
    """Carry heads to the anchor, hear second persons, and verify the run once it is sealed."""
    drill = watch.identity.mode == "drill"
    second = SecondPerson(watch.path.parents[1], watch.path, allowed_signers, drill)

    def take() -> Callable[[], str | None]:
        head = watch.head()
        return lambda: None if anchoring.send(head) else str(anchoring.problem)

    def verdict() -> SafeText:
        return safe(verify(watch.path.parent, allowed_signers).verdict)

    return Outside(take, second.hear, verdict)


def events_of(records: Sequence[Record]) -> list[e.Event]:
    """The walk's events in these records; raises ValueError for one this program does not know."""
    return [
        e.from_table(record.event)
        for record in records
        if not str(record.event.get("kind", "")).startswith(LEDGER_KINDS)
    ]


def pair_events(pairs: Sequence[BoundPair]) -> tuple[e.PairBound, ...]:
    """Bound pairs as they stand in `opened`."""
    return tuple(
        e.PairBound(name=pair.name, mode=pair.mode, roles=dict(pair.roles), facts=dict(pair.facts))
        for pair in pairs
    )


def bound_pairs(opened: e.Opened) -> tuple[BoundPair, ...]:
    """The pairs of a run, from its `opened`."""
    return tuple(BoundPair(pair.name, pair.mode, pair.roles, pair.facts) for pair in opened.pairs)


def host_name() -> str:
    """This host, as records name it."""
    return socket.gethostname()


def operator_name() -> str:
    """Who sits here: HANDRAIL_OPERATOR, else the account. A shared account is normal; identity is the key."""
    try:
        return os.environ.get("HANDRAIL_OPERATOR") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def contact() -> str:
    """How whoever needs a claimed thing reaches who sits here: HANDRAIL_CONTACT, else their terminal."""
    if named := os.environ.get("HANDRAIL_CONTACT"):
        return safe(named, 120)
    try:
        return f"terminal {os.ttyname(0).removeprefix('/dev/')} on {host_name()}"
    except OSError:
        return ""


ENDS = {"complete": 0, "complete-with-deferred": 13, "aborted": 10, "abandoned": 11}
HELD = 12
HANDED_OVER = 14


def status(state: State | None) -> int:
    """The exit status for how a walk stopped."""
    if state is not None and state.handed_over is not None:
        return HANDED_OVER
    if state is None or state.ended is None:
        return HELD
    return ENDS[state.ended.how]


@dataclass
class Session:
    """Runs a conductor in its own loop and thread. `prepare` makes it inside that loop."""

    prepare: Callable[[], Conductor]
    opened: e.Opened | None
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    finish: Callable[[], None] = lambda: None
    """Called on the session's thread at the very end, such as to close the watch."""
    state: State | None = None
    error: BaseException | None = None
    _conductor: Conductor | None = None
    _thread: Thread | None = field(default=None, init=False)
    _early: list[Command] = field(default_factory=list, init=False)
    _walking: bool = field(default=False, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def start(self) -> None:
        """Begin walking; returns at once."""
        # A daemon: if a face dies while an act hangs beyond its limit, the process must still end.
        self._thread = Thread(target=self._run, name="conductor", daemon=True)
        self._thread.start()

    def submit(self, command: Command) -> None:
        """Ask the conductor for something, from any thread; what comes before it walks is kept for it."""
        with self._lock:
            if not self._walking:
                self._early.append(command)
                return
        if self._conductor is not None:
            self._conductor.submit(command)

    def join(self, limit_s: float | None = None) -> bool:
        """Wait for the walk to stop; False when it has not within the limit."""
        if self._thread is None:
            return True
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self.new_loop) as runner:
                self.state = runner.run(self._walk())
        except BaseException as error:
            self.error = error
        finally:
            self.finish()

    async def _walk(self) -> State:
        self._conductor = self.prepare()
        walking = asyncio.create_task(self._conductor.run(self.opened))
        await asyncio.sleep(0)  # the conductor listens once it has taken its first step
        with self._lock:
            self._walking = True
            early, self._early = self._early, []
        for command in early:
            self._conductor.submit(command)
        return await walking
