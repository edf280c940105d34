"""The JSON Schema beside the procedures is the language's own, and every procedure fits it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli

from handrail.procedure import schema
from handrail.procedure.loading import builtin_root

PROCEDURES = sorted(
    path for path in builtin_root().glob("*/*.toml") if path.stem not in ("messages", "fields")
)


def faults(node: Mapping[str, Any], value: Any, root: Mapping[str, Any], at: str = "") -> list[str]:
    """What JSON Schema would say, for the words this schema uses."""
    if "$ref" in node:
        return faults(root["$defs"][node["$ref"].rsplit("/", 1)[1]], value, root, at)
    if "anyOf" in node:
        tried = [faults(option, value, root, at) for option in node["anyOf"]]
        return [] if any(not found for found in tried) else tried[0]
    if "const" in node:
        return [] if value == node["const"] else [f"{at}: not {node['const']}"]
    if "enum" in node:
        return [] if value in node["enum"] else [f"{at}: {value} is not one of {node['enum']}"]
    kinds = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
    }
    kind = node.get("type")
    if kind == "null":
        return [f"{at}: TOML has no null"]
    if kind and not (isinstance(value, kinds[kind]) and (kind == "boolean") == isinstance(value, bool)):  # type: ignore[arg-type]
        return [f"{at}: {value!r} is no {kind}"]
    found: list[str] = []
    if kind == "string" and "pattern" in node and not re.search(node["pattern"], value):
        found.append(f"{at}: {value!r} does not fit {node['pattern']}")
    if kind == "array":
        for index, item in enumerate(value):
            found += faults(node["items"], item, root, f"{at}[{index}]")
    if kind == "object":
        properties = node.get("properties", {})
        found += [f"{at}: {key} is missing" for key in node.get("required", []) if key not in value]
        for key, item in value.items():
            if key in properties:
                found += faults(properties[key], item, root, f"{at}.{key}")
            elif node.get("additionalProperties") is False:
                found.append(f"{at}: unknown key {key}")
    return found


def test_the_written_schema_is_current() -> None:
    """After a change of the language: python -m handrail.procedure.schema."""
    assert (builtin_root() / schema.FILE).read_text(encoding="utf-8") == schema.text()


@pytest.mark.parametrize("path", PROCEDURES, ids=lambda path: path.stem)
def test_every_procedure_fits_the_schema(path: Path) -> None:
    """An editor must not underline what handrail takes."""
    known = schema.schema()
    assert faults(known, tomli.loads(path.read_text(encoding="utf-8")), known) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('within = "60s"', "within = 60"),
        ('within = "60s"', 'within = "a minute"'),
        ("safe = true", 'safe = "yes"'),
        ("pause = ", "paws = "),
    ],
)
def test_an_editor_is_told_of_what_handrail_refuses(old: str, new: str) -> None:
    """Durations are written as text, and an unknown key is a typo."""
    known = schema.schema()
    text = PROCEDURES[0].read_text(encoding="utf-8")
    assert old in text
    assert faults(known, tomli.loads(text.replace(old, new, 1)), known)


def test_it_is_written_where_it_is_asked(tmp_path: Path) -> None:
    """The command writes one file beside the procedures."""
    assert schema.write(tmp_path).read_text(encoding="utf-8") == schema.text()
