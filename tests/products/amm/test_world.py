"""The simulated panel and pair: the document's messages and branches, the traps, the script's events."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.products.amm.conftest import Lab

from handrail.procedure.catalogue import Catalogue
from handrail.products.amm.scene import make_world
from handrail.products.amm.state import (
    APPLY_ON_SECONDARY,
    COMMUNICATION_ERROR,
    NO_CHANGES,
    STILL_DRAFT,
    SUCCESS,
)
from handrail.products.setting import ClientStart, PairStart, Setting


def set_up(pair: Lab) -> None:
    """The documented way."""
    pair.draft("a")
    pair.draft("b")
    assert pair.apply("a") == [SUCCESS, APPLY_ON_SECONDARY]
    assert pair.apply("b") == [SUCCESS]


def events(pair: Lab, catalogue: Catalogue, server: str) -> list[str]:
    """The script's events in the server's syslog, recognised by the catalogue."""
    matcher = catalogue.matcher("2.17.5", "pair")
    return [hit.key[0] for line in pair.simulator.lines(server, 0) for hit in matcher.match(line)]


def test_the_documented_setup_ends_stable(lab: Callable[..., Lab]) -> None:
    """Would catch a right way that does not work."""
    pair = lab()
    set_up(pair)
    assert (pair.status("a"), pair.status("b")) == ("stable", "stable")
    assert pair.simulator.harmed() == ()


def test_save_is_only_a_draft(lab: Callable[..., Lab]) -> None:
    """Would catch SAVE that takes effect."""
    pair = lab()
    pair.draft("a")
    pair.go(60)
    assert pair.status("a") == "standalone"
    assert pair.simulator.console("a").prompt == "a (draft) AMM> "
    assert pair.type("a", "show")[0] == "HA Configuration (draft, not applied)"


@pytest.mark.parametrize(
    ("server", "change"),
    [
        ("a", {"HAPeerAddress": "192.0.2.99"}),
        ("b", {"PeerAuthenticationFingerprint": "00" * 32}),
        ("b", {"HAServerRole": "standalone"}),
    ],
)
def test_what_does_not_fit_is_a_communication_error(
    server: str, change: dict[str, str], lab: Callable[..., Lab]
) -> None:
    """Would catch a wrong peer, fingerprint or role that goes through."""
    pair = lab()
    for name in ("a", "b"):
        pair.draft(name, **(change if name == server else {}))
    assert pair.apply("a") == [COMMUNICATION_ERROR]
    assert pair.status("a") == "standalone"


def test_after_a_communication_error_only_standalone_leads_on(lab: Callable[..., Lab]) -> None:
    """Would catch the documented trap missing: APPLY again has no changes, and nothing is tried again."""
    pair = lab()
    pair.simulator.inject("cut-link", {"pair": "fleet"})
    pair.draft("a")
    pair.draft("b")
    assert pair.apply("a") == [COMMUNICATION_ERROR]
    pair.simulator.inject("heal-link", {"pair": "fleet"})
    assert pair.type("a", "apply") == [NO_CHANGES]
    pair.draft("a")
    assert pair.type("a", "apply") == [NO_CHANGES], "filled in anew without standalone first"
    pair.type("a", "set HAServerRole standalone", "save")
    pair.draft("a")
    assert pair.apply("a") == [SUCCESS, APPLY_ON_SECONDARY]
    pair.apply("b")
    assert pair.status() == "stable"


def test_values_that_differ_show_only_at_the_end(lab: Callable[..., Lab]) -> None:
    """Would catch an e-mail that differs and a pair that is stable all the same."""
    pair = lab()
    pair.draft("a")
    pair.draft("b", HAAlertEmail="other@example.org")
    pair.apply("a")
    pair.apply("b")
    assert pair.status() == "not stable"


def test_a_secondary_that_applied_first_must_do_it_again(lab: Callable[..., Lab]) -> None:
    """Would catch the branch 'primary failed, secondary succeeded' healing by itself."""
    pair = lab()
    pair.simulator.inject("apply-fails", {"server": "a"})
    pair.draft("a")
    pair.draft("b")
    assert pair.apply("a") == [COMMUNICATION_ERROR]
    assert pair.apply("b") == [SUCCESS]
    pair.type("a", "set HAServerRole standalone", "save")
    pair.draft("a")
    assert pair.apply("a") == [SUCCESS, APPLY_ON_SECONDARY]
    assert pair.status() == "not stable"
    pair.type("b", "set HAServerRole standalone", "save")
    pair.apply("b")
    pair.draft("b")
    assert pair.apply("b") == [SUCCESS]
    assert pair.status() == "stable"


def test_the_draft_message_may_be_a_lie(lab: Callable[..., Lab]) -> None:
    """Would catch the misleading message changing anything."""
    pair = lab()
    pair.simulator.inject("misleading-draft", {"server": "b"})
    pair.draft("a")
    pair.draft("b")
    pair.apply("a")
    assert pair.apply("b") == [SUCCESS, STILL_DRAFT]
    assert pair.status() == "stable"


def test_touching_the_primary_while_the_secondary_applies_damages_the_pair(lab: Callable[..., Lab]) -> None:
    """Would catch 'hands off the primary' being without consequence in a drill."""
    pair = lab()
    pair.draft("a")
    pair.draft("b")
    pair.apply("a")
    pair.type("b", "apply")
    pair.simulator.inject("touch", {"server": "a"})
    pair.go(25)
    assert pair.status() == "not stable"
    assert pair.simulator.harmed() == ("fleet: the primary was touched while the secondary applied",)


def test_a_stable_pair_is_torn_down_on_the_primary_alone(lab: Callable[..., Lab]) -> None:
    """Would catch a secondary left in HA."""
    pair = lab("stable")
    pair.type("a", "set HAServerRole standalone", "save")
    assert pair.apply("a") == [SUCCESS]
    assert (pair.status("a"), pair.status("b")) == ("standalone", "standalone")


def test_teardown_needs_apply_not_only_save(lab: Callable[..., Lab]) -> None:
    """Would catch a draft taken for a teardown."""
    pair = lab("stable")
    pair.type("a", "set HAServerRole standalone", "save")
    pair.go(60)
    assert pair.status() == "stable"


def test_a_pair_that_is_not_stable_is_torn_down_on_both(lab: Callable[..., Lab]) -> None:
    """Would catch the primary alone being enough, which leaves the secondary in HA."""
    pair = lab("not-stable")
    for server, after in (("a", "not stable"), ("b", "standalone")):
        pair.type(server, "set HAServerRole standalone", "save")
        pair.apply(server)
        assert pair.status("b") == after
    assert pair.simulator.harmed() == ()


def test_a_swap_exchanges_the_roles_and_calls_the_script(
    lab: Callable[..., Lab], catalogue: Catalogue
) -> None:
    """Would catch roles that stay, or the event on the wrong server."""
    pair = lab("stable")
    pair.type("a", "set HAServerRole secondary", "save")
    assert pair.apply("a", 40) == [SUCCESS]
    assert [pair.simulator.world.servers[name].role for name in ("a", "b")] == ["secondary", "primary"]
    assert pair.status() == "stable"
    assert events(pair, catalogue, "b") == ["manual-switch"]
    assert pair.simulator.lines("b", 0)[0].endswith("args 1=ManualSwitch 2=b 3=a")


def test_a_swap_while_not_stable_is_damage(lab: Callable[..., Lab]) -> None:
    """Would catch an undocumented way that works in the drill."""
    pair = lab("stable")
    pair.simulator.inject("cut-link", {"pair": "fleet"})
    pair.type("a", "set HAServerRole secondary", "save")
    pair.apply("a", 40)
    assert "not stable" in pair.simulator.harmed()[0]


@pytest.mark.parametrize("iterations", [2, 12])
def test_the_failover_waits_for_iterations_times_15_s(
    iterations: int, lab: Callable[..., Lab], catalogue: Catalogue
) -> None:
    """Would catch another delay: 12 pings are 180 s."""
    pair = lab("stable")
    pair.type("b", f"set HAPingIterations {iterations}", "save")
    pair.apply("b")
    pair.simulator.command("a", "kill")
    pair.go(iterations * 15 - 1)
    assert events(pair, catalogue, "b") == []
    pair.go(2)
    assert events(pair, catalogue, "b") == ["failover"]
    assert pair.simulator.world.servers["b"].role == "primary"


def test_no_failover_while_the_secondarys_gateway_is_silent(
    lab: Callable[..., Lab], catalogue: Catalogue
) -> None:
    """Would catch a false failover, which the ping targets are there to prevent."""
    pair = lab("stable")
    pair.simulator.inject("gateway-lost", {"server": "b"})
    pair.simulator.command("a", "kill")
    pair.go(400)
    assert events(pair, catalogue, "b") == []
    assert pair.simulator.world.servers["b"].role == "secondary"


def test_standby_offline_is_logged_on_the_primary_and_never_cleared(
    lab: Callable[..., Lab], catalogue: Catalogue
) -> None:
    """Would catch a drill in which the return of the secondary is announced."""
    pair = lab("stable")
    pair.simulator.command("b", "kill")
    pair.go(20)
    pair.simulator.command("b", "start")
    pair.go(60)
    assert events(pair, catalogue, "a") == ["standby-offline"]
    assert pair.status() == "stable"


def test_alarms_have_their_two_forms(lab: Callable[..., Lab], catalogue: Catalogue) -> None:
    """Would catch ClearAlarm with a third parameter, which it does not have."""
    pair = lab("stable")
    pair.simulator.inject("alarm", {"server": "b", "text": "Error 1062"})
    pair.simulator.inject("alarm-clear", {"server": "b", "text": "replication: Error 1062"})
    assert events(pair, catalogue, "b") == ["alarm-raised", "alarm-cleared"]
    assert pair.simulator.lines("b", 0)[1].endswith("2=replication: Error 1062 3=")


def test_without_a_script_nothing_is_logged(lab: Callable[..., Lab]) -> None:
    """Would catch a log source that exists on a site without the custom script."""
    pair = lab("stable", script=False)
    pair.simulator.command("b", "kill")
    pair.go(60)
    assert pair.simulator.lines("a", 0) == []


def test_the_package_is_listed_before_its_files_are_there(lab: Callable[..., Lab]) -> None:
    """Would catch the 'No such file' trap missing: in the repository, an error in the upgrade list, and then gone."""
    pair = lab("stable")
    pair.type("a", "upload 2.18.0")
    assert pair.type("b", "repository") == ["Repository list:", "  2.18.0"]
    assert pair.type("b", "upgrade-list") == ["System Upgrade list:", "  2.18.0  error"]
    pair.type("a", "set HAServerRole standalone", "save")
    pair.apply("a")
    pair.go(600)
    assert pair.type("b", "upgrade 2.18.0") == ["upgrade to 2.18.0 failed: No such file"]


def test_files_that_were_copied_can_be_upgraded_to(lab: Callable[..., Lab]) -> None:
    """Would catch the right way failing: wait, tear down, upgrade each."""
    pair = lab("stable")
    pair.type("a", "upload 2.18.0")
    pair.go(40)
    assert pair.type("b", "upgrade-list")[1] == "  2.18.0"
    assert "tear it down first" in pair.type("b", "upgrade 2.18.0")[0]
    pair.type("a", "set HAServerRole standalone", "save")
    pair.apply("a")
    for server in ("b", "a"):
        assert pair.type(server, "upgrade 2.18.0") == ["upgrading; it restarts"]
        assert pair.type(server, "status") == ["no answer: it is upgrading"]
        pair.go(61)
        assert "2.18.0" in pair.type(server, "status")[1]


def test_before_2_17_5_there_is_no_panel(lab: Callable[..., Lab]) -> None:
    """Would catch a drill of the upgrade to 2.17.5 that uses the panel for the teardown."""
    pair = lab("old-ha", version="2.16.3", package="2.17.5")
    assert "2.17.5" in pair.type("a", "show")[0]
    assert "tear it down first" in pair.type("b", "upgrade-script 2.17.5")[0]
    assert pair.type("a", "support-teardown") == ["torn down on both servers"]
    assert pair.type("b", "upgrade-script 2.17.5") == ["upgrading; it restarts"]


def test_servers_of_other_size_or_version_are_no_pair(lab: Callable[..., Lab]) -> None:
    """Would catch two different servers that become stable."""
    pair = lab()
    pair.simulator.inject("other-size", {"server": "b", "size": "small"})
    set_up(pair)
    assert pair.status() == "not stable"


def test_a_missing_server_is_installed_from_its_console(lab: Callable[..., Lab]) -> None:
    """Would catch a new install that cannot be walked."""
    pair = lab("one")
    assert pair.type("b", "status") == ["no answer: nothing runs here"]
    assert pair.type("b", "install 2.17.5 large") == ["installing"]
    pair.go(10)
    assert pair.status("b") == "standalone"
    assert "already" in pair.type("a", "install 2.17.5 large")[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("set HAPingIterations 21", "from 2 to 20"),
        ("set HAPingIterations 1", "from 2 to 20"),
        ("set HAFileSyncInterval 4", "from 5 to 30"),
        ("set HAFileSyncInterval 31", "from 5 to 30"),
        ("set HAFileSyncInterval x", "from 5 to 30"),
        ("set HAServerRole master", "primary, secondary, standalone"),
        ("set HAPingMonitor1 192.0.2.254", "must be unique"),
        ("set HAPingMonitor1 192.0.2.12", "must be unique"),
        ("set HAServerAddress 999.1.1.1", "no address and no host name"),
        ("set HAPeerAddress 192.0.2", "no address and no host name"),
        ("set HAPingMonitor1 two words", "usage"),
        ("set HAPingMonitor1 -x-", "no address and no host name"),
        ("show me", "not known here"),
        ("apply now", "not known here"),
        ("save it", "not known here"),
        ("set Nothing 1", "no such variable"),
        ("set", "usage"),
        ("reboot", "not known here"),
        ("upload", "usage"),
        ("upgrade 9.9.9", "tear it down first"),
        ("support-teardown", "no HA configuration of before"),
        ('set "', "line:"),
    ],
)
def test_the_console_refuses_and_changes_nothing(line: str, words: str, lab: Callable[..., Lab]) -> None:
    """Would catch a value out of its documented range, or an unknown line, that changes something."""
    pair = lab("stable")
    before = pair.simulator.world
    assert words in pair.type("b", line)[0]
    assert pair.simulator.world == before


def test_help_says_what_is_invented(lab: Callable[..., Lab]) -> None:
    """Would catch a trainee who takes the lines of the drill for AMM's."""
    pair = lab()
    assert pair.type("a", "help")[-1].startswith("Invented: ")
    assert pair.simulator.console("a").complete("set HAServerRole p") == ["set HAServerRole primary"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"roles": {"master": "a", "slave": "b"}}, "primary and secondary"),
        ({"situation": "odd"}, "begins standalone"),
        ({"settings": {"subnet": True}}, "no setting; known"),
        ({"settings": {"same_subnet": "yes"}}, "is a bool"),
    ],
)
def test_a_scenario_with_unknown_words_is_refused(changes: dict[str, object], words: str) -> None:
    """Would catch a typing error in a scenario that goes unnoticed."""
    plain: dict[str, object] = {
        "name": "p",
        "roles": {"primary": "a", "secondary": "b"},
        "situation": "stable",
    }
    with pytest.raises(ValueError, match=words):
        make_world(
            Setting(version="2.17.5", mode="pair", pairs=(PairStart.model_validate({**plain, **changes}),))
        )


def test_clients_belong_to_no_scenario_of_amm() -> None:
    """Would catch clients that are set and never seen."""
    pair = PairStart(name="p", roles={"primary": "a", "secondary": "b"}, situation="stable")
    with pytest.raises(ValueError, match="no clients"):
        make_world(
            Setting(version="2.17.5", mode="pair", pairs=(pair,), clients=(ClientStart(pair="p", on="a"),))
        )


def test_a_fingerprint_is_copied_from_two_lines_and_pasted_as_one(lab: Callable[..., Lab]) -> None:
    """Would catch 95 characters that 80 columns break, and a half that the panel takes."""
    pair = lab()
    heading, *printed = pair.type("a", "generate")
    assert heading == "Peer Authentication Fingerprint:"
    assert [len(line.strip()) for line in printed] == [48, 47]
    half = pair.type("b", f"set PeerAuthenticationFingerprint {printed[0]}")
    assert half == ["PeerAuthenticationFingerprint: not whole: 32 of 64 hex digits came; paste all of it"]
    assert pair.type("b", f"set PeerAuthenticationFingerprint {' '.join(printed).lower()}") == []
    shown = [pair.simulator.truth(server)["panel-fingerprint"] for server in ("a", "b")]
    assert shown[0] == shown[1] != ""
