"""Each fault that would only be found out in the middle of a walk is refused, with its line and its mend."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.procedure.lint import Examined, examine, lint
from handrail.procedure.lint_fit import NAME_LENGTH, ROOM, WIDTH, phases
from handrail.procedure.loading import builtin_root
from handrail.procedure.model import Step
from handrail.tui.paper import wrapped

ARTEMIS = builtin_root() / "artemis"
GOOD = """\
schema = 1
id = "artemis/small"
title = "A small procedure"
product = "artemis"
version = 1
summary = "Stops and starts a slave."
modes = ["replication", "shared-store"]
pairs = "many"
[document]
name = "Notes"
passage = "All"
[[roles]]
name = "master"
what = "the live one"
[[roles]]
name = "slave"
what = "the backup"
[[guards]]
id = "live"
title = "The master is live"
lost = "Look at it."
from = "stop"
until = "start"
except = [{ step = "stop", for = "5s" }]
expect = { on = "master", field = "active", is = true }
[[sections]]
id = "one"
title = "One"
pause = "Nothing was changed."
abort = "Nothing was changed."
safe = true
repeat = { over = "pairs", group = "g" }
[[sections.steps]]
id = "which"
title = "Which"
passage = "All"
[sections.steps.choice]
ask = "Which?"
options = [
  { name = "go", title = "Go", consequence = "it goes on" },
  { name = "no", title = "No", consequence = "it ends", goto = "start" },
]
[[sections.steps]]
id = "stop"
title = "Stop"
on = "slave"
passage = "All"
when = { choice = "which", is = "go" }
require = [{ on = "master", field = "active", is = true }]
confirm = { kind = "target", text = "It stops." }
do = { command = "stop" }
already = [{ field = "started", is = false, also_when = ["refused"] }]
expect = [{ field = "started", is = false, also_when = ["refused"], held = "3s" }]
capture = [{ name = "clients", field = "client-connections", on = ["master"] }]
if_not = [{ text = "Wait.", inject = "slow-stop" }]
[[sections]]
id = "two"
title = "Two"
pause = "It is back."
abort = "It may be down."
safe = true
repeat = { over = "pairs", group = "g" }
[[sections.steps]]
id = "start"
title = "Start"
on = "slave"
passage = "All"
do = { command = "start" }
already = [{ field = "started", is = true }]
expect = [
  { log = "artemis.waiting-for-master" },
  { on = "master", field = "client-connections", at_least = { captured = "clients" } },
]
"""


def folder_with(tmp_path: Path, text: str) -> Path:
    """A product's folder with its own catalogue, fields and injects, and this procedure."""
    folder = tmp_path / "artemis"
    (folder / "drills").mkdir(parents=True, exist_ok=True)
    for name in ("messages.toml", "fields.toml", "drills/injects.toml"):
        shutil.copy(ARTEMIS / name, folder / name)
    (folder / "small.toml").write_text(text, encoding="utf-8")
    return folder


def examined(tmp_path: Path, old: str, new: str) -> Examined:
    """What is found in the small procedure with one thing changed."""
    assert old in GOOD
    return examine([folder_with(tmp_path, GOOD.replace(old, new, 1)) / "small.toml"])


def test_a_good_procedure_has_no_finding(tmp_path: Path) -> None:
    """The base of all the others: what they find is what they changed."""
    found = examine([folder_with(tmp_path, GOOD)])
    assert (found.findings, found.notes) == ([], [])


FAULTS = [
    ('field = "started", is = true', 'field = "stated", is = true', "no field stated"),
    ('field = "started", is = true', 'field = "started", is = "yes"', "is a bool"),
    ('field = "started", is = true', 'field = "started", at_least = 1', "needs a number"),
    ('field = "started", is = true', 'field = "started", is = true, row = "x"', "one value"),
    ("artemis.waiting-for-master", "artemis.waiting-for-godot", "the catalogue has no line"),
    ("artemis.waiting-for-master", "solace.waiting", "no line of artemis"),
    ("artemis.waiting-for-master", "artemis.failback-refused", "no release prints"),
    ("artemis.waiting-for-master", "artemis.synchronized", "can never be met in shared-store mode"),
    ('on = ["master"]', 'on = ["mister"]', "no role mister"),
    ('on = "master", field = "client', 'on = "mister", field = "client', "no role mister"),
    ('ask = "Which?"', 'ask = "Which of {patrons}?"', "nothing captures patrons"),
    ('consequence = "it goes on"', 'consequence = "{patrons} go on"', "nothing captures patrons"),
    ('title = "Which"', 'title = "Which {patron}"', "no value is put in here: {patron}"),
    ('text = "Wait."', 'text = "Wait for {clients}."', "no value is put in here: {clients}"),
    ('what = "the live one"', 'what = "the {live} one"', "no value is put in here: {live}"),
    ('pause = "It is back."', 'pause = "It is back: {clients}."', "no value is put in here: {clients}"),
    ('captured = "clients"', 'captured = "patrons"', "nothing captures patrons"),
    ('goto = "start"', 'goto = "strat"', "no step or section strat"),
    ('goto = "start"', 'goto = "which"', "leads to itself"),
    ('choice = "which", is = "go"', 'choice = "witch", is = "go"', "witch is no step"),
    ('choice = "which", is = "go"', 'choice = "start", is = "go"', "start comes later"),
    ('choice = "which", is = "go"', 'choice = "which", is = "gone"', "never is gone"),
    ('choice = "which", is = "go"', 'outcome = "which", is = "go"', "has no outcome"),
    ('choice = "which", is = "go"', 'value = "clients", at_least = 1', "nothing captures clients before"),
    ('choice = "which", is = "go"', 'fact = "ha-mode", is = "mirror"', "no mode of this procedure"),
    ('already = [{ field = "started", is = true }]\n', "", "has no `already`"),
    ('command = "stop"', 'command = "sotp"', "no command sotp"),
    ('inject = "slow-stop"', 'inject = "meteor"', "can cause meteor"),
    ('from = "stop"', 'from = "halt"', "there is no step halt"),
    ('until = "start"', 'until = "which"', "ends before it begins"),
    ('step = "stop", for', 'step = "which", for', "sends nothing"),
    ('id = "start"\n', 'id = "stop"\n', "is used twice"),
    ('id = "start"\n', 'id = "two"\n', "a section's id"),
    ('id = "two"\n', 'id = "one"\n', "section id one is used twice"),
    ('held = "3s"', 'held = "60s"', "must hold 60 s"),
    ('id = "artemis/small"', 'id = "artemis/tiny"', "not named as its id"),
    ('id = "artemis/small"', 'id = "solace/small"', "does not begin with its product"),
    ('pairs = "many"\n', "", "the procedure is for one pair"),
    ('over = "pairs", group = "g" }\n[[sections.steps]]\nid = "start"', 'over = "pairs" }\n[[sections.steps]]\nid = "start"', "not repeated together"),
    ('repeat = { over = "pairs", group = "g" }\n[[sections.steps]]\nid = "start"', '[[sections.steps]]\nid = "start"', "which pair is meant"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problem"), FAULTS)
def test_one_fault_is_found_with_line_and_mend(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """The finding names the fault, stands at a line of the file, and says what to do about it."""
    found = examined(tmp_path, old, new)
    matching = [finding for finding in found.findings if problem in finding.problem]
    assert matching, [str(finding) for finding in found.findings]
    assert all(finding.mend for finding in found.findings)
    assert 1 <= matching[0].line <= GOOD.count("\n") + 1


def test_the_line_is_the_one_with_the_wrong_name(tmp_path: Path) -> None:
    """An inline table several lines below its key is still pointed at."""
    found = examined(tmp_path, "artemis.waiting-for-master", "artemis.waiting-for-godot")
    lines = GOOD.splitlines()
    assert "waiting-for-master" in lines[found.findings[0].line - 1]


def test_a_changing_step_without_expect_is_refused(tmp_path: Path) -> None:
    """Something is sent, and nobody would look what came of it."""
    text = GOOD[: GOOD.rindex("expect = [")]
    found = lint([folder_with(tmp_path, text) / "small.toml"])
    assert any("expects nothing" in finding.problem for finding in found)


def test_a_requirement_of_a_step_that_does_nothing_is_refused(tmp_path: Path) -> None:
    """It would never be asked."""
    found = examined(
        tmp_path, 'do = { command = "start" }\n', 'require = [{ field = "started", is = true }]\n'
    )
    assert any("never be asked" in finding.problem for finding in found.findings)


def test_a_step_with_nothing_to_do_is_refused(tmp_path: Path) -> None:
    """An empty step would be done the moment it is reached."""
    empty = GOOD + '[[sections.steps]]\nid = "idle"\ntitle = "Idle"\npassage = "All"\n'
    found = lint([folder_with(tmp_path, empty) / "small.toml"])
    assert [finding.problem for finding in found] == ["idle has nothing to do"]


def test_an_unused_role_is_refused(tmp_path: Path) -> None:
    """A server would be bound that no step looks at."""
    found = examined(tmp_path, "[[guards]]", '[[roles]]\nname = "third"\nwhat = "nobody"\n[[guards]]')
    assert any("no step uses the role third" in finding.problem for finding in found.findings)


def test_an_if_not_without_inject_is_noted_and_refuses_nothing(tmp_path: Path) -> None:
    """It is listed as not rehearsed; some things no drill can cause."""
    found = examined(tmp_path, ', inject = "slow-stop"', "")
    assert found.findings == []
    assert [note.problem for note in found.notes] == ["not rehearsed: stop: Wait."]


def test_a_section_of_more_than_nine_steps_is_noted(tmp_path: Path) -> None:
    """A pause point is a place to breathe."""
    more = "".join(
        f'[[sections.steps]]\nid = "more-{n}"\ntitle = "M"\npassage = "All"\nconfirm = {{ kind = "acknowledge", text = "x" }}\n'
        for n in range(9)
    )
    found = examine([folder_with(tmp_path, GOOD + more) / "small.toml"])
    assert found.findings == []
    assert any("section two has 10 steps" in note.problem for note in found.notes)


def test_a_missing_catalogue_is_said_once(tmp_path: Path) -> None:
    """Linting a file on its own says what must lie beside it, and still checks the rest."""
    folder = folder_with(tmp_path, GOOD.replace('goto = "start"', 'goto = "strat"'))
    (folder / "messages.toml").unlink()
    problems = [finding.problem for finding in lint([folder])]
    assert sum("is missing" in problem for problem in problems) == 1
    assert any("strat" in problem for problem in problems)


def test_every_kind_of_file_of_a_folder_is_checked(tmp_path: Path) -> None:
    """Catalogue, fields, injects and procedure, each with its own finding."""
    folder = folder_with(tmp_path, GOOD + "\nbogus = 1\n")
    for name in ("messages.toml", "fields.toml", "drills/injects.toml"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\nbogus = 1\n")
    found = lint([tmp_path])
    assert {finding.path.name for finding in found} == {
        "messages.toml",
        "fields.toml",
        "injects.toml",
        "small.toml",
    }


def test_a_path_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    """A typo on the command line must not pass as a clean file."""
    assert [finding.problem for finding in lint([tmp_path / "none.toml"])] == ["there is no such file"]
    assert [finding.problem for finding in lint([tmp_path])] == ["there is no TOML file below it"]


def test_a_step_too_long_for_the_screen_is_refused(tmp_path: Path) -> None:
    """At 03:14 nobody looks for the line that was cut."""
    long = 'confirm = { kind = "target", text = "' + "It stops. " * 38 + '" }\ntext = "' + "word " * 58 + '"'
    hazards = '\nhazards = [{ level = "warning", text = "' + "danger " * 55 + '" }]'
    found = examined(tmp_path, 'confirm = { kind = "target", text = "It stops." }', long + hazards)
    assert any("does not fit 80x24" in finding.problem for finding in found.findings)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.text("abcdefghij", min_size=1, max_size=20), min_size=1, max_size=40))
def test_the_budget_counts_lines_as_the_screen_wraps_them(words: list[str]) -> None:
    """The lint may not import the terminal's face, so the two are held against each other here."""
    text = " ".join(words)[:300].strip()
    step = Step.model_validate(
        {
            "id": "x",
            "title": "X",
            "passage": "p",
            "text": text,
            "confirm": {"kind": "acknowledge", "text": "c"},
        }
    )
    estimated = dict(phases(step))["before it is sent"]
    assert estimated == 2 + len(wrapped(text, WIDTH, "     ")) + 1 + 1


def test_the_budget_is_the_run_screens() -> None:
    """Twenty-four lines, less header, reserved line, keys, the steps around and a blank one."""
    assert ROOM == 24 - 4 - 1 - 2 - 1
    assert 8 <= NAME_LENGTH <= 40


def test_what_comes_with_handrail_is_loaded_by_lint() -> None:
    """The procedures' own lint lies with their tests; here only that a folder finds them all."""
    found = examine([builtin_root()])
    assert set(found.procedures) == {
        path for path in builtin_root().glob("*/*.toml") if path.stem not in ("messages", "fields")
    }
    assert {path.parent.name for path in found.procedures} >= {"artemis", "eap"}


def test_a_procedure_that_lies_alone_is_held_against_what_comes_with_handrail(tmp_path: Path) -> None:
    """Would catch one real finding hidden among twenty about a catalogue and recipes that are elsewhere."""
    text = (builtin_root() / "artemis" / "full-restart.toml").read_text(encoding="utf-8")
    path = tmp_path / "full-restart.toml"
    path.write_text(text, encoding="utf-8")
    assert examine([path]).findings == []
    path.write_text(text.replace('field = "active"', 'field = "activ"', 1), encoding="utf-8")
    assert {finding.problem.split(";")[0] for finding in examine([path]).findings} != set()
    assert all("activ" in finding.problem for finding in examine([path]).findings)


def test_a_file_that_cannot_be_read_says_that_the_rest_of_it_was_not_examined(tmp_path: Path) -> None:
    """Would catch one typo mended, and three more findings after it that nobody was told to expect."""
    found = examined(tmp_path, 'id = "artemis/small"', 'idd = "artemis/small"')
    assert [(note.problem, note.mend) for note in found.notes] == [
        ("was not examined further", "mend what is found first")
    ]
