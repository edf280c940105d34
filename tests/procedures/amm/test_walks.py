"""The AMM procedures as they are walked: what the panels hold afterwards, what is computed, what stops a walk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from handrail.drill.autopilot import Autopilot, Route
from handrail.drill.rehearsal import QuickDisk, play
from handrail.drill.scenario import Scenario, scenarios
from handrail.ledger.verify import Whole, verify
from handrail.procedure.loading import find
from handrail.products.amm.simulator import AmmSimulator
from handrail.products.amm.state import World
from handrail.walk import events as e
from handrail.walk.attesting import as_kept, format_refusal
from handrail.walk.state import State

IDS = (
    "amm/install-ha-new",
    "amm/add-ha-to-standalone",
    "amm/upgrade-ha-to-2.17.5",
    "amm/upgrade-ha-from-2.17.5",
    "amm/setup-ha-pair",
    "amm/teardown-ha",
    "amm/swap-ha-roles",
    "amm/tune-ha",
)
ALL = {scenario.id: scenario for identity in IDS for scenario in scenarios(identity)}


@dataclass(frozen=True)
class Played:
    """A walk that has ended: its state, and the simulated pair as it was left."""

    state: State
    world: World
    harmed: tuple[str, ...]

    @property
    def how(self) -> str:
        """How it ended."""
        assert self.state.ended is not None
        return self.state.ended.how

    def roles(self) -> list[str]:
        """The roles of both servers."""
        return [server.role for server in self.world.servers.values()]

    def status(self) -> str:
        """HA Status on the designated primary."""
        return self.world.status("amm-a")


def walk(scenario: Scenario, ledger: Path, route: Route | None = None) -> Played:
    """One walk by the autopilot, which types what the procedure says at the consoles; its run must be sealed.

    It waits no longer than a step says.
    """
    drill = play(
        find(scenario.procedure), scenario, ledger, Autopilot(scenario.finds, route or Route(), patience=0)
    )
    assert drill.session.error is None
    assert verify(drill.run_path, None, disk=QuickDisk()).whole is Whole.SEALED
    assert drill.session.state is not None
    simulator = drill.stage.simulator.simulator
    assert isinstance(simulator, AmmSimulator)
    simulator.advance(100_000)
    return Played(drill.session.state, simulator.world, drill.harmed)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Played]:
    """The straight walk of a scenario, walked once for all tests."""
    known: dict[str, Played] = {}

    def play_once(name: str) -> Played:
        if name not in known:
            known[name] = walk(ALL[name], tmp_path_factory.mktemp("ledger"))
        return known[name]

    return play_once


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_scenario_is_walked_to_its_end_and_leaves_no_damaged_pair(
    name: str, straight: Callable[[str], Played]
) -> None:
    """Would catch a straight way that ends elsewhere, or panels left in a state that needs a teardown."""
    played = straight(name)
    assert (played.how, played.harmed) == ("complete", ())


@pytest.mark.parametrize("name", ["setup-ha-pair", "setup-ha-pair-draft"])
def test_what_the_setup_has_typed_makes_a_stable_pair(name: str, straight: Callable[[str], Played]) -> None:
    """Would catch a line or a value that goes to the wrong field or the wrong server: the pair would not be stable."""
    played = straight(name)
    assert (played.roles(), played.status()) == (["primary", "secondary"], "stable")


@pytest.mark.parametrize("name", ["setup-ha-pair-error", "setup-ha-pair-half", "setup-ha-pair-unstable"])
def test_a_setup_that_was_given_up_leaves_two_standalone_servers(
    name: str, straight: Callable[[str], Played]
) -> None:
    """Would catch half a pair left behind."""
    played = straight(name)
    assert (played.roles(), played.status()) == (["standalone", "standalone"], "standalone")


def test_after_a_communication_error_the_setup_begins_again_from_standalone(tmp_path: Path) -> None:
    """Would catch APPLY pressed again, which has no changes: the second time all is typed anew, and it succeeds."""
    scenario = ALL["setup-ha-pair-error"]
    finds = {key: value for key, value in scenario.finds.items() if key != "apply-primary"}
    again = scenario.model_copy(update={"finds": {**finds, "again": "again"}})
    played = walk(again, tmp_path, Route(attest={"apply-primary": "a communication error"}))
    assert (played.how, played.status()) == ("complete", "stable")


@pytest.mark.parametrize(
    ("step", "value"),
    [
        ("read-secondary-peer", "192.0.2.99"),
        ("read-secondary-own", "192.0.2.11"),
        ("read-secondary-fingerprint", "00" * 32),
        ("read-secondary-email", "other@example.org"),
    ],
)
def test_drafts_that_do_not_fit_are_not_applied(step: str, value: str, tmp_path: Path) -> None:
    """Would catch a comparison that is left out: each of the four values stops the walk before the first APPLY."""
    scenario = ALL["setup-ha-pair"]
    wrong = scenario.model_copy(update={"finds": {**scenario.finds, step: value}})
    played = walk(wrong, tmp_path)
    assert played.how == "aborted"
    assert played.status() == "standalone"
    assert not played.state.step("apply-primary").intended


def test_a_field_that_is_empty_can_be_said_and_fits_nothing(tmp_path: Path) -> None:
    """Would catch two panels nobody filled in that are found equal, or a look that no question takes."""
    scenario = ALL["setup-ha-pair"]
    shown = [step for step in scenario.finds if step.startswith("read-")]
    empty = scenario.model_copy(update={"finds": {**scenario.finds, **dict.fromkeys(shown, "empty")}})
    played = walk(empty, tmp_path)
    assert {played.state.step(step).attested for step in shown} == {"empty"}
    assert played.how == "aborted"
    assert not played.state.step("apply-primary").intended


def test_half_a_fingerprint_is_refused_with_how_much_of_it_came() -> None:
    """Would catch the first of two lines, pasted at both steps, that makes two equal halves a match."""
    procedure = find("amm/setup-ha-pair").procedure
    asked = [
        step.attest
        for step in procedure.steps()
        if step.id in ("primary-fingerprint", "read-secondary-fingerprint")
    ]
    whole = ALL["setup-ha-pair"].finds["primary-fingerprint"]
    for attest in asked:
        assert attest is not None
        assert "32 of 64 hex digits" in (format_refusal(attest.format or "", whole[:48]) or "")
        assert as_kept(attest, f"SHA256 Fingerprint={whole[:48]} {whole[48:].lower()}") == whole


def test_a_stable_pair_is_torn_down_on_the_primary_alone(straight: Callable[[str], Played]) -> None:
    """Would catch both servers changed where one is enough."""
    played = straight("teardown-ha")
    assert played.roles() == ["standalone", "standalone"]
    assert not played.state.step("secondary-to-standalone").intended


def test_an_unstable_pair_is_torn_down_on_both(straight: Callable[[str], Played]) -> None:
    """Would catch the note below the teardown left out."""
    played = straight("teardown-ha-unstable")
    assert played.roles() == ["standalone", "standalone"]
    assert played.state.step("secondary-to-standalone").intended


@pytest.mark.parametrize(
    ("name", "outcome"), [("swap-ha-roles", "logged"), ("swap-ha-roles-silent", "not-logged")]
)
def test_a_swap_exchanges_the_roles_and_the_record_keeps_who_did_it(
    name: str, outcome: str, straight: Callable[[str], Played]
) -> None:
    """Would catch a swap that only looks like one, or AMM's loss of who did it without a record of it here."""
    played = straight(name)
    assert (played.roles(), played.status()) == (["secondary", "primary"], "stable")
    assert played.state.step("swap-on-primary").outcome == outcome
    assert played.state.captured["swapped-by"] == "Kim, account admin, disk of amm-a"


def test_a_pair_that_is_not_stable_is_not_swapped(tmp_path: Path) -> None:
    """Would catch a way on that no document has."""
    scenario = ALL["swap-ha-roles"]
    finds = {**scenario.finds, "swap-status": "anything else"}
    played = walk(scenario.model_copy(update={"finds": finds}), tmp_path)
    assert played.how == "aborted"
    assert played.roles() == ["primary", "secondary"]


def test_each_variable_is_set_on_its_own_server(straight: Callable[[str], Played]) -> None:
    """Would catch the interval on the secondary, or the pings on the primary."""
    played = straight("tune-ha")
    primary, secondary = (played.world.servers[name].config for name in ("amm-a", "amm-b"))
    assert (primary.file_sync, primary.pings, primary.script) == (10, 12, "reviewed")
    assert (secondary.file_sync, secondary.pings, secondary.script) == (5, 8, "reviewed")
    assert played.state.captured["failover-seconds"] == 120


@pytest.mark.parametrize(
    ("name", "monitors"), [("tune-ha", ("", "", "")), ("tune-ha-two-subnets", ("203.0.113.7", "", ""))]
)
def test_the_subnets_decide_how_many_targets_there_are(
    name: str, monitors: tuple[str, str, str], straight: Callable[[str], Played]
) -> None:
    """Would catch a target in one subnet, or none or more than one in two."""
    assert straight(name).world.servers["amm-b"].config.monitors == monitors


@pytest.mark.parametrize("address", ["amm-b", "198.51.100.12", "198.51.100.254", "192.0.2.11"])
def test_a_target_that_is_one_of_the_pairs_own_addresses_is_not_set(address: str, tmp_path: Path) -> None:
    """Would catch one of the five forbidden addresses that is not compared."""
    scenario = ALL["tune-ha-two-subnets"]
    finds = {**scenario.finds, "target-value": address}
    played = walk(scenario.model_copy(update={"finds": finds}), tmp_path)
    assert played.how == "aborted"
    assert played.world.servers["amm-b"].config.monitors == ("", "", "")


@pytest.mark.parametrize(
    ("procedure", "step", "bounds"),
    [
        ("tune-ha", "sync-value", (5, 30)),
        ("tune-ha", "pings-value", (2, 20)),
        ("swap-ha-roles", "tuned-before", (2, 20)),
    ],
)
def test_the_documented_ranges_are_asked_with_their_bounds(
    procedure: str, step: str, bounds: tuple[int, int]
) -> None:
    """Would catch a range that differs from the document's: 5 to 30 seconds, 2 to 20 pings."""
    attest = next(item for item in find(f"amm/{procedure}").procedure.steps() if item.id == step).attest
    assert attest is not None
    assert (attest.at_least, attest.at_most) == bounds


@pytest.mark.parametrize("name", ["upgrade-ha-from-2.17.5", "upgrade-ha-from-2.17.5-unstable"])
def test_both_servers_are_upgraded_and_standalone(name: str, straight: Callable[[str], Played]) -> None:
    """Would catch an upgrade that its page refused, which an attested answer would hide."""
    played = straight(name)
    assert {server.version for server in played.world.servers.values()} == {"2.18.0"}
    assert played.roles() == ["standalone", "standalone"]


def test_no_teardown_while_the_build_files_are_missing(tmp_path: Path) -> None:
    """Would catch the 'No such file' trap: the walk stops before the pair that could still copy them is gone."""
    scenario = ALL["upgrade-ha-from-2.17.5"]
    finds = {**scenario.finds, "files-there": "with an error"}
    played = walk(scenario.model_copy(update={"finds": finds}), tmp_path)
    assert played.how == "aborted"
    assert played.status() == "stable"


def test_the_old_pair_is_upgraded_by_script_secondary_first(straight: Callable[[str], Played]) -> None:
    """Would catch the panel's teardown used before it exists, or the primary upgraded first."""
    played = straight("upgrade-ha-to-2.17.5")
    assert {server.version for server in played.world.servers.values()} == {"2.17.5"}
    steps = [step.id for step in find("amm/upgrade-ha-to-2.17.5").procedure.steps() if step.sends]
    assert steps == ["support-teardown", "upgrade-secondary", "upgrade-primary"]


def test_servers_of_two_sizes_or_versions_are_not_handed_to_the_setup(tmp_path: Path) -> None:
    """Would catch a comparison left out: size for a new install, size and version for an added server."""
    for name, step, value in (
        ("install-ha-new", "size-secondary", "small"),
        ("add-ha-to-standalone", "additional-size", "small"),
        ("add-ha-to-standalone", "additional-version", "2.18.0"),
    ):
        scenario = ALL[name]
        wrong = scenario.model_copy(update={"finds": {**scenario.finds, step: value}})
        assert walk(wrong, tmp_path / f"{name}-{step}").how == "aborted", step


@pytest.mark.parametrize("identity", IDS)
def test_whatever_leaves_no_pair_says_what_to_walk_next(identity: str) -> None:
    """Would catch an upgrade that ends with two standalone servers and nobody told to make the pair again."""
    procedure = find(identity).procedure
    following = {item.procedure for item in procedure.continue_with}
    leads: dict[str, set[str]] = {"amm/teardown-ha": set(), "amm/tune-ha": set()}
    after_pair = {"amm/setup-ha-pair": {"amm/tune-ha"}, "amm/swap-ha-roles": {"amm/tune-ha"}}
    assert following == {**leads, **after_pair}.get(identity, {"amm/setup-ha-pair"})


def test_every_act_is_by_hand_and_typed_in_the_drill() -> None:
    """Would catch an act that pretends to an interface AMM does not have, or one no drill could do."""
    for identity in IDS:
        for step in find(identity).procedure.steps():
            if step.do is not None:
                assert step.do.by_hand is not None, step.id
                assert step.do.console or not step.changes, step.id


def test_intended_is_never_recorded_for_a_step_left_out(straight: Callable[[str], Played]) -> None:
    """Would catch a look that changes something: with every choice left, nothing is applied."""
    played = straight("tune-ha-nothing")
    assert not [step for step in played.state.steps.values() if step.intended]
    assert isinstance(played.state.ended, e.Ended)
