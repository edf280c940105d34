"""Two people with accounts, keys and homes of their own on this machine, who share one ledger by a group.

The accounts are made for the test and taken away after it; whoever may not make accounts cannot run it.
"""

from __future__ import annotations

import os
import shutil
import site as python_site
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import tomli
import tomli_w
from tests.faults.simulated_site import ROOT, SimulatedSite

PURPOSES = "delegate@handrail,witness@handrail,handover@handrail,countersign@handrail"
NEEDED = ("useradd", "userdel", "groupadd", "groupdel", "setpriv", "ssh-keygen")


def missing() -> str:
    """Why two accounts cannot be made here; empty when they can."""
    if os.geteuid() != 0:
        return "only root makes accounts"
    absent = [name for name in NEEDED if shutil.which(name) is None]
    return f"{absent[0]} is not here" if absent else ""


@dataclass(frozen=True)
class Account:
    """One person: a Unix account, a home, a key."""

    name: str
    home: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> list[str]:
        """`handrail` with these arguments, as this account."""
        python = _python(self.name)
        return [*_as(self.name), *python, "-m", "handrail.cli", *arguments]

    def run(
        self, *arguments: str, typed: str = "", limit_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end, typing this."""
        return subprocess.run(
            self.command(*arguments),
            input=typed,
            capture_output=True,
            text=True,
            timeout=limit_s,
            env=self.environment,
            cwd="/",
            check=False,
        )


class TwoAccounts:
    """Use it as a context: `ana`, `bob`, a shared ledger, a live simulated pair; `eve` may only countersign."""

    def __init__(self) -> None:
        self._group = f"handrail{os.getpid()}"
        self._names = {who: f"hr{who}{os.getpid()}" for who in ("ana", "bob", "eve")}
        self.folder = Path(tempfile.mkdtemp(prefix="handrail-two-"))
        self.ledger = self.folder / "ledger"
        self.signers = self.folder / "allowed_signers"
        self._site = SimulatedSite(self.folder / "site")

    def __enter__(self) -> TwoAccounts:
        self.folder.chmod(0o755)
        _must("groupadd", self._group)
        for name in self._names.values():
            _must("useradd", "--no-create-home", "--groups", self._group, "--shell", "/bin/sh", name)
        self._site.__enter__()
        self.ana, self.bob, self.eve = (self._account(who) for who in self._names)
        known = [
            f'{who}@site namespaces="{purposes}" {self._public(one)}'
            for who, one, purposes in (
                ("ana", self.ana, PURPOSES),
                ("bob", self.bob, PURPOSES),
                ("eve", self.eve, "countersign@handrail"),
            )
        ]
        self.signers.write_text("".join(known), encoding="utf-8")
        self.signers.chmod(0o644)
        # The simulated brokers are the site's: both operators reach them and their logs.
        _must("chgrp", "-R", self._group, str(self._site.home))
        _must("chmod", "-R", "g+rwX", str(self._site.home))
        self.ledger.mkdir(mode=0o700)
        _must("chown", self._names["ana"], str(self.ledger))
        shared = self.ana.run("ledger", "share", "--group", self._group)
        assert shared.returncode == 0, shared.stderr
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._site.__exit__(kind, error, trace)
        for name in self._names.values():
            subprocess.run(["userdel", name], check=False, capture_output=True)
        subprocess.run(["groupdel", self._group], check=False, capture_output=True)
        shutil.rmtree(self.folder)

    def run_path(self) -> Path:
        """The one run of the ledger."""
        [run] = self.ledger.glob("2*-*")
        return run

    def _account(self, who: str) -> Account:
        home = self.folder / who
        (home / ".ssh").mkdir(parents=True)
        settings = home / ".config" / "handrail"
        settings.mkdir(parents=True)
        inventory = tomli.loads(
            (self._site.home / ".config" / "handrail" / "inventory.toml").read_text(encoding="utf-8")
        )
        inventory["two_person"] = True
        (settings / "inventory.toml").write_text(tomli_w.dumps(inventory), encoding="utf-8")
        key = home / ".ssh" / "id_ed25519"
        _must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", who, "-f", str(key))
        _must("chown", "-R", self._names[who], str(home))
        packages = [path for path in python_site.getsitepackages() if path.startswith(sys.prefix)]
        environment = {
            **self._site.environment,
            "HOME": str(home),
            "HANDRAIL_OPERATOR": who,
            "HANDRAIL_CONTACT": f"{who}, extension 17",
            "HANDRAIL_LEDGER": str(self.ledger),
            "HANDRAIL_ALLOWED_SIGNERS": str(self.signers),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *packages]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return Account(self._names[who], home, environment)

    def _public(self, one: Account) -> str:
        return (one.home / ".ssh" / "id_ed25519.pub").read_text(encoding="utf-8")


def _as(name: str) -> list[str]:
    return ["setpriv", "--reuid", name, "--regid", name, "--init-groups", "--"]


def _python(name: str) -> Sequence[str]:
    """A Python this account may run: the test's own, or the machine's of the same release."""
    release = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(release, path="/usr/bin:/usr/local/bin") or ""):
        if candidate and subprocess.run([*_as(name), "test", "-x", candidate], check=False).returncode == 0:
            return [candidate]
    raise RuntimeError(f"no {release} that another account may run")


def _must(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
