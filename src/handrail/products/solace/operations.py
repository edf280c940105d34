"""What handrail can do to a Solace broker: each as lines of the CLI, and as the request they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from handrail.products.product import Request
from handrail.products.solace import rows, semp
from handrail.readings import Value

NAME_LIMIT = 32
"""Characters of a Message VPN's name."""
XID_LIMIT = 300


class NotSent(ValueError):
    """An argument that must not be sent; the message says what may be."""


@dataclass(frozen=True, slots=True)
class Line:
    """One CLI line: the mode it is typed in, and its words."""

    mode: str
    words: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One act, both ways it can be said."""

    lines: tuple[Line, ...]
    request: Request


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its arguments, whether it may be sent again, and what it becomes."""

    meaning: str
    arguments: tuple[str, ...]
    repeat: Literal["safe", "check-first", "never"]
    deed: Callable[[Mapping[str, Value]], Deed]


def set_role(vpn: str, role: str) -> Deed:
    """Make the VPN replication active or standby at this site; its HA mate follows by config-sync."""
    lines = (
        Line("configure", f"message-vpn {word(vpn)}"),
        Line("configure/message-vpn", f"replication state {role}"),
    )
    return Deed(lines, patch(("msgVpns", vpn), {"replicationRole": role}))


def reject_on_discard(vpn: str, enabled: bool) -> Deed:
    """Whether publishes are refused once the replication queue is full; reaches the other site too."""
    no = "" if enabled else "no "
    lines = (
        Line("configure", f"message-vpn {word(vpn)}"),
        Line("configure/message-vpn", "replication"),
        Line("configure/message-vpn/replication", "queue"),
        Line("configure/message-vpn/replication/queue", f"{no}reject-msg-to-sender-on-discard"),
    )
    return Deed(
        lines, patch(("msgVpns", vpn), {"replicationQueueRejectMsgToSenderOnDiscardEnabled": enabled})
    )


def reject_when_ineligible(vpn: str, enabled: bool) -> Deed:
    """Whether synchronous publishes are refused while the other site is behind; both sites follow."""
    no = "" if enabled else "no "
    lines = (
        Line("configure", f"message-vpn {word(vpn)}"),
        Line("configure/message-vpn", "replication"),
        Line("configure/message-vpn/replication", f"{no}reject-msg-when-sync-ineligible"),
    )
    return Deed(lines, patch(("msgVpns", vpn), {"replicationRejectMsgWhenSyncIneligibleEnabled": enabled}))


def vpn_enabled(vpn: str, enabled: bool) -> Deed:
    """Shut a whole VPN down or open it: at both sites, as config-sync carries it there."""
    no = "no " if enabled else ""
    lines = (
        Line("configure", f"message-vpn {word(vpn)}"),
        Line("configure/message-vpn", f"{no}shutdown"),
    )
    return Deed(lines, patch(("msgVpns", vpn), {"enabled": enabled}))


def backbone(enabled: bool) -> Deed:
    """Open or close every service for clients on this one broker; no other broker follows."""
    no = "no " if enabled else ""
    return Deed(
        (Line("configure", f"{no}service msg-backbone shutdown"),),
        patch((), {"serviceMsgBackboneEnabled": enabled}),
    )


def end_transaction(vpn: str, xid: str, how: str) -> Deed:
    """Commit, roll back or delete one XA transaction, heuristically."""
    lines = (
        Line("admin", f"message-spool message-vpn {word(vpn)}"),
        Line("admin/message-spool", f"{how}-transaction xid {word(xid)}"),
    )
    return Deed(lines, action("msgVpns", vpn, "transactions", xid, how))


def disconnect(vpn: str, client: str) -> Deed:
    """End one client's session."""
    lines = (
        Line("admin", f"client {word(client)} message-vpn {word(vpn)}"),
        Line("admin/client", "disconnect"),
    )
    return Deed(lines, action("msgVpns", vpn, "clients", client, "disconnect"))


def patch(path: tuple[str, ...], attributes: Mapping[str, object]) -> Request:
    """A change of the named attributes alone; never a PUT, which resets the rest."""
    headers = {"content-type": "application/json", "accept": "application/json"}
    return Request("PATCH", semp.target("config", *path), headers, semp.body(attributes))


def action(*path: str) -> Request:
    """An action, with its empty body."""
    headers = {"content-type": "application/json", "accept": "application/json"}
    return Request("PUT", semp.target("action", *path), headers, b"{}")


def word(value: str) -> str:
    """One word of a CLI line: quoted when it holds a space."""
    return f'"{value}"' if " " in value else value


def named_vpn(value: Value) -> str:
    """A VPN's name; raises NotSent for what cannot be one, or stands for several."""
    name = str(value)
    if not 1 <= len(name) <= NAME_LIMIT or name != name.strip() or set(name) & set("*?\"'<>&;"):
        raise NotSent(f"{name!r} is no VPN: 1 to {NAME_LIMIT} characters, no wildcards or quotes")
    return name


def named_transaction(vpn: str, xid: str) -> tuple[str, str]:
    """VPN and XID; raises NotSent for a wildcard, with which the broker would end several at once."""
    if not 1 <= len(xid) <= XID_LIMIT or set(xid) & set("*? \"'<>&;"):
        raise NotSent(f"{xid!r} is no XID: 1 to {XID_LIMIT} characters, no wildcards or spaces")
    return named_vpn(vpn), xid


def one_of(value: Value, options: Sequence[str], what: str) -> str:
    """One of these words; raises NotSent with the words there are."""
    if value not in options:
        raise NotSent(f"{what} is {value!r}: it can be {', '.join(options)}")
    return str(value)


def _pair(row: Value) -> tuple[str, str]:
    try:
        return rows.split(str(row))
    except ValueError as problem:
        raise NotSent(f"{row!r}: {problem}") from None


def _set_role(given: Mapping[str, Value]) -> Deed:
    return set_role(named_vpn(given["row"]), one_of(given["role"], ("active", "standby"), "the role"))


def _reject(given: Mapping[str, Value]) -> Deed:
    state = one_of(given["state"], ("on", "off"), "the state")
    return reject_on_discard(named_vpn(given["row"]), state == "on")


def _backbone(given: Mapping[str, Value]) -> Deed:
    state = one_of(given["state"], ("shutdown", "no shutdown"), "the state")
    return backbone(state == "no shutdown")


def _complete(given: Mapping[str, Value]) -> Deed:
    vpn, xid = named_transaction(*_pair(given["row"]))
    return end_transaction(vpn, xid, one_of(given["option"], ("commit", "rollback"), "the decision"))


def _delete(given: Mapping[str, Value]) -> Deed:
    vpn, xid = named_transaction(*_pair(given["row"]))
    return end_transaction(vpn, xid, "delete")


def _disconnect(given: Mapping[str, Value]) -> Deed:
    vpn, client = _pair(given["row"])
    if len(client) > 160 or set(client) & set("*?"):
        raise NotSent(f"{client!r} is no client: up to 160 characters, no wildcards")
    return disconnect(named_vpn(vpn), client)


OPERATIONS: Mapping[str, Operation] = {
    "set-replication-role": Operation(
        "make one Message VPN replication active or standby", ("row", "role"), "check-first", _set_role
    ),
    "msg-backbone": Operation(
        "close or open every service for clients on this broker alone", ("state",), "safe", _backbone
    ),
    "reject-msg-to-sender-on-discard": Operation(
        "whether publishes are refused once the VPN's replication queue is full",
        ("row", "state"),
        "safe",
        _reject,
    ),
    "complete-transaction": Operation(
        "heuristically commit or roll back one XA transaction", ("row", "option"), "never", _complete
    ),
    "delete-transaction": Operation(
        "free one heuristically completed XA transaction", ("row",), "check-first", _delete
    ),
    "disconnect-client": Operation("end one client's session", ("row",), "safe", _disconnect),
}
