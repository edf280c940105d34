"""Reviewing on the screen: the ledger as a list, one run as a timeline with a slider. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

from textual import events, work
from textual.app import ComposeResult

from handrail.ledger.runs import RunSummary
from handrail.review.account import account, dwells
from handrail.review.following import as_of
from handrail.review.listing import Listing
from handrail.review.replay import Replay
from handrail.review.run import RunRead
from handrail.review.signature import signature_words
from handrail.review.timeline import timeline
from handrail.tui.app import FaceScreen
from handrail.tui.frame import Asked, frame
from handrail.tui.full import key_rows
from handrail.tui.keys import Key
from handrail.tui.paper import BLANK, Ink, Row, cut, padded
from handrail.tui.review_rows import (
    list_header,
    mode_word,
    plot_rows,
    record_rows,
    review_header,
    run_end,
    run_row,
    timeline_rows,
    verdict_rows,
    worth,
)
from handrail.tui.screens.pages import Page
from handrail.tui.sheet import Sheet
from handrail.tui.typed import Typed
from handrail.walk.who import shared_names

FRAME_ROWS = 4
JUMP = 10
LOOK_EVERY_S = 1.0
"""How often a living run is looked at anew."""
RUN_KEYS = (
    Key("Up Down", "Record", "One record back or on; Left and Right, k and j do the same."),
    Key("Space", "Jump", "Ten records on; Page Up and Page Down move a screenful."),
    Key("Home End", "Ends", "The first and the last record."),
    Key("n p", "Next", "The next departure from the page or trouble, and the one before."),
    Key("s", "Screen", "The screen as the operator saw it at this record; again: the timeline."),
    Key("v", "Record", "This record whole: what it says, its evidence, its files."),
    Key("o", "Plots", "Every reading that changed, over the whole run."),
    Key("w", "Who, verdict", "Who walked, witnessed, took over and countersigned; the verdict, all of it."),
    Key("slash", "Search", "To the next record that has these words."),
    Key("q", "Back", "Leave; Escape does the same, but goes back to the timeline from anywhere else."),
)
LIST_KEYS = (
    Key("enter", "Open", "Open the marked run."),
    Key(
        "slash",
        "Filter",
        "Show only runs that have all these words: a procedure, an incident, whoever walked or witnessed, "
        "a date (2026-03), live, drill, open, aborted, UNSEALED, BROKEN, UNKNOWN, UNWITNESSED ...",
    ),
    Key("q", "Leave", "Leave; Escape does the same."),
)


class RunReview(FaceScreen[None]):
    """One run, record by record."""

    def __init__(
        self,
        run: RunRead,
        newer: Callable[[], RunRead | None] | None = None,
        age_s: Callable[[], float | None] = lambda: None,
    ) -> None:
        super().__init__()
        self._newer = newer
        self._age_s = age_s
        self._shown_age = ""
        self._take(run)
        self._at = len(run.entries) - 1 if newer is not None else 0
        self._as_screen = newer is not None and self._replay is not None
        self._words: Typed | None = None
        self._sought = ""
        self._said = ""
        """What a search found out, until the next key."""

    @property
    def run_now(self) -> RunRead:
        """The run as it was read last."""
        return self._run

    def _take(self, run: RunRead) -> None:
        self._run = run
        self._lines = timeline(run)
        self._account = account(run)
        self._dwelt = dwells(run.entries)
        self._replay = Replay(run) if run.plan is not None and run.entries else None

    def on_mount(self) -> None:
        """Looking on at a living run: read it again whenever it has changed."""
        if self._newer is not None:
            self.set_interval(LOOK_EVERY_S, self._look)

    @work(thread=True, exclusive=True)
    def _look(self) -> None:
        run = self._newer() if self._newer is not None else None
        if run is not None:
            self.app.call_from_thread(self._show_newer, run)
        elif self._age() != self._shown_age:
            self.app.call_from_thread(self.draw)

    def _age(self) -> str:
        """How old what is shown is, of a run that somebody walks."""
        age_s = self._age_s() if self._run.ended is None else None
        return "" if age_s is None else as_of(age_s)

    def _show_newer(self, run: RunRead) -> None:
        """At the newest record one stays at the newest; anywhere else nothing moves."""
        at_end = self._at >= len(self._lines) - 1
        self._take(run)
        if at_end:
            self._at = len(self._lines) - 1
        self.draw()

    def compose(self) -> ComposeResult:
        """Header, body, keys."""
        yield Sheet(id="header")
        yield Sheet(id="body")
        yield Sheet(id="keys")

    def on_resize(self) -> None:
        """Draw in the new size."""
        self.draw()

    def draw(self) -> None:
        """The slider above, the timeline or the screen of that moment below."""
        if not self.is_mounted or self.size.width == 0:
            return
        width, height = self.size.width, self.size.height
        room = max(1, height - FRAME_ROWS)
        line = self._lines[self._at] if self._lines else None
        self._shown_age = self._age()
        doing = "FOLLOW" if self._newer else "REVIEW"
        self.query_one("#header", Sheet).show(
            review_header(self._run, line, len(self._lines), width, doing, self._shown_age)
        )
        self.query_one("#body", Sheet).show(self._body(width, height, room))
        self.query_one("#keys", Sheet).show(self._foot(width))

    def _body(self, width: int, height: int, room: int) -> Sequence[Row]:
        if not self._lines:
            problems = [*self._run.problems, *self._run.verification.findings]
            return [Row(cut(f" {text}", width), Ink.ALERT) for text in problems[:room]]
        if self._as_screen and self._replay is not None:
            shown = frame(self._replay.view_at(self._at), width, height, Asked())
            return [*shown.header, *shown.body][:room]
        return timeline_rows(self._lines, self._at, room, width, self._dwelt)

    def _foot(self, width: int) -> list[Row]:
        if self._words is not None:
            text = f" Search: {self._words.text} "
            return [Row(padded(text, width), Ink.BAR, len(" Search: ") + self._words.at), BLANK]
        if self._said:
            said, self._said = self._said, ""
            return [Row(padded(f" {said}", width), Ink.STRONG), BLANK]
        other = "s Timeline" if self._as_screen else "s Screen then"
        keys = f" Up Down record  n Next trouble  {other}  v Record  o Plots"
        return [
            Row(padded(keys, width), Ink.BAR),
            Row(padded(" w Who, verdict  / Search  q Back  ? Keys", width), Ink.BAR),
        ]

    def pressed(self, event: events.Key) -> None:
        """Moving, looking, leaving."""
        if self._words is not None:
            self._search_key(event, self._words)
            return
        last = len(self._lines) - 1
        page = max(1, self.size.height - FRAME_ROWS - 1)
        match event.key:
            case "escape" if self._as_screen and self._newer is None:
                self._as_screen = False  # it was opened from the timeline
            case "escape" | "q":
                self.leave()
                return
            case "down" | "right" | "j":
                self._at += 1
            case "up" | "left" | "k":
                self._at -= 1
            case "space":
                self._at += JUMP
            case "pagedown":
                self._at += page
            case "pageup":
                self._at -= page
            case "home":
                self._at = 0
            case "end":
                self._at = last
            case "n":
                self._seek(1, lambda index: self._lines[index].mark in "!x")
            case "p":
                self._seek(-1, lambda index: self._lines[index].mark in "!x")
            case "s":
                self._as_screen = not self._as_screen and self._replay is not None
            case "slash":
                self._words = Typed()
            case other:
                self._page(other)
        self._at = max(0, min(last, self._at))
        self.draw()

    def _page(self, key: str) -> None:
        run, at = self._run, self._at
        if key == "v" and run.entries:
            signature, dwelt = signature_words(run.entries[at]), self._dwelt.get(at)
            self._show(
                f"Record {run.entries[at].record.number}",
                lambda width: record_rows(run, self._account, at, signature, dwelt, width),
            )
        elif key == "o":
            self._show("Readings over time", lambda width: plot_rows(run, width))
        elif key == "w":
            self._show("Verdict and people", lambda width: verdict_rows(run, width))
        elif key == "question_mark":
            self._show("Keys", lambda width: key_rows(RUN_KEYS, width))

    def _show(self, title: str, rows: Callable[[int], Sequence[Row]]) -> None:
        """A page, and in its title live or drill and what is wrong: on no screen may that be forgotten."""
        said = (f"REVIEW  {mode_word(self._run)}", title, worth(self._run))
        self.open(Page("  ".join(filter(None, said)), rows))

    def _search_key(self, event: events.Key, words: Typed) -> None:
        if event.key == "escape":
            self._words = None
        elif event.key == "enter":
            self._sought, self._words = words.text.lower() or self._sought, None
            if not self._seek(1, lambda index: self._sought in self._lines[index].text.lower()):
                self._said = f"No later record has: {self._sought}"
        else:
            words.press(event.key, event.character)
        self.draw()

    def _seek(self, way: int, wanted: Callable[[int], bool]) -> bool:
        """Go to the next place that is wanted; False where there is none."""
        index = self._at + way
        while 0 <= index < len(self._lines):
            if wanted(index):
                self._at = index
                return True
            index += way
        return False

    def explain(self) -> None:
        """Ctrl+C leaves: nothing can be lost here."""
        self.leave()


class LedgerReview(FaceScreen[Path | None]):
    """Every run of the ledger; what they are and their verdicts come in while one reads.

    `before` is this screen as it was left for a run: the same words are sought, the same run is marked.
    """

    def __init__(self, listing: Listing, before: LedgerReview | None = None) -> None:
        super().__init__()
        self.listing = listing
        self._filter: Typed = before._filter if before else Typed()
        self._marked: str = before._marked if before else ""
        self._place = 0
        self._typing = False

    def compose(self) -> ComposeResult:
        """Header, list, keys."""
        yield Sheet(id="header")
        yield Sheet(id="body")
        yield Sheet(id="keys")

    def on_mount(self) -> None:
        """Read and verify in the background, the newest first."""
        self._place = next((at for at, run in enumerate(self.shown) if run.run == self._marked), 0)
        self.set_interval(0.5, self.draw)
        # A worker of Textual's would hold up leaving until it comes to its next yield.
        Thread(target=self._fill, name="listing", daemon=True).start()

    def _fill(self) -> None:
        for _ in self.listing.fill():
            if not self.is_running:
                return

    def on_resize(self) -> None:
        """Draw in the new size."""
        self.draw()

    @property
    def shown(self) -> list[RunSummary]:
        """The runs that have the words of the filter."""
        words = self._filter.text.lower().split()
        return [run for run in self.listing.rows if all(word in self._text(run) for word in words)]

    def _text(self, run: RunSummary) -> str:
        """What a filter finds a run by: everything its row says and what it leaves out."""
        judged = self.listing.judged.get(run.run)
        verdict = f"{judged.words} {judged.who} {judged.known_by}" if judged else ""
        said = f"{run.run} {run.mode} {run.procedure} {run.operator} {run.host} {run_end(run)}"
        return f"{said} {verdict} {run.problem} {run.started or ''}".lower()

    def draw(self) -> None:
        """The list around the marked run."""
        if not self.is_mounted or self.size.width == 0:
            return
        width, room = self.size.width, max(1, self.size.height - FRAME_ROWS)
        shown = self.shown
        self._place = max(0, min(self._place, len(shown) - 1))
        self._marked = shown[self._place].run if shown else ""
        top = max(0, min(self._place - room // 2, len(shown) - room))
        names = shared_names((str(run.operator), str(run.key)) for run in self.listing.rows)
        rows = [
            run_row(run, self.listing.judged.get(run.run), top + index == self._place, width, names)
            for index, run in enumerate(shown[top : top + room])
        ]
        self.query_one("#header", Sheet).show(list_header(self.listing, len(shown), width))
        nothing = [Row(" No run has these words; Escape shows all.", Ink.DIM)]
        self.query_one("#body", Sheet).show(rows or nothing)
        prompt = f" Filter: {self._filter.text} " if self._typing or self._filter.text else ""
        keys = Row(padded(" Enter open  / Filter  Up Down  q Leave  ? Keys", width), Ink.BAR)
        cursor = len(" Filter: ") + self._filter.at if self._typing else None
        self.query_one("#keys", Sheet).show([keys, Row(prompt, Ink.STRONG, cursor)])

    def pressed(self, event: events.Key) -> None:
        """Moving, filtering, opening."""
        if self._typing:
            if event.key in ("enter", "escape"):
                self._typing = False
                self._filter = Typed() if event.key == "escape" else self._filter
            else:
                self._filter.press(event.key, event.character)
            self.draw()
            return
        page = max(1, self.size.height - FRAME_ROWS)
        match event.key:
            case "q":
                self.leave(None)
                return
            case "escape":
                if not self._filter.text:
                    self.leave(None)
                    return
                self._filter = Typed()
            case "down" | "j":
                self._place += 1
            case "up" | "k":
                self._place -= 1
            case "pagedown" | "space":
                self._place += page
            case "pageup":
                self._place -= page
            case "home":
                self._place = 0
            case "end":
                self._place = len(self.listing.rows)
            case "slash":
                self._typing = True
            case "enter":
                if shown := self.shown:
                    self.leave(shown[self._place].path)
                    return
            case "question_mark":
                self.open(Page("Keys", lambda width: key_rows(LIST_KEYS, width)))
        self.draw()

    def explain(self) -> None:
        """Ctrl+C leaves: nothing can be lost here."""
        self.leave(None)
