"""A disk that is really full, and a ledger of another account, where this machine lets us have them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail.clock import ManualClock
from handrail.errors import NotSaved
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify

pytestmark = pytest.mark.faults
TREE = Path(__file__).parents[2]
EVENT = {"kind": "test", "schema": 1}
NOBODY = 65534


@pytest.fixture(params=["size=3m", "size=30m,nr_inodes=60"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system with few bytes, or with few inodes."""
    place = tmp_path / "disk"
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", request.param, "handrail-test", str(place)]
    try:
        mounted = subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("this account may not mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _fill(place: Path) -> None:
    """Write until the disk takes no more, be it bytes or inodes."""
    for number in range(10_000):
        try:
            (place / f"ballast-{number}").write_bytes(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return
    pytest.fail("the disk is not as small as it was asked to be")


def test_a_disk_that_fills_up_refuses_keeps_its_last_words_and_goes_on_when_there_is_space(
    small_disk: Path,
) -> None:
    """Twenty refusals, the last words, then space again: one whole sealed run."""
    ledger = Ledger(small_disk / "ledger", RealDisk(), ManualClock())
    watch = ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {})
    ballast = small_disk / "ballast"
    ballast.mkdir()
    _fill(ballast)
    for _ in range(20):
        with pytest.raises(NotSaved, match="No space left") as refused:
            watch.append(EVENT, {"evidence.txt": b"x" * 9000})
        assert "free space or inodes" in refused.value.mend
    saved = watch.number
    watch.append({**EVENT, "kind": "disk-full"}, last_words=True)
    assert watch.number == saved + 1
    with pytest.raises(NotSaved):
        watch.append(EVENT, {"evidence.txt": b"x" * 9000})
    for path in ballast.iterdir():
        path.unlink()
    watch.append(EVENT, {"evidence.txt": b"x" * 9000})
    watch.seal()
    assert verify(watch.path.parent, None).exit_status == 0
    assert ledger.check_chain().findings == []


def test_a_run_on_a_full_disk_can_be_ended(small_disk: Path) -> None:
    """Disk full, abort, seal: all in the space that was set aside."""
    ledger = Ledger(small_disk / "ledger", RealDisk(), ManualClock())
    watch = ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {})
    _fill(small_disk)
    watch.append({**EVENT, "kind": "disk-full"}, last_words=True)
    watch.append({**EVENT, "kind": "aborted"}, last_words=True)
    watch.seal()
    found = verify(watch.path.parent, None)
    assert (found.whole, found.records) == ("SEALED", 3)


def test_a_ledger_of_another_account_is_refused_with_the_mend(tmp_path: Path) -> None:
    """A real second account against a private ledger: it can neither open, nor resume, nor list."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another account")
    ledger = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    with ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {}) as watch:
        run = watch.path.parent
    for parent in (tmp_path, *tmp_path.parents):
        if str(parent).startswith(str(Path("/tmp"))) and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from handrail.clock import ManualClock\n"
        "from handrail.errors import LedgerError\n"
        "from handrail.ledger.disk import RealDisk\n"
        "from handrail.ledger.keys import MemoryKey\n"
        "from handrail.ledger.store import Ledger\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "ledger = Ledger(Path(sys.argv[1]), RealDisk(), ManualClock())\n"
        "print([str(run.problem) for run in ledger.runs()])\n"
        "for act in (lambda: ledger.open_run('drill', 'a', MemoryKey(), 'm', 'h', {}),\n"
        "            lambda: ledger.resume(Path(sys.argv[2]), MemoryKey())):\n"
        "    try: act()\n"
        "    except LedgerError as error: print(error.explain())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(ledger.root), str(run)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TREE / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be read: Permission denied" in done.stdout
    assert done.stdout.count("belongs to another account") == 2
    assert verify(run, None).exit_status == 3
