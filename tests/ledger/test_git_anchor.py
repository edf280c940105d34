"""A git remote as anchor: heads arrive as commits, are read back, and a remote that fails is only pending."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from handrail import cli
from handrail.clock import ManualClock
from handrail.drill.rehearsal import QuickDisk
from handrail.errors import UsageError
from handrail.ledger.anchor import Anchoring, Head, NotAnchored, heads_in
from handrail.ledger.git_anchor import GitAnchor, names_remote, read_back
from handrail.ledger.keys import MemoryKey
from handrail.ledger.store import Ledger

RUN, LATER = "20260102T031400Z-a-b-0a1b2c", "20260103T031400Z-a-b-0a1b2d"
HEADS = [Head(RUN, 1, str(number), f"{number:064x}") for number in (1, 2, 3)]


def git(folder: Path, *arguments: str) -> str:
    """Stock git, for looking at what came."""
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A bare repository that refuses forced pushes, as the documentation asks for."""
    folder = tmp_path / "heads.git"
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    git(folder, "config", "receive.denyNonFastForwards", "true")
    return folder


def test_heads_are_pushed_in_order_and_read_back(remote: Path, tmp_path: Path) -> None:
    """A commit a head; stock git shows them, and the copy read back holds each once."""
    anchor = GitAnchor(str(remote), tmp_path / "own.git")
    for head in HEADS:
        anchor.send(head)
    assert heads_in(read_back(str(remote))) == HEADS
    [branch] = git(remote, "for-each-ref", "--format=%(refname)").split()
    assert branch.startswith("refs/heads/handrail/")
    assert git(remote, "log", "--reverse", "--format=%s", branch).split("\n")[:3] == [
        str(one) for one in HEADS
    ]
    assert git(remote, "show", f"{branch}:heads.txt") == "".join(f"{head}\n" for head in HEADS)
    anchor.send(HEADS[2])
    assert heads_in(read_back(str(remote))) == HEADS, "a head sent again is no second commit"


def test_a_later_run_begins_its_file_anew_and_nothing_is_lost(remote: Path, tmp_path: Path) -> None:
    """Else each commit would carry every head there ever was."""
    anchor, other = GitAnchor(str(remote), tmp_path / "own.git"), Head(LATER, 1, "1", "f" * 64)
    anchor.send(HEADS[0])
    anchor.send(other)
    [branch] = git(remote, "for-each-ref", "--format=%(refname)").split()
    assert git(remote, "show", f"{branch}:heads.txt") == f"{other}\n"
    assert heads_in(read_back(str(remote))) == [HEADS[0], other]


def test_two_hosts_push_to_one_remote(remote: Path, tmp_path: Path) -> None:
    """Each has a branch of its own: neither is refused as behind the other."""
    for name, head in zip(("one", "two", "one"), HEADS, strict=True):
        GitAnchor(str(remote), tmp_path / name).send(head)
    assert sorted(map(str, heads_in(read_back(str(remote))))) == sorted(map(str, HEADS))


def test_a_remote_that_was_away_gets_every_head_with_the_next(remote: Path, tmp_path: Path) -> None:
    """Also one left over by a process that has ended: its commit is in the account's own repository."""
    away = remote.rename(tmp_path / "away.git")
    first = Anchoring(GitAnchor(str(remote), tmp_path / "own.git"))
    assert not first.send(HEADS[0])
    assert "did not take the head" in str(first.problem)
    assert "x0a" not in str(first.problem), "git's first line says it; the rest is advice for programmers"
    away.rename(remote)
    assert Anchoring(GitAnchor(str(remote), tmp_path / "own.git")).send(HEADS[1])
    assert heads_in(read_back(str(remote))) == HEADS[:2]


def test_a_remote_that_hangs_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ssh that never answers must not hold a walk; nor one that prints what hurts a terminal."""
    programs = tmp_path / "bin"
    programs.mkdir()
    ssh = programs / "ssh"
    ssh.write_text("#!/bin/sh\nprintf '\\033]0;owned\\007' >&2\nexec sleep 60\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    began = time.monotonic()
    with pytest.raises(NotAnchored, match="did not answer within"):
        GitAnchor("nobody@nowhere.invalid:heads.git", tmp_path / "own.git", limit_s=1.0).send(HEADS[0])
    assert time.monotonic() - began < 5
    ssh.write_text("#!/bin/sh\nprintf '\\033]0;owned\\007' >&2\nexit 255\n")
    anchoring = Anchoring(GitAnchor("nobody@nowhere.invalid:heads.git", tmp_path / "own.git"))
    assert not anchoring.send(HEADS[0])
    assert "\x1b" not in str(anchoring.problem)


@pytest.mark.parametrize("remote", ["ext::touch owned", "--upload-pack=touch owned", "fd::7", "nowhere"])
def test_a_remotes_name_never_becomes_a_command(remote: str, tmp_path: Path) -> None:
    """An inventory or a command line copied from somewhere must not run anything."""
    with pytest.raises(NotAnchored):
        GitAnchor(remote, tmp_path / "own.git").send(HEADS[0])
    with pytest.raises(UsageError):
        read_back(remote)
    assert not list(tmp_path.rglob("owned"))
    assert not Path("owned").exists()


def test_a_file_and_a_remote_are_told_apart(tmp_path: Path) -> None:
    """What is there counts before how it is written."""
    (tmp_path / "a:b").write_text("x")
    assert not names_remote(str(tmp_path / "a:b"))
    assert not names_remote(str(tmp_path / "none"))
    assert names_remote(str(tmp_path))
    assert all(map(names_remote, ("git@host:heads.git", "ssh://host/heads.git", "https://host/heads.git")))
    assert not any(map(names_remote, ("ext::sh", "--upload-pack=x", "heads.txt")))


def test_verify_reads_the_remote_back(
    remote: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """MATCHES with the run as it was pushed; DIFFERS once another run of the same name is shown; the rest says why."""
    watch = Ledger(tmp_path / "ledger", QuickDisk(), ManualClock()).open_run(
        "drill", "a/b", MemoryKey(), "alice", "jump1", {}
    )
    anchor = GitAnchor(str(remote), tmp_path / "own.git")
    anchor.send(watch.head())
    watch.append({"kind": "test", "schema": 1})
    watch.seal()
    anchor.send(watch.head())
    run = watch.path.parent
    for named in (str(remote), f"file://{remote}"):
        assert cli.main(["verify", str(run), "--anchor", named]) == 0
        assert capsys.readouterr().out.startswith("SEALED, DRILL KEY, ANCHOR MATCHES")
    anchor.send(Head(run.name, 1, "2", "0" * 64))
    assert cli.main(["verify", str(run), "--anchor", str(remote)]) == 6
    assert "ANCHOR DIFFERS" in capsys.readouterr().out
    assert cli.main(["verify", str(run), "--anchor", str(tmp_path / "ledger")]) == 2
    assert "git ls-remote" in capsys.readouterr().err
    assert cli.main(["verify", str(run), "--anchor", str(tmp_path / "none")]) == 2


def test_a_remote_without_any_head_is_not_checked_and_no_match(
    remote: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty repository vouches for nothing."""
    with Ledger(tmp_path / "ledger", QuickDisk(), ManualClock()).open_run(
        "drill", "a/b", MemoryKey(), "alice", "jump1", {}
    ) as watch:
        watch.seal()
    assert cli.main(["verify", str(watch.path.parent), "--anchor", str(remote)]) == 0
    assert "ANCHOR NOT CHECKED" in capsys.readouterr().out


def empty_reference(own: Path) -> None:
    """As a power cut leaves a file whose bytes were not on the disk yet."""
    [reference] = [path for path in (own / "refs" / "heads").rglob("*") if path.is_file()]
    reference.write_bytes(b"")


def lost_object(own: Path) -> None:
    """The newest commit's file list."""
    tree = git(own, "rev-parse", "HEAD^{tree}").strip()
    (own / "objects" / tree[:2] / tree[2:]).unlink()


def lost_head(own: Path) -> None:
    """The name of its branch."""
    (own / "HEAD").write_bytes(b"")


def stale_lock(own: Path) -> None:
    """Of a process that was killed while it wrote, long ago."""
    [reference] = [path for path in (own / "refs" / "heads").rglob("*") if path.is_file()]
    lock = reference.with_name(f"{reference.name}.lock")
    lock.write_bytes(b"")
    os.utime(lock, (0, 0))


@pytest.mark.parametrize("harm", [empty_reference, lost_object, lost_head, stale_lock])
def test_a_repository_spoilt_by_a_crash_does_not_keep_later_heads_from_leaving(
    harm: Callable[[Path], None], remote: Path, tmp_path: Path
) -> None:
    """It is set aside, not deleted; heads already outside stay there, and new ones follow."""
    own = tmp_path / "own.git"
    GitAnchor(str(remote), own).send(HEADS[0])
    harm(own)
    GitAnchor(str(remote), own).send(HEADS[1])
    assert sorted(map(str, heads_in(read_back(str(remote))))) == [str(head) for head in HEADS[:2]]
    aside = list(tmp_path.glob("own.git.spoilt-*"))
    assert len(aside) == (0 if harm is stale_lock else 1)


def test_a_whole_repository_is_not_set_aside_for_a_remote_that_refuses(remote: Path, tmp_path: Path) -> None:
    """The control: what waits in it would be lost from sight."""
    own = tmp_path / "own.git"
    GitAnchor(str(remote), own).send(HEADS[0])
    remote.rename(tmp_path / "away.git")
    with pytest.raises(NotAnchored):
        GitAnchor(str(remote), own).send(HEADS[1])
    assert not list(tmp_path.glob("own.git.spoilt-*"))
