"""A git remote as anchor: each head is a commit, pushed; whoever may read the remote reads the heads back.

The commit's message is the head, and `heads.txt` in it holds the heads of the run so far. Each account keeps
one small bare repository for each remote and pushes one branch of its own, so two hosts never stand in each
other's way, and a head that could not be pushed goes out with the next one, also from a later process.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
import tempfile
import time
from pathlib import Path

from handrail.errors import HandrailError, UsageError
from handrail.ledger import command
from handrail.ledger.anchor import Head, NotAnchored, heads_in
from handrail.text import safe

LIMIT_S = 10.0
"""For one head in all: a walk that ends waits for it."""
READ_LIMIT_S = 60.0
FILE = "heads.txt"
BRANCHES = "refs/heads/handrail"
STALE_S = 60.0
TRIES = 3
"""Two walks of one account may commit at once; the second takes the first one's commit as its parent."""
_REMOTE = re.compile(r"(?:ssh|git\+ssh|git|https?|file)://\S+|(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9._-]+:[^\s:]\S*")
# A remote's name may be anybody's text: only these ways to reach one, never `ext::` (any command).
_PROTOCOLS = ("ssh", "https", "http", "git", "file")
_SETTINGS = [
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false",
    "transfer.fsckObjects=true", "protocol.allow=never",
    *(f"protocol.{name}.allow=always" for name in _PROTOCOLS),
]  # fmt: skip


def names_remote(text: str) -> bool:
    """Whether this is how a remote is written (a URL, `host:path`), or a directory; a file is none."""
    return Path(text).is_dir() or (not Path(text).exists() and _REMOTE.fullmatch(text) is not None)


class GitAnchor:
    """Pushes heads to one remote. `folder` is the account's own repository for it, made if need be."""

    def __init__(self, remote: str, folder: Path, limit_s: float = LIMIT_S) -> None:
        self._remote = remote
        self._folder = folder
        self._limit_s = limit_s

    def send(self, head: Head) -> None:
        """Commit the head and push every commit the remote does not have. Raises NotAnchored."""
        git = _Git(self._folder, self._limit_s)
        try:
            if self._remote.startswith("-"):
                raise NotAnchored("a remote does not begin with -", "correct the inventory's anchor")
            try:
                self._carry(git, head)
            except _GitSaidNo:
                if git.is_whole():
                    raise
                self._set_aside()
                self._carry(git, head)
        except (HandrailError, OSError) as error:
            problem = error.problem if isinstance(error, HandrailError) else str(error.strerror)
            raise NotAnchored(
                f"git remote {safe(self._remote, 80)} did not take the head: {problem}",
                f"try: git -C {self._folder} push {self._remote}",
            ) from error

    def _carry(self, git: _Git, head: Head) -> None:
        if not (self._folder / "HEAD").exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40].strip("-") or "host"
            git("init", "-q", "--bare", "-b", f"handrail/{host}-{secrets.token_hex(4)}", ".")
        branch = git("symbolic-ref", "HEAD").strip()
        _unlock(self._folder / f"{branch}.lock")
        _commit(git, branch, head)
        git("push", "-q", "--", self._remote, f"{branch}:{branch}")

    def _set_aside(self) -> None:
        """A repository that a crash or a full disk spoilt would else keep every later head from leaving."""
        self._folder.rename(self._folder.with_name(f"{self._folder.name}.spoilt-{secrets.token_hex(4)}"))


def read_back(remote: str, limit_s: float = READ_LIMIT_S) -> bytes:
    """Every head the remote was ever given, a line each, fetched into a directory that is gone afterwards.

    Commits that were put away by a forced push are not there: a remote that is to prove anything must refuse
    those. Raises UsageError when it cannot be read.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="handrail-anchor-") as folder:
            git = _Git(Path(folder), limit_s)
            git("init", "-q", "--bare", ".")
            # A path would else be taken from within the folder.
            source = str(Path(remote).absolute()) if Path(remote).is_dir() else remote
            git("fetch", "-q", "--no-tags", "--", source, f"+{BRANCHES}/*:{BRANCHES}/*")
            said = git("log", "--all", "--topo-order", "--reverse", "--format=%B")
    except (HandrailError, OSError) as error:
        problem = error.problem if isinstance(error, HandrailError) else str(error.strerror)
        raise UsageError(
            f"the anchor {safe(remote, 80)} cannot be read: {problem}", "try `git ls-remote` on it"
        ) from error
    return "".join(f"{head}\n" for head in heads_in(said.encode())).encode()


def _unlock(lock: Path) -> None:
    """Take away a lock whose process cannot live any more: all of ours end within their time limit."""
    with contextlib.suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > STALE_S:
            lock.unlink()


def _commit(git: _Git, branch: str, head: Head) -> None:
    for _ in range(TRIES):
        tip = git("rev-parse", "-q", "--verify", branch, may_fail=True).strip()
        kept = heads_in(git("cat-file", "blob", f"{tip}:{FILE}").encode()) if tip else []
        if head in kept:
            return
        # Of the same run only: else every commit would carry all there ever were.
        heads = [*(one for one in kept if one.run == head.run), head]
        blob = git("hash-object", "-w", "--stdin", data="".join(f"{one}\n" for one in heads)).strip()
        tree = git("mktree", data=f"100644 blob {blob}\t{FILE}\n").strip()
        parents = ("-p", tip) if tip else ()
        commit = git("commit-tree", tree, *parents, "-m", str(head)).strip()
        try:
            git("update-ref", branch, commit, tip or "0" * len(commit))
        except _GitSaidNo:
            continue
        return
    raise _GitSaidNo("another process was committing", "it goes out with the next head")


class _GitSaidNo(NotAnchored):
    """git ran, and ended with another status than 0."""


class _Git:
    """git in one repository, all its calls within one time limit."""

    def __init__(self, folder: Path, limit_s: float) -> None:
        self._folder = folder
        self._until = time.monotonic() + limit_s
        settings = [word for setting in _SETTINGS for word in ("-c", setting)]
        who = ["-c", "user.name=handrail", "-c", f"user.email=handrail@{socket.gethostname() or 'host'}"]
        self._argv = ["git", *settings, *who, "-C", str(folder)]

    def __call__(self, *arguments: str, data: str = "", may_fail: bool = False) -> str:
        """Its output. Raises NotAnchored when it fails, is not there or does not end in time."""
        left_s = max(0.05, self._until - time.monotonic())
        argv = [*self._argv, *arguments]
        try:
            answer = command.run(argv, data.encode(), left_s, more={"GIT_TERMINAL_PROMPT": "0"})
        except HandrailError as error:
            raise NotAnchored(error.problem, "install git, or try the remote by hand") from error
        if answer.status != 0 and not may_fail:
            said = answer.said.split("\\x0a")[0] or f"status {answer.status}"
            raise _GitSaidNo(f"git {arguments[0]}: {said}")
        return answer.output.decode("utf-8", "replace")

    def is_whole(self) -> bool:
        """Whether the repository can still be used: every commit and file in it is there and readable."""
        try:
            self("fsck", "--connectivity-only", "--no-dangling")
            self("symbolic-ref", "HEAD")
        except _GitSaidNo:
            return False
        return True
