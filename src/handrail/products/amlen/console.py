"""A shell on a simulated Amlen host, for the steps of a drill that a person does by hand.

It knows the backup file, the data and store directories (in a container: those of the host volume), the
service manager and the log. Nothing else. Where the backup lies and what it is called is invented; the
directories of a plain host are the product's.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from handrail.products.amlen.files import BACKUP, PLAIN, UNPACKED, Part, base_of
from handrail.products.amlen.state import STATES, Node, Phase, World
from handrail.products.living import CannotBe
from handrail.products.product import CommandResult
from handrail.text import amount

ASIDE = "/backup/own"
LOG = "/var/log/amlen"
PARTS: tuple[Part, ...] = ("data", "store")
TAIL = 20


class Host(Protocol):
    """What the shell works on: the simulator."""

    @property
    def world(self) -> World:
        """The world as it is."""
        ...

    def command(self, server: str, name: str) -> CommandResult:
        """Start, stop or kill the server."""
        ...

    def restore(self, server: str, part: Part) -> None:
        """Put a directory of the backup in place."""
        ...

    def keep(self, server: str, part: Part, where: str) -> None:
        """Copy one of the server's own directories to this place."""
        ...

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The server's log."""
        ...


class AmlenConsole:
    """Implements Console over one server's host."""

    def __init__(self, host: Host, server: str) -> None:
        self._host = host
        self._server = server
        self._commands: Mapping[str, Callable[[list[str]], list[str]]] = {
            "tar": self._tar,
            "cp": self._cp,
            "ls": self._ls,
            "cat": self._cat,
            "tail": self._tail,
            "systemctl": self._systemctl,
            "docker": self._docker,
            "help": self._help,
        }

    @property
    def prompt(self) -> str:
        """User, host and directory, as a shell has it."""
        return f"root@{self._server}:~# "

    def enter(self, line: str) -> Sequence[str]:
        """Run one line."""
        try:
            words = shlex.split(line)
        except ValueError as problem:
            return [f"sh: {problem}"]
        if not words:
            return []
        known = self._commands.get(words[0])
        return known(words[1:]) if known else [f"{words[0]}: not known here; help lists what is"]

    def complete(self, line: str) -> Sequence[str]:
        """The lines this shell knows that begin so."""
        return [item for item in self._known() if item.startswith(line)]

    def _known(self) -> list[str]:
        base = self._base
        manager = ["docker start amlen", "docker stop amlen"]
        if not self._node.docker:
            manager = ["systemctl start imaserver", "systemctl stop imaserver", "systemctl status imaserver"]
        return [
            f"tar tf {BACKUP}",
            f"tar xf {BACKUP} -C {base}",
            f"tar xf {BACKUP} -C {base} data",
            f"tar xf {BACKUP} -C {base} store",
            f"cp -a {base}/data {base}/store {ASIDE}",
            f"cp -a {UNPACKED}/data {base}",
            f"cp -a {UNPACKED}/store {base}",
            f"cat {UNPACKED}/VERSION",
            f"ls {base}",
            "ls /backup",
            f"tail {LOG}/imaserver-admin.log",
            *manager,
            "help",
        ]

    @property
    def _node(self) -> Node:
        return self._host.world.nodes[self._server]

    @property
    def _base(self) -> str:
        return base_of(self._node)

    def _help(self, words: list[str]) -> list[str]:
        del words
        told = ["known here:", *(f"  {item}" for item in self._known())]
        return [*told, "The place and name of the backup are invented for the drill."]

    def _tar(self, words: list[str]) -> list[str]:
        if words in (["tf", BACKUP], ["-tf", BACKUP]):
            return ["data/", "data/config/", "store/", "VERSION"]
        if words[:3] not in (["xf", BACKUP, "-C"], ["-xf", BACKUP, "-C"]) or len(words) < 4:
            return [f"tar: not known here; it is tar xf {BACKUP} -C {self._base} [data] [store]"]
        parts = [item.rstrip("/") for item in words[4:]] or list(PARTS)
        return self._restore(words[3], parts)

    def _cp(self, words: list[str]) -> list[str]:
        usage = (
            f"it is cp -a {self._base}/data {self._base}/store {ASIDE}, or cp -a {UNPACKED}/data {self._base}"
        )
        if len(words) < 3 or words[0] not in ("-a", "-r"):
            return [f"cp: not known here; {usage}"]
        sources, target = [PurePosixPath(word) for word in words[1:-1]], words[-1]
        places = {str(source.parent) for source in sources}
        names = [source.name for source in sources]
        if places == {UNPACKED}:
            return self._restore(target, names)
        if places == {self._base} and all(name in PARTS for name in names):
            return self._keep(target, names)
        return [f"cp: {' '.join(words[1:-1])}: not known here; {usage}"]

    def _keep(self, target: str, parts: Sequence[str]) -> list[str]:
        """A copy of its own directories; one below them, or over the backup, would be no copy aside."""
        where = PurePosixPath(target)
        if not where.is_absolute() or where.is_relative_to(self._base) or where.is_relative_to(UNPACKED):
            return [f"cp: {target}: not aside; another place on another disk, such as {ASIDE}"]
        for known in PARTS:
            if known in parts:
                self._host.keep(self._server, known, str(where))
        return []

    def _restore(self, target: str, parts: Sequence[str]) -> list[str]:
        if str(PurePosixPath(target)) != self._base:
            inside = self._node.docker and str(PurePosixPath(target)) == PLAIN
            why = "that is inside the container; its host volume is " if inside else "not known here; it is "
            return [f"{target}: {why}{self._base}"]
        for part in parts:
            if part not in PARTS:
                return [f"{part}: not in the backup"]
        try:
            for known in PARTS:
                if known in parts:
                    self._host.restore(self._server, known)
        except CannotBe as problem:
            return [str(problem)]
        return []

    def _ls(self, words: list[str]) -> list[str]:
        where = str(PurePosixPath(words[0])) if len(words) == 1 else ""
        node = self._node
        if where == self._base:
            return ["data", "diag", "store"]
        if where == f"{self._base}/data":
            return ["config", *(["(from the backup, not read yet)"] if "data" in node.restored else [])]
        if where == f"{self._base}/store":
            held = f"({amount(node.store.messages, 'message')})"
            return ["persistent", held] if node.store.session else ["(empty)"]
        if where in node.copies:
            return list(node.copies[where])
        if where == str(PurePosixPath(BACKUP).parent):
            beside = [PurePosixPath(copy).name for copy in node.copies if copy.startswith(f"{where}/")]
            return sorted([*beside, "standby", "standby.tar"])
        if where == UNPACKED:
            return ["VERSION", "data", "store"]
        return [f"ls: {' '.join(words) or '.'}: not known here"]

    def _cat(self, words: list[str]) -> list[str]:
        backup = self._node.backup
        if words != [f"{UNPACKED}/VERSION"] or backup is None:
            return [f"cat: not known here; there is {UNPACKED}/VERSION"]
        return [backup.version]

    def _tail(self, words: list[str]) -> list[str]:
        if not words or not words[-1].startswith(f"{LOG}/imaserver-"):
            return [f"tail: not known here; the log is {LOG}/imaserver-admin.log"]
        return list(self._host.lines(self._server, 0))[-TAIL:]

    def _systemctl(self, words: list[str]) -> list[str]:
        if self._node.docker:
            return ["systemctl: not known here; the server runs in a container: docker start|stop amlen"]
        if words == ["status", "imaserver"]:
            return [self._told()]
        if words not in (["start", "imaserver"], ["stop", "imaserver"]):
            return ["usage: systemctl start|stop|status imaserver"]
        return self._run(words[0])

    def _docker(self, words: list[str]) -> list[str]:
        if not self._node.docker:
            return ["docker: not known here; the server runs on the host: systemctl start|stop imaserver"]
        if words == ["ps"]:
            return [] if self._node.phase is Phase.DOWN else ["amlen  Up"]
        if words not in (["start", "amlen"], ["stop", "amlen"]):
            return ["usage: docker start|stop amlen, docker ps"]
        return [*self._run(words[0]), "amlen"]

    def _run(self, name: str) -> list[str]:
        result = self._host.command(self._server, name)
        return [str(result.output)] if result.output else []

    def _told(self) -> str:
        if self._node.phase is Phase.DOWN:
            return "imaserver: inactive (dead)"
        return f"imaserver: active (running), {STATES[self._node.phase][2]}"
