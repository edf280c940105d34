"""A real ledger on the test's own directory, an operator key as ssh-keygen makes it, and a sealed run."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ledger.walkthrough import event

from handrail.clock import ManualClock
from handrail.ledger.disk import RealDisk
from handrail.ledger.keys import MemoryKey, SshSigner
from handrail.ledger.store import Ledger


@dataclass(frozen=True)
class Operator:
    """A person with a key file, and a site that allows it."""

    key: Path
    allowed_signers: Path

    def signer(self) -> SshSigner:
        """Signs through ssh-keygen."""
        return SshSigner(self.key)


def make_operator(directory: Path, name: str = "alice", kind: str = "ed25519") -> Operator:
    """A key pair by ssh-keygen and an allowed_signers file with it."""
    key = directory / f"{name}_{kind}"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", key], check=True)
    allowed = directory / f"{name}_allowed_signers"
    allowed.write_text(f"{name}@site {(directory / (key.name + '.pub')).read_text()}")
    return Operator(key, allowed)


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """One operator for the whole session: making keys takes longer than the tests do."""
    return make_operator(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def real_ledger(tmp_path: Path) -> Ledger:
    """A ledger on the real disk."""
    return Ledger(tmp_path / "ledger", RealDisk(), ManualClock())


@pytest.fixture(scope="session")
def _sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sealed") / "ledger"
    ledger = Ledger(root, RealDisk(), ManualClock())
    files = {"procedure.toml": b"id = 'a/b'\n"}
    watch = ledger.open_run("drill", "a/b", MemoryKey(), "alice", "jump1", files)
    watch.append(event("one"))
    watch.append(event("two"), {"observations-001.toml": b"queue = 3\n"})
    watch.close()
    watch, _ = ledger.resume(watch.path.parent, MemoryKey())
    watch.append(event("three"))
    watch.seal()
    return watch.path.parent


@pytest.fixture
def sealed_run(_sealed: Path, tmp_path: Path) -> Path:
    """A copy, outside its ledger, of a sealed drill of five records by two processes: to be spoilt."""
    return Path(shutil.copytree(_sealed, tmp_path / _sealed.name))


@pytest.fixture(scope="session")
def another_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another sealed drill, to take records from."""
    ledger = Ledger(tmp_path_factory.mktemp("other") / "ledger", RealDisk(), ManualClock())
    watch = ledger.open_run(
        "drill", "a/b", MemoryKey(), "alice", "jump1", {"procedure.toml": b"id = 'a/b'\n"}
    )
    for name in ("one", "two", "three", "four"):
        watch.append(event(name))
    watch.seal()
    return watch.path.parent
