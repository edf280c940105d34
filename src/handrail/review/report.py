"""A run as one account for people: what every report says, before it becomes HTML, Markdown or JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handrail.review.account import Account, Deviation, StepAccount
from handrail.review.people import people
from handrail.review.run import RunRead
from handrail.review.series import Series, changing, series_of
from handrail.review.timeline import TimelineLine, timeline
from handrail.text import SafeText, amount
from handrail.walk import events as e
from handrail.walk.brief import duration
from handrail.walk.who import called, shared_names

LEGEND = (
    "Marks of steps: v done, - not come to, . under way at the end, x not obtained, ~ skipped, o overridden, "
    "d deferred, ? undecided; n/a is a step that was not needed, with why. "
    "Marks of records: ! a departure from the page, x a trouble, > something sent."
)
"""What the marks of a report mean; the same in every format that people read."""


@dataclass(frozen=True)
class Report:
    """Everything a report shows, in its order."""

    run: RunRead
    account: Account | None
    lines: tuple[TimelineLine, ...]
    series: tuple[Series, ...]

    @property
    def title(self) -> str:
        """The procedure's title, or the run's name."""
        return self.run.loaded.procedure.title if self.run.loaded else self.run.name

    @property
    def began(self) -> datetime | None:
        """UTC."""
        return self.run.began

    @property
    def finished(self) -> datetime | None:
        """UTC time of the last record."""
        return self.run.entries[-1].record.wall if self.run.entries else None

    @property
    def end(self) -> str:
        """How it ended, in words."""
        ended = self.run.ended
        if ended is None:
            return "not ended"
        return ended.how.replace("-", " ") + (f", {self.run.witness_word}" if self.run.witness_word else "")

    @property
    def deviations(self) -> Sequence[Deviation]:
        """Departures from the page."""
        return self.account.deviations if self.account else ()

    @property
    def steps(self) -> Sequence[StepAccount]:
        """The steps as they were walked."""
        return self.account.steps if self.account else ()

    @property
    def left_behind(self) -> str:
        """What an aborted run left as it was, as its procedure says it; empty for any other."""
        return self.run.ended.left if self.run.ended else ""

    @property
    def walkers(self) -> list[str]:
        """Who walked it, in order, two of one account told apart by their keys."""
        people = [
            (event.operator, event.principal)
            for event in self.run.events
            if isinstance(event, e.Opened | e.TookOver)
        ]
        shared = shared_names(people)
        return list(dict.fromkeys(called(name, key, shared) for name, key in people))

    @property
    def people(self) -> Sequence[SafeText]:
        """Who walked, witnessed, took over and countersigned, a line each."""
        return people(self.run)

    def summary(self) -> list[str]:
        """The run in a few sentences, for somebody who never saw handrail."""
        opened = self.run.opened
        if opened is None:
            return ["This run was never opened by a walk: there is nothing in it to tell."]
        what = "a drill on simulated servers" if opened.mode == "drill" else f"live servers ({opened.site})"
        who = " and then ".join(self.walkers)
        said = [
            f'{who} followed the written procedure "{self.title}" ({opened.procedure}, version '
            f"{opened.version}) on {what}{f', for {opened.incident}' if opened.incident else ''}.",
        ]
        if self.began and self.finished:
            took = duration((self.finished - self.began).total_seconds())
            clock = " by the drill's clock" if opened.mode == "drill" else ""
            said.append(f"It took {took}{clock} and ended: {self.end}.")
        if self.left_behind:
            said.append(f"Left behind: {self.left_behind}")
        departed = {item.step for item in self.deviations if item.step}
        done = sum(step.mark == "v" and step.key not in departed for step in self.steps)
        left = len(departed)
        said.append(
            f"Of {amount(len(self.steps), 'step')} {done} were done as written; {left} otherwise; "
            f"{_departures(len(self.deviations))}."
        )
        return said


def _departures(count: int) -> str:
    """How many there are to read about."""
    if not count:
        return "nothing departed from the page"
    listed = "1 departure is" if count == 1 else f"{count} departures are"
    return f"{listed} listed with the reason"


def report(run: RunRead, account: Account | None) -> Report:
    """The report of a run."""
    return Report(
        run,
        account,
        tuple(timeline(run)),
        tuple(changing(series_of(run.observations(len(run.entries))))),
    )
