"""The directories of the simulated hosts that hold messaging data, and what is in each. Pure.

A place is `host:/absolute/path`; what lies on the shared store is on `*`. Only directories of journals are
known, and their contents move, are copied and are lost with them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

HOME = "/opt/eap"
DATA = f"{HOME}/standalone/data"
SHARED = "*"
KINDS = ("bindings", "journal", "largemessages", "paging")
"""As the directories of a messaging server are named below activemq."""
COPY = "oldreplica."

Messages = Mapping[str, int]
Place = str


@dataclass(frozen=True, slots=True)
class Directory:
    """What one directory holds: the node id of its journal, its messages, when it was last written."""

    node_id: str = ""
    messages: Messages = field(default_factory=dict)
    written_s: float = 0.0
    sole: int = 0
    """Messages that are nowhere else: taken while nothing replicated them."""
    of: str = ""
    """Of a journal: the messaging server that last served from it; empty for one nobody served from."""
    alone: Mapping[str, int] = field(default_factory=dict)
    """Of a journal: how many of its messages each messaging server took while nothing replicated them."""


Files = Mapping[Place, Directory]


def place(host: str, path: str) -> Place:
    """The place of a path on a host."""
    return f"{host}:{posixpath.normpath(path)}"


def parent(where: Place, name: str) -> Place:
    """The place of a name within a place."""
    host, _, path = where.partition(":")
    return place(host, posixpath.join(path, name))


def names_in(files: Files, where: Place) -> tuple[str, ...]:
    """What lies directly in a place; empty for an empty directory and for none."""
    prefix = where.rstrip("/") + "/"
    return tuple(
        sorted({found[len(prefix) :].partition("/")[0] for found in files if found.startswith(prefix)})
    )


def exists(files: Files, where: Place) -> bool:
    """Whether there is such a directory, or one below it."""
    return where in files or bool(names_in(files, where))


def below(files: Files, where: Place) -> Iterator[tuple[str, Directory]]:
    """The directories at a place and below, by the rest of their path."""
    for found, held in files.items():
        if found == where or found.startswith(where.rstrip("/") + "/"):
            yield found[len(where) :], held


def copied(files: Files, source: Place, target: Place) -> Files:
    """With a copy of one place at another, in place of what was there; what is copied is sole no more."""
    whole = {rest: replace(held, sole=0) for rest, held in below(files, source)}
    originals = {source + rest: held for rest, held in whole.items()}
    return {**removed(files, target), **originals, **{target + rest: held for rest, held in whole.items()}}


def moved(files: Files, source: Place, target: Place) -> Files:
    """With one place moved to another."""
    whole = dict(below(files, source))
    left = removed(files, source)
    return {**left, **{target + rest: held for rest, held in whole.items()}}


def removed(files: Files, where: Place) -> Files:
    """Without a place and what is below it."""
    gone = {where + rest for rest, _ in below(files, where)}
    return {found: held for found, held in files.items() if found not in gone}


def sole_messages(files: Files, where: Place) -> int:
    """How many messages at a place and below are nowhere else."""
    return sum(held.sole for _, held in below(files, where))


def copies(files: Files, where: Place) -> tuple[int, ...]:
    """The numbers of the old replicas kept in a directory, lowest first."""
    found = [name.removeprefix(COPY) for name in names_in(files, where) if name.startswith(COPY)]
    return tuple(sorted(int(number) for number in found if number.isdigit()))
