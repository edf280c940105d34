"""A dropped line at each step: the run is held, the process is gone, and `resume` lands where one was."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from tests.faults.person import Person
from tests.faults.simulated_site import HANDRAIL, ROOT, SimulatedSite
from tests.terminal import Walker

from handrail.clock import SystemClock
from handrail.ledger.disk import RealDisk
from handrail.ledger.store import Ledger

pytestmark = pytest.mark.faults

HUNG_UP = 128 + signal.SIGHUP
GONE_WITHIN_S = 2.0
PROCEDURE = "artemis/split-brain-recovery"
ANSWERS = {"data directory aside": "/srv/copy", "complete": "8", "export": "0", "copied": "0"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SimulatedSite]:
    """A split pair of simulated brokers, live."""
    with SimulatedSite(tmp_path / "home") as made:
        yield made


def begin(site: SimulatedSite) -> Person:
    """The walk begun: bound, looked at, the first step met."""
    person = Person([*HANDRAIL, "run", PROCEDURE, "--incident", "INC-4711"], site.environment)
    person.see("Nothing has been recorded")
    person.press("Enter")
    person.see("FAILBACK SETTINGS")
    return person


def resume(site: SimulatedSite) -> Person:
    """The walk taken up again, at its brief."""
    person = Person([*HANDRAIL, "resume"], site.environment)
    person.see("BRIEF")
    return person


def walk_to(person: Person, title: str, limit_s: float = 60.0) -> list[str]:
    """Walk as one who does everything right until this step is the current one."""
    walker = Walker(
        cast(Any, person),
        ANSWERS,
        until=lambda lines: any(line.startswith(" > ") and title in line for line in lines),
    )
    return walker.walk(limit_s)


def dropped(person: Person) -> None:
    """Drop the line; the process must be gone at once, with the status that says why."""
    begun = time.monotonic()
    person.hang_up()
    assert person.gone(GONE_WITHIN_S) == HUNG_UP
    assert time.monotonic() - begun < GONE_WITHIN_S


MOMENTS = {
    "before it begins": ("before it begins", ()),
    "reading": ("BOTH BROKERS LIVE", ("Enter",)),
    "asked": ("FAILBACK SETTINGS", ("Enter",)),
    "typing": ("FAILBACK SETTINGS", ("Enter", "x", "Enter", "1")),
    "on a page": ("FAILBACK SETTINGS", ("Enter", "m")),
    "holding": ("FAILBACK SETTINGS", ("Enter", "h")),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_dropped_line_holds_a_drill_at_each_moment(tmp_path: Path, moment: str) -> None:
    """Whatever is on the screen: one record `held`, nothing after it, no process left spinning."""
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "TERM": "screen",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT / "src"),
    }
    text, keys = MOMENTS[moment]
    with Person([sys.executable, "-m", "handrail.cli", "drill", "--speed", "5"], environment) as person:
        person.see("before it begins")
        for key in keys[:1]:
            person.press(key)
        person.see(text)
        for key in keys[1:]:
            person.press(key)
        person.screen()
        dropped(person)
    root = tmp_path / ".local" / "state" / "handrail" / "ledger"
    found = Ledger(root, RealDisk(), SystemClock()).runs()
    if not keys:
        assert found == [], "nothing is recorded before the brief is left"
        return
    [run] = found
    assert run.last_kind == "held"
    assert not run.sealed


def test_resume_lands_on_the_step_with_a_brief_and_accepts_nothing_before_it_is_read(
    site: SimulatedSite,
) -> None:
    """Dropped at the first question, taken up again, dropped again at a confirmation."""
    with begin(site) as person:
        dropped(person)
    with resume(site) as person:
        lines = person.see("Last settled: Both brokers live")
        assert any("Now at: Failback settings" in line for line in lines)
        person.press("s")
        assert any("read the brief first" in line for line in person.see("Not now"))
        walk_to(person, "STOP THE SLAVE BROKER")
        dropped(person)
    assert site.kinds()[-1] == "held"
    with resume(site) as person:
        lines = person.see("Now at: Stop the slave broker")
        person.press("Enter")
        person.see("STOP THE SLAVE BROKER on broker-b")
        person.press("h")
        person.see("y = yes")
        person.press("y")
        assert person.gone(10) == 12


def test_an_act_in_flight_is_finished_and_recorded_before_the_process_goes(site: SimulatedSite) -> None:
    """The command takes three seconds; the line drops after one."""
    with begin(site) as person:
        walk_to(person, "STOP THE SLAVE BROKER")
        person.press("Enter")
        person.see("type the server's name")
        person.type("broker-b")
        person.press("Enter")
        person.see("Enter send..")
        site.slow.touch()
        time.sleep(0.7)
        person.press("Enter")
        person.see("y = yes")
        person.press("y")
        person.see("sending to broker-b")
        person.hang_up()
        assert person.gone(10) == HUNG_UP
    assert site.kinds()[-3:] == ["intended", "acted", "held"]
    with resume(site) as person:
        person.press("Enter")
        person.see("COPY THE SLAVE'S DATA")


def test_after_a_kill_in_mid_act_the_step_is_undecided(site: SimulatedSite) -> None:
    """SIGKILL leaves no time for anything: the brief says that it is not known, and only u goes on."""
    with begin(site) as person:
        walk_to(person, "STOP THE SLAVE BROKER")
        person.press("Enter")
        person.see("type the server's name")
        person.type("broker-b")
        person.press("Enter")
        person.see("Enter send..")
        site.slow.touch()
        time.sleep(0.7)
        person.press("Enter")
        person.see("y = yes")
        person.press("y")
        person.see("sending to broker-b")
        person.terminal.process.kill()
        person.gone(5)
    assert site.kinds()[-1] == "intended"
    with resume(site) as person:
        person.see("It is not known whether")
        person.press("Enter")
        lines = person.see("UNDECIDED")
        assert any("u Decide.." in line for line in lines)
        # The command's own process went on and stopped the broker meanwhile.
        person.see("Done if  (v)", 20)
        person.press("u")
        person.see("What happened")
        person.type("1")
        person.press("Enter")
        person.see("Why")
        person.type("seen in the readings")
        person.press("Enter")
        person.see("COPY THE SLAVE'S DATA")


def test_a_stalled_terminal_stops_neither_readings_nor_records(site: SimulatedSite) -> None:
    """Nobody reads the terminal, its buffer is full, the screen stands: the conductor walks on."""
    person = Person([*HANDRAIL, "run", PROCEDURE], site.environment)
    with person:
        person.see("Nothing has been recorded")
        person.press("Enter")
        person.see("BOTH BROKERS LIVE")
        person.terminal.stall()
        for _ in range(40):
            person.press("m", "q")
        end = time.monotonic() + 20
        while site.kinds()[-2:] != ["met", "begun"]:
            assert time.monotonic() < end, site.kinds()
            time.sleep(0.2)
        person.terminal.go_on()
        person.press("Escape", "Escape", "Escape")
        person.see("FAILBACK SETTINGS")
        dropped(person)
