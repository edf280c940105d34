"""TOML files of people: read with a cap, parsed safely, checked against a model, errors with file and line.

`tomli` is used rather than the standard library's parser because it limits dotted keys and nesting;
a 60 KB key of dots takes gigabytes in older interpreters.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, TypeVar

import tomli
from pydantic import BaseModel, ValidationError

from handrail.errors import FileFindings, Finding

CAP_BYTES = 256 * 1024

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)
_AT_LINE = re.compile(r"at line (\d+)")

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


def read_capped(path: Path, error: type[FileFindings]) -> bytes:
    """The file's bytes; raises `error` when it cannot be read or is larger than the cap."""
    try:
        with path.open("rb") as file:
            data = file.read(CAP_BYTES + 1)
    except OSError as problem:
        raise error(
            [Finding(path, 0, f"cannot be read: {problem.strerror}", "check the path and its permissions")]
        ) from None
    if len(data) > CAP_BYTES:
        raise error(
            [
                Finding(
                    path,
                    0,
                    f"is larger than {CAP_BYTES // 1024} KiB",
                    "split it; no file of this kind needs more",
                )
            ]
        )
    return data


def parse(path: Path, data: bytes, error: type[FileFindings]) -> dict[str, Any]:
    """The TOML table in `data`, lists as tuples; raises `error` with the line of the fault."""
    try:
        table = tomli.loads(data.decode("utf-8"))
    except UnicodeDecodeError as problem:
        line = data[: problem.start].count(b"\n") + 1
        raise error([Finding(path, line, "is not UTF-8", "save the file as UTF-8")]) from None
    except (tomli.TOMLDecodeError, RecursionError, ValueError) as problem:
        text = str(problem)
        found = _AT_LINE.search(text)
        line = int(found.group(1)) if found else data.count(b"\n") + 1 if "end of document" in text else 0
        raise error(
            [Finding(path, line, f"is not TOML: {text[:200]}", "see https://toml.io for the syntax")]
        ) from None
    frozen: dict[str, Any] = _tuples(table)
    return frozen


def check(path: Path, data: bytes, model: type[Model], error: type[FileFindings]) -> Model:
    """The file as a model; raises `error` with every finding, each with its line and mend."""
    table = parse(path, data, error)
    try:
        return model.model_validate(table)
    except ValidationError as problem:
        lines = Lines(data.decode("utf-8"))
        raise error(
            [_finding(path, lines, model, item, error.document) for item in problem.errors(include_url=False)]
        ) from None


class Lines:
    """Where each key of a TOML document stands: the line of the longest known prefix of a location."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Location, int] = {}
        counts: dict[Location, int] = {}
        table: Location = ()
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.match(line):
                names = _split(header.group(2))
                table = ()
                for position, name in enumerate(names):
                    table = (*table, name)
                    last = position == len(names) - 1
                    if last and header.group(1) == "[[":
                        counts[table] = counts.get(table, -1) + 1
                    if table in counts:
                        table = (*table, counts[table])
                self._lines.setdefault(table, number)
            elif key := _KEY.match(line):
                self._lines.setdefault((*table, *_split(key.group(1))), number)

    def of(self, location: Location) -> int:
        """The line of this location, or of the nearest part that encloses it; 0 for the whole file."""
        for length in range(len(location), 0, -1):
            if line := self._lines.get(location[:length]):
                return line
        return 0


def _split(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted)]


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _finding(path: Path, lines: Lines, model: type[BaseModel], item: Any, document: str) -> Finding:
    location: Location = tuple(item["loc"])
    where = ".".join(str(part) for part in location) or "the file"
    kind = item["type"]
    if kind == "extra_forbidden":
        key = str(location[-1])
        near = _nearest(key, _known_keys(model))
        mend = f'did you mean "{near}"?' if near else f"remove it, or see {document} for the keys"
        return Finding(path, lines.of(location), f"unknown key {where}", mend)
    if kind == "missing":
        return Finding(path, lines.of(location[:-1]), f"{where} is missing", f"add {location[-1]} = ...")
    message = str(item["msg"]).removeprefix("Value error, ")
    return Finding(path, lines.of(location), f"{where}: {message}", f"see {document}")


def _known_keys(model: type[BaseModel]) -> list[str]:
    """Every key any part of this model accepts; enough to guess a typo from."""
    keys: set[str] = set()
    seen: set[type[BaseModel]] = set()
    waiting: list[Any] = [model]
    while waiting:
        part = waiting.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            if part in seen:
                continue
            seen.add(part)
            for name, field in part.model_fields.items():
                keys.add(field.alias or name)
                waiting.append(field.annotation)
        else:
            waiting.extend(getattr(part, "__args__", ()))
    return sorted(keys)


def _nearest(word: str, known: list[str]) -> str | None:

    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return close[0] if close else None
