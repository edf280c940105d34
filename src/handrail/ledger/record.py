r"""A record and its bytes: TOML that is safe to `cat`, one line per string, capped.

The signed bytes are the bytes on disk. Nothing is ever written again to be checked: whoever reads a
record verifies its signature first and parses afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TypeAlias, Union

import tomli
import tomli_w

from handrail.ledger.names import RECORD_LIMIT
from handrail.text import is_unsafe

SCHEMA = 1
DEPTH_LIMIT = 32
_INTEGER_LIMIT = 2**63

Plain: TypeAlias = Union[str, int, float, bool, datetime, date, time, "list[Plain]", "dict[str, Plain]"]
"""What a record can hold: TOML's types. There is no None: leave the key out."""

_SUSPECT = re.compile(r"[^\n\x20-\x7e]")
_WALL_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
_WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_HASH = re.compile(r"[0-9a-f]{64}")


class BadRecord(Exception):
    """Bytes that are not a record, or a record that cannot be written."""


@dataclass(frozen=True, slots=True)
class Record:
    """One signed entry.

    `number` counts from 1 within the watch; `previous` is the SHA-256 over the predecessor and its
    signature; `wall` is UTC, `boot_ns` nanoseconds of CLOCK_BOOTTIME within `boot_id`; `files` maps the
    names of files made durable before this record to their SHA-256; `event` is the caller's, with its
    `kind` (text) and `schema` (number); `unsaved` says which earlier attempts at this number failed.
    """

    run: str
    watch: int
    number: int
    previous: str
    wall: datetime
    boot_ns: int
    boot_id: str
    operator: str
    host: str
    event: dict[str, Plain]
    files: dict[str, str] = field(default_factory=dict)
    unsaved: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The event's kind."""
        return str(self.event["kind"])


def encode(record: Record) -> bytes:
    """The record's bytes. Raises BadRecord for what TOML cannot say, and above 256 KiB."""
    check_event(record.event)
    table: dict[str, Plain] = {
        "schema": SCHEMA,
        "run": record.run,
        "watch": record.watch,
        "number": record.number,
        "previous": record.previous,
        "wall": wall_text(record.wall),
        "boot_ns": record.boot_ns,
        "boot_id": record.boot_id,
        "operator": record.operator,
        "host": record.host,
    }
    if record.unsaved:
        table["unsaved"] = list(record.unsaved)
    table["files"] = dict(record.files)
    table["event"] = record.event
    return dump(table)


def decode(data: bytes) -> Record:
    """A record from bytes whose signature was verified. Raises BadRecord naming the field."""
    table = load(data)
    if table.get("schema") != SCHEMA:
        raise BadRecord(f"schema {table.get('schema')!r} is not known; a newer handrail wrote it")
    expected = {"schema", "run", "watch", "number", "previous", "wall", "boot_ns", "boot_id"}
    expected |= {"operator", "host", "files", "event"}
    if set(table) - {"unsaved"} != expected:
        raise BadRecord(f"fields {sorted(set(table) ^ expected)} are missing or unknown")
    previous, wall = _text(table, "previous"), _text(table, "wall")
    if not _HASH.fullmatch(previous):
        raise BadRecord("previous is not a SHA-256")
    event, files, unsaved = table["event"], table["files"], table.get("unsaved", [])
    if not isinstance(event, dict) or not isinstance(files, dict) or not isinstance(unsaved, list):
        raise BadRecord("event and files are tables, unsaved is a list")
    check_event(event)
    return Record(
        run=_text(table, "run"),
        watch=_number(table, "watch"),
        number=_number(table, "number"),
        previous=previous,
        wall=wall_time(wall),
        boot_ns=_number(table, "boot_ns"),
        boot_id=_text(table, "boot_id"),
        operator=_text(table, "operator"),
        host=_text(table, "host"),
        event=event,
        files={name: _text(files, name) for name in files},
        unsaved=tuple(str(line) for line in unsaved),
    )


def dump(table: Mapping[str, object]) -> bytes:
    """Any table as TOML without one character a terminal or an eye could be misled by."""
    text = tomli_w.dumps(plain(table), multiline_strings=False)
    data = _SUSPECT.sub(_escape, text).encode()
    if len(data) > RECORD_LIMIT:
        raise BadRecord(f"{len(data)} bytes, more than {RECORD_LIMIT}; put the large part into a file")
    return data


def load(data: bytes) -> dict[str, Plain]:
    """The table of verified bytes. Raises BadRecord."""
    if len(data) > RECORD_LIMIT:
        raise BadRecord(f"{len(data)} bytes, more than {RECORD_LIMIT}")
    try:
        return tomli.loads(data.decode())
    except (UnicodeDecodeError, tomli.TOMLDecodeError, RecursionError) as error:
        raise BadRecord(f"not TOML: {error}") from error


def plain(table: Mapping[str, object]) -> dict[str, Plain]:
    """A copy in TOML's own types. Raises BadRecord naming the path of what has none."""
    return {_key(key, ""): _plain(value, key, 1) for key, value in table.items()}


def check_event(event: Mapping[str, object]) -> None:
    """An event says what it is: `kind`, a text, and `schema`, a number. Raises BadRecord."""
    if not isinstance(event.get("kind"), str) or not event["kind"]:
        raise BadRecord("an event needs a kind")
    schema = event.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool):
        raise BadRecord("an event needs a schema number")


def wall_text(wall: datetime) -> str:
    """UTC with microseconds, always 27 characters."""
    return wall.astimezone(UTC).strftime(_WALL_FORM)


def wall_time(text: str) -> datetime:
    """The moment such a text names. Raises BadRecord."""
    if not _WALL.fullmatch(text):
        raise BadRecord("wall is not a UTC time with microseconds")
    try:
        return datetime.fromisoformat(text)  # six times as fast as strptime: a review reads 10,000
    except ValueError as error:
        raise BadRecord("wall is not a time") from error


def _plain(value: object, path: str, depth: int) -> Plain:
    if depth > DEPTH_LIMIT:
        raise BadRecord(f"{path[:80]}... is nested deeper than {DEPTH_LIMIT}")
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _scalars(value, path)
    if isinstance(value, int):
        if not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT:
            raise BadRecord(f"{path} does not fit into 64 bits")
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value
    if isinstance(value, Mapping):
        return {_key(key, path): _plain(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(item, f"{path}[{at}]", depth + 1) for at, item in enumerate(value)]
    raise BadRecord(f"{path} is a {type(value).__name__}, which TOML does not have")


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise BadRecord(f"a key of {path or 'the record'} is a {type(key).__name__}")
    return _scalars(key, path)


def _scalars(text: str, path: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRecord(f"{path} holds half a character (a lone surrogate)") from error
    return str(text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if not is_unsafe(character):
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _text(table: Mapping[str, Plain], name: str) -> str:
    value = table[name]
    if not isinstance(value, str):
        raise BadRecord(f"{name} is not a text")
    return value


def _number(table: Mapping[str, Plain], name: str) -> int:
    value = table[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRecord(f"{name} is not a number")
    return value
