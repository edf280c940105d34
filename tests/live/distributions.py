"""Broker distributions by Maven coordinates, in a cache outside the tree; or why there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
FETCH_LIMIT_S = 600
VERSIONS = ("2.31.2", "2.44.0", "2.56.0")
"""One of each family of log wording: live/master/slave, active/primary/backup, and the new product name."""
NEWEST = VERSIONS[-1]


class NotAvailable(Exception):
    """Real brokers cannot run here; the message is the reason to show with the skipped test."""


def cache() -> Path:
    """Where fetched distributions stay between runs."""
    root = os.environ.get("HANDRAIL_CACHE")
    return (Path(root) if root else Path.home() / ".cache" / "handrail") / "brokers"


@dataclass(frozen=True, slots=True, order=True)
class Distribution:
    """One unpacked Artemis distribution."""

    version: str
    home: Path

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, to compare."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def inclusive(self) -> bool:
        """Whether its words are primary and backup (2.32.0 and newer), not master and slave."""
        return self.release >= (2, 32)

    @property
    def command(self) -> str:
        """The `artemis` program of the distribution."""
        return str(self.home / "bin" / "artemis")


def coordinates(version: str) -> str:
    """The Maven coordinates of the archive; the group changed with 2.50.0."""
    group = "org.apache.artemis" if tuple(map(int, version.split("."))) >= (2, 50) else "org.apache.activemq"
    return f"{group}:apache-artemis:{version}:tar.gz:bin"


def fetch(version: str) -> Distribution:
    """The distribution from the cache, or from a Maven repository; raises NotAvailable with the reason."""
    if shutil.which("java") is None:
        raise NotAvailable("Java is not installed (17 or newer is needed)")
    home = cache() / f"apache-artemis-{version}"
    if (home / "bin" / "artemis").exists():
        return Distribution(version, home)
    archive = cache() / f"apache-artemis-{version}-bin.tar.gz"
    if not archive.exists():
        _download(version, archive.parent)
    if not archive.exists():
        raise NotAvailable(f"Maven answered, but brought no {archive.name}")
    with tarfile.open(archive) as bundle:
        bundle.extractall(cache(), filter="data")
    return Distribution(version, home)


def _download(version: str, into: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotAvailable("Maven is not installed and the broker is not in the cache")
    into.mkdir(parents=True, exist_ok=True)
    argv = [maven, "-B", "-q", COPY_GOAL, f"-Dartifact={coordinates(version)}", f"-DoutputDirectory={into}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=FETCH_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise NotAvailable(f"Maven did not bring {coordinates(version)} within {FETCH_LIMIT_S} s") from late
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["no message"]
        raise NotAvailable(f"{coordinates(version)} cannot be had by Maven: {last[0]}")
