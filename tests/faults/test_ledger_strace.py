"""The real process on a real disk, killed and failed by strace at each system call of append and seal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.faults.ledger_child import BEGIN, END

from handrail.clock import ManualClock
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]
CHILD = Path(__file__).with_name("ledger_child.py")
TREE = Path(__file__).parents[2]
CHANGING = ("openat", "write", "fsync", "linkat", "unlink", "rename", "rmdir")
TRACED = ",".join((*CHANGING, "access"))
_CALL = re.compile(r"^([a-z0-9]+)\((.*)")
_LIMIT_S = 30


def _run(root: Path, *options: str, words: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """The child under strace: its status, what it said, and the trace."""
    trace = root.with_name(root.name + ".trace")
    strace = ["strace", "-qq", "-o", str(trace), "-e", f"trace={TRACED}"]
    done = subprocess.run(
        [*strace, *options, sys.executable, "-B", str(CHILD), str(root), *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(TREE / "src"), "PYTHONHASHSEED": "0", "HOME": "/"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    return done.returncode, done.stdout, trace.read_text()


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int]]:
    """Each changing call of append and seal, with its count within its kind, as strace's `when` counts."""
    status, said, trace = _run(tmp_path_factory.mktemp("calls") / "ledger")
    if "ptrace" in trace or "Operation not permitted" in said:
        pytest.skip("strace may not trace here")
    assert status == 0, said
    assert "sealed handrail" in said
    counted: Counter[str] = Counter()
    found: list[tuple[str, int]] = []
    inside = False
    for line in trace.splitlines():
        call = _CALL.match(line)
        if call is None:
            continue
        counted[call[1]] += 1
        inside = (inside or BEGIN in line) and END not in line
        creates = call[1] != "openat" or "O_CREAT" in line or "O_DIRECTORY" in line
        if inside and call[1] in CHANGING and creates:
            found.append((call[1], counted[call[1]]))
    kinds = Counter(name for name, _ in found)
    assert kinds["fsync"] >= 14, "the sweep would not cover the commits"
    assert kinds["linkat"] >= 6
    assert kinds["rename"] == 1
    return found


def _lied(root: Path, said: str) -> list[str]:
    """What the child said is saved and is not, after the next process took over and ended the run."""
    ledger = Ledger(root, RealDisk(), ManualClock())
    (summary,) = ledger.runs("jump1")
    lies = [f"problem: {summary.problem}"] if summary.problem else []
    if "sealed" in said and not summary.sealed:
        lies.append("a seal is gone")
    if not summary.sealed:
        watch, _ = ledger.resume(summary.path, MemoryKey())
        watch.append({"kind": "test", "schema": 1, "name": "after"})
        watch.seal()
    heads = "\n".join(line for line in said.splitlines() if "handrail " in line)
    found = verify(summary.path, None, heads.encode())
    lies += found.findings
    if found.anchored != "ANCHOR MATCHES" or found.exit_status != 0:
        lies.append(found.verdict)
    told = [int(line.split()[1]) for line in said.splitlines() if re.fullmatch(r"saved \d+", line)]
    before = found.records - (0 if summary.sealed else 2)
    lies += [f"record {number} is gone" for number in told if number > before]
    return lies + ledger.check_chain().findings


def test_killed_at_any_system_call_nothing_said_to_be_saved_is_lost(
    calls: list[tuple[str, int]], tmp_path: Path
) -> None:
    """Every kill is seen to have happened; the next process recovers and seals."""
    for at, (name, count) in enumerate(calls):
        root = tmp_path / f"kill-{at}" / "ledger"
        root.parent.mkdir()
        status, said, _ = _run(root, "-e", f"inject={name}:signal=KILL:when={count}")
        assert status in {-9, 137}, f"the kill at {name} {count} did not happen: {status}"
        assert _lied(root, said) == [], f"killed at {name} {count}"


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_failed_at_any_system_call_it_says_so_and_goes_on(
    calls: list[tuple[str, int]], tmp_path: Path, error: str
) -> None:
    """Every error is seen in the trace; the same act then succeeds, and the run ends sealed."""
    tried = {"openat", "write"} if error == "ENOSPC" else set(CHANGING) - {"openat"}
    for at, (name, count) in enumerate(calls):
        if name not in tried:
            continue
        root = tmp_path / f"fail-{at}" / "ledger"
        root.parent.mkdir()
        status, said, trace = _run(root, "-e", f"inject={name}:error={error}:when={count}")
        assert "(INJECTED)" in trace, f"the error at {name} {count} did not happen"
        if status != 0 and name == "write":
            continue  # it was the child's own `saved` that could not be said
        assert status == 0, f"{name} {count}: {said}"
        assert _lied(root, said) == [], f"failed at {name} {count}"


def test_the_sweep_catches_a_program_that_says_saved_too_early(
    calls: list[tuple[str, int]], tmp_path: Path
) -> None:
    """The control: if this liar passed, the sweep would prove nothing."""
    name, count = next((name, count) for name, count in calls if name == "fsync")
    status, said, _ = _run(
        tmp_path / "ledger", "-e", f"inject={name}:signal=KILL:when={count}", words=("early",)
    )
    assert status in {-9, 137}
    assert "record 2 is gone" in _lied(tmp_path / "ledger", said)


def test_a_kill_that_does_not_happen_is_noticed(calls: list[tuple[str, int]], tmp_path: Path) -> None:
    """The control of the control: `when` counts by kind of call, and a count too high kills nothing."""
    assert calls
    status, said, _ = _run(tmp_path / "ledger", "-e", "inject=fsync:signal=KILL:when=9999")
    assert status == 0
    assert _lied(tmp_path / "ledger", said) == []
