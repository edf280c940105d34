"""The simulated CLI: its modes and prompts, the document's lines, and what it does not know."""

from __future__ import annotations

import pytest
from tests.products.solace.conftest import Lab, Make

from handrail.products.solace.state import Role, Side

VPN = "Trading_VPN"


def typed(lab: Lab, server: str, *lines: str) -> list[str]:
    """What is printed for these lines."""
    console = lab.simulator.console(server)
    return [printed for line in lines for printed in console.enter(line)]


def test_the_prompt_tells_the_mode_as_the_document_shows_it(make: Make) -> None:
    """Would catch a drill that trains the wrong places."""
    console = make().simulator.console("ny-1")
    prompts = [console.prompt]
    for line in (
        "enable",
        "configure",
        f"message-vpn {VPN}",
        "replication",
        "queue",
        "exit",
        "end",
        "disable",
    ):
        console.enter(line)
        prompts.append(console.prompt)
    assert prompts == [
        "ny-1> ",
        "ny-1# ",
        "ny-1(configure)# ",
        "ny-1(configure/message-vpn)# ",
        "ny-1(configure/message-vpn/replication)# ",
        "ny-1(configure/message-vpn/replication/queue)# ",
        "ny-1(configure/message-vpn/replication)# ",
        "ny-1# ",
        "ny-1> ",
    ]


def test_the_documents_lines_do_what_they_say(make: Make) -> None:
    """Would catch a line that is taken and changes nothing."""
    lab = make(vpns=[{"name": VPN, "transactions": ["x-1"]}])
    assert typed(lab, "bos-1", "enable", "configure", f"message-vpn {VPN}", "replication state active") == []
    assert lab.vpn(Side.SURVIVING).role is Role.ACTIVE
    typed(lab, "bos-1", "replication", "queue", "no reject-msg-to-sender-on-discard", "end")
    assert lab.vpn(Side.SURVIVING).reject_on_discard is False
    typed(lab, "ny-1", "enable", "admin", f"message-spool message-vpn {VPN}")
    printed = typed(lab, "ny-1", "delete-transaction xid x-1")
    assert printed == ["Error: Transaction 'x-1' is not heuristically completed"]
    assert typed(lab, "ny-1", "commit-transaction xid x-1", "delete-transaction xid x-1") == []
    assert lab.vpn(Side.FAILED).transactions == ()


def test_closing_the_backbone_asks_first(make: Make) -> None:
    """Would catch a drill in which all clients go without the product's own warning."""
    lab = make()
    assert typed(lab, "ny-1", "enable", "configure", "service msg-backbone shutdown") == [
        "All clients will be disconnected."
    ]
    assert lab.simulator.console("ny-1").prompt == "Do you want to continue (y/n)? "
    typed(lab, "ny-1", "n")
    assert lab.simulator.world.brokers["ny-1"].backbone
    typed(lab, "ny-1", "service msg-backbone shutdown", "y")
    assert not lab.simulator.world.brokers["ny-1"].backbone
    assert typed(lab, "ny-1", "no service msg-backbone shutdown") == []
    assert lab.simulator.world.brokers["ny-1"].backbone


@pytest.mark.parametrize(
    "lines",
    [
        ("configure",),
        ("enable", "configure", "message-vpn no_such"),
        ("enable", "configure", f"message-vpn {VPN}", "replication state master"),
        ("enable", "configure", "hostname other"),
        ("enable", "configure", f"message-vpn {VPN}", "no replication state active"),
        ("enable", "admin", f"message-spool message-vpn {VPN}", "commit-transaction xid *"),
        ("reload",),
        ("show clock",),
        ('show "',),
        ("network close",),
    ],
)
def test_what_is_not_known_says_so_and_changes_nothing(make: Make, lines: tuple[str, ...]) -> None:
    """Would catch a console that pretends."""
    lab = make()
    before = lab.simulator.world
    assert typed(lab, "ny-1", *lines), "silence would look like success"
    assert lab.simulator.world is before


def test_the_ports_can_be_closed_while_the_broker_is_down(make: Make) -> None:
    """Would catch a fence that can only be put up when it is too late."""
    lab = make("failed")
    assert lab.simulator.console("ny-1").prompt == "ny-1:~$ "
    assert "the broker is down" in typed(lab, "ny-1", "show redundancy")[0]
    typed(lab, "ny-1", "network block")
    assert lab.simulator.world.sites[Side.FAILED].blocked
    typed(lab, "ny-1", "docker start solace")
    lab.go(25)
    assert lab.simulator.console("ny-1").prompt == "ny-1> "


def test_completion_offers_what_the_mode_knows(make: Make) -> None:
    """Would catch an offer that the console then does not know."""
    console = make().simulator.console("ny-1")
    for line in ("enable", "configure", f"message-vpn {VPN}"):
        console.enter(line)
    offered = console.complete("replication ")
    assert "replication state active|standby" in offered
    assert "replication queue" in offered
    assert console.complete("no sh") == ["no shutdown"]


def test_show_knows_what_it_offers(make: Make) -> None:
    """Would catch a `show` in the help that the console does not know."""
    lab = make(vpns=[{"name": VPN, "transactions": ["x-1"], "clients": 2}])
    console = lab.simulator.console("ny-1")
    for line in console.complete("show "):
        printed = console.enter(line)
        assert printed
        assert "not known here" not in printed[0], line
    assert any("x-1" in line for line in console.enter(f"show transaction * message-vpn {VPN}"))
