"""The run screen under keys: what is submitted, what is only said, and what is never done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.screens.moments import MOMENTS, confirm, missed, send
from tests.screens.scenes import Scene
from tests.screens.showing import Showing
from textual.pilot import Pilot

from handrail.text import safe
from handrail.tui.screens.pages import HelpPage, LogPage, MapPage, Page
from handrail.tui.screens.run import RunScreen
from handrail.walk import commands as c
from handrail.walk import events as e
from handrail.walk.view import View


async def until(pilot: Pilot[int], true: Callable[[], bool]) -> None:
    """Wait for a condition, never for a clock alone; and until it is drawn, as whoever looks at it does."""
    for _ in range(200):
        if true():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came true")


async def told(pilot: Pilot[int], app: Showing, view: View | None = None) -> None:
    """Wait until the screen knows this view, or the first."""
    if view is not None:
        app.tell(view)
    await until(pilot, lambda: app.run_screen.latest is app.view)


def screen_text(app: Showing) -> str:
    """Everything on the screen on top."""
    from handrail.tui.sheet import Sheet

    return "\n".join(row.text for sheet in app.screen.query(Sheet) for row in sheet.rows)


async def test_enter_alone_sends_nothing_and_y_sends() -> None:
    """Two different keys; the command names step and attempt."""
    app = Showing(send().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("enter")
        await pilot.press("enter", "enter")
        assert app.submitted == []
        assert "Send to broker-b now?" in screen_text(app)
        assert "   broker-b$ systemctl stop artemis" in screen_text(app)
        await pilot.press("y")
        assert app.submitted == [c.Send("stop-slave", 1)]


async def test_any_other_key_answers_no() -> None:
    """And it says that nothing was asked for."""
    app = Showing(send().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("enter", "n")
        assert app.submitted == []
        assert "Nothing was asked for." in screen_text(app)


async def test_a_held_enter_acts_once() -> None:
    """Twenty repeats open one question and answer none."""
    scene = MOMENTS["attest"]()
    app = Showing(scene.view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press(*["enter"] * 20)
        assert app.submitted == []
        assert app.run_screen.asking is not None


async def test_the_typed_target_becomes_the_confirmation() -> None:
    """Letters are text while something is asked, the keys among them."""
    app = Showing(confirm().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("enter", *"broker-x", "backspace", "b", "enter")
        expected = e.Confirmed(step="stop-slave", attempt=1, how="target", typed="broker-b")
        assert app.submitted == [c.Record(expected)]


async def test_escape_never_aborts_nor_leaves() -> None:
    """A late arrow key arrives as Escape, [ and B."""
    app = Showing(missed().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("escape", "left_square_bracket", "B", "a", *"reason", "escape", "escape")
        assert app.submitted == []
        assert isinstance(app.screen, RunScreen)
        assert app.run_screen.asking is None


async def test_ctrl_c_and_ctrl_q_explain_instead_of_leaving() -> None:
    """Both would end a program elsewhere."""
    app = Showing(confirm().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        for key in ("ctrl+c", "ctrl+q"):
            await pilot.press(key)
            assert "h holds the run" in screen_text(app)
        await pilot.press("s", "ctrl+c")
        assert app.run_screen.asking is None
        assert app.submitted == []


async def test_a_stale_question_vanishes_when_the_step_moves_on() -> None:
    """What is typed next must not answer it."""
    scene = MOMENTS["attest"]()
    app = Showing(scene.view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("enter", "1")
        scene.do()
        scene.add(e.Begun(**scene.this))
        await told(pilot, app, scene.view())
        assert app.run_screen.asking is None
        assert "not asked any more" in screen_text(app)
        await pilot.press("enter")
        assert app.submitted == []


async def test_a_long_request_is_read_to_its_end_before_it_can_be_confirmed() -> None:
    """Enter opens the page until the end was shown; leaving the page early changes nothing."""
    scene = confirm()
    scene.around["shown"] = tuple(safe(f"line {number}") for number in range(60))
    app = Showing(scene.view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("enter")
        assert isinstance(app.screen, Page)
        await pilot.press("escape", "x", "enter")
        assert isinstance(app.screen, Page), "the end was not shown yet"
        await pilot.press("end", "escape")
        assert isinstance(app.screen, RunScreen)
        await pilot.press("enter")
        assert app.run_screen.asking is not None
        changed = replace(
            scene, around={"shown": (*scene.around["shown"], safe("one more"))}, events=scene.events
        )
        await pilot.press("escape")
        await told(pilot, app, changed.view())
        await pilot.press("enter")
        assert isinstance(app.screen, Page), "another request is to be read again"


async def test_a_long_brief_is_read_to_its_end() -> None:
    """Then Enter acknowledges it; before that it only reads."""
    app = Showing(MOMENTS["long_brief"]().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("enter")
        assert app.submitted == []
        await pilot.press("end", "escape", "x", "enter")
        assert app.submitted == [c.Record(e.BriefRead())]


async def test_keys_that_look_open_pages_and_escape_closes_them() -> None:
    """Each page says LIVE, and help is there on the pages as well."""
    app = Showing(MOMENTS["near_miss"]().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        for key, kind in (("m", MapPage), ("l", LogPage), ("v", Page), ("question_mark", HelpPage)):
            await pilot.press(key)
            assert isinstance(app.screen, kind)
            assert screen_text(app).startswith(" LIVE production-eu")
            if kind is not HelpPage:
                await pilot.press("question_mark")
                assert isinstance(app.screen, HelpPage)
                await pilot.press("escape")
            await pilot.press("escape")
            assert isinstance(app.screen, RunScreen)


async def test_help_in_a_drill_does_not_say_that_it_is_kept() -> None:
    """Would catch somebody who leaves a drill to go on with it tomorrow."""
    for moment, words in (("drill", "cannot be resumed"), ("confirm", "the run is kept")):
        app = Showing(MOMENTS[moment]().view())
        async with app.run_test(size=(80, 48)) as pilot:
            await told(pilot, app)
            await pilot.press("question_mark")
            assert words in screen_text(app), moment


async def test_a_number_pressed_at_a_list_says_how_it_is_answered() -> None:
    """Would catch a digit that does nothing without a word, and one that answers by itself."""
    app = Showing(MOMENTS["attest"]().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("1")
        assert "press Enter first, then the number" in screen_text(app)
        assert app.submitted == []
    other = Showing(MOMENTS["waiting"]().view())
    async with other.run_test(size=(80, 24)) as pilot:
        await told(pilot, other)
        await pilot.press("1")
        assert "then the number" not in screen_text(other)


async def test_the_map_opens_where_the_pointer_is() -> None:
    """Late in a long procedure the pointer must be in view."""
    app = Showing(Scene().reach("clients-back").view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("m")
        await until(pilot, lambda: "\n > " in screen_text(app))


async def test_the_log_filters_by_server() -> None:
    """One server after the other, then all again."""
    scene = MOMENTS["near_miss"]()
    scene.print("broker-a", "AMQ221007: Server is now active")
    app = Showing(scene.view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("l")
        assert "broker-a: " in screen_text(app)
        assert "broker-b: " in screen_text(app)
        await pilot.press("f")
        assert "broker-b: " not in screen_text(app)
        await pilot.press("f")
        assert "broker-a: " not in screen_text(app)
        await pilot.press("f")
        assert "broker-a: " in screen_text(app)


async def test_a_lost_guard_shows_on_a_page_too() -> None:
    """Reading the map must not hide it."""
    app = Showing(confirm().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("m")
        await told(pilot, app, MOMENTS["guard_lost"]().view())
        await until(pilot, lambda: "GUARD LOST" in screen_text(app))


async def test_pasted_text_answers_and_does_nothing_else() -> None:
    """A paste outside a question presses no keys."""
    from textual import events

    app = Showing(missed().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        app.post_message(events.Paste("sad\n"))
        await pilot.pause()
        assert app.run_screen.asking is None
        await pilot.press("e")
        app.post_message(events.Paste("step 3\nis wrong"))
        await pilot.pause()
        await pilot.press("enter")
        assert app.submitted == [c.Record(e.Noted(text="step 3 is wrong", step="start-slave"))]


async def test_q_leaves_only_after_the_walk_has_stopped() -> None:
    """Before that it is no key at all."""
    app = Showing(confirm().view())
    async with app.run_test(size=(80, 24)) as pilot:
        await told(pilot, app)
        await pilot.press("q")
        assert isinstance(app.screen, RunScreen)
        await told(pilot, app, MOMENTS["ended"]().view())
        await pilot.press("q")
        await until(pilot, lambda: app.left == [0])
