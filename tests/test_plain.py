"""The line-by-line face: words in, whole lines out, nothing that moves a cursor, and no walk lost."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from tests.screens.moments import MOMENTS, confirm, missed
from tests.screens.moments import drill as in_drill
from tests.screens.scenes import Scene
from tests.screens.showing import Showing
from tests.tui import hostile

from handrail import moments
from handrail.drill.playing import Drill, prepare
from handrail.drill.scenario import scenarios
from handrail.plain import MEANINGS, WORDS, PlainFace, Talk, converse
from handrail.procedure.loading import find
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.plan import BoundPair
from handrail.walk.session import Session, status
from handrail.walk.view import Do

PROCEDURE = "artemis/split-brain-recovery"
ESCAPES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Heard:
    """Stands where a session does and keeps what is submitted."""

    def __init__(self) -> None:
        self.commands: list[c.Command] = []

    def submit(self, command: c.Command) -> None:
        self.commands.append(command)


@dataclass
class Conversation:
    """A talk over a situation made up."""

    scene: Scene

    def __post_init__(self) -> None:
        self.out = io.StringIO()
        self.face = PlainFace(self.out)
        self.heard = Heard()
        self.talk = Talk(cast(Session, self.heard), self.face)
        self.face.tell(self.scene.view())

    def say(self, *words: str) -> str:
        """Say these; what is answered."""
        before = len(self.out.getvalue())
        for word in words:
            self.talk.hear(word)
        return self.out.getvalue()[before:]


def test_every_request_has_a_word() -> None:
    """What can be asked for on the screen can be asked for here."""
    assert set(WORDS.values()) == set(Do) == set(MEANINGS)


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_moment_is_told_in_whole_lines(moment: str) -> None:
    """Step, phase and what may be asked for; no escape sequence, no tab, no carriage return."""
    talk = Conversation(MOMENTS[moment]())
    text = talk.say("help all")
    everything = talk.out.getvalue()
    assert not ESCAPES.search(everything)
    assert everything.endswith("\n")
    assert all(word in text for word in WORDS)


def test_hostile_text_is_escaped() -> None:
    """The same text from outside as on the screens."""
    app = cast(Showing, hostile.run_app())
    out = io.StringIO()
    face = PlainFace(out)
    face.draw(app.view)
    face.draw(replace(app.view, guards=(), brief=(hostile.EVIL,)))
    assert not ESCAPES.search(out.getvalue())
    assert "pwned" in out.getvalue()


def test_on_a_terminal_lines_are_broken_between_words_and_requests_are_not() -> None:
    """Would catch a server's name in two halves, and a request that cannot be copied."""
    out = io.StringIO()
    face = PlainFace(out, width=lambda: 40)
    face.draw(confirm().view())
    told = [line for line in out.getvalue().splitlines() if "will send" not in line]
    assert max(map(len, told)) < 40
    assert "will send: broker-b$ systemctl stop artemis" in out.getvalue()
    whole = io.StringIO()
    PlainFace(whole).draw(confirm().view())
    assert out.getvalue().split() == whole.getvalue().split(), "no word is lost or broken"


def test_a_word_asks_for_what_is_missing_and_becomes_the_command() -> None:
    """The target is typed on a line of its own, or behind the word."""
    expected = c.Record(e.Confirmed(step="stop-slave", attempt=1, how="target", typed="broker-b"))
    for words in (("confirm", "broker-b"), ("confirm broker-b",)):
        talk = Conversation(confirm())
        talk.say(*words)
        assert talk.heard.commands == [expected]


def test_several_answers_are_asked_for_one_by_one() -> None:
    """Options are numbered; the reason comes last."""
    talk = Conversation(missed())
    assert "How much longer" in talk.say("wait-longer")
    assert "Why" in talk.say("5m")
    talk.say("it copies still")
    assert talk.heard.commands == [
        c.Record(e.WaitedLonger(step="start-slave", attempt=1, seconds=300, reason="it copies still"))
    ]


def test_an_empty_line_cancels_and_a_wrong_answer_is_explained() -> None:
    """Nothing is submitted either way."""
    talk = Conversation(missed())
    assert "nothing was asked for" in talk.say("skip", "")
    assert "pick 1, or type" in talk.say("if-not", "77")
    assert talk.heard.commands == []


def test_a_skip_shows_what_is_recorded_and_takes_yes() -> None:
    """Words for another question are no reason; the next line is no consent."""
    talk = Conversation(missed())
    assert "begins with its number" in talk.say("skip rv/backup/x")
    assert "to be recorded: SKIP 3.1 Start the slave broker on broker-b." in talk.say("2 no slave")
    assert "nothing was asked for" in talk.say("status")
    assert talk.heard.commands == []
    talk.say("skip 2 no slave", "yes")
    reason = "does not apply here: no slave"
    assert talk.heard.commands == [c.Record(e.Skipped(step="start-slave", attempt=1, reason=reason))]


def test_output_that_is_pasted_is_one_answer_of_many_lines() -> None:
    """Its empty lines cancel nothing; a full stop ends it, and alone it cancels."""
    roles = {"failed": "ny-1", "failed-mate": "ny-2", "standby": "bos-1"}
    scene = Scene(find("solace/uncontrolled-failover"), (BoundPair("trading", "replication", roles),))
    scene.reach("bridges").add(e.Branched(**scene.this, number=2, to="eligible-by-cli"))
    scene.reach("eligible-by-cli")
    talk = Conversation(scene)
    assert "a full stop" in talk.say("attest")
    assert "nothing was asked for" in talk.say(".")
    talk.say("attest", "bos-1> show message-vpn * replication", "", "Message VPN", "Trading_VPN", ".")
    value = "bos-1> show message-vpn * replication Message VPN Trading_VPN"
    assert talk.heard.commands == [c.Record(e.Attested(step="eligible-by-cli", attempt=1, value=value))]


def test_a_time_is_read_back_as_it_is_understood_before_it_is_recorded() -> None:
    """A wrong day or zone shows itself in `ago`; what is recorded is the moment, and what was typed."""
    roles = {"live": "node-a", "backup": "node-b"}
    scene = Scene(find("eap/select-journal"), (BoundPair("orders", "replication", roles),)).reach("log-live")
    talk = Conversation(scene)
    value = f"{scene.view().now - timedelta(minutes=20):{moments.WRITTEN}}"
    assert "03:14, 2026-01-02 03:14:07" in talk.say("attest")
    assert "a time, or how long ago" in talk.say("about three")
    assert f"to be recorded: {value}, 20 min ago; you typed: 20m ago" in talk.say("20m ago")
    assert talk.heard.commands == []
    talk.say("yes")
    said = e.Attested(step="log-live", attempt=1, value=value, typed="20m ago")
    assert talk.heard.commands == [c.Record(said)]


def test_what_may_not_be_asked_for_says_why() -> None:
    """`not now` and the rule's own words."""
    talk = Conversation(missed())
    assert "not now: there is nothing to send" in talk.say("send")
    assert "is not a word here" in talk.say("frobnicate")
    assert talk.heard.commands == []


def test_an_empty_line_says_where_one_is_and_no_more() -> None:
    """Would catch two dozen lines for a key pressed to see whether it is still there."""
    talk = Conversation(missed())
    talk.say("note", "")
    lines = talk.say("").splitlines()
    assert len(lines) == 2
    assert lines[0] == "   at Start the slave broker on broker-b: not obtained"
    assert lines[1].startswith("   you may: ")


@pytest.mark.parametrize("word", ["?", "??", "help"])
def test_help_tells_what_may_be_said_now(word: str) -> None:
    """Each with what it does; why the others may not is asked for."""
    lines = Conversation(missed()).say(word).splitlines()
    assert any(
        line.split() == ["skip", *["leave", "the", "step", "out,", "with", "a", "reason"]] for line in lines
    )
    assert not any("not now" in line or "is not a word" in line for line in lines)
    assert "help all" in lines[-1]


def test_of_a_drill_help_does_not_say_that_it_is_kept() -> None:
    """Would catch somebody who leaves a drill to go on with it tomorrow."""
    assert "cannot be resumed" in Conversation(in_drill()).say("help")
    assert "the run is kept" in Conversation(missed()).say("help")


def test_by_hand_in_a_drill_the_console_is_named_with_its_lines() -> None:
    """Would catch somebody who says done because nothing says where it is done."""
    scene = MOMENTS["done_by_hand"]()
    scene.mode = "drill"
    opened = scene.events[0]
    assert isinstance(opened, e.Opened)
    scene.events[0] = opened.model_copy(update={"mode": "drill"})
    assert "     console broker-b " in Conversation(scene).say("")


def test_in_a_drill_what_a_look_shows_is_said_with_the_question() -> None:
    """As on the screen: there is nothing else to look at."""
    out = io.StringIO()
    face = PlainFace(out, lambda step: f"what {step} shows")
    face.draw(MOMENTS["attest"]().view())
    assert "In this drill a look there shows: what failback-settings shows" in out.getvalue()


def test_by_hand_the_word_is_begin() -> None:
    """Nothing is sent where a person does it."""
    talk = Conversation(MOMENTS["begin_by_hand"]())
    offered = talk.say("begin").split("you may:")[1].splitlines()[0]
    assert "begin" in offered
    assert "send" not in offered
    assert talk.heard.commands == [c.Send("copy-journal", 1)]


def test_not_saved_and_a_lost_guard_are_said_once() -> None:
    """Not with every view."""
    for moment, words in (("not_saved", "NOT SAVED"), ("guard_lost", "GUARD LOST")):
        out = io.StringIO()
        face = PlainFace(out)
        view = MOMENTS[moment]().view()
        for _ in range(5):
            face.draw(view)
        assert out.getvalue().count(words) == 1


@dataclass
class Person:
    """Says each answer once the text before it has appeared; then the input ends."""

    out: io.StringIO
    script: list[tuple[str, str]]

    def __iter__(self) -> Iterator[str]:
        seen = 0
        for text, say in self.script:
            end = time.monotonic() + 30
            while text not in self.out.getvalue()[seen:]:
                if time.monotonic() > end:
                    return
                time.sleep(0.02)
            seen = self.out.getvalue().index(text, seen)
            yield f"{say}\n"


def drill(tmp_path: Path, out: io.StringIO) -> tuple[Drill, PlainFace]:
    """A drill told in plain lines."""
    face = PlainFace(out)
    return prepare(find(PROCEDURE), scenarios(PROCEDURE)[0], tmp_path / "ledger", face.tell, speed=60), face


def test_a_walk_in_words_to_its_sealed_abort(tmp_path: Path) -> None:
    """The real conductor: readings, an answer that does not do, and the end."""
    out = io.StringIO()
    walked, face = drill(tmp_path, out)
    walked.session.start()
    script = [
        ("What stands in the two files?", "attest 2"),
        ("NOT OBTAINED: attested not both true", "abort"),
        ("type abort", "abort"),
        ("Why?", "enough for today"),
    ]
    converse(walked.session, face, cast(Any, Person(out, script)))
    assert walked.session.join(20)
    assert status(walked.session.state) == 10
    assert "The run has ended: aborted." in out.getvalue()
    assert "Run: " in out.getvalue()


@pytest.mark.parametrize(
    "script", [[], [("What stands in the two files?", "help")]], ids=["at once", "later"]
)
def test_the_end_of_the_input_holds_the_walk(tmp_path: Path, script: list[tuple[str, str]]) -> None:
    """Even when it ends before the conductor has begun."""
    out = io.StringIO()
    walked, face = drill(tmp_path, out)
    walked.session.start()
    converse(walked.session, face, cast(Any, Person(out, script)))
    assert walked.session.join(20)
    assert status(walked.session.state) == 12
    assert "Held." in out.getvalue()


def test_ctrl_c_holds_the_walk_and_exits_with_its_status(tmp_path: Path) -> None:
    """In plain lines as on the screen, nothing kills a walk by accident."""
    script = (
        "import sys\n"
        "from handrail.commands import walking\n"
        "from handrail import cli\n"
        "import handrail.commands.drill as drill\n"
        "drill.terminal_fits = lambda: True\n"
        "sys.exit(cli.main(['drill', '--plain', '--speed', '60']))\n"
    )
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": "src"}
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    begun = threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            lines.append(line)
            if "What stands in the two files?" in line:
                begun.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert begun.wait(30)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 12
    reader.join(5)
    assert any(line.startswith("Held.") for line in lines)
    assert process.stdin is not None
    process.stdin.close()
    process.stdout.close()
