"""What a simulated broker answers to SEMP v2: objects found by their path, strict selects, filters, pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handrail.products.product import Request, Response
from handrail.products.solace import objects, semp
from handrail.products.solace.objects import Object
from handrail.products.solace.semp import Asked, Code, Refusal
from handrail.products.solace.situation import Situation
from handrail.products.solace.state import REPLICATION_QUEUE, Vpn

SEMP_VERSION = "2.40"
"""What `about/api` says; which release has which is not public in one place, so this is one for all."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lies at a path: one object or a list of them, and every attribute such an object can have."""

    items: Object | list[Object]
    attributes: tuple[str, ...]
    counts: tuple[Mapping[str, int], ...] = ()


def respond(
    request: Request, data: Any, counts: Sequence[Mapping[str, int]] = (), more: str = ""
) -> Response:
    """A good answer."""
    body = semp.encode(request.method, _uri(request), data, counts, more)
    return Response(200, {"content-type": "application/json"}, body)


def refuse(request: Request, code: Code, description: str, http: int = 400) -> Response:
    """A refusal: HTTP 400, and the broker's own code."""
    body = semp.encode_refusal(request.method, _uri(request), Refusal(code, description, code.name), http)
    return Response(http, {"content-type": "application/json"}, body)


def read(seen: Situation, request: Request, asked: Asked, unknown: str = "") -> Response:
    """Answer a GET; `unknown` is an attribute that this release does not have."""
    found = _find(seen, asked)
    if isinstance(found, Refusal):
        return refuse(request, Code(found.code), found.description)
    known = {*found.attributes, *(f"{name}.count" for name in objects.COLLECTIONS), "*"} - {unknown}
    for name in asked.select:
        if name not in known:
            return refuse(
                request, Code.INVALID_PARAMETER, f'Problem with "select": "{name}" is not a valid attribute.'
            )
    if isinstance(found.items, list):
        return _page(seen, request, asked, found.items)
    return respond(request, _selected(found.items, asked), found.counts)


def _page(seen: Situation, request: Request, asked: Asked, items: list[Object]) -> Response:
    """One page of a list, and where the next one is."""
    items = [item for item in items if _matches(item, asked.where)]
    first = int(asked.cursor) if asked.cursor.isascii() and asked.cursor.isdigit() else 0
    page = items[first : first + asked.count]
    more = ""
    if first + asked.count < len(items):
        query = [f"count={asked.count}", f"cursor={first + asked.count}"]
        query += [f"select={','.join(asked.select)}"] if asked.select else []
        query += [f"where={asked.where.replace('#', '%23')}"] if asked.where else []
        more = f"{_uri(request).partition('?')[0]}?{'&'.join(query)}"
    counted = any(name.endswith(".count") for name in asked.select)
    sizes = [objects.sizes(seen, item) for item in page] if counted else []
    return respond(request, [_selected(item, asked) for item in page], sizes, more)


def _find(seen: Situation, asked: Asked) -> Found | Refusal:
    if asked.unknown:
        return Refusal(Code.INVALID_PARAMETER, f'"{asked.unknown[0]}" is not a valid query parameter.')
    if asked.path == ("about", "api"):
        return Found({"platform": "VMR", "sempVersion": SEMP_VERSION}, ("platform", "sempVersion"))
    if asked.path == ():
        return Found(objects.broker_object(seen), objects.BROKER_ATTRIBUTES)
    vpns = seen.site.vpns
    if asked.api == "monitor" and asked.path == ("configSyncLocalDatabaseRows",):
        rows = [objects.router_row(), *(objects.sync_row(seen, vpn) for vpn in vpns.values())]
        return Found(rows, tuple(objects.router_row()))
    if asked.api == "config" and asked.path[0] == "msgVpns":
        return _configured(vpns, asked)
    if asked.path == ("msgVpns",):
        return Found([objects.vpn_object(seen, vpn) for vpn in vpns.values()], objects.VPN_ATTRIBUTES)
    if asked.path[0] == "msgVpns" and asked.path[1] in vpns:
        found = _in_vpn(seen, vpns[asked.path[1]], asked)
        if found is not None:
            return found
    return Refusal(Code.NOT_FOUND, f"Could not find match for {'/'.join(asked.path)}")


def _configured(vpns: Mapping[str, Vpn], asked: Asked) -> Found | Refusal:
    attributes = ("msgVpnName", *objects.WRITABLE)
    if len(asked.path) == 1:
        return Found([objects.vpn_config(vpn) for vpn in vpns.values()], attributes)
    if len(asked.path) == 2 and asked.path[1] in vpns:
        return Found(objects.vpn_config(vpns[asked.path[1]]), attributes)
    return Refusal(Code.NOT_FOUND, f"Could not find match for {'/'.join(asked.path)}")


def _in_vpn(seen: Situation, vpn: Vpn, asked: Asked) -> Found | None:
    rest = asked.path[2:]
    if not rest:
        return Found(objects.vpn_object(seen, vpn), objects.VPN_ATTRIBUTES)
    if rest == ("clients",):
        names = ("#client", *seen.clients(vpn))
        return Found([objects.client_object(vpn, name) for name in names], objects.CLIENT_ATTRIBUTES)
    if rest == ("transactions",):
        items = [objects.transaction_object(seen, item) for item in vpn.transactions]
        return Found(items, objects.TRANSACTION_ATTRIBUTES)
    if rest == ("queues",) and vpn.replicated:
        return Found([objects.queue_object(seen, vpn)], objects.QUEUE_ATTRIBUTES)
    if rest == ("queues", REPLICATION_QUEUE) and vpn.replicated:
        counts = ({"msgs": int(vpn.queue)},)
        return Found(objects.queue_object(seen, vpn), objects.QUEUE_ATTRIBUTES, counts)
    if rest[0] == "bridges" and len(rest) == 2 and vpn.replicated and not vpn.active:
        return Found(objects.bridge_object(seen, vpn), objects.BRIDGE_ATTRIBUTES)
    return None


def _selected(item: Object, asked: Asked) -> Object:
    if not asked.select or "*" in asked.select:
        return item
    return {name: value for name, value in item.items() if name in asked.select}


def _matches(item: Object, where: str) -> bool:
    """SEMP's filters: `name==value`, `name!=value` with `*` at an end; several are joined by commas."""
    for part in filter(None, where.split(",")):
        name, negated, wanted = part.partition("!=")
        if not negated:
            name, _, wanted = part.partition("==")
        value = item.get(name)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        same = text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted
        if same == bool(negated):
            return False
    return True


def _uri(request: Request) -> str:
    return f"http://{request.headers.get('host', 'localhost')}{request.target}"
