"""Putting the sections of other procedures where a file includes them, so that a run keeps one whole file.

`[[sections]]` with `include = "product/name"` stands for all sections of that procedure (or those named in
`only`), which lies in the same folder. A file without includes stays byte for byte as it is; one with them
becomes the flattened file, and its hash is over that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli
import tomli_w

from handrail import toml_file
from handrail.errors import Finding, ProcedureError

_KEYS = {"include", "only", "when"}


def including(path: Path, data: bytes) -> bytes:
    """The file with its includes put in place; raises ProcedureError for one that cannot be found."""
    if b"include" not in data:
        return data
    try:
        table = tomli.loads(data.decode("utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError):
        return data  # checked, and said with its line, by whoever reads it next
    sections = table.get("sections")
    if not isinstance(sections, list) or not any("include" in item for item in _tables(sections)):
        return data
    table["sections"] = [part for item in sections for part in _flattened(path, item, (path,))]
    return tomli_w.dumps(table, multiline_strings=True).encode("utf-8")


def _tables(items: list[Any]) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)]


def _flattened(path: Path, section: Any, inside: tuple[Path, ...]) -> list[Any]:
    if not isinstance(section, dict) or "include" not in section:
        return [section]
    if unknown := set(section) - _KEYS:
        raise _wrong(path, f"a section that includes has no {sorted(unknown)[0]}", "include, only and when")
    other = path.parent / f"{str(section['include']).rpartition('/')[2]}.toml"
    if other in inside:
        raise _wrong(path, f"{section['include']} includes itself", "remove one include")
    if not other.is_file():
        raise _wrong(path, f"there is no {section['include']} to include", "name a procedure of this folder")
    table = tomli.loads(toml_file.read_capped(other, ProcedureError).decode("utf-8"))
    found = [part for item in table.get("sections", []) for part in _flattened(other, item, (*inside, other))]
    only = section.get("only")
    if only is not None:
        if missing := set(only) - {part.get("id") for part in found}:
            raise _wrong(path, f"{section['include']} has no section {sorted(missing)[0]}", "see its ids")
        found = [part for part in found if part.get("id") in only]
    if "when" in section:
        found = [{**part, "when": _both(part.get("when"), section["when"])} for part in found]
    return found


def _both(own: Any, added: Any) -> Any:
    return added if own is None else {"all": [own, added]}


def _wrong(path: Path, problem: str, mend: str) -> ProcedureError:
    return ProcedureError([Finding(path, 0, problem, mend)])
