"""The uncontrolled failover as it is walked: gates refuse, traps are caught, batches go on where they stopped."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.recipes import recipes_beside, with_recipe
from handrail.drill.rehearsal import Walked, _as_recorded, play
from handrail.drill.scenario import Inject, Scenario, scenarios
from handrail.drill.stage import bound_pairs_of
from handrail.procedure.loading import find
from handrail.walk import events as e
from handrail.walk.plan import lay_out

PROCEDURE = "solace/uncontrolled-failover"
LOADED = find(PROCEDURE)
SCENARIOS = {item.id.removeprefix("uncontrolled-failover"): item for item in scenarios(PROCEDURE)}
SMALL = [name for name in sorted(SCENARIOS) if name != "-hundreds"]


def walk(
    scenario: Scenario, ledger: Path, route: Route | None = None, recipe: tuple[str, str] | None = None
) -> Walked:
    """The scenario walked by the autopilot; `recipe` is a fault's name and the step it is caused at."""
    plan = lay_out(LOADED.procedure, bound_pairs_of(scenario))
    if recipe is not None:
        name, step = recipe
        planned = next(item for item in plan.steps if item.step.id == step)
        scenario = with_recipe(scenario, recipes_beside(LOADED.path)[name], planned)
    pilot = Autopilot(scenario.finds, route or Route(), patience=1)
    drill = play(LOADED, scenario, ledger, pilot)
    return _as_recorded(drill, plan, scenario, "", pilot)


@lru_cache
def straight(name: str) -> Walked:
    """The scenario's straight way; walked once."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        return walk(SCENARIOS[name], Path(folder))


def sent(walked: Walked) -> list[str]:
    """Steps whose act was sent, once for each time."""
    not_sent = {(event.step, event.attempt) for event in walked.events if isinstance(event, e.NotSent)}
    return [
        event.step.split("@")[0]
        for event in walked.events
        if isinstance(event, e.Intended) and (event.step, event.attempt) not in not_sent
    ]


def rows_sent(walked: Walked, step: str) -> list[str]:
    """Every row that a request was sent for in this step, in order."""
    return [
        row
        for event in walked.events
        if isinstance(event, e.RowsSending) and event.step.split("@")[0] == step
        for row in event.rows
    ]


@pytest.mark.parametrize("name", SMALL)
def test_each_scenario_is_walked_to_its_end(name: str) -> None:
    """Would catch a straight way that ends elsewhere, or that is passed by an override."""
    walked = straight(name)
    assert (walked.how, walked.problems) == ("complete", ())
    assert not [event for event in walked.events if isinstance(event, e.Overrode | e.Skipped)]


@pytest.mark.parametrize("name", ["", "-active", "-backbone", "-complete", "-single", "-standby", "-long"])
def test_no_message_is_taken_at_both_sites(name: str) -> None:
    """Would catch an order that leaves the failed site open while the other is active."""
    assert not [line for line in straight(name).harmed if "both sites" in line]


def test_a_site_cut_off_diverges_before_anybody_can_act_and_the_walk_ends_it(tmp_path: Path) -> None:
    """Would catch 'cut off' taken for 'down': its local clients publish until their sessions are ended."""
    walked = straight("-isolated")
    assert any("both sites" in line for line in walked.harmed)
    assert "end-sessions" in sent(walked)
    [sessions] = [
        event.rows
        for event in walked.events
        if isinstance(event, e.Intended)
        if event.step.startswith("end-sessions")
    ]
    assert set(sessions) == {"Trading_VPN app-1", "Trading_VPN app-2"}


def test_step_one_is_refused_while_the_failed_site_is_active_and_open(tmp_path: Path) -> None:
    """The gate: the site came back active between the look and the promotion."""
    route = Route(abort_when_missed="promote")
    walked = walk(SCENARIOS["-single"], tmp_path, route, ("returns-active", "promote"))
    assert "promote" in walked.blocked
    assert rows_sent(walked, "promote") == []


def test_a_silent_site_is_no_failed_site_until_somebody_there_has_said_so(tmp_path: Path) -> None:
    """Would catch a blocked or wrong management port taken as evidence that the site is not active."""
    route = Route(attest={"site-known": "nobody could say"}, abort_when_missed="site-known")
    walked = walk(SCENARIOS["-single"], tmp_path, route)
    assert rows_sent(walked, "promote") == []
    told = [event.value for event in straight("-single").events if isinstance(event, e.Attested)]
    assert "down: people there say so" in told, "the control: with it the walk goes on"


def test_who_was_told_that_the_site_is_cut_off_is_not_made_to_say_that_it_is_down() -> None:
    """Would catch 'cut off' kept in the record as 'down'."""
    told = [event.value for event in straight("-isolated").events if isinstance(event, e.Attested)]
    assert "cut off: the network's say so" in told


def test_a_mate_that_falls_silent_is_not_taken_for_standby(tmp_path: Path) -> None:
    """The gate of a site that answers standby: both its nodes must be read so at the moment of the send."""
    silent = Inject.model_validate(
        {"name": "refuse-management", "begun": "promote-standby", "arguments": {"server": "ny-2"}}
    )
    scenario = SCENARIOS["-standby"].model_copy(update={"injects": (*SCENARIOS["-standby"].injects, silent)})
    walked = walk(scenario, tmp_path, Route(abort_when_missed="promote-standby"))
    assert "promote-standby" in walked.blocked
    assert rows_sent(walked, "promote-standby") == []
    assert rows_sent(straight("-standby"), "promote-standby") == ["Trading_VPN"], "the control"


def test_a_silent_mate_beside_a_standby_is_asked_about() -> None:
    """Would catch a refused port of the mate counted as standby."""
    walked = straight("-mate")
    assert "site-known" in walked.steps
    assert rows_sent(walked, "promote") == ["Trading_VPN"]


def test_a_failed_site_that_answers_active_is_closed_first_the_backup_before_the_primary() -> None:
    """Would catch a promotion beside an open site, or a takeover to the node that is still open."""
    order = sent(straight("-active"))
    assert (
        order.index("close-mate-early") < order.index("close-early-primary") < order.index("promote-closed")
    )
    assert order.index("open-primary") < order.index("open-mate")
    assert "promote" not in order


def test_it_cannot_be_gone_on_with_the_early_block_open_again(tmp_path: Path) -> None:
    """Would catch the gate of the second promotion missing."""
    walked = walk(
        SCENARIOS["-active"],
        tmp_path,
        Route(abort_when_missed="promote-closed"),
        ("open-again", "promote-closed"),
    )
    assert rows_sent(walked, "promote-closed") == []


def test_nothing_is_opened_while_a_vpn_of_the_failed_site_is_active(tmp_path: Path) -> None:
    """The hard gate of step 4-4."""
    route = Route(abort_when_missed="open-ports")
    walked = walk(SCENARIOS["-single"], tmp_path, route, ("active-again", "open-ports"))
    assert "open-ports" not in sent(walked)


def test_wherever_a_way_to_close_a_site_is_chosen_or_taken_first_the_trap_of_flags_is_a_warning() -> None:
    """A VPN's flags reach the surviving site by replication of the configuration: both would refuse clients."""
    steps = {step.id: step for step in find("solace/uncontrolled-failover").procedure.steps()}
    for name in ("method", "close-mate-early"):
        warnings = [hazard.text for hazard in steps[name].hazards if hazard.level == "warning"]
        assert any("flags" in text and "surviving site" in text for text in warnings), name


def test_the_ports_are_closed_before_the_site_is_started_and_opened_after_it_is_standby() -> None:
    """Would catch a block that comes too late or goes too early."""
    order = sent(straight(""))
    assert order.index("close-ports") < order.index("primary-back") < order.index("set-standby")
    assert order.index("set-standby") < order.index("open-ports")


def test_replication_is_suspended_in_time_and_put_back_at_the_end() -> None:
    """Would catch publishes refused although it was known that the queue would not last."""
    walked = straight("-long")
    order = sent(walked)
    assert order.index("suspend") < order.index("primary-back") < order.index("refuse-again")
    assert not [line for line in walked.harmed if "refused" in line]
    assert [line for line in walked.harmed if "only at one site" in line], "the price of it"
    levels = {event.step.split("@")[0]: event.outcome for event in walked.events if isinstance(event, e.Met)}
    assert levels["queue-level"] == "high"
    assert [event.guard for event in walked.events if isinstance(event, e.GuardLost)] == ["queue-room"]


def test_without_need_replication_is_not_suspended() -> None:
    """Would catch step 3 done always, and step 4-6 without it."""
    assert {"suspend", "refuse-again"}.isdisjoint(sent(straight("")))


def test_each_transaction_is_decided_by_itself_and_deleted_after(tmp_path: Path) -> None:
    """Would catch a default, a wildcard, or a delete before the decision."""
    walked = straight("-transactions")
    assert Counter(rows_sent(walked, "end-prepared")) == Counter(rows_sent(walked, "delete-ended"))
    assert len(rows_sent(walked, "end-prepared")) == 4
    assert any(row.startswith("Ledger VPN ") for row in rows_sent(walked, "end-prepared"))
    step = next(item for item in LOADED.procedure.steps() if item.id == "decide")
    assert step.choice is not None
    assert [option.name for option in step.choice.options] == ["commit", "rollback"], (
        "no row is left by default"
    )


def test_a_decision_whose_answer_was_lost_is_never_sent_again(tmp_path: Path) -> None:
    """Would catch a commit repeated because the first answer broke off."""
    walked = walk(SCENARIOS["-transactions"], tmp_path, Route(), ("half-answered", "end-prepared"))
    assert walked.how == "complete"
    assert max(Counter(rows_sent(walked, "end-prepared")).values()) == 1


def test_blocked_publishes_are_said_where_they_are_and_nowhere_else() -> None:
    """Would catch the VPNs with reject-msg-when-sync-ineligible forgotten."""
    assert "blocked-publishes" in straight("-transactions").steps
    confirmed = [event.step.split("@")[0] for event in straight("").events if isinstance(event, e.Confirmed)]
    assert "blocked-publishes" not in confirmed


def test_what_is_lost_with_the_disk_is_acknowledged() -> None:
    """Would catch a rebuilt site closed as if its messages could still be fetched."""
    walked = straight("-complete")
    assert [line for line in walked.harmed if "gone with the disk" in line]
    done = {
        event.step.split("@")[0] for event in walked.events if isinstance(event, e.Confirmed | e.Attested)
    }
    assert {"lost-with-disk", "backup-active"} <= done
    assert "next-window" not in done


def test_a_flag_that_shuts_a_vpn_at_both_sites_is_seen(tmp_path: Path) -> None:
    """The trap of the per-VPN flag: active and yet down."""
    route = Route(abort_when_missed="clients-return")
    walked = walk(SCENARIOS["-single"], tmp_path, route, ("vpn-shut", "clients-return"))
    missed = [event.step.split("@")[0] for event in walked.events if isinstance(event, e.Missed)]
    assert missed == ["clients-return"]


def test_both_sites_active_and_open_ring_in_the_middle_of_the_walk(tmp_path: Path) -> None:
    """Would catch the guard asleep: somebody opens the ports before the site is standby."""
    opened = Inject.model_validate(
        {"name": "open-ports", "begun": "clients-there", "arguments": {"server": "ny-1"}}
    )
    scenario = SCENARIOS[""].model_copy(update={"injects": (opened,)})
    walked = walk(scenario, tmp_path, Route(abort_at="set-standby"))
    assert "two-active" in {event.guard for event in walked.events if isinstance(event, e.GuardLost)}


def test_three_hundred_vpns_and_seven_that_fail_in_the_middle(tmp_path: Path) -> None:
    """Seven are set aside with their reason and tried again; no request is sent twice for a good one."""
    walked = walk(SCENARIOS["-hundreds"], tmp_path, Route(abort_at="clients-return"))
    times = Counter(rows_sent(walked, "promote"))
    busy = {"app-041", "app-042", "app-107", "app-150", "app-211", "app-212", "app-299"}
    assert len(times) == 300
    assert {row for row, count in times.items() if count > 1} == busy
    ends = [end for event in walked.events if isinstance(event, e.RowsActed) for end in event.ends]
    refused = [end for end in ends if end.result == "refused"]
    assert {end.row for end in refused} == busy
    assert all("busy reconciling" in end.detail for end in refused)
    assert Counter(end.result for end in ends)["accepted"] == 300
    assert all(len(event.rows) <= 8 for event in walked.events if isinstance(event, e.RowsSending))
    assert walked.problems == ()
