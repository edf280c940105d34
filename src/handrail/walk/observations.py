"""Observations: readings and log lines that changed nothing, kept on change, one JSON object a line.

They go into files the next record names by hash, so what was on the screen can be shown again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from handrail.readings import Failure, Line, Reading, Value
from handrail.text import safe

LINES_A_CHUNK = 500
"""Lines kept of one chunk beyond those that matched; a storm is counted, not stored."""
CHUNK_CAP = 1024 * 1024
"""Characters kept of one chunk, whatever they are: a chunk must always fit into the ledger."""


@dataclass
class Observations:
    """What was observed since the last chunk was taken."""

    _last: dict[tuple[str, str, str], tuple[Value | None, Failure | None]] = field(default_factory=dict)
    _pending: list[str] = field(default_factory=list)
    _size: int = 0
    _plain_lines: int = 0
    _dropped: int = 0
    _chunks: int = 0

    def note_readings(self, readings: Iterable[Reading]) -> None:
        """Keep each reading that differs from the one before it."""
        for reading in readings:
            key = (reading.server, reading.field, reading.row)
            now = (reading.value, reading.failure)
            if self._last.get(key, ()) == now:
                continue
            self._last[key] = now
            entry: dict[str, object] = {
                "at": _stamp(reading.at),
                "server": reading.server,
                "field": reading.field,
            }
            if reading.row:
                entry["row"] = reading.row
            if reading.failure is not None:
                entry["failure"] = reading.failure.value
            else:
                entry["value"] = reading.value
            self._keep(entry)

    def note_lines(self, lines: Iterable[tuple[Line, tuple[str, ...]]]) -> None:
        """Keep log lines with the catalogue names they matched; unmatched ones only up to a cap."""
        for line, names in lines:
            if not names:
                if self._plain_lines >= LINES_A_CHUNK:
                    self._dropped += 1
                    continue
                self._plain_lines += 1
            entry: dict[str, object] = {
                "at": _stamp(line.at),
                "server": line.server,
                "line": safe(line.text, 2000),
                "number": line.number,
            }
            if names:
                entry["names"] = list(names)
            self._keep(entry)

    def take(self) -> tuple[str, bytes] | None:
        """The name and bytes of the next chunk, or None when nothing changed."""
        if not self._pending and not self._dropped:
            return None
        if self._dropped:
            self._pending.append(json.dumps({"not-kept": self._dropped}))
            self._dropped = 0
        data = ("\n".join(self._pending) + "\n").encode()
        return f"observations-{self._chunks + 1:03}.jsonl", data

    def taken(self) -> None:
        """The chunk last taken is durable; begin the next."""
        self._chunks += 1
        self._pending.clear()
        self._size = 0
        self._plain_lines = 0

    def go_on_after(self, chunks: int) -> None:
        """Continue the numbering after this many chunks, on resume."""
        self._chunks = chunks

    def _keep(self, entry: dict[str, object]) -> None:
        text = json.dumps(entry, ensure_ascii=True, separators=(",", ":"))
        if self._size + len(text) > CHUNK_CAP:
            self._dropped += 1
            return
        self._size += len(text)
        self._pending.append(text)


def last_values(chunks: Iterable[bytes]) -> dict[tuple[str, str, str], str]:
    """(server, field, row) to the last value or failure in words; unreadable lines are passed over."""
    found: dict[tuple[str, str, str], str] = {}
    for entry in entries(chunks):
        if "field" in entry:
            key = (str(entry.get("server")), str(entry["field"]), str(entry.get("row", "")))
            found[key] = words(entry.get("failure", entry.get("value")))
    return found


def entries(chunks: Iterable[bytes]) -> Iterator[dict[str, object]]:
    """Every observation in the chunks, in order."""
    for chunk in chunks:
        for line in chunk.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry


def words(value: object) -> str:
    """A value as the screen writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
