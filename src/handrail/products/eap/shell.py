"""The files of a simulated host as a shell sees them: directories of journals, configuration, log."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handrail.products.eap import files
from handrail.products.eap.configured import place_of
from handrail.products.eap.files import HOME, Directory, Place
from handrail.products.eap.resources import DIRECTORIES
from handrail.products.eap.state import Instance, Run, World
from handrail.products.eap.tree import Model
from handrail.text import amount

LOG = f"{HOME}/standalone/log/server.log"
CONFIGURATION = f"{HOME}/standalone/configuration/standalone-full-ha.xml"
TAIL = 20
_BAR = re.compile(r"(?<!\\)\|")
_ESCAPED_BAR = re.compile(r"\\\|")
_OWN = f"{files.DATA}/activemq"
"""Below it every directory is known; elsewhere a directory is taken to be there."""


class NotKnown(Exception):
    """A command or path this shell has not; the message is what it prints."""


class Files:
    """The file commands of one host. Each takes a world and gives what it prints and the world afterwards."""

    def __init__(self, host: str, start: datetime) -> None:
        self._host = host
        self._start = start
        self.commands: Mapping[str, Callable[[World, list[str]], tuple[list[str], World]]] = {
            "ls": self.ls,
            "cp": self.cp,
            "mkdir": self.mkdir,
            "mv": self.mv,
            "rm": self.rm,
            "scp": self.scp,
        }

    def ls(self, world: World, words: list[str]) -> tuple[list[str], World]:
        """Names in a directory; with -l also when each was last written."""
        long = any(word.startswith("-") and "l" in word for word in words)
        paths = [word for word in words if not word.startswith("-")] or ["."]
        where = self._place(world, paths[0])
        if not files.exists(world.files, where):
            return [f"ls: cannot access '{paths[0]}': No such file or directory"], world
        names = files.names_in(world.files, where)
        if where in world.files and world.files[where].messages:
            names = (*names, "activemq-data-1.amq", "server.lock")
        if not long:
            return list(names), world
        return [self._long(world, where, name) for name in names], world

    def cp(self, world: World, words: list[str]) -> tuple[list[str], World]:
        """Copy a directory with all below it."""
        source, target = self._two(world, "cp -r", words, ("-r", "-a", "-R", "-rp"))
        return [], replace(world, files=files.copied(world.files, source, target))

    def mv(self, world: World, words: list[str]) -> tuple[list[str], World]:
        """Move a directory."""
        source, target = self._two(world, "mv", words, ())
        return [], replace(
            world, files=files.moved(world.files, source, target), moved=(target, *world.moved)
        )

    def mkdir(self, world: World, words: list[str]) -> tuple[list[str], World]:
        """Make a directory, with those above it; one that is there stays as it is."""
        if len(words) != 2 or words[0] != "-p":
            raise NotKnown("usage: mkdir -p DIRECTORY")
        where = self._place(world, words[1])
        made = {} if files.exists(world.files, where) else {where: Directory()}
        return [], replace(world, files={**world.files, **made})

    def rm(self, world: World, words: list[str]) -> tuple[list[str], World]:
        """Remove a directory with all below it; what is nowhere else is lost."""
        if len(words) != 2 or words[0] not in ("-r", "-rf", "-fr"):
            raise NotKnown("usage: rm -r DIRECTORY")
        where = self._place(world, words[1])
        if not files.exists(world.files, where):
            raise NotKnown(f"rm: cannot remove '{words[1]}': No such file or directory")
        sole = files.sole_messages(world.files, where)
        lost = (*world.lost, f"{amount(sole, 'message')} in {where}, removed by hand") if sole else world.lost
        return [], replace(world, files=files.removed(world.files, where), lost=lost)

    def scp(self, world: World, words: list[str]) -> tuple[list[str], World]:
        """Copy a directory from or to another host of the drill."""
        return self.cp(world, words)

    def _two(self, world: World, usage: str, words: list[str], flags: Sequence[str]) -> tuple[Place, Place]:
        given = [word for word in words if not word.startswith("-")]
        if len(given) != 2 or (flags and words[0] not in flags):
            raise NotKnown(f"usage: {usage} FROM TO")
        source, target = self._place(world, given[0]), self._place(world, given[1])
        if not files.exists(world.files, source):
            raise NotKnown(f"cannot stat '{given[0]}': No such file or directory")
        if target.partition(":")[2].startswith(f"{_OWN}/") and not self._has_parent(world, target):
            raise NotKnown(f"cannot create '{given[1]}': No such file or directory")
        if files.exists(world.files, target) and not given[1].endswith("/."):
            target = files.parent(target, posixpath.basename(given[0].rstrip("/")))
        return source, target

    def _has_parent(self, world: World, where: Place) -> bool:
        host, _, path = where.partition(":")
        return files.exists(world.files, files.place(host, posixpath.dirname(path)))

    def _place(self, world: World, path: str) -> Place:
        host, found, rest = path.partition(":")
        if found:
            if host not in world.instances:
                raise NotKnown(f"{host}: no such host in this drill")
            return place_of(host, rest, world.shared)
        return place_of(self._host, posixpath.join(HOME, path), world.shared)

    def _long(self, world: World, where: Place, name: str) -> str:
        inside = files.parent(where, name)
        held = world.files.get(inside) or self._newest(world, inside) or world.files.get(where, Directory())
        moment = self._start + timedelta(seconds=held.written_s)
        kind = "-" if name.endswith((".amq", ".lock")) else "d"
        return f"{kind}rwxr-xr-x jboss jboss {moment:%Y-%m-%d %H:%M:%S} {name}"

    def _newest(self, world: World, where: Place) -> Directory | None:
        found = [held for _, held in files.below(world.files, where)]
        return max(found, key=lambda held: held.written_s, default=None)


def log_lines(words: list[str], lines: Sequence[str], command: str) -> list[str]:
    """What cat, tail or grep print of the log; raises NotKnown for anything but the log."""
    rest = [word for word in words if not word.startswith("-") and not word.isdigit()]
    if not rest or posixpath.join(HOME, rest[-1]) != LOG:
        raise NotKnown(f"{command}: not known here; the log is {LOG}")
    if command == "grep":
        if len(rest) != 2:
            raise NotKnown("usage: grep [-E] WORD LOG")
        return searched(rest[0], lines, extended=_extended(words))
    if command == "tail":
        count = next((int(word.lstrip("-")) for word in words if word.lstrip("-").isdigit()), TAIL)
        return list(lines)[-count:]
    return list(lines)


def searched(pattern: str, lines: Sequence[str], *, extended: bool) -> list[str]:
    """The lines in which a word of the pattern stands; nothing but a bar is special in a pattern here.

    As GNU grep has it, `|` parts words only with -E; without, `\\|` parts them and `|` stands for itself.
    """
    words = [word.replace("\\|", "|") for word in (_BAR if extended else _ESCAPED_BAR).split(pattern)]
    return [line for line in lines if any(word in line for word in words)]


def _extended(words: list[str]) -> bool:
    return any(word.startswith("-") and "E" in word for word in words)


def configuration(model: Model) -> list[str]:
    """The part of the configuration file on messaging high availability, as its XML has it."""
    told: list[str] = []
    for address in sorted(model):
        if len(address) == 2 and address[1][0] == "server":
            told.append(f'<server name="{address[1][1]}">')
        elif len(address) == 3 and address[2][0] in (
            "ha-policy",
            "cluster-connection",
            "connection-factory",
            "path",
        ):
            key, name = address[2]
            if key == "path" and model[address] == {"path": DIRECTORIES.get(name)}:
                continue
            tag = name if key == "ha-policy" else name if key == "path" else f'{key} name="{name}"'
            given = "".join(
                f' {item}="{_attribute(value)}"' for item, value in sorted(model[address].items())
            )
            told.append(f"    <{tag}{given}/>")
    return told


def _attribute(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def split(line: str) -> list[str]:
    """The words of a shell line; raises NotKnown for a quotation that does not end."""
    try:
        return shlex.split(line)
    except ValueError as problem:
        raise NotKnown(f"bash: {problem}") from None


def process_line(process: Instance) -> list[str]:
    """What pgrep prints of the server."""
    return [str(process.pid)] if process.run is not Run.DOWN else []
