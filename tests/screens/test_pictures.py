"""Every screen as a picture, at 80x24 and at 160x48; `make snapshots` accepts them as they are now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.screens import showing
from tests.screens.moments import MOMENTS, confirm, missed, near_miss, undecided
from textual.app import App
from textual.pilot import Pilot

from handrail.walk.preflight import Preflight

SnapCompare = Callable[..., bool]
SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])


def pressing(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Press these once the view is there."""

    async def run(pilot: Pilot[int]) -> None:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()

    return run


async def looked(pilot: Pilot[int]) -> None:
    """Wait until the look before the walk has answered."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@SIZES
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_run_screen_at_every_moment(
    snap_compare: SnapCompare, moment: str, size: tuple[int, int]
) -> None:
    """What to look for in each picture stands at the moment's own function."""
    app = showing.Showing(MOMENTS[moment]().view())
    assert snap_compare(app, terminal_size=size, run_before=pressing())


ASKED = {
    "skip-reasons": (confirm, ("s",)),
    "confirm-target": (confirm, ("enter", *"bro")),
    "abort": (confirm, ("a", *"abort", "enter", *"told")),
    "take-back": (confirm, ("b",)),
    "decide": (undecided, ("u",)),
    "wait-longer": (missed, ("w", "5", "m", "enter")),
    "hold": (confirm, ("h",)),
    "override": (missed, ("o",)),
}


@SIZES
@pytest.mark.parametrize("question", ASKED)
def test_questions_with_their_options_above_the_typed_line(
    snap_compare: SnapCompare, question: str, size: tuple[int, int]
) -> None:
    """The step stays in view, the options are whole, the cursor stands where the next letter goes."""
    moment, keys = ASKED[question]
    assert snap_compare(showing.Showing(moment().view()), terminal_size=size, run_before=pressing(*keys))


PAGES = {"map": "m", "view": "v", "log": "l", "help": "question_mark"}


@SIZES
@pytest.mark.parametrize("page", PAGES)
def test_pages_over_a_walk(snap_compare: SnapCompare, page: str, size: tuple[int, int]) -> None:
    """LIVE and the site on the first line, the critical functions on the second, the way back below."""
    app = showing.Showing(near_miss().view())
    assert snap_compare(app, terminal_size=size, run_before=pressing(PAGES[page]))


BOUND: dict[str, Preflight | None] = {
    "ok": showing.PREFLIGHT_OK,
    "wrong": showing.PREFLIGHT_WRONG,
    "waiting": None,
}


@SIZES
@pytest.mark.parametrize("found", BOUND)
def test_the_binding(snap_compare: SnapCompare, found: str, size: tuple[int, int]) -> None:
    """Pair, roles, what was looked at, what is wrong first and with its mend; what Enter does."""
    app: App[int] = showing.binding(BOUND[found])
    assert snap_compare(app, terminal_size=size, run_before=looked)


@SIZES
def test_the_library(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The open run first and marked LIVE; one pointer; the summary of the marked row below."""
    app = showing.library(
        [showing.run_summary("live")], remark="there is no inventory yet - handrail inventory makes one"
    )
    assert snap_compare(app, terminal_size=size, run_before=pressing("down"))


@SIZES
def test_searching_the_library(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Only what contains the words; the typed line with its cursor."""
    assert snap_compare(showing.library(), terminal_size=size, run_before=pressing("slash", *"roll"))


@SIZES
def test_reading_a_procedure(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Summary, roles, sections, steps and hazards, to be scrolled."""
    assert snap_compare(showing.library(), terminal_size=size, run_before=pressing("v", "space"))
