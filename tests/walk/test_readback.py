"""What departs from the procedure is shown as it will be recorded, with the step's name."""

from __future__ import annotations

import pytest
from tests.screens.moments import confirm, guard_lost, missed
from tests.screens.scenes import Scene

from handrail.walk.asking import command
from handrail.walk.readback import readback
from handrail.walk.view import Do


@pytest.mark.parametrize(
    ("do", "scene", "given", "words"),
    [
        (
            Do.SKIP,
            missed(),
            ["2 no slave"],
            "SKIP 3.1 Start the slave broker on broker-b. Reason: does not apply",
        ),
        (
            Do.DEFER,
            missed(),
            ["Ana", "2d", "later"],
            "DEFER 3.1 Start the slave broker on broker-b to Ana until 20",
        ),
        (Do.RETRY, missed(), ["once more"], "RETRY 3.1 Start the slave broker on broker-b as a new attempt."),
        (Do.RETRACT, confirm(), ["1", "wrong"], "TAKE BACK "),
        (Do.ACCEPT_GUARD, guard_lost(), ["told so"], 'GO ON although "'),
    ],
)
def test_what_will_be_recorded_names_the_step(do: Do, scene: Scene, given: list[str], words: str) -> None:
    """Would catch a skip that is done before anybody has read of which step."""
    view = scene.view()
    assert readback(view, command(do, view, given)).startswith(words)


def test_what_a_typed_name_or_word_guards_is_not_asked_twice() -> None:
    """An override takes the server's name, the end of a run the word for it."""
    view = missed().view()
    for do, given in ((Do.OVERRIDE, ["broker-b", "1"]), (Do.ABORT, ["abort", "x"]), (Do.NOTE, ["x"])):
        assert readback(view, command(do, view, given)) == ""
