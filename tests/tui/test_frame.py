"""The run screen as rows: every step of every procedure in every phase, at every size."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.screens.moments import MOMENTS, confirm, drill, guard_lost, missed, waiting
from tests.screens.scenes import Scene

from handrail.procedure.loading import Loaded, library
from handrail.text import safe
from handrail.tui import keys
from handrail.tui.asking import Asking, ask
from handrail.tui.checklist import LINE_ROWS, log_rows
from handrail.tui.frame import Asked, Frame, frame, must_read
from handrail.tui.heading import alarms
from handrail.tui.paper import columns
from handrail.walk import events as e
from handrail.walk.plan import BoundPair
from handrail.walk.view import Do, View

WIDTH, HEIGHT = 80, 24
PROCEDURES, _ = library()
DENSITY_LIMIT = 0.6
DENSITY_WANTED = 0.5


def phases(loaded: Loaded, names: tuple[str, str] = ("broker-a", "broker-b")) -> Iterator[tuple[str, Scene]]:
    """Every step of a procedure in every phase an operator can meet it in, walked as if all went well."""
    roles = [role.name for role in loaded.procedure.roles]
    pair = BoundPair("orders", loaded.procedure.modes[0], dict(zip(roles, names, strict=False)))
    scene = Scene(loaded, (pair,))
    while scene.state.current is not None:
        step = scene.current.step
        start = list(scene.events)
        yield f"{step.id} now", scene
        if not step.choice:
            scene.confirm()
            if step.do:
                yield f"{step.id} confirmed", scene
                scene.send()
                yield f"{step.id} sending", scene
                scene.add(e.Acted(**scene.this, result="unknown", detail="no end within 120 s"))
                yield f"{step.id} undecided", scene
                scene.events.pop()
                scene.add(e.Acted(**scene.this, result="accepted", detail=""))
            if step.ways():
                scene.around |= {"waited_s": 38.0, "limit_s": step.within}
                yield f"{step.id} waiting", scene
                scene.add(e.Missed(**scene.this, waited_s=99, why=f"not obtained in {step.within:g} s"))
                yield f"{step.id} missed", scene
                scene.around.clear()
        scene.events[:] = start
        scene.do()


def drawn(view: View, width: int = WIDTH, height: int = HEIGHT, asking: Asking | None = None) -> Frame:
    """The run screen at this size."""
    return frame(view, width, height, Asked(asking))


@pytest.mark.parametrize("loaded", PROCEDURES, ids=lambda loaded: loaded.procedure.id)
def test_every_step_of_every_procedure_is_whole_at_80x24(loaded: Loaded) -> None:
    """No scrolling inside the current step: nothing that must be seen is left out, in any phase."""
    cut_off = []
    dense = []
    for name, scene in phases(loaded):
        view = scene.view()
        lines = drawn(view).lines(WIDTH)
        filled = sum(len(line.replace(" ", "")) for line in lines) / (WIDTH * HEIGHT)
        if filled > DENSITY_LIMIT:
            dense.append((name, round(filled, 2)))
        if any("more line" in line and "If not" not in line and ".. " in line for line in lines[:-3]):
            cut_off.append(name)
        assert lines[0].startswith(" LIVE production-eu"), name
    assert dense == []
    # If-nots may give way to their first line; what is sent and required may not.
    asking = [name for name in cut_off if name.endswith((" now", " confirmed", " sending"))]
    assert asking == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_screens_are_not_crowded(moment: str, record_property: Callable[[str, object], None]) -> None:
    """Half of the cells filled at most is wanted; six tenths is an error."""
    lines = drawn(MOMENTS[moment]().view()).lines(WIDTH)
    filled = sum(len(line.replace(" ", "")) for line in lines) / (WIDTH * HEIGHT)
    record_property("filled", round(filled, 3))
    assert filled <= DENSITY_LIMIT


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(MOMENTS)), st.integers(40, 220), st.integers(10, 70))
def test_any_size_is_drawn_in_exactly_that_size(moment: str, width: int, height: int) -> None:
    """A small window shows less, never something broken: right number of rows, none too wide."""
    shown = drawn(MOMENTS[moment]().view(), width, height)
    assert len(shown.header) + len(shown.body) + len(shown.keys) == height
    assert all(columns(row.text) <= width for row in (*shown.header, *shown.body))


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_key_that_may_be_pressed_is_on_the_screen(moment: str) -> None:
    """On one of the key lines, or in words where it belongs; and the lines are not wider than the screen."""
    view = MOMENTS[moment]().view()
    shown = drawn(view)
    text = "\n".join(shown.lines(WIDTH))
    assert all(columns(line) <= WIDTH for line in keys.lines(view, unread=False))
    for key in keys.KEYS[1:]:
        if not key.asks or keys.wanted(key, view):
            assert f"{key.name} {key.word}" in text, key.key
    assert (keys.primary(view) is not None) == any(row.text.startswith(" Enter ") for row in shown.keys)


def test_a_drill_says_so_and_never_says_live() -> None:
    """The first word of the first line."""
    lines = drawn(drill().view()).lines(WIDTH)
    assert lines[0].startswith(" DRILL  ")
    assert "LIVE" not in lines[0]


def test_the_same_view_asked_something_keeps_the_step_in_view() -> None:
    """Questions stand below the step, not over it."""
    for do in (Do.SKIP, Do.OVERRIDE, Do.WAIT_LONGER, Do.ABORT, Do.RETRACT, Do.DEFER):
        view = missed().view()
        asking = ask(do, view)
        assert isinstance(asking, Asking)
        shown = drawn(view, asking=asking)
        assert any(row.text.startswith(" > 3.1") for row in shown.body), do
        assert sum(row.cursor is not None for row in shown.body) == 1, do
        assert "then Enter" in "\n".join(row.text for row in shown.body)


def test_a_wide_terminal_shows_the_log_and_more_steps() -> None:
    """The room is used: at least twice as many steps, every log line whole, evidence uncut."""
    scene = waiting()
    narrow, wide = drawn(scene.view()), drawn(scene.view(), 160, 48)

    def steps(shown: Frame) -> int:
        return sum(re.match(r" [ >] \d+\.\d", row.text) is not None for row in shown.body)

    assert steps(narrow) == 4
    assert steps(wide) >= 2 * steps(narrow)
    log = " ".join(row.text.strip() for row in wide.side)
    assert "broker-b: AMQ221109" in log
    assert log.rstrip().endswith("fail before activating")
    assert not narrow.side


def test_a_huge_log_line_leaves_room_for_others() -> None:
    """Would catch a stack trace in one line that fills screens; what is left out is said."""
    text = "AMQ224000: Failure in initialisation " + "at org.example.Class.method " * 3000
    rows = log_rows("broker-a", text, 79)
    assert len(rows) == LINE_ROWS
    left = re.fullmatch(r" +\((\d+) more characters\)", rows[-1].text)
    assert left is not None
    assert len(text) - 79 * LINE_ROWS < int(left[1]) < len(text)
    assert len(log_rows("broker-a", text[:400], 79)) < LINE_ROWS


def long_request(lines: int) -> View:
    """A step whose request takes so many lines."""
    scene = confirm()
    scene.around["shown"] = tuple(safe(f"line {number} of a request") for number in range(lines))
    return scene.view()


def test_a_request_of_more_than_four_lines_must_be_read_first() -> None:
    """Four are shown whole; of five the screen says how many are missing, and Enter reads."""
    assert must_read(long_request(4), WIDTH, HEIGHT) is None
    view = long_request(9)
    must = must_read(view, WIDTH, HEIGHT)
    assert must is not None
    assert "Enter read to the end.." in drawn(view).keys[0].text
    read = frame(view, WIDTH, HEIGHT, Asked(read=frozenset({must})))
    assert "Enter accept.." in read.keys[0].text
    assert must_read(long_request(8), WIDTH, HEIGHT) != must, "another request was not read"


def test_an_aborted_walk_shows_its_end_and_not_its_step() -> None:
    """The verdict and what is left behind are what counts then."""
    text = "\n".join(drawn(MOMENTS["aborted"]().view()).lines(WIDTH))
    assert "ABORTED" in text
    assert "Left behind: " in text
    assert "SEALED" in text
    assert " > " not in text


def test_what_gives_way_to_a_short_screen_is_counted() -> None:
    """Would catch expectations that vanish as if there were none: with a lost guard, or done already."""
    view = guard_lost().view()
    for height in range(14, 24):
        lines = drawn(view, WIDTH, height).lines(WIDTH)
        whole = any("Then     started of broker-a = false" in line for line in lines)
        assert whole or any(" line" in line and "press v" in line for line in lines), height


def test_with_a_lost_guard_its_key_stands_before_what_leads_aside() -> None:
    """Would catch a key line that offers skips and hides the one key that brings one on."""
    first, _ = keys.lines(guard_lost().view(), unread=False)
    assert first.startswith(" g Go on..")


def test_a_guards_way_on_is_whole_where_there_is_room_and_marked_where_it_is_cut() -> None:
    """Would catch a sentence cut in its middle that runs on into the next one."""
    scene = guard_lost()
    words = safe("Stop the slave; " + "its console listens elsewhere, " * 9 + "END OF IT.")
    view = scene.view()
    view = replace(view, guards=tuple(replace(guard, lost=words) for guard in view.guards))
    assert "END OF IT. Or g Go on.." in " ".join(line.strip() for line in drawn(view, WIDTH, 40).lines(WIDTH))
    rows = alarms(view, WIDTH - 1)
    assert len(rows) == 4
    assert rows[-1].text.endswith("..")
