"""What a tired person misreads: nothing on the screen may say more, or less, than is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.screens.moments import MOMENTS, sent
from tests.screens.scenes import Scene

from handrail.drill.scenario import scenarios
from handrail.drill.stage import bound_pairs_of
from handrail.plain import PlainFace
from handrail.procedure.loading import find
from handrail.procedure.model import Function, Span
from handrail.readings import Evidence, Verdict
from handrail.text import safe
from handrail.tui import keys
from handrail.tui.asking import Asking, ask
from handrail.tui.checklist import body, step_row, whole_map
from handrail.tui.full import request
from handrail.tui.heading import strip
from handrail.tui.paper import Ink
from handrail.walk import events as e
from handrail.walk.asking import inputs
from handrail.walk.countdown import WindowFound
from handrail.walk.plan import BoundPair
from handrail.walk.row_words import window_words
from handrail.walk.view import Do, View

NOW = datetime(2026, 3, 29, 3, 20, tzinfo=UTC)


def text(view: View) -> str:
    """The body at 80x24."""
    return "\n".join(row.text for row in body(view, 79, 20))


def windowed(window: WindowFound) -> str:
    """The countdown's words at a step that has one."""
    current = sent("start-slave").view().current
    assert current is not None
    return window_words(replace(current, window=window))


class TestCountdowns:
    """Would catch a countdown that has run out shown as one that has not begun."""

    def test_one_that_ran_out_says_so_and_since_when(self) -> None:
        """The server has left the state that is counted; the words must not go back to the beginning."""
        over = safe("It gave up.")
        words = windowed(WindowFound(safe("Discovery timeout"), 1.0, over, NOW, 119.0))
        assert words == "Discovery timeout: began at 03:18:01Z, RAN OUT at 03:20:00Z. It gave up."

    def test_one_that_ended_in_time_says_how_long_it_took(self) -> None:
        """The peer was found: nothing ran out."""
        words = windowed(WindowFound(safe("Discovery timeout"), 90.0, safe("It gave up."), NOW, 30.0))
        assert words == "Discovery timeout: over since 03:20:00Z, after 30 of 120 s"

    def test_one_that_was_seen_to_begin_never_says_that_it_was_not(self) -> None:
        """It cannot be read now, or ended while nobody watched."""
        found = WindowFound(safe("T"), None, safe("x"), began=NOW, due=NOW + timedelta(seconds=90))
        words = windowed(replace(found, note=safe("cannot be read now")))
        assert words == "T: began at 03:20:00Z to run out at 03:21:30Z; cannot be read now"

    def test_one_never_seen_does_not_say_that_it_has_not_begun(self) -> None:
        """A walk taken up later has not seen what was before."""
        assert "was not seen to begin" in windowed(WindowFound(safe("T"), None, safe("x")))


class TestBeingHeld:
    """Would catch what only has to last longer shown as failed."""

    def test_a_box_between_met_and_not_met(self) -> None:
        """True for one reading, to be held for three seconds."""
        scene = sent("start-slave").print("broker-b", MOMENTS_LINE)
        scene.second += 5
        scene.read("broker-b", active=False, backup=True, replica_sync=True)
        scene.view()
        scene.second += 1
        shown = " ".join(text(scene.view()).split())
        assert "(.) replica-sync of broker-b = true (held 3 s) now true, so for 1 s" in shown

    def test_the_plain_face_says_it_in_words(self) -> None:
        """Not NOT MET."""
        item = Evidence(safe("x = 1 (held 3 s)"), safe("1"), Verdict.NOT_MET, held_s=1.0, holding=True)
        lines: list[str] = []
        face = PlainFace(None)  # type: ignore[arg-type]
        face.line = lines.append  # type: ignore[method-assign, assignment]
        face._evidence("expect", item)
        assert lines == ["   expect x = 1 (held 3 s) | BEING HELD: 1, so for 1 s"]


MOMENTS_LINE = "AMQ221024: Backup server is synchronized with primary server, nodeID=0b4e."


def test_what_was_read_before_the_act_is_not_shown_as_now() -> None:
    """Would catch a slave that is still live for two seconds, shown as what came of stopping it."""
    scene = sent("stop-slave")
    scene.looker.sent_ns[scene.current.key] = int(scene.second * 1e9)
    before = text(scene.view())
    assert "(?) started of broker-b = false" in before
    assert "true before the act; not read since the act" in before
    scene.second += 3
    assert "not read since the act" not in text(scene.view())


class TestNormal:
    """Would catch an alarm about what the procedure itself brings about or begins with."""

    def scene(self, normal: tuple[Span, ...]) -> Scene:
        """A pair of which both are live, at the step where that is looked at."""
        scene = Scene().reach("failback-settings")
        functions = [
            item.model_copy(update={"normal": normal}) if item.name == "Two-live" else item
            for item in scene.plan.procedure.functions
        ]
        scene.plan = replace(
            scene.plan, procedure=scene.plan.procedure.model_copy(update={"functions": tuple(functions)})
        )
        scene.looker.plan = scene.plan
        return scene.read("broker-a", replica_sync=True).read("broker-b", replica_sync=True, active=True)

    def test_what_is_expected_is_shown_without_an_alarm(self) -> None:
        """The word stands there, and nothing flashes."""
        row = strip(self.scene((Span.model_validate({"until": "stop-slave"}),)).view(), 79)
        assert "Two-live=YES (expected)" in row.text
        assert row.ink is not Ink.CAUTION

    def test_elsewhere_it_is_an_alarm(self) -> None:
        """The control: the same readings at a step that is in no such span."""
        row = strip(self.scene((Span.model_validate({"from": "stop-slave"}),)).view(), 79)
        assert "Two-live=YES !" in row.text
        assert row.ink is Ink.CAUTION

    def test_two_servers_that_are_no_pair_yet_are_no_alarm(self) -> None:
        """Both live is how the configuration of a pair begins."""
        functions: dict[str, Function] = {
            item.name: item for item in find("eap/configure-replication").procedure.functions
        }
        assert functions["Two-live"].normal[0].until == "reload-backup"


class TestWhatComesNext:
    """Would catch a step shown as next that will never be walked."""

    def test_a_branch_that_is_decided_against_is_not_next(self) -> None:
        """The slave was in sync at once, so the documented detour is not walked."""
        scene = Scene().reach("start-slave")
        ahead = {line.key: line for line in scene.view().steps}
        assert ahead["stop-master-alone"].mark == "-"
        assert "only when start-slave is waiting" in ahead["stop-master-alone"].remark
        scene.do()
        after = {line.key: line for line in scene.view().steps}
        assert after["stop-master-alone"].mark == "n/a"

    def test_the_map_has_conditions_whole(self) -> None:
        """Would catch the id of a step cut in the middle of the only place that names it."""
        rows = whole_map(MOMENTS["confirm"]().view(), 79)
        assert any(row.text.strip() == "only when stop-master is nobody-live" for row in rows)
        assert not any("only when" in row.text and row.text.rstrip().endswith("..") for row in rows)

    def test_a_role_that_is_not_bound_is_said(self) -> None:
        """A site without an HA mate: its steps are n/a from the first screen on, and the map says why."""
        scenario = next(
            item
            for item in scenarios("solace/uncontrolled-failover")
            if item.id == "uncontrolled-failover-single"
        )
        view = Scene(find(scenario.procedure), bound_pairs_of(scenario)).view()
        pair = scenario.pairs[0].name
        assert f"no failed-mate bound in {pair}: its steps are n/a" in view.unbound
        assert any("no failed-mate bound" in row.text for row in whole_map(view, 79)[:3])
        mate = next(line for line in view.steps if line.key == "mate-back")
        assert (mate.mark, str(mate.remark)) == ("n/a", f"no failed-mate bound in {pair}")

    def test_a_whole_remark_beside_a_short_title(self) -> None:
        """There is room: nothing is cut."""
        line = next(line for line in Scene().reach("start-slave").view().steps if line.key == "stop-slave")
        row = step_row(replace(line, remark=safe("only when start-slave is waiting, so")), 79)
        assert row.text.rstrip().endswith("only when start-slave is waiting, so")


def test_what_is_required_comes_before_the_confirmation() -> None:
    """Would catch a server's name typed for an act that cannot be sent."""
    scene = Scene().reach("start-slave")
    assert scene.view().permits[Do.CONFIRM] is None
    scene.read("broker-a", active=False)
    why = scene.view().permits[Do.CONFIRM]
    assert why == "required first: active of broker-a = true (now: false)"


class TestBatches:
    """Would catch one request that stands for three hundred."""

    @pytest.fixture
    def view(self) -> View:
        """Before 300 VPNs are made active, as the conductor would tell it."""
        loaded = find("solace/uncontrolled-failover")
        pair = BoundPair("platform", "replication", {"failed": "ny-1", "standby": "bos-1"})
        scene = Scene(loaded, (pair,))
        vpns = tuple(f"app-{number:03}" for number in range(300))
        while scene.current.step.id != "promote":
            this, step = scene.this, scene.current.step
            if step.id == "take-stock":
                lists = {"vpns": vpns, "blocking": ()}
                scene.add(
                    e.Met(**this, outcome="met", waited_s=1, captured={"active-before": 0}, lists=lists)
                )
            else:
                scene.do()
        scene.around["shown"] = (safe("bos-1> message-vpn app-000"),)
        return scene.add(e.Begun(**scene.this)).view()

    def test_the_step_says_how_many_of_what_before_anything_is_pressed(self, view: View) -> None:
        """In the step, beside the one request."""
        assert "For      each of 300 Message VPNs" in text(view)

    def test_the_page_of_the_request_says_it(self, view: View) -> None:
        """Whoever reads the page to its end has read the number."""
        assert view.current is not None
        page = " ".join(row.text for row in request(view.current, 79))
        assert "For each of 300 Message VPNs; this is the one for app-000" in page

    def test_the_question_says_what_is_to_be_typed(self, view: View) -> None:
        """The count and the site, in this order, with an example."""
        prompt = inputs(Do.CONFIRM, view)[0].prompt
        assert prompt.startswith("For 300 Message VPNs, type the count and the site: 300 ")

    def test_a_question_that_says_what_to_type_says_it_once(self, view: View) -> None:
        """Would catch `type the server's name (8 letters): Type it`; nothing stands behind an example."""
        asked = ask(Do.CONFIRM, view)
        assert isinstance(asked, Asking)
        said = " ".join(row.text.strip() for row in asked.rows(view, 79, 10))
        assert "Type it" not in said
        assert said.split("the site: ")[1].split("   ")[1].startswith("then Enter")
        view = MOMENTS["confirm"]().view()
        asked = ask(Do.CONFIRM, view)
        assert isinstance(asked, Asking)
        said = " ".join(row.text.strip() for row in asked.rows(view, 79, 10))
        assert "type the server's name (8 letters), then Enter." in said


def test_a_request_of_several_lines_is_asked_about_line_by_line() -> None:
    """Would catch two lines read as one command."""
    view = Scene().reach("stop-slave").confirm().view()
    assert view.current is not None
    view = replace(view, current=replace(view.current, shown=(safe("enable"), safe("configure"))))
    asking = ask(Do.SEND, view)
    assert isinstance(asking, Asking)
    rows = [row.text for row in asking.rows(view, 79, 10)]
    assert rows[:3] == [" Send to broker-b now?", "   enable", "   configure"]


def test_the_console_is_on_the_key_line_where_something_is_done_by_hand() -> None:
    """In a drill only: on a real site one's own shell is the console."""
    scene = MOMENTS["done_by_hand"]()
    assert "c Console" not in keys.lines(scene.view(), unread=False)[0]
    opened = scene.events[0]
    assert isinstance(opened, e.Opened)
    scene.events[0] = opened.model_copy(update={"mode": "drill"})
    first = keys.lines(scene.view(), unread=False)[0]
    assert "c Console" in first
    assert len(first) <= 80
