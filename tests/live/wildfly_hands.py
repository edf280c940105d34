"""What a procedure types at a drill's console, typed at real WildFly hosts: the steps done by hand.

Each host keeps its files below a directory of its own: `standalone` is its base directory, and what a line puts
below /srv stays below `elsewhere`, apart for each host. So the lines of the procedures hold on the real product.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.live.wildfly import WildFly

HOME = "/opt/eap/"


class Hands:
    """Types lines at the hosts of these servers."""

    def __init__(self, servers: Sequence[WildFly], elsewhere: Path) -> None:
        self._servers = {server.name: server for server in servers}
        self._elsewhere = elsewhere

    def type(self, server: str, line: str) -> None:
        """Do what the line says on this host; raises ValueError for one that is not known here."""
        words = shlex.split(line.removesuffix("&"))
        given = [word for word in words[1:] if not word.startswith("-")]
        if words[0] == "bin/standalone.sh" and "--start-mode=admin-only" in words:
            self._servers[server].do("start-admin-only")
        elif words[0] == "edit" and len(given) == 2:
            self._servers[server].edit(given[1])
        elif words[0] in ("cp", "scp") and len(given) == 2:
            source = _newest(self._path(server, given[0]))
            into = given[0].endswith("/.")
            self._copy(source, self._path(server, given[1]) if into else self._new(server, given[1]))
        elif words[0] == "mv" and len(given) == 2:
            self._path(server, given[0]).rename(self._new(server, given[1]))
        elif words[0] == "mkdir" and len(given) == 1:
            self._path(server, given[0]).mkdir(parents=True, exist_ok=True)
        else:
            raise ValueError(f"{line}: nobody types that here")

    def _copy(self, source: Path, target: Path) -> None:
        """As an operator does who sees that a server which never paged has no directory for it.

        Where a waiting backup has made the target, its lock files stay as they are.
        """
        if source.exists() or source.name != "paging":
            locks = shutil.ignore_patterns("server.lock", "serverlock.*") if target.exists() else None
            shutil.copytree(source, target, ignore=locks, dirs_exist_ok=target.exists())

    def _path(self, server: str, text: str) -> Path:
        host, found, rest = text.partition(":")
        if found:
            return self._path(host, rest)
        inside = text.removeprefix(HOME)
        if inside.startswith("standalone/"):
            return self._servers[server].base / inside.removeprefix("standalone/")
        if inside.startswith("/srv/"):
            return self._elsewhere / server / inside.removeprefix("/srv/")
        return Path(inside)

    def _new(self, server: str, text: str) -> Path:
        """A target that a shell would take as it is; raises ValueError for one that is there already."""
        target = self._path(server, text)
        if target.exists():
            raise ValueError(f"{target} is there already: the line would put it inside")
        if not target.parent.exists() and target.is_relative_to(self._servers[server].base):
            raise ValueError(f"{target.parent} is not there: the line fails in a shell")
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


def _newest(source: Path) -> Path:
    """A replaced journal; where a directory has none of this number, its newest: each counts for itself."""
    if source.exists() or not source.name.startswith("oldreplica."):
        return source
    there = sorted(source.parent.glob("oldreplica.*"), key=lambda found: int(found.suffix[1:]))
    return there[-1] if there else source.parent
