"""Looking on at a run that somebody else walks: read again whenever its files have changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from handrail.clock import Clock, SystemClock
from handrail.errors import UsageError
from handrail.ledger import names, runs
from handrail.ledger.disk import Disk, RealDisk
from handrail.review.run import RunRead, read_run


@dataclass
class Following:
    """One run as somebody looks on; `newer` is asked again and again."""

    path: Path
    allowed_signers: Path | None
    disk: Disk = field(default_factory=RealDisk)
    clock: Clock = field(default_factory=SystemClock)
    _seen: tuple[tuple[str, int, bool], ...] = ()

    def newer(self) -> RunRead | None:
        """The run as it is now, verified; None while nothing has changed. UsageError when it is gone."""
        try:
            now = tuple(self._state_of(watch) for watch in runs.watch_paths(self.disk, self.path))
        except OSError as problem:
            raise UsageError(f"{self.path.name} cannot be read: {problem.strerror}", "") from None
        if now == self._seen:
            return None
        self._seen = now
        return read_run(self.path, self.allowed_signers, disk=self.disk)

    def age_s(self) -> float | None:
        """Seconds since the newest record was written, as its file says: a drill's clock may run ahead."""
        if not self._seen or not self._seen[-1][1]:
            return None
        watch, records, _ = self._seen[-1]
        try:
            written = (self.path / watch / names.record_name(records)).stat().st_mtime
        except OSError:
            return None
        return max(0.0, self.clock.wall().timestamp() - written)

    def _state_of(self, watch: Path) -> tuple[str, int, bool]:
        present = {entry.name for entry in self.disk.listdir(watch)}
        records = sum(1 for name in present if names.RECORD_NAME.fullmatch(name))
        return watch.name, records, names.SEAL in present


def as_of(age_s: float) -> str:
    """How old what is shown is, in words that change seldom: a still screen sends nothing."""
    if age_s < 10:
        return "as of now"
    if age_s < 60:
        return f"as of {age_s // 10 * 10:.0f} s ago"
    if age_s < 3600:
        return f"as of {age_s // 60:.0f} min ago"
    return f"as of {age_s // 3600:.0f} h ago"


def is_over(run: RunRead) -> bool:
    """Whether nobody will add anything: it was ended, and sealed."""
    return run.ended is not None and run.verification.whole != "UNSEALED"
