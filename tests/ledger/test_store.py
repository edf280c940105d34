"""The ledger: who may open and resume what, what is listed, and what a missing run leaves behind."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ledger.memory_disk import MemoryDisk
from tests.ledger.walkthrough import OPERATOR_KEY, ROOT, Told, event, ledger, open_run

from handrail.clock import ManualClock
from handrail.errors import Claimed, LedgerError, NotSaved
from handrail.ledger import names
from handrail.ledger.disk import SHARED, RealDisk
from handrail.ledger.holder import Life
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger
from handrail.ledger.verify import verify


def _drill(one: Ledger, claims: list[str] | None = None) -> Path:
    with one.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", {}, claims or []) as watch:
        return watch.path.parent


def test_a_new_ledger_is_private_and_makes_its_own_directories(tmp_path: Path) -> None:
    """0700 and 0600 whatever the umask says."""
    before = os.umask(0o002)
    try:
        one = Ledger(tmp_path / "state" / "handrail", RealDisk(), ManualClock())
        run = _drill(one)
    finally:
        os.umask(before)
    for path in (one.root.parent, *one.root.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    assert run.name == "20260102T031400Z-a-b-" + run.name[-6:]


def test_a_shared_watch_is_readable_by_its_group(tmp_path: Path) -> None:
    """2750 and 0640 even under a strict umask."""
    before = os.umask(0o077)
    try:
        run = _drill(Ledger(tmp_path / "ledger", RealDisk(), ManualClock(), SHARED))
    finally:
        os.umask(before)
    assert (run / "watch-001").stat().st_mode & 0o7777 == 0o2750
    assert (run / "watch-001" / "000001.toml").stat().st_mode & 0o7777 == 0o640


def test_a_thing_is_claimed_until_its_run_is_sealed_whatever_becomes_of_the_process() -> None:
    """Alive, held, on another host: refused with who, since when and how to go on; sealed: free."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())

    def refusal() -> str:
        with pytest.raises(Claimed) as refused:
            open_run(disk, Told())
        living = "(alive)" in refused.value.problem
        assert ("handrail follow" if living else "handrail resume") in refused.value.mend
        return refused.value.problem

    assert "broker-a: taken by run" in refusal()
    assert "alice on jump1, pid " in refusal()
    assert "(alive)" in refusal()
    watch.close()
    assert (
        "of alice on jump1, last record 2026-01-02 03:14Z (its process is gone, without a hold)" in refusal()
    )
    watch, _ = ledger(disk).resume(watch.path.parent, OPERATOR_KEY, host="jump2")
    disk.node(watch.path).locked = False  # another host's lock is not seen here
    assert "(on another host)" in refusal()
    watch.seal()
    open_run(disk, Told())


def test_other_things_and_drills_do_not_conflict() -> None:
    """A drill claims nothing and minds no claim."""
    disk = MemoryDisk()
    open_run(disk, Told())
    ledger(disk).open_run("live", "a/b", OPERATOR_KEY, "bob", "jump1", {}, ["broker-b"])
    drill = open_run(disk, Told(), "drill")
    assert verify(drill.path.parent, None, disk=disk).exit_status == 3
    summaries = ledger(disk).runs("jump1")
    assert sorted((one.mode, one.claims) for one in summaries) == [
        ("drill", ()),
        ("live", ("broker-a",)),
        ("live", ("broker-b",)),
    ]


def test_a_claim_is_known_from_the_chain_when_the_run_itself_cannot_be_read() -> None:
    """Damage to a run must not free what it holds."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    watch.close()
    disk.node(watch.path / "000001.toml").data = b"rubbish"
    with pytest.raises(Claimed, match="broker-a"):
        open_run(disk, Told())


def test_two_processes_on_one_run_the_second_is_refused(tmp_path: Path) -> None:
    """A real second process holds the real lock; once it dies the run can be resumed."""
    script = (
        "import sys; from pathlib import Path; from handrail.clock import SystemClock\n"
        "from handrail.ledger.disk import RealDisk; from handrail.ledger.keys import MemoryKey\n"
        "from handrail.ledger.store import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]), RealDisk(), SystemClock())\n"
        "watch = ledger.open_run('drill', 'a/b', MemoryKey(), 'alice', 'jump1', {})\n"
        "print(watch.path.parent, flush=True); sys.stdin.read()\n"
    )
    root = tmp_path / "ledger"
    source = str(Path(__file__).parents[2] / "src")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    ) as process:
        assert process.stdout is not None
        run = Path(process.stdout.readline().strip())
        one = Ledger(root, RealDisk(), ManualClock())
        with pytest.raises(Claimed, match=rf"alice on jump1, pid {process.pid}, since 20.* \(alive\)"):
            one.resume(run, MemoryKey())
        assert [summary.holder and summary.holder.life for summary in one.runs("jump1")] == [Life.ALIVE]
        process.kill()
    assert [summary.holder and summary.holder.life for summary in one.runs("jump1")] == [Life.HELD]
    watch, records = one.resume(run, MemoryKey())
    assert [record.kind for record in records] == [names.LEDGER_OPENED, names.LEDGER_RESUMED]
    watch.seal()
    assert verify(run, None).exit_status == 0


def test_resuming_gives_back_every_record_and_keeps_what_a_crash_left() -> None:
    """Stray files go to quarantine with a record that names them; nothing is deleted."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    watch.append(event("one"), {"observations-001.toml": b"x = 1\n"})
    left = {".tmp-000003.toml": b"half", "000003.toml.sig": b"orphan", "observations-002.toml": b"y"}
    for name, data in left.items():
        handle = disk.create(watch.path / name, 0o600)
        disk.write(handle, data)
        disk.close(handle)
    disk = disk.after_restart()
    assert len(verify(watch.path, None, disk=disk).notes) >= 3
    watch, records = ledger(disk).resume(watch.path, OPERATOR_KEY)
    assert [record.number for record in records] == [1, 2, 3]
    moved = records[-1].event["quarantined"]
    assert isinstance(moved, list)
    assert sorted(disk.node(watch.path / str(name)).data for name in moved) == sorted(left.values())
    watch.seal()
    assert verify(watch.path.parent, None, disk=disk).whole == "SEALED"


def test_a_stranger_file_is_put_aside_before_the_seal() -> None:
    """Somebody's editor left a file while the run went on."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    disk.close(disk.create(watch.path / ".000001.toml.swp", 0o600))
    watch.seal()
    found = verify(watch.path.parent, None, disk=disk)
    assert (found.whole, found.records) == ("SEALED", 2)


def test_a_run_changed_under_its_writer_is_not_sealed() -> None:
    """The seal vouches for what was saved, not for what lies there now."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    watch.append(event("one"))
    disk.node(watch.path / "000002.toml").data += b"# more\n"
    with pytest.raises(LedgerError, match="was changed since it was saved"):
        watch.seal()
    watch.close()
    with pytest.raises(LedgerError, match=r"BROKEN and cannot be resumed: 000002\.toml"):
        ledger(disk).resume(watch.path, OPERATOR_KEY)


def test_what_is_sealed_or_let_go_takes_no_more() -> None:
    """And is not resumed."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    watch.seal()
    with pytest.raises(LedgerError, match="sealed"):
        watch.append(event("late"))
    with pytest.raises(LedgerError, match="sealed"):
        watch.seal()
    with pytest.raises(LedgerError, match="sealed"):
        ledger(disk).resume(watch.path.parent, OPERATOR_KEY)
    watch = open_run(disk, Told())
    watch.close()
    with pytest.raises(LedgerError, match="let go"):
        watch.append(event("late"))


def test_a_live_watch_is_resumed_by_its_own_key_alone() -> None:
    """One operator a watch; a drill's throw-away key is another in each process."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    watch.close()
    with pytest.raises(LedgerError, match="is signed by SHA256:"):
        ledger(disk).resume(watch.path, MemoryKey())
    drill = open_run(disk, Told(), "drill")
    drill.close()
    ledger(disk).resume(drill.path, MemoryKey())


def test_a_watch_of_another_account_is_refused_and_says_whose() -> None:
    """Even where the permissions would let us write, and the key is the same."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    watch.close()
    disk.node(watch.path).owner = 4711
    with pytest.raises(LedgerError, match="alice's, and was not handed over"):
        ledger(disk).resume(watch.path, OPERATOR_KEY)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_ledger_one_may_not_write_refuses_with_the_mend(code: int) -> None:
    """Read-only, or another account's: nothing begins."""
    disk = MemoryDisk()

    def refuse(count: int, name: str, path: Path | None) -> None:
        if name in {"create", "mkdir"}:
            raise OSError(code, os.strerror(code))

    disk.before = refuse
    with pytest.raises(NotSaved) as refused:
        open_run(disk, Told())
    assert "another ledger" in refused.value.mend
    assert ledger(disk).runs() == []


def test_on_a_full_disk_only_the_last_words_are_taken_and_the_run_can_be_sealed() -> None:
    """The space set aside holds the record that the disk is full, the abort and the seal."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    spare = watch.path.with_name("watch-001.reserve")

    def full(count: int, name: str, path: Path | None) -> None:
        if name in {"create", "write", "mkdir", "allocate"} and spare.name in disk.node(spare.parent).names:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if name == "mkdir":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    disk.before = full
    with pytest.raises(NotSaved) as refused:
        watch.append(event("one"))
    assert "free space" in refused.value.mend
    assert "No space left on device" in refused.value.problem
    saved = watch.append(event("disk full"), last_words=True)
    assert saved.record.number == 2
    assert len(saved.record.unsaved) == 1
    assert saved.record.unsaved[0].startswith("000002.toml: No space")
    with pytest.raises(NotSaved):
        watch.append(event("as if nothing were"))
    watch.append(event("aborted"), last_words=True)
    watch.seal()
    assert verify(watch.path.parent, None, disk=disk).whole == "SEALED"


def test_a_run_held_on_a_full_disk_can_be_resumed_to_be_ended() -> None:
    """Resuming spends the space set aside if it must."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    watch.close()
    spare = watch.path.with_name("watch-001.reserve")

    def full(count: int, name: str, path: Path | None) -> None:
        there = spare.name in disk.node(spare.parent).names
        if name == "create" and there and path and path.name.startswith(".tmp-"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if name in {"mkdir", "allocate"}:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    disk.before = full
    watch, _ = ledger(disk).resume(watch.path, OPERATOR_KEY)
    assert any("only last words" in mend for mend in watch.mends)
    watch.append(event("aborted"), last_words=True)
    watch.seal()
    assert verify(watch.path.parent, None, disk=disk).whole == "SEALED"


@pytest.mark.parametrize(
    "name",
    ["SEAL", "000009.toml", "run.signers", "../x", "a/b", ".hidden", "", "quarantine", "a b", "x" * 200],
)
def test_a_file_cannot_take_a_name_of_the_ledgers_or_leave_its_directory(name: str) -> None:
    """And no name is used twice."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    with pytest.raises(NotSaved):
        watch.append(event("one"), {name: b""})
    watch.append(event("one"), {"fine.txt": b""})
    with pytest.raises(NotSaved, match="taken"):
        watch.append(event("two"), {"fine.txt": b"again"})
    assert watch.number == 2


def test_a_ledger_lists_every_run_the_broken_and_the_missing_ones_too(real_ledger: Ledger) -> None:
    """Each says what is wrong with it; nothing is raised."""
    runs = [_drill(real_ledger) for _ in range(6)]
    (runs[0] / "watch-001" / "000001.toml").write_bytes(b"rubbish")
    shutil.rmtree(runs[1])
    shutil.rmtree(runs[2] / "watch-001")
    (runs[3] / "watch-001" / "000001.toml.sig").unlink()
    (runs[4].parent / f"{runs[4].name}" / "watch-001.holder").write_bytes(b"\xff\x00")
    problems = {one.run: str(one.problem) for one in real_ledger.runs()}
    assert "the bytes are not those that were signed" in problems[runs[0].name]
    assert "missing" in problems[runs[1].name]
    assert "no watch" in problems[runs[2].name]
    assert "No such file" in problems[runs[3].name]
    assert [problems[run.name] for run in runs[4:]] == ["", ""]
    assert f"run {runs[1].name} is missing" in real_ledger.check_chain().findings


def test_the_chain_misses_a_run_and_finds_its_own_changes(real_ledger: Ledger) -> None:
    """An entry edited, dropped or swapped; a seal that was taken away."""
    for _ in range(3):
        with real_ledger.open_run("drill", "a/b", MemoryKey(), "a", "h", {}) as watch:
            watch.seal()
    assert real_ledger.check_chain().findings == []
    run = watch.path.parent
    seal = watch.path / "SEAL"
    data = seal.read_bytes()
    seal.unlink()
    found = verify(run, None)
    assert (found.exit_status, found.findings) == (4, ["runs/000006.toml tells of a seal, and there is none"])
    seal.write_bytes(data)
    chain = real_ledger.root / "runs"
    entry = chain / "000003.toml"
    data = entry.read_bytes()
    entry.write_bytes(data.replace(b"opened", b"sealed"))
    assert any("000003.toml" in finding for finding in real_ledger.check_chain().findings)
    entry.unlink()
    assert any("000003.toml" in finding for finding in real_ledger.check_chain().findings)
    entry.write_bytes(data)
    assert real_ledger.check_chain().findings == []


def test_an_opening_that_was_cut_off_is_set_aside_and_told_of(real_ledger: Ledger) -> None:
    """It never began, so it is no run; the next one clears the way and the chain names it."""
    _drill(real_ledger)
    (real_ledger.root / ".opening-20260101T000000Z-a-b-000000" / "watch-001").mkdir(parents=True)
    assert len(real_ledger.runs()) == 1
    _drill(real_ledger)
    assert (real_ledger.root / "quarantine-20260101T000000Z-a-b-000000").is_dir()
    told = [entry.recovered for entry in real_ledger.check_chain().entries]
    assert ("quarantine-20260101T000000Z-a-b-000000",) in told


def test_a_path_that_is_no_run_is_refused_as_such(real_ledger: Ledger, tmp_path: Path) -> None:
    """Not as something that was not saved."""
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(LedgerError, match="is not a run"):
            real_ledger.resume(path, MemoryKey())


def test_a_locked_ledger_is_given_up_after_a_while(real_ledger: Ledger) -> None:
    """Somebody's process hangs with the ledger's lock."""
    _drill(real_ledger)
    lock = RealDisk().lock(real_ledger.root / "lock")
    assert lock is not None
    waited: list[float] = []
    impatient = Ledger(real_ledger.root, RealDisk(), ManualClock(), pause=waited.append)
    with pytest.raises(Claimed, match="locked the whole ledger"):
        _drill(impatient)
    assert 9 < sum(waited) < 11
    lock.release()
    _drill(impatient)


def test_the_ledger_under_a_file_says_why_nothing_is_saved(tmp_path: Path) -> None:
    """A path that cannot be a directory."""
    (tmp_path / "file").write_text("")
    one = Ledger(tmp_path / "file" / "ledger", RealDisk(), ManualClock())
    with pytest.raises(NotSaved):
        _drill(one)
    assert len(one.runs()) == 1
    assert one.runs()[0].problem.startswith("cannot be read")


def test_the_root_is_where_it_was_said(tmp_path: Path) -> None:
    """The walk of the fault tests and the real disk agree on the layout."""
    disk = MemoryDisk()
    watch = open_run(disk, Told())
    real = Ledger(tmp_path / "ledger", RealDisk(), ManualClock())
    run = _drill(real)
    ours = {path.removeprefix(f"{ROOT}/") for path in disk.tree()}
    theirs = {
        str(path.relative_to(real.root)) + ("/" if path.is_dir() else "") for path in real.root.rglob("*")
    }
    missing = {path.replace(run.name, watch.path.parent.name) for path in theirs} - ours
    assert not missing
