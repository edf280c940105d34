"""What stands in a text for a captured value is filled wherever a person reads it."""

from __future__ import annotations

from handrail.procedure.filling import PLACE, with_values
from handrail.procedure.model import Step

CHOOSING = Step.model_validate(
    {
        "id": "latest",
        "title": "Whose journal is the latest",
        "passage": "All",
        "choice": {
            "ask": "Live until {live-until}, backup until {backup-until}.",
            "options": (
                {"name": "live", "title": "The one of {live-until}", "consequence": "nothing is copied"},
                {"name": "backup", "title": "The other", "consequence": "its {messages} messages are kept"},
            ),
        },
    }
)


def test_a_question_and_its_options_hold_the_values_they_are_decided_by() -> None:
    """The one screen on which somebody decides must not show the name of what it is decided by."""
    step = with_values(CHOOSING, {"live-until": "03:04", "messages": 40})
    assert step.choice is not None
    assert step.choice.ask == "Live until 03:04, backup until <backup-until>."
    assert [option.title for option in step.choice.options] == ["The one of 03:04", "The other"]
    assert step.choice.options[1].consequence == "its 40 messages are kept"


def test_a_choice_without_values_stays_the_very_same() -> None:
    """What has nothing to fill is not copied at each look."""
    plain = CHOOSING.model_copy(update={"choice": with_values(CHOOSING, {}).choice})
    assert with_values(plain, {"live-until": "03:04"}) is plain
    assert not PLACE.search(str(plain))
