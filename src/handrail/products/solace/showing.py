"""What a simulated broker's CLI prints for `show ...`: the tables as the product lays them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from handrail.products.solace import flow
from handrail.products.solace.situation import Situation, VirtualRouter
from handrail.products.solace.state import REPLICATION_QUEUE, Node, Role, Vpn

_LEGEND = (
    "Flags Legend:",
    "A - Admin State (U=Up, D=Down)",
    "C - Config State (A=Active, S=Standby)",
    "B - Local Bridge State (U=Up, Q=Queue Unbound, D=Down, -=N/A)",
    "R - Remote Bridge State (U=Up, D=Down, -=N/A)",
    "Q - Queue State (U=Up, D=Down, -=N/A)",
    "S - Sync Replication Eligible (Y=Yes, N=No, -=N/A)",
    "M - Reject Msg When Sync Ineligible (Y=Yes, N=No)",
    "T - Transaction Replication Mode (A=Async, S=Sync, -=N/A)",
)
_NAME_WIDTH = 32


def show(seen: Situation, words: Sequence[str]) -> list[str] | None:
    """What is printed for these words after `show`; None when they are not known here."""
    match list(words):
        case ["redundancy"]:
            return _redundancy(seen)
        case ["message-vpn", name, "replication"]:
            return _replication(seen, _vpns(seen, name))
        case ["message-vpn", name]:
            return _message_vpns(seen, _vpns(seen, name))
        case ["message-spool"]:
            return _spool(seen)
        case ["service"]:
            return ["Msg-Backbone:       " + ("Enabled" if seen.broker.backbone else "Disabled")]
        case ["queue", name, "message-vpn", vpn] if name == REPLICATION_QUEUE:
            return _queues(seen, _vpns(seen, vpn))
        case ["client", "*", "message-vpn", vpn]:
            return _clients(seen, _vpns(seen, vpn))
        case ["transaction", "*", "message-vpn", vpn]:
            return _transactions(_vpns(seen, vpn))
        case ["config-sync", "database"]:
            return _config_sync(seen)
        case ["version"]:
            return [f"Solace PubSub+ Standard Version {seen.world.version}.217"]
    return None


KNOWN = (
    "show redundancy",
    "show message-spool",
    "show message-vpn * replication",
    "show message-vpn *",
    f"show queue {REPLICATION_QUEUE} message-vpn *",
    "show transaction * message-vpn *",
    "show client * message-vpn *",
    "show config-sync database",
    "show service",
    "show version",
)


def _vpns(seen: Situation, name: str) -> list[Vpn]:
    return [vpn for vpn in seen.site.vpns.values() if name in ("*", vpn.name)]


def flags(seen: Situation, vpn: Vpn) -> dict[str, str]:
    """The letters of one row of `show message-vpn X replication`, by their column."""
    admin = "U" if vpn.replicated else "D"
    config = "A" if vpn.role is Role.ACTIVE else "S"
    plain = {"M": _letter(vpn.reject_when_ineligible, "YN"), "T": vpn.transaction_mode[0].upper()}
    if not vpn.replicated or not seen.is_active:
        return {"A": admin, "C": config, "B": "-", "R": "-", "Q": "-", "S": "-", **plain}
    up = seen.bridged(vpn)
    if vpn.active:
        letters = {"B": "-", "R": _letter(up, "UD"), "Q": _letter(up, "UD"), "S": _letter(vpn.eligible, "YN")}
    else:
        letters = {"B": _letter(up, "UD"), "R": "-", "Q": "-", "S": "-"}
    return {"A": admin, "C": config, **letters, **plain}


def _letter(value: bool, letters: str) -> str:
    return letters[0] if value else letters[1]


def _replication(seen: Situation, vpns: Sequence[Vpn]) -> list[str]:
    columns = "ACBRQSMT"
    rows = [("#config-sync", dict.fromkeys(columns, "-")), *((vpn.name, flags(seen, vpn)) for vpn in vpns)]
    if len(vpns) == 1:
        rows = rows[1:]
    return [
        *_LEGEND,
        "",
        f"{'Message VPN':<{_NAME_WIDTH}} {' '.join(columns)}",
        f"{'-' * _NAME_WIDTH} {' '.join('-' * len(columns))}",
        *(f"{name:<{_NAME_WIDTH}} {' '.join(row[column] for column in columns)}" for name, row in rows),
    ]


def _redundancy(seen: Situation) -> list[str]:
    routers = [seen.router(node) for node in (Node.PRIMARY, Node.BACKUP)]
    up = "Up" if seen.mate_is_up else "Down"
    head = {
        "Configuration Status": "Enabled" if seen.mate else "Shutdown",
        "Redundancy Status": seen.redundancy,
        "Operating Mode": "Message Routing Node",
        "Switchover Mechanism": "Hostlist",
        "Auto Revert": "No",
        "Redundancy Mode": "Active/Standby" if seen.mate else "N/A",
        "Active-Standby Role": seen.broker.node.value.capitalize(),
        "Mate Router Name": seen.mate.name if seen.mate else "",
        "ADB Link To Mate": up,
        "ADB Hello To Mate": up,
    }
    lines: Mapping[str, Callable[[VirtualRouter], str]] = {
        "Activity Status": lambda router: router.activity,
        "Routing Interface": lambda router: _told(router, "intf0:1"),
        "Routing Interface Status": lambda router: _told(router, "Up"),
        "VRRP Status": lambda router: _told(router, "Initialize"),
        "VRRP Priority": lambda router: _told(router, str(router.priority)),
        "Message Spool Status": lambda router: router.spool,
        "Priority Reported By Mate": lambda router: _told(router, router.reported),
    }
    return [
        *(f"{name:<25}: {value}".rstrip() for name, value in head.items()),
        "",
        f"{'':31}Primary Virtual Router  Backup Virtual Router",
        f"{'':31}----------------------  ----------------------",
        *(f"{name:<31}{of(routers[0]):<24}{of(routers[1])}".rstrip() for name, of in lines.items()),
    ]


def _told(router: VirtualRouter, value: str) -> str:
    """A virtual router that is shut down has only its activity to tell."""
    return "" if router.priority is None else value


def _message_vpns(seen: Situation, vpns: Sequence[Vpn]) -> list[str]:
    rows = [
        f"{vpn.name:<32} {'Enabled' if vpn.enabled else 'Shutdown':<9} {seen.state(vpn).capitalize():<8} "
        f"{len(seen.clients(vpn)):>7}"
        for vpn in vpns
    ]
    return [f"{'Message VPN':<32} {'Admin':<9} {'Oper':<8} Clients", "-" * 58, *rows]


def _spool(seen: Situation) -> list[str]:
    return [
        f"Config Status:                    Enabled ({seen.broker.node.value.capitalize()})",
        f"Operational Status:               {seen.spool}",
        f"Datapath Status:                  {'Up' if seen.spool == 'AD-Active' else 'Down'}",
        f"Last Failure Reason:              {seen.broker.spool_fault or 'N/A'}",
    ]


def _queues(seen: Situation, vpns: Sequence[Vpn]) -> list[str]:
    rows = [
        f"{vpn.name:<32} {int(vpn.queue):>12} {flow.percent(vpn, seen.world.traffic[vpn.name]):>7.2f}"
        for vpn in vpns
        if vpn.replicated
    ]
    return [f"Queue: {REPLICATION_QUEUE}", f"{'Message VPN':<32} {'Messages':>12}  % full", "-" * 53, *rows]


def _clients(seen: Situation, vpns: Sequence[Vpn]) -> list[str]:
    return [
        f"{'Client':<20} Message VPN",
        *(f"{name:<20} {vpn.name}" for vpn in vpns for name in seen.clients(vpn)),
    ]


def _transactions(vpns: Sequence[Vpn]) -> list[str]:
    rows = [f"{vpn.name:<32} {item.state.value:<10} {item.xid}" for vpn in vpns for item in vpn.transactions]
    return [f"{'Message VPN':<32} {'State':<10} XID", *rows]


def _config_sync(seen: Situation) -> list[str]:
    rows = []
    for vpn in seen.site.vpns.values():
        role, status = seen.config_sync(vpn)
        rows.append(f"{vpn.name:<32} vpn      {role:<9} {status}")
    return [f"{'Name':<32} Type     Role      State", *rows]
