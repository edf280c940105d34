"""What the screen showed at a record: the state exactly, the readings as of the last closed observations.

The same fold and the same view as in the walk. Since when something had been held is not known afterwards, so
what had to be held shows as not held yet; countdowns are counted from the readings that were kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from handrail.errors import ProcedureError
from handrail.observe.expectations import HeldSince
from handrail.observe.situation import LogMatch, Situation, Source, SourceState
from handrail.procedure.catalogue import load_catalogue
from handrail.procedure.file_names import CATALOGUE_FILE
from handrail.readings import Failure, Line, Reading
from handrail.review.run import RunRead
from handrail.text import SafeText, safe
from handrail.walk import events as e
from handrail.walk.countdown import seen_before
from handrail.walk.looking import Look, Looker
from handrail.walk.state import State
from handrail.walk.view import Surroundings, View, newly_done, settled_words, view
from handrail.walk.words import CatalogueWords

SHOWN_LINES = 400


class Replay:
    """Views of one run, record by record. Make one for a run whose procedure could be read."""

    def __init__(self, run: RunRead) -> None:
        assert run.plan is not None  # noqa: S101 - the caller asks only then
        self._run = run
        self._words = _words(run)
        self._plan = run.plan
        self._settled = _settled(run)

    def view_at(self, index: int) -> View:
        """The view after entry `index`."""
        run = self._run
        state = run.state_at(index)
        assert state is not None  # noqa: S101 - there is a plan
        entry = run.entries[index]
        situation, log = _situation(run, index, entry.record.wall)
        windows = seen_before(self._plan, run.observations(index), entry.record.wall)
        looker = Looker(self._plan, self._awaited, HeldSince(), {}, windows)
        look = looker.look(state, situation) if state.opened else Look()
        return view(state, look, self._around(state, situation, log, index))

    def _around(self, state: State, situation: Situation, log: tuple[Line, ...], index: int) -> Surroundings:
        last = index == len(self._run.entries) - 1
        return Surroundings(
            now=self._run.entries[index].record.wall,
            started=self._run.began,
            situation=situation,
            shown=_shown(self._run, state),
            saved=self._run.entries[index].record.number,
            log=log,
            run_path=str(self._run.path),
            verdict=safe(self._run.verification.verdict) if last else SafeText(""),
            stopped=True,
            settled_at={key: text for at, key, text in self._settled if at <= index},
        )

    def _awaited(self, name: str, server: str) -> SafeText:
        return self._words.awaited(name, server) if self._words else safe(name)


def _settled(run: RunRead) -> list[tuple[int, str, str]]:
    """When and by whom each step was done: place among the entries, step, and the words beside it then."""
    found = []
    for at, entry in enumerate(run.entries):
        before, now = run.state_at(at - 1) if at else None, run.state_at(at)
        if before is None or now is None or before.steps is now.steps:
            continue
        found += [(at, key, settled_words(entry.record.wall, before.who)) for key in newly_done(before, now)]
    return found


def _words(run: RunRead) -> CatalogueWords | None:
    path = run.entries[0].watch / CATALOGUE_FILE if run.entries else run.path
    try:
        return CatalogueWords(load_catalogue(path), run.plan.pairs if run.plan else ())
    except (ProcedureError, OSError):
        return None


def _shown(run: RunRead, state: State) -> tuple[SafeText, ...]:
    """The request of the step, if a record tells it: a hold point's stands in its beginning already."""
    current = state.current
    if current is None:
        return ()
    for entry in reversed(run.entries):
        event = entry.event
        if isinstance(event, e.Intended | e.Begun) and event.step == current.key and event.shown:
            return tuple(safe(line) for line in event.shown)
    return ()


def _situation(run: RunRead, index: int, wall: datetime) -> tuple[Situation, tuple[Line, ...]]:
    readings: dict[tuple[str, str], dict[str, Reading]] = {}
    matches: dict[str, list[LogMatch]] = {}
    lines: list[Line] = []
    sources: dict[str, SourceState] = {}
    for told in run.observations(index):
        try:
            at = datetime.fromisoformat(str(told.get("at")))
        except ValueError:
            continue
        server = str(told.get("server"))
        if "field" in told:
            reading = _reading(told, server, at)
            readings.setdefault((server, reading.field), {})[reading.row] = reading
        elif "line" in told:
            line = _line(told, server, at)
            lines.append(line)
            sources[server] = SourceState(Source.READY, line.number)
            names = told.get("names", [])
            for name in names if isinstance(names, list) else ():
                matches.setdefault(server, []).append(LogMatch(str(name), line))
    kept: Mapping[tuple[str, str], tuple[Reading, ...]] = {
        key: tuple(rows.values()) for key, rows in readings.items()
    }
    found = {server: tuple(items) for server, items in matches.items()}
    return Situation(wall, 0, kept, found, sources), tuple(lines[-SHOWN_LINES:])


def _reading(told: Mapping[str, object], server: str, at: datetime) -> Reading:
    failure = None
    if "failure" in told:
        known = {item.value for item in Failure}
        word = str(told["failure"])
        failure = Failure(word) if word in known else Failure.NOT_READ
    value = told.get("value")
    if failure is None and not isinstance(value, bool | int | float | str):
        failure = Failure.NOT_READ
    return Reading(
        server,
        str(told["field"]),
        None if failure is not None else value,  # type: ignore[arg-type]
        at,
        0,
        safe("record"),
        row=str(told.get("row", "")),
        failure=failure,
    )


def _line(told: Mapping[str, object], server: str, at: datetime) -> Line:
    number = told.get("number")
    return Line(server, safe(str(told["line"])), at, 0, "", number if isinstance(number, int) else 0)
