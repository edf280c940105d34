"""Finding procedure files and loading them whole: bytes, hash and model together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from handrail import toml_file
from handrail.errors import Finding, ProcedureError, UsageError
from handrail.procedure.including import including
from handrail.procedure.model import Procedure

# Files in a product's folder that are not procedures.
NOT_PROCEDURES = ("messages", "fields")
_NAMED = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A procedure with the bytes it came from; `sha256` is over exactly those bytes."""

    path: Path
    data: bytes
    sha256: str
    procedure: Procedure


def load(path: Path) -> Loaded:
    """One procedure file, what it includes put in place; raises ProcedureError with every finding."""
    data = toml_file.read_capped(path, ProcedureError)
    return loads(path, including(path, data))


@lru_cache(maxsize=64)
def loads(path: Path, data: bytes) -> Loaded:
    """A procedure from bytes, as from the copy inside a run; `path` is for messages.

    The same bytes are read once: every scenario of a product is held against the same few files.
    """
    procedure = toml_file.check(path, data, Procedure, ProcedureError)
    return Loaded(path, data, hashlib.sha256(data).hexdigest(), procedure)


def builtin_root() -> Path:
    """The folder of the procedures that come with handrail: inside the wheel, or beside the source."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "procedures"
    return inside if inside.is_dir() else package.parent.parent / "procedures"


def library(roots: Sequence[Path] = ()) -> tuple[list[Loaded], list[ProcedureError]]:
    """Every procedure below the roots (the built-in ones by default), sorted by id, and what could not be."""
    found: list[Loaded] = []
    failed: list[ProcedureError] = []
    seen: dict[str, Path] = {}
    for root in roots or (builtin_root(),):
        for path in sorted(root.glob("*/*.toml")):
            if path.stem.split("-")[0].split(".")[0] in NOT_PROCEDURES:
                continue
            try:
                loaded = load(path)
            except ProcedureError as error:
                failed.append(error)
                continue
            if loaded.procedure.id in seen:
                other = seen[loaded.procedure.id]
                failed.append(
                    ProcedureError(
                        [Finding(path, 1, f"id {loaded.procedure.id} stands in {other} too", "rename one")]
                    )
                )
                continue
            seen[loaded.procedure.id] = path
            found.append(loaded)
    return sorted(found, key=lambda item: item.procedure.id), failed


def find(identity: str, roots: Sequence[Path] = ()) -> Loaded:
    """The procedure of this id, or of this file.

    Raises UsageError naming what is near where there is none, ProcedureError for one that cannot be read.
    """
    as_path = Path(identity)
    if as_path.suffix == ".toml" and as_path.exists():
        return load(as_path)
    if not roots and (usual := _where_it_should_be(identity)) is not None:
        return usual
    found, failed = library(roots)
    for loaded in found:
        if loaded.procedure.id == identity:
            return loaded
    for error in failed:
        if any(identity.split("/")[-1] == finding.path.stem for finding in error.findings):
            raise error
    names = [loaded.procedure.id for loaded in found]
    near = get_close_matches(identity, names, 1, 0.8) or [
        name for name in names if identity.split("/")[-1] == name.split("/")[-1]
    ]
    meant = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"there is no procedure {identity}{meant}", f"known here: {', '.join(names)}")


def _where_it_should_be(identity: str) -> Loaded | None:
    """The built-in procedure in the file of its name, without reading all others."""
    product, _, name = identity.partition("/")
    if not _NAMED.fullmatch(product) or not _NAMED.fullmatch(name):
        return None
    path = builtin_root() / product / f"{name}.toml"
    loaded = load(path) if path.exists() else None
    return loaded if loaded is not None and loaded.procedure.id == identity else None
