"""What a simulated broker answers to SEMP v1: the shape of real replies, filled from the world."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from handrail.products.solace import rpc
from handrail.products.solace.situation import Situation
from handrail.products.solace.state import MEGABYTE, REPLICATION_QUEUE, Node, Vpn, Xa

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CURSOR = "handrail-cursor"
"""How this simulator marks where a list goes on, inside its more-cookie."""


def answer(seen: Situation, body: bytes) -> bytes:
    """The reply to one command, good or refused."""
    version = seen.world.version
    try:
        command = rpc.parse(body)
    except ValueError:
        return rpc.refusal(version, "parse-error", "not well formed")
    shown = command.find("show")
    if command.tag != "rpc" or shown is None or len(shown) != 1:
        return rpc.refusal(version, "parse-error", "schema validation error")
    what = shown[0]
    if what.tag == "version":
        return rpc.reply(version, _version(seen))
    if what.tag == "redundancy":
        return rpc.reply(version, _redundancy(seen))
    if what.tag == "message-spool" and what.find("detail") is not None:
        return rpc.reply(version, _spool(seen))
    if what.tag == "queue" and what.find("detail") is not None:
        return _queues(seen, what)
    if what.tag == "client" and what.find("connected") is not None:
        return _clients(seen, what)
    if what.tag == "message-vpn" and what.find("replication") is not None:
        return rpc.reply(version, _replication(seen, what))
    return rpc.refusal(version, "parse-error", "schema validation error")


def _version(seen: Situation) -> str:
    load = f"soltr_{seen.world.version}.217"
    uptime = int(seen.world.now_s - seen.broker.started_s)
    parts = (
        ("days", uptime // 86400),
        ("hours", uptime // 3600 % 24),
        ("mins", uptime // 60 % 60),
        ("secs", uptime % 60),
        ("total-secs", uptime),
    )
    return _inside(
        "version",
        rpc.elements(
            [
                ("description", f"Solace PubSub+ Standard Version {seen.world.version}.217"),
                ("current-load", load),
            ],
            8,
        ),
        "        <uptime>",
        rpc.elements([(name, str(number)) for name, number in parts], 10),
        "        </uptime>",
    )


def _redundancy(seen: Situation) -> str:
    mate = seen.mate
    up = "true" if seen.mate_is_up else "false"
    head = [
        ("config-status", "Enabled" if mate else "Shutdown"),
        ("redundancy-status", seen.redundancy),
        ("operating-mode", "Message Routing Node"),
        ("switchover-mechanism", "Hostlist"),
        ("auto-revert", "false"),
        ("redundancy-mode", "Active/Standby" if mate else "N/A"),
        ("active-standby-role", seen.broker.node.value.capitalize()),
        ("group-management-server-identity", ""),
        ("mate-router-name", mate.name if mate else ""),
    ]
    return _inside(
        "redundancy",
        rpc.elements(head, 8),
        "        <oper-status>",
        rpc.elements([("adb-link-up", up), ("adb-hello-up", up)], 10),
        "        </oper-status>",
        "        <virtual-routers>",
        *(_router(seen, node) for node in Node),
        "        </virtual-routers>",
    )


def _router(seen: Situation, node: Node) -> str:
    router = seen.router(node)
    lines = [f"          <{node}>", "            <status>"]
    lines.append(rpc.elements([("activity", router.activity)], 14))
    if router.priority is not None:
        more = [("vrrp", "Initialize"), ("routing-interface", "Up"), ("vrrp-priority", str(router.priority))]
        lines += [
            rpc.elements(more, 14),
            "              <priority-reported-by-mate>",
            rpc.elements([("summary", router.reported)], 16),
            "              </priority-reported-by-mate>",
        ]
    return "\n".join([*lines, "            </status>", f"          </{node}>"])


def _spool(seen: Situation) -> str:
    vpns = seen.site.vpns.values()
    held = sum(vpn.queue * seen.world.traffic[vpn.name].size for vpn in vpns) / MEGABYTE
    ready = seen.broker.spool_ready
    used = sum(1 for vpn in vpns for item in vpn.transactions if item.state is not Xa.IDLE)
    status = seen.spool
    items = [
        ("config-status", f"Enabled ({seen.broker.node.value.capitalize()})"),
        ("max-disk-usage", "800000"),
        ("operational-status", status),
        ("datapath-up", "true" if status == "AD-Active" else "false"),
        ("synchronization-status", "Synced" if ready else "Not Synced"),
        ("spool-sync-status", "Synced" if ready else "Not Synced"),
        ("transactions-xa-used", str(used)),
        ("disk-contents-status", "Ready" if ready else "Not Ready"),
        ("last-failure-reason", seen.broker.spool_fault or "N/A"),
        ("current-persist-usage", f"{held:.0f}"),
    ]
    return _inside(
        "message-spool",
        "        <message-spool-info>",
        rpc.elements(items, 10),
        "        </message-spool-info>",
    )


def _queues(seen: Situation, what: Element) -> bytes:
    name = rpc.text(what, "name") or ""
    if name not in (REPLICATION_QUEUE, "*"):
        return rpc.reply(seen.world.version, _inside("queue", "        <queues>", "        </queues>"))
    vpns = [vpn for vpn in _vpns(seen, what) if vpn.replicated]
    page = rpc.text(what, "num-elements") or str(rpc.PAGE)
    size = max(1, min(rpc.PAGE, int(page))) if page.isascii() and page.isdigit() else rpc.PAGE
    first = _first(what)
    chosen = vpns[first : first + size]
    inner = "\n".join(_queue(seen, vpn) for vpn in chosen)
    body = _inside("queue", "        <queues>", inner, "        </queues>")
    more = ""
    if first + size < len(vpns):
        more = (
            f"<rpc><show><queue><name>{REPLICATION_QUEUE}</name><vpn-name>*</vpn-name><detail/><count/>"
            f"<num-elements>{size}</num-elements>"
            f"<{CURSOR}>{first + size}</{CURSOR}></queue></show></rpc>"
        )
    return rpc.reply(seen.world.version, body, more)


def _queue(seen: Situation, vpn: Vpn) -> str:
    used = vpn.queue * seen.world.traffic[vpn.name].size / MEGABYTE
    info = [
        ("message-vpn", vpn.name),
        ("quota", str(vpn.quota_mb)),
        ("num-messages-spooled", str(int(vpn.queue))),
        ("current-spool-usage-in-mb", f"{used:.4f}"),
        ("bind-count", "1" if seen.bridged(vpn) and vpn.active else "0"),
    ]
    return "\n".join(
        [
            "          <queue>",
            rpc.elements([("name", REPLICATION_QUEUE)], 12),
            "            <info>",
            rpc.elements(info, 14),
            "            </info>",
            "          </queue>",
        ]
    )


def _clients(seen: Situation, what: Element) -> bytes:
    found = []
    for vpn in _vpns(seen, what):
        if seen.state(vpn) != "down":
            found.append((vpn.name, "#client", ""))
        names = enumerate(seen.clients(vpn), 1)
        found += [(vpn.name, name, f"192.0.2.{index}:50{index:03}") for index, name in names]
    first = _first(what)
    rows = [_client(*item) for item in found[first : first + rpc.PAGE]]
    more = ""
    if first + rpc.PAGE < len(found):
        more = (
            "<rpc><show><client><name>*</name><vpn-name>*</vpn-name><connected/>"
            f"<{CURSOR}>{first + rpc.PAGE}</{CURSOR}></client></show></rpc>"
        )
    opened, closed = "        <primary-virtual-router>", "        </primary-virtual-router>"
    return rpc.reply(seen.world.version, _inside("client", opened, *rows, closed), more)


def _client(vpn: str, name: str, address: str) -> str:
    told = [("client-address", address), ("name", name), ("message-vpn", vpn), ("num-subscriptions", "1")]
    return f"          <client>\n{rpc.elements(told, 12)}\n          </client>"


def _replication(seen: Situation, what: Element) -> str:
    rows = [
        "            <message-vpn>\n"
        + rpc.elements(
            [
                ("vpn-name", vpn.name),
                ("admin-state", "enabled" if vpn.replicated else "shutdown"),
                ("config-state", vpn.role.value),
                ("transaction-replication-mode", vpn.transaction_mode),
            ],
            14,
        )
        + "\n            </message-vpn>"
        for vpn in _vpns(seen, what)
    ]
    opened = ["        <replication>", "          <message-vpns>"]
    return _inside("message-vpn", *opened, *rows, "          </message-vpns>", "        </replication>")


def _vpns(seen: Situation, what: Element) -> list[Vpn]:
    wanted = rpc.text(what, "vpn-name") or "*"
    return [vpn for vpn in seen.site.vpns.values() if wanted in ("*", vpn.name)]


def _first(what: Element) -> int:
    given = rpc.text(what, CURSOR) or "0"
    return int(given) if given.isascii() and given.isdigit() else 0


def _inside(tag: str, *lines: str) -> str:
    return "\n".join([f"      <{escape(tag)}>", *(line for line in lines if line), f"      </{escape(tag)}>"])
