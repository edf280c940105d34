"""The line-by-line face: the same walk for screen readers, serial lines, script(1) and pipes.

It prints whole lines, never moves the cursor, and takes words: `help` lists them.
"""

from __future__ import annotations

import queue
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from handrail.readings import Evidence, Verdict
from handrail.text import safe
from handrail.walk import commands as c
from handrail.walk.asking import Input, NotUnderstood, check, command, inputs
from handrail.walk.readback import readback
from handrail.walk.row_words import open_rows, progress_words, window_words
from handrail.walk.session import Session
from handrail.walk.state import Phase
from handrail.walk.view import CurrentStep, Do, View

WAIT_LINE_EVERY_S = 10.0
ANSWER_LIMIT_S = 5.0
"""How long the next word waits for the answer to the one before it."""
ASK_AGAIN_S = 0.2
"""A conductor that is just being made hears nothing yet, so it is asked to stop until it has."""
LEAST_WIDTH = 20
"""Below this many columns lines are left to the terminal."""
PASTE_END = "."
"""Typed alone below a vendor's output, which is pasted line by line."""
CONSOLE = "console"
"""Typed before a server's name and a line: what a person does by hand in a drill."""
MEANINGS = {
    Do.SEND: "send what stands under `will send`, or begin what is done by hand",
    Do.DONE_BY_HAND: "say that what was begun by hand is done",
    Do.CONFIRM: "accept the step's condition, or type what it asks for",
    Do.CHOOSE: "pick one of the branches",
    Do.ATTEST: "answer what the step asks",
    Do.AGAIN: "read every server again now",
    Do.WAIT_LONGER: "give the step more time, with a reason",
    Do.IF_NOT: "take one of the ways for when it is not obtained",
    Do.RETRY: "do the step again as a new attempt, with a reason",
    Do.RETRACT: "take back a settled step",
    Do.SKIP: "leave the step out, with a reason",
    Do.OVERRIDE: "pass an unmet expectation alone, with a reason",
    Do.OVERRIDE_HOLD: "pass a hold point alone, with a reason",
    Do.DEFER: "leave the step to a named person by a date",
    Do.ALREADY: "take the step as done because the systems show it",
    Do.DECIDE: "say what became of an act whose end is not known",
    Do.ACCEPT_GUARD: "go on although a guard is lost, with a reason",
    Do.READ_BRIEF: "say that the brief was read",
    Do.NOTE: "put a remark into the record",
    Do.HOLD: "rest here and leave; the run is kept",
    Do.HAND_OVER: "pass the walk on to a colleague, who goes on with it",
    Do.KEEP: "keep the walk that was offered to a colleague",
    Do.ABORT: "end the run here, with a reason",
    Do.COMPLETE: "call the run complete",
}
"""What each request does, in a line."""
LEAVING_A_DRILL = "leave this drill; its servers end with it, so it cannot be resumed"
"""What `hold` does there."""
WORDS = {do.value.replace(" ", "-"): do for do in Do} | {"begin": Do.SEND}
"""What can be typed; `begin` is what sending is called where a person does it."""


@dataclass
class PlainFace:
    """Prints views as they come. `tell` is called on the conductor's thread; printing happens on another."""

    out: TextIO
    found: Callable[[str], str] = lambda _step: ""
    """In a drill: what a look where the step of this id asks would show."""
    width: Callable[[], int] = lambda: 0
    """Columns of the terminal, which would break lines within words; 0 where nothing breaks them."""
    views: queue.SimpleQueue[View | None] = field(default_factory=queue.SimpleQueue)
    latest: View | None = None
    _notice: int = 0
    _at: tuple[str, int, str] = ("", 0, "")
    _waited: float = 0.0
    _brief: bool = False
    _opened: bool = False
    _section: int = 0
    _guards: tuple[str, ...] = ()
    _may: tuple[str, ...] = ()
    _left: bool = False
    _said: str = ""
    """How far a batch was and what a countdown said, at the last line about them."""

    def tell(self, view: View) -> None:
        """Take a view; never blocks."""
        self.views.put(view)

    def draw(self, view: View) -> None:
        """Print what this view has that the one before had not."""
        self.latest = view
        if view.notice.number != self._notice:
            self._notice = view.notice.number
            level = f"{view.notice.level.upper()}: "
            if view.notice.level == "info" or view.notice.text.startswith(level):
                level = ""
            self.line(f"{view.now:%H:%M:%S}Z {level}{view.notice.text}")
        lost = tuple(guard.key for guard in view.guards if not guard.accepted)
        if lost != self._guards:
            self._guards = lost
            for guard in view.guards:
                if not guard.accepted:
                    self.line(f"!! GUARD LOST: {guard.line}")
                    self.line(f"!! {guard.lost}")
        if view.state.opened is not None and not self._opened:
            self._opened = True
            for text in view.unbound:
                self.line(f"   {text}")
        if view.brief and not self._brief:
            self._brief = True
            for text in view.brief:
                self.line(f"   {text}")
            self.line("   Type brief-read to go on.")
        if view.current is not None and not view.stopped and view.state.ended is None and not view.brief:
            self._step(view, view.current)
        if view.stopped and not self._left:
            self._left = True
            self._leave(view)
        elif not view.stopped:
            self._you_may(view)

    def line(self, text: str = "") -> None:
        """One line, made harmless: whatever it came from, it moves no cursor. Broken between words only."""
        for part in _between_words(safe(text.rstrip()), self.width()):
            self.exactly(part)

    def exactly(self, text: str) -> None:
        """One line as it is, every space kept: what is sent, or typed at a console."""
        print(safe(text.rstrip()), file=self.out, flush=True)

    def say_again(self, view: View) -> None:
        """Where one is and what may be said, in two lines: for an empty line."""
        current = view.current
        if current is not None:
            where = f" on {current.server}" if current.server else ""
            phase = current.state.phase.value
            self.line(f"   at {current.planned.step.title}{where}: {phase}")
        self.line(f"   you may: {', '.join(self._may) or 'nothing at the moment'}; help says what each does")

    def _you_may(self, view: View) -> None:
        """What can be asked for, whenever that has changed."""
        by_hand = view.current is not None and view.current.by_hand
        may = tuple(
            "begin" if do is Do.SEND and by_hand else do.value.replace(" ", "-")
            for do, why in view.permits.items()
            if why is None
        )
        if may != self._may:
            self._may = may
            self.line(f"   you may: {', '.join(may) or 'nothing at the moment'}")

    def _leave(self, view: View) -> None:
        """How it ended, or how to go on."""
        ended, taken = view.state.ended, view.state.handed_over
        if taken is not None:
            self.line(f"Handed over to {taken.principal}, who goes on. You can look on: handrail follow")
            self.line(f"Run: {view.run_path}")
        elif ended is not None:
            self.line(f"The run has ended: {ended.how.replace('-', ' ')}.")
            if ended.left:
                self.line(f"   left behind: {ended.left}")
            self.line(f"Run: {view.run_path}")
        elif view.state.opened is not None and view.state.opened.mode == "drill":
            self.line("Held. A drill's servers end with it, so it cannot be resumed.")
        else:
            self.line(f"Held. To go on: handrail resume {view.run_path}")

    def _step(self, view: View, current: CurrentStep) -> None:
        planned = current.planned
        at = (planned.key, current.state.attempt, current.state.phase.value)
        if at[:2] != self._at[:2]:
            self._header(view, current)
        if at != self._at:
            self._at = at
            self._waited = 0.0
            self._phase(current)
            self._said = ""
        elif (
            current.state.phase is Phase.WAITING
            and current.waited_s is not None
            and current.waited_s - self._waited >= WAIT_LINE_EVERY_S
        ):
            self._waited = current.waited_s
            self.line(f"   waited {current.waited_s:.0f} s of {current.limit_s:.0f} s")
            self._expectations(current, only_open=True)
        self._progress(current)

    def _header(self, view: View, current: CurrentStep) -> None:
        planned, step = current.planned, current.planned.step
        if planned.section_number != self._section:
            self._section = planned.section_number
            self.line()
            self.line(
                f"== Section {planned.section_number}/{view.state.plan.sections}: {planned.section.title}"
            )
        strip = "  ".join(f"{item.name}={item.word}" for item in view.strip)
        self.line()
        where = f" on {current.server}" if current.server else ""
        self.line(f"-- Step {planned.number}/{planned.of}: {step.title}{where}")
        self.line(f"   {strip}")
        for text in (step.text, *(f"{item.level.upper()}: {item.text}" for item in step.hazards)):
            if text:
                self.line(f"   {text}")

    def _phase(self, current: CurrentStep) -> None:
        step, phase = current.planned.step, current.state.phase
        if phase is Phase.NOW:
            for shown in current.shown:
                self.exactly(f"   will send: {shown}" if not current.by_hand else f"   {shown}")
            for item in current.require:
                self._evidence("required", item)
            if step.confirm and step.confirm.kind == "hold-point":
                self.line(f"   hold point: {step.confirm.text}")
                self.line("   A second person signs with: handrail witness")
            elif step.confirm:
                self.line(f"   confirm: {step.confirm.text}")
            if step.choice:
                self.line(f"   {step.choice.ask}")
                for number, option in enumerate(step.choice.options, 1):
                    self.line(f"     {number}. {option.title}: {option.consequence}")
        elif phase is Phase.WAITING:
            self._expectations(current)
        elif phase is Phase.MISSED:
            self.line(f"   NOT OBTAINED: {current.state.why}")
            for open_row in open_rows(current):
                self.line(f"     {open_row}")
            self._expectations(current, only_open=True)
            for number, way in enumerate(step.if_not, 1):
                self.line(f"   if not {number}: {way.text}{f' (goes to {way.goto})' if way.goto else ''}")
        elif phase is Phase.MET and step.attest:
            self.line(f"   {step.attest.ask}")
            for number, text in enumerate(step.attest.options, 1):
                self.line(f"     {number}. {text}")
            if found := self.found(step.id):
                self.line(f"   In this drill a look there shows: {found}")
        elif phase is Phase.UNDECIDED:
            self.line(f"   UNDECIDED: {current.state.why}. Type decide.")
        elif phase is Phase.SENDING and current.by_hand:
            self.line("   begun by hand; type done-by-hand when it is done")
            if current.in_drill:
                server = current.server or next(iter(current.planned.pair.roles.values()))
                self.line("   in this drill it is typed so:")
                for line in (step.do.console if step.do else ()) or ("help",):
                    self.exactly(f"     {CONSOLE} {server} {line}")

    def _progress(self, current: CurrentStep) -> None:
        """How far a batch is, and the countdown, whenever a line's worth has changed."""
        window = current.window
        coarse = "" if window is None or window.left_s is None else f"{window.left_s // WAIT_LINE_EVERY_S}"
        if (now := f"{progress_words(current)}{coarse}") != self._said:
            self._said = now
            for words in (progress_words(current), window_words(current)):
                if words:
                    self.line(f"   {words}")

    def _expectations(self, current: CurrentStep, *, only_open: bool = False) -> None:
        for way in current.ways:
            if len(current.ways) > 1:
                self.line(f"   expect {way.title}:")
            for item in way.evidence:
                if not only_open or item.verdict is not Verdict.MET:
                    self._evidence("expect", item)
        if current.near_miss:
            self.line(f"   near miss: {current.near_miss}")
        if current.log_state:
            self.line(f"   {current.log_state}")

    def _evidence(self, word: str, item: Evidence) -> None:
        age = f", {item.age_s:.0f} s ago" if item.age_s is not None else ""
        verdict = "BEING HELD" if item.holding else item.verdict.value.upper()
        self.line(f"   {word} {item.expected} | {verdict}: {item.now}{age}")


def watch(session: Session, face: PlainFace, decide: Callable[[View], c.Command | None]) -> None:
    """Draw every view until the walk stops, submitting what `decide` says; for the autopilot."""
    while True:
        try:
            view = face.views.get(timeout=0.5)
        except queue.Empty:
            if session.join(0):
                return
            continue
        if view is None:
            return
        face.draw(view)
        if (wanted := decide(view)) is not None:
            session.submit(wanted)


def converse(
    session: Session,
    face: PlainFace,
    source: TextIO,
    console: Callable[[str, str], Sequence[str]] | None = None,
) -> None:
    """Draw views and take words from `source` until the walk stops or the source ends (then it is held).

    `console` types a line at a drill's server.
    """
    words: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read_lines, args=(source, words), daemon=True).start()
    talk = Talk(session, face, console)
    while not session.join(0):
        _draw_all(face)
        if face.latest is None or talk.awaits_answer():
            # A word is about what was printed: one typed or piped ahead waits for it.
            time.sleep(0.02)
            continue
        try:
            text = words.get(timeout=0.1)
        except queue.Empty:
            continue
        if text is None:
            while not session.join(ASK_AGAIN_S):
                session.submit(c.Stop("the input ended"))
            break
        talk.hear(text.strip())
    _draw_all(face)


@dataclass
class Talk:
    """One conversation: words to commands, asking for what is missing, one question at a time."""

    session: Session
    face: PlainFace
    console: Callable[[str, str], Sequence[str]] | None = None
    _asking: Do | None = None
    _asked: tuple[Input, ...] = ()
    _given: list[str] = field(default_factory=list)
    _pasted: list[str] = field(default_factory=list)
    """Lines of a vendor's output so far."""
    _read_back: c.Command | None = None
    """What was read back, and waits for `yes`."""
    _submitted_at: float | None = None
    _notice_then: int = 0

    def awaits_answer(self) -> bool:
        """Whether what was last submitted has not been answered yet; true for a few seconds at most."""
        if self._submitted_at is None or self.face.latest is None:
            return False
        answered = self.face.latest.notice.number != self._notice_then
        if answered or time.monotonic() - self._submitted_at > ANSWER_LIMIT_S:
            self._submitted_at = None
            return False
        return True

    def hear(self, text: str) -> None:
        """Take one line of the operator's."""
        _draw_all(self.face)
        view = self.face.latest
        if view is None:
            return
        if self._read_back is not None:
            wanted, self._read_back = self._read_back, None
            if text.lower() in ("yes", "y"):
                self._submit(wanted, view)
            else:
                self.face.line("   nothing was asked for")
            return
        if self._asking is not None:
            if self._asked[len(self._given)].pasted:
                self._paste(text, view)
            else:
                self._answer(text, view)
            return
        word, _, rest = text.partition(" ")
        if not word:
            self.face.say_again(view)
            return
        if word == "help" or not word.strip("?"):
            self._help(view, everything=rest.strip() == "all")
            return
        if word == CONSOLE:
            self._type(rest)
            return
        do = WORDS.get(word)
        if do is None:
            self.face.line(f"   {safe(word, 40)} is not a word here; type help")
            return
        if (why := view.permits.get(do)) is not None:
            self.face.line(f"   not now: {why}")
            return
        self._asking, self._asked, self._given, self._pasted = do, inputs(do, view), [], []
        if rest and self._asked:
            self._answer(rest.strip(), view)
        else:
            self._go_on(view)

    def _type(self, rest: str) -> None:
        """A line at a drill's console: `console SERVER LINE`."""
        server, _, line = rest.strip().partition(" ")
        if self.console is None or not line:
            usage = f"{CONSOLE} SERVER LINE" if self.console else "only a drill has consoles"
            self.face.line(f"   {usage}")
            return
        for text in self.console(server, line):
            self.face.exactly(f"   | {text}")

    def _paste(self, text: str, view: View) -> None:
        """A line of a vendor's output, which has empty ones, too; it is one answer, as on the screen."""
        if text != PASTE_END:
            self._pasted.append(text)
            return
        self._answer(" ".join(line for line in self._pasted if line), view)

    def _answer(self, text: str, view: View) -> None:
        if text in ("", "cancel"):
            self.face.line("   nothing was asked for")
            self._asking = None
            return
        self._given.append(text)
        try:
            if self._asking is not None:
                check(self._asking, view, self._given)
        except NotUnderstood as problem:
            self._given.pop()
            self.face.line(f"   {problem}")
        self._go_on(view)

    def _go_on(self, view: View) -> None:
        if self._asking is None:
            return
        if len(self._given) < len(self._asked):
            wanted = self._asked[len(self._given)]
            for number, option in enumerate(wanted.options, 1):
                self.face.line(f"     {number}. {option}")
            if wanted.pasted:
                self.face.line(f"   {wanted.prompt} then a line with only a full stop; that alone cancels")
            else:
                self.face.line(f"   {wanted.prompt}? (an empty line cancels)")
            return
        do, self._asking = self._asking, None
        try:
            asked_for = command(do, view, self._given)
        except NotUnderstood as problem:
            self.face.line(f"   {problem}")
            return
        if recorded := readback(view, asked_for):
            self._read_back = asked_for
            self.face.line(f"   to be recorded: {recorded}")
            self.face.line("   type yes to do it; anything else cancels")
        else:
            self._submit(asked_for, view)

    def _submit(self, wanted: c.Command, view: View) -> None:
        self._notice_then = view.notice.number
        self.session.submit(wanted)
        self._submitted_at = time.monotonic()

    def _help(self, view: View, *, everything: bool) -> None:
        """What each word that may be said now does; `help all` also says why the others may not."""
        drill = view.state.opened is not None and view.state.opened.mode == "drill"
        for word, do in WORDS.items():
            why = view.permits.get(do)
            if why is None:
                self.face.line(f"   {word:20} {LEAVING_A_DRILL if do is Do.HOLD and drill else MEANINGS[do]}")
            elif everything:
                self.face.line(f"   {word:20} not now: {why}")
        if not everything:
            self.face.line(f"   {'help all':20} every word, and why it may not be said now")
        if self.console is not None:
            self.face.line(f"   {CONSOLE + ' SERVER LINE':20} types a line at a console of this drill")


def _between_words(text: str, width: int) -> list[str]:
    """The text in lines of fewer columns than this, later ones set in; too long a word stays whole."""
    if width <= LEAST_WIDTH or len(text) < width:
        return [text]
    left = text[: len(text) - len(text.lstrip(" "))]
    return textwrap.wrap(
        text, width - 1, subsequent_indent=f"{left}  ", break_long_words=False, break_on_hyphens=False
    )


def _draw_all(face: PlainFace) -> None:
    while True:
        try:
            view = face.views.get_nowait()
        except queue.Empty:
            return
        if view is not None:
            face.draw(view)


def _read_lines(source: TextIO, words: queue.SimpleQueue[str | None]) -> None:
    for text in source:
        words.put(text)
    words.put(None)


def standard() -> PlainFace:
    """A face on standard output."""
    on_terminal = sys.stdout.isatty()
    return PlainFace(sys.stdout, width=lambda: shutil.get_terminal_size().columns if on_terminal else 0)
