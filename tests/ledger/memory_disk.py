"""A disk in memory for the tests: it fails or dies on command, and tells what a power cut could leave."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from handrail.ledger.disk import Entry, Kind, Lock

ACCOUNT = 1000


class Killed(BaseException):
    """The process is dead: nothing of it runs any more."""


@dataclass(eq=False)
class Node:
    """A file (`data`) or a directory (`names`)."""

    kind: Kind
    mode: int
    data: bytes = b""
    names: dict[str, Node] = field(default_factory=dict)
    locked: bool = False
    owner: int = ACCOUNT


@dataclass(frozen=True)
class Change:
    """One entry of the journal: what happened to which node, enough to lose it again."""

    what: str  # "data", "sync", "names", "sync-names"
    node: Node
    data: bytes = b""
    remove: str = ""
    add: str = ""
    child: Node | None = None


Hook = Callable[[int, str, Path | None], None]


class MemoryDisk:
    """A `Disk` without a disk. `before` and `after` are called at each operation with its count and name."""

    def __init__(self, root: Node | None = None) -> None:
        self.root = root or Node(Kind.DIRECTORY, 0o755)
        self.journal: list[Change] = []
        self.operations: list[str] = []
        self.before: Hook = lambda count, name, path: None
        self.after: Hook = lambda count, name, path: None
        self.short_at: int | None = None
        self._open: dict[int, tuple[Node, Path]] = {}
        self._handles = itertools.count(10)

    # ------------------------------------------------------------ the operations

    def create(self, path: Path, mode: int) -> int:
        with _Step(self, "create", path):
            parent = self._directory(path.parent)
            if path.name in parent.names:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
            node = Node(Kind.FILE, mode)
            self._name(parent, add=path.name, child=node)
            handle = next(self._handles)
            self._open[handle] = (node, path)
        return handle

    def write(self, handle: int, data: bytes) -> int:
        node, path = self._open[handle]
        count = len(data)
        with _Step(self, "write", path):
            if self.short_at == len(self.operations) and count > 1:
                count //= 2
            node.data += data[:count]
            self.journal.append(Change("data", node, node.data))
        return count

    def allocate(self, handle: int, size: int) -> None:
        node, path = self._open[handle]
        with _Step(self, "allocate", path):
            node.data = bytes(min(size, 8))

    def fsync(self, handle: int) -> None:
        node, path = self._open[handle]
        with _Step(self, "fsync", path):
            self.journal.append(Change("sync", node))

    def close(self, handle: int) -> None:
        node, path = self._open[handle]
        del node
        with _Step(self, "close", path):
            del self._open[handle]

    def link(self, old: Path, new: Path) -> None:
        with _Step(self, "link", new):
            parent = self._directory(new.parent)
            node = self._node(old)
            if new.name in parent.names:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
            self._name(parent, add=new.name, child=node)

    def unlink(self, path: Path) -> None:
        with _Step(self, "unlink", path):
            self._node(path)
            self._name(self._directory(path.parent), remove=path.name)

    def rename(self, old: Path, new: Path) -> None:
        assert old.parent == new.parent, "a rename between directories is not atomic everywhere"
        with _Step(self, "rename", new):
            node = self._node(old)
            self._name(self._directory(old.parent), remove=old.name, add=new.name, child=node)

    def mkdir(self, path: Path, mode: int) -> None:
        with _Step(self, "mkdir", path):
            parent = self._directory(path.parent)
            if path.name in parent.names:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
            self._name(parent, add=path.name, child=Node(Kind.DIRECTORY, mode))

    def rmdir(self, path: Path) -> None:
        with _Step(self, "rmdir", path):
            if self._directory(path).names:
                raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(path))
            self._name(self._directory(path.parent), remove=path.name)

    def fsync_dir(self, path: Path) -> None:
        with _Step(self, "fsync_dir", path):
            self.journal.append(Change("sync-names", self._directory(path)))

    def listdir(self, path: Path) -> list[Entry]:
        with _Step(self, "listdir", path):
            found = self._directory(path).names.items()
        return sorted(Entry(name, node.kind) for name, node in found)

    def read(self, path: Path, limit: int) -> bytes:
        with _Step(self, "read", path):
            node = self._node(path)
            if node.kind is not Kind.FILE:
                raise OSError(errno.EINVAL, "not a regular file", str(path))
            if len(node.data) > limit:
                raise OSError(errno.EFBIG, "too large", str(path))
        return node.data

    def lock(self, path: Path) -> Lock | None:
        with _Step(self, "lock", path):
            node = self._node(path)
            taken = node.locked
        if taken:
            return None
        node.locked = True
        return _MemoryLock(node)

    def owner(self, path: Path) -> int:
        with _Step(self, "owner", path):
            return self._node(path).owner

    def mode(self, path: Path) -> int:
        with _Step(self, "mode", path):
            return self._node(path).mode

    def account(self) -> int:
        return ACCOUNT

    # ------------------------------------------------------------ what only tests do

    def after_restart(self) -> MemoryDisk:
        """The same files for a new process: locks of the dead one are gone."""
        disk = MemoryDisk(self.root)
        for node in _all(self.root):
            node.locked = False
        return disk

    def tree(self) -> dict[str, bytes]:
        """Every file by its path."""
        return dict(_files(self.root, ""))

    def node(self, path: Path) -> Node:
        """The node at a path."""
        return self._node(path)

    def _name(self, parent: Node, remove: str = "", add: str = "", child: Node | None = None) -> None:
        change = Change("names", parent, remove=remove, add=add, child=child)
        _apply(parent.names, change)
        self.journal.append(change)

    def _node(self, path: Path) -> Node:
        node = self.root
        for part in path.parts[1:]:
            if node.kind is not Kind.DIRECTORY or part not in node.names:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            node = node.names[part]
        return node

    def _directory(self, path: Path) -> Node:
        node = self._node(path)
        if node.kind is not Kind.DIRECTORY:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        return node


class _Step:
    """Count one operation and let the hooks fail it before or after."""

    def __init__(self, disk: MemoryDisk, name: str, path: Path | None) -> None:
        self._disk, self._name, self._path = disk, name, path

    def __enter__(self) -> None:
        self._disk.operations.append(self._name)
        self._disk.before(len(self._disk.operations), self._name, self._path)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, OSError):
            self._disk.after(len(self._disk.operations), self._name, self._path)


class _MemoryLock:
    def __init__(self, node: Node) -> None:
        self._node: Node | None = node

    def release(self) -> None:
        if self._node is not None:
            self._node.locked = False
            self._node = None


def copy_of(directory: Path) -> MemoryDisk:
    """The files below a real directory, under the directory's own name."""

    def load(path: Path) -> Node:
        if path.is_file():
            return Node(Kind.FILE, 0o600, path.read_bytes())
        node = Node(Kind.DIRECTORY, 0o700)
        node.names = {child.name: load(child) for child in path.iterdir()}
        return node

    disk = MemoryDisk()
    disk.root.names[directory.name] = load(directory)
    return disk


# ---------------------------------------------------------------- what a power cut can leave


def crash_states(
    root: Node, journal: list[Change], told: Callable[[int], object], most: int = 4096
) -> Iterator[tuple[int, MemoryDisk]]:
    """Every state a power cut could leave of a disk that was empty at first, with the point it is of.

    The model: names of a directory that were changed since it was last synced are lost or kept in any
    combination; bytes of a file written since it was last synced are whole, absent, cut in half or zeros.
    At most `most` states a point, the fullest first. The same files at points where the operator had been
    `told` the same count once.
    """
    seen: set[tuple[object, frozenset[tuple[str, bytes]]]] = set()
    for point in range(len(journal) + 1):
        for state in itertools.islice(_states_at(root, journal[:point]), most):
            key = (told(point), frozenset(_files(state, "")))
            if key not in seen:
                seen.add(key)
                yield point, MemoryDisk(state)


def without(journal: list[Change], suffixes: tuple[str, ...]) -> list[Change]:
    """The journal as if files with these endings were never named: for what carries no record."""
    return [change for change in journal if not (change.add or change.remove).endswith(suffixes)]


def _states_at(root: Node, journal: list[Change]) -> Iterator[Node]:
    durable_names: dict[int, list[Change]] = {}
    loose_names: dict[int, list[Change]] = {}
    durable_data: dict[int, bytes] = {}
    latest: dict[int, bytes] = {}
    for change in journal:
        key = id(change.node)
        if change.what == "names":
            loose_names.setdefault(key, []).append(change)
        elif change.what == "sync-names":
            durable_names.setdefault(key, []).extend(loose_names.pop(key, []))
        elif change.what == "data":
            latest[key] = change.data
        else:
            durable_data[key] = latest.get(key, b"")
    directories = list(loose_names)
    kept = [list(_subsets(loose_names[key])) for key in directories]
    files = [key for key in latest if latest[key] != durable_data.get(key, b"")]
    torn = [_torn(durable_data.get(key, b""), latest[key]) for key in files]
    # Lazily: without syncs there are more combinations than a list can hold.
    for choice in itertools.product(*kept):
        names = dict(zip(directories, choice, strict=True))
        for contents in itertools.product(*torn):
            bytes_of = {**durable_data, **dict(zip(files, contents, strict=True))}
            yield _build(root, durable_names, names, bytes_of)


def _build(
    node: Node,
    durable: dict[int, list[Change]],
    kept: dict[int, tuple[Change, ...]],
    data: dict[int, bytes],
) -> Node:
    key = id(node)
    if node.kind is Kind.FILE:
        return Node(Kind.FILE, node.mode, data.get(key, b""), owner=node.owner)
    names: dict[str, Node] = {}
    for change in (*durable.get(key, []), *kept.get(key, ())):
        _apply(names, change)
    built = Node(Kind.DIRECTORY, node.mode, owner=node.owner)
    built.names = {name: _build(child, durable, kept, data) for name, child in names.items()}
    return built


def _apply(names: dict[str, Node], change: Change) -> None:
    """Apply a change where it can be: one that lost its ground is lost too."""
    child = change.child
    if change.remove:
        if change.remove not in names:
            return
        del names[change.remove]
    if change.add and change.add not in names and child is not None:
        names[change.add] = child


def _subsets(changes: list[Change]) -> Iterator[tuple[Change, ...]]:
    if len(changes) > 12:  # only a program without syncs has so many: its prefixes are enough to catch it
        yield from (tuple(changes[:size]) for size in range(len(changes), -1, -1))
        return
    for size in range(len(changes), -1, -1):
        yield from itertools.combinations(changes, size)


def _torn(durable: bytes, latest: bytes) -> list[bytes]:
    half = latest[: len(latest) // 2]
    return list(dict.fromkeys([latest, durable, half, bytes(len(latest))]))


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.names.values():
        yield from _all(child)


def _files(node: Node, path: str) -> Iterator[tuple[str, bytes]]:
    for name, child in node.names.items():
        if child.kind is Kind.FILE:
            yield f"{path}/{name}", child.data
        else:
            yield f"{path}/{name}/", b""
            yield from _files(child, f"{path}/{name}")
