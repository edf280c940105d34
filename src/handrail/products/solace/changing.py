"""What a simulated broker does with SEMP v2 requests that change something: PATCH, PUT, actions."""

from __future__ import annotations

from typing import Any

from handrail.products.living import CannotBe
from handrail.products.product import Request, Response
from handrail.products.solace import objects
from handrail.products.solace import world as rules
from handrail.products.solace.answers_v2 import refuse, respond
from handrail.products.solace.objects import WRITABLE, check_values
from handrail.products.solace.semp import Asked, Code
from handrail.products.solace.state import Role, Vpn, World
from handrail.products.strict_json import parse_json

Changed = tuple[Response, rules.Change | None]
_BACKBONE = "serviceMsgBackboneEnabled"


def change(world: World, server: str, request: Request, asked: Asked) -> Changed:
    """The answer, and the changed world if something was changed."""
    try:
        given = parse_json(request.body or b"{}")
    except ValueError:
        return refuse(request, Code.PARSE_ERROR, "The request body is not valid JSON"), None
    if not isinstance(given, dict):
        return refuse(request, Code.PARSE_ERROR, "The request body is not a JSON object"), None
    try:
        if asked.api == "config" and request.method in ("PATCH", "PUT"):
            return _configure(world, server, request, asked, given)
        if asked.api == "action" and request.method == "PUT":
            return _act(world, server, request, asked)
    except CannotBe as problem:
        busy = "busy" in str(problem)
        return refuse(request, Code.NOT_ALLOWED, str(problem), 503 if busy else 400), None
    except KeyError as problem:
        return refuse(request, Code.NOT_FOUND, f"Could not find match for {problem.args[0]}"), None
    return refuse(request, Code.NOT_SUPPORTED, f"{request.method} is not supported here"), None


def _configure(world: World, server: str, request: Request, asked: Asked, given: dict[str, Any]) -> Changed:
    if asked.path == ():
        if set(given) != {_BACKBONE} or not isinstance(given[_BACKBONE], bool):
            return refuse(request, Code.INVALID_PARAMETER, "Only the message backbone is known here"), None
        return respond(request, given), rules.set_backbone(world, server, given[_BACKBONE])
    if len(asked.path) != 2 or asked.path[0] != "msgVpns":
        return refuse(request, Code.NOT_SUPPORTED, f"{'/'.join(asked.path)} cannot be configured here"), None
    side, name = world.brokers[server].side, asked.path[1]
    given = {key: value for key, value in given.items() if key != "msgVpnName"}
    if problem := check_values(given):
        return refuse(request, *problem), None
    values: dict[str, object] = {WRITABLE[key]: value for key, value in given.items()}
    if "role" in values:
        values["role"] = Role(str(values["role"]))
    if request.method == "PUT":  # what is not named falls back to its default, as on the real broker
        defaults = Vpn(name, replicated=False, enabled=False)
        values = {key: values.get(key, getattr(defaults, key)) for key in WRITABLE.values()}
    changed = rules.set_vpn(world, side, name, values)
    return respond(request, objects.vpn_config(changed[0].sites[side].vpns[name])), changed


def _act(world: World, server: str, request: Request, asked: Asked) -> Changed:
    side = world.brokers[server].side
    match asked.path:
        case ("msgVpns", name, "transactions", xid, "commit" | "rollback" as how):
            changed = rules.complete(world, side, name, xid, how)
        case ("msgVpns", name, "transactions", xid, "delete"):
            changed = rules.delete_transaction(world, side, name, xid)
        case ("msgVpns", name, "clients", client, "disconnect"):
            changed = rules.disconnect(world, side, name, client)
        case _:
            return refuse(request, Code.NOT_FOUND, f"Could not find match for {'/'.join(asked.path)}"), None
    return respond(request, None), changed
