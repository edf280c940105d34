"""Writes what a real pair did: answers, log lines and states with their times, small enough to keep.

The format is documented in tests/recordings/README.md.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.live.brokers import CLUSTER_PASSWORD, PASSWORD, Broker, Pair, State, state_of
from tests.live.clients import Client, on
from tests.live.jolokia import Exchange

POLL_S = 0.5
LOG_CAP = 70_000
ANSWERS_CAP = 50_000
_AGENT = re.compile(r"[0-9.]+-\d+-[0-9a-f]+-servlet")
INSTANCES, HOME = "/var/lib/artemis", "/opt/artemis"
KEPT_HEADERS = (
    "Content-Type",
    "Retry-After",
    "Hawtio-Forbidden-Reason",
    "Transfer-Encoding",
    "Content-Length",
)


class Recorder:
    """Records one scenario of one pair into a directory; use it as a context."""

    def __init__(self, pair: Pair, directory: Path | None, scenario: str) -> None:
        self._pair = pair
        self._directory = directory
        self._scenario = scenario
        self._began = time.monotonic()
        self._started = datetime.now(UTC)
        self._marks = {broker.name: broker.mark() for broker in pair.brokers}
        self._timeline: list[dict[str, Any]] = []
        self._answers: list[dict[str, Any]] = []
        self._answers_size = 0
        self._last: dict[str, Any] = {}
        self._seen_answers: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True, name="recorder")
        self.clients: list[Client] = []
        self.figures: dict[str, Any] = {}

    def __enter__(self) -> Recorder:
        for broker in self._pair.brokers:
            broker.listeners.append(self._heard)
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._watcher.join(20)
        for broker in self._pair.brokers:
            broker.listeners.remove(self._heard)
        if self._directory is not None and error is None:
            self._write(self._directory)

    def elapsed(self) -> float:
        """Seconds since the recording began."""
        return round(time.monotonic() - self._began, 2)

    def act(self, name: str, broker: Broker | None, do: Callable[[], Any]) -> Any:
        """Do something to a broker (or to the link) and note when it began and ended."""
        server = broker.name if broker is not None else "link"
        self._note({"act": name, "server": server})
        result = do()
        self._note({"done": name, "server": server})
        return result

    def figure(self, name: str, value: Any) -> None:
        """Keep a measured value under this name, and when it was known."""
        self.figures[name] = round(value, 2) if isinstance(value, float) else value
        self._note({"figure": name, "value": self.figures[name]})

    def _note(self, entry: Mapping[str, Any]) -> None:
        with self._lock:
            self._timeline.append({"t": self.elapsed(), **entry})

    def _watch(self) -> None:
        while not self._done.wait(POLL_S):
            placed: dict[str, list[str]] = {}
            for broker in self._pair.brokers:
                state = broker.state()
                self._noted(broker, state)
                if self.clients and state.applications:
                    with suppress(OSError):
                        placed[broker.name] = sorted(on(self._pair, broker, self.clients, state))
            if self.clients:
                ended = sorted(c.name for c in self.clients if not c.process.running())
                self._changed("clients", {"clients": placed, "ended": ended})

    def _noted(self, broker: Broker, state: State) -> None:
        told = {key: value for key, value in asdict(state).items() if value is not None}
        told["applications"] = len(state.applications)
        told["process"] = "stopped" if broker.pid is None else "running"
        self._changed(broker.name, {"server": broker.name, **told})

    def _changed(self, key: str, entry: dict[str, Any]) -> None:
        if self._last.get(key) != entry:
            self._last[key] = entry
            self._note(entry)

    def heard_as(self, server: str, note: str, exchange: Exchange) -> None:
        """Keep an exchange made with other headers than the usual, under a note that says which."""
        with self._lock:
            self._answers.append({**self._entry(server, exchange), "note": note})

    def _heard(self, server: str, exchange: Exchange) -> None:
        key = server + json.dumps(exchange.request, sort_keys=True)
        meaning: Any = (exchange.failure, exchange.status, exchange.body)
        if isinstance(exchange.request, list):
            with suppress(ValueError, KeyError):
                state = state_of(exchange)
                meaning = (len(state.applications), state.cluster, asdict(state) | {"applications": 0})
        with self._lock:
            if self._seen_answers.get(key) == meaning or self._answers_size > ANSWERS_CAP:
                return
            self._seen_answers[key] = meaning
            entry = self._entry(server, exchange)
            self._answers_size += len(json.dumps(entry))
            self._answers.append(entry)

    def _entry(self, server: str, exchange: Exchange) -> dict[str, Any]:
        entry: dict[str, Any] = {"t": self.elapsed(), "server": server, "request": exchange.request}
        if exchange.failure:
            return entry | {"failure": exchange.failure}
        kept = {name: exchange.headers[name] for name in KEPT_HEADERS if name in exchange.headers}
        body = exchange.body.decode("utf-8", "backslashreplace")
        return entry | {"status": exchange.status, "headers": kept, "body": self._cleaned(body)}

    def _cleaned(self, text: str) -> str:
        for path, shown in ((self._pair.directory, INSTANCES), (self._pair.distribution.home, HOME)):
            # Jolokia 1 (2.31.2) escapes the slashes in its JSON.
            escaped = str(path).replace("/", "\\/")
            text = text.replace(str(path), shown).replace(escaped, shown.replace("/", "\\/"))
        text = _AGENT.sub("127.0.0.1-1-0-servlet", text)
        return text.replace(PASSWORD, "<secret>").replace(CLUSTER_PASSWORD, "<secret>")

    def _write(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        _write_lines(directory / "timeline.jsonl", self._timeline)
        _write_lines(directory / "answers.jsonl", self._answers)
        for broker in self._pair.brokers:
            lines = broker.lines(self._marks[broker.name])
            text = self._cleaned("\n".join(lines)) + "\n"
            (directory / f"{broker.name}.log").write_text(text[:LOG_CAP], encoding="utf-8")
        meta = {
            "product": "artemis",
            "version": self._pair.distribution.version,
            "mode": self._pair.mode,
            "scenario": self._scenario,
            "started": self._started.isoformat(timespec="milliseconds"),
            "failback": asdict(self._pair.failback),
            "linked": self._pair.linked,
            "figures": self.figures,
        }
        (directory / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")


def _write_lines(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
    path.write_text(text, encoding="utf-8")
