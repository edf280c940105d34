"""The language as JSON Schema, for editors: the model's own schema with durations as the text they are.

`python -m handrail.procedure.schema` writes it beside the procedures.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from handrail.procedure.loading import builtin_root
from handrail.procedure.model import Procedure

FILE = "procedure.schema.json"
_IDENTITY = "urn:handrail:procedure:1"
_DURATION = {
    "type": "string",
    "pattern": r"^(?=.)(\d+h)?(\d+m)?(\d+(\.\d+)?s)?$",
    "description": 'such as "90s", "5m" or "1h30m"',
}
_DURATIONS = frozenset({"held", "limit", "within", "stalled_after", "debounce", "for"})

_INCLUDE: dict[str, Any] = {
    "type": "object",
    "description": "stands for the sections of another procedure of the folder",
    "properties": {
        "include": {"type": "string"},
        "only": {"type": "array", "items": {"type": "string"}},
        "when": {"$ref": "#/$defs/Condition"},
    },
    "required": ["include"],
    "additionalProperties": False,
}


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a procedure file."""
    found = Procedure.model_json_schema(by_alias=True)
    sections = found["properties"]["sections"]
    sections["items"] = {"anyOf": [sections["items"], _INCLUDE]}
    written: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _IDENTITY,
        **_as_written(found),
    }
    return written


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(schema(), indent=2, sort_keys=True) + "\n"


def write(folder: Path) -> Path:
    """Write the schema into the folder of the procedures; returns its path."""
    path = folder / FILE
    path.write_text(text(), encoding="utf-8")
    return path


def _as_written(node: Any) -> Any:
    """The schema as a TOML file is: a duration is a string there, whatever it becomes in the model."""
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _as_written(value) for key, value in node.items()}
    for name, known in node.get("properties", {}).items():
        if name in _DURATIONS and known.get("type") == "number":
            described = {"description": known["description"]} if "description" in known else {}
            default = {"default": f"{known['default']:g}s"} if "default" in known else {}
            found["properties"][name] = {**_DURATION, **described, **default}
    return found


if __name__ == "__main__":
    write(builtin_root())
