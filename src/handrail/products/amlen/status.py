"""The bodies of the simulated administration's answers, spaced and ordered as a real server sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from handrail.products.amlen import wire
from handrail.products.amlen.state import STATES, Node, World

PORT = 9089
_HOUR, _DAY = 3600, 86400
_OFF = '{\n    "Status": "Inactive",\n    "Enabled": false\n  }'
_NAMES = ("Server", "Container", "HighAvailability", "Cluster", "Plugin", "MQConnectivity", "SNMP")


def sections(node: Node, world: World, now: datetime) -> Mapping[str, str]:
    """Each section of the whole status as text, in order; `now` is the wall time, UTC."""
    off = dict.fromkeys(_NAMES[3:], _OFF)
    container = f'{{\n    "UUID":{json.dumps(node.name)}\n  }}'
    return {
        "Server": _server(node, world, now),
        "Container": container,
        "HighAvailability": _high_availability(node, world, now),
        **off,
    }


def status(node: Node, world: World, now: datetime, section: str = "") -> bytes | None:
    """The body of service/status, whole or of one service; None for a service there is not."""
    told = sections(node, world, now)
    if section and section not in ("Server", *_NAMES[2:]):
        return None
    wanted = {"": _NAMES, "Server": ("Server", "Container")}.get(section, (section,))
    rows = ",\n".join(f'  "{name}": {told[name]}' for name in wanted)
    return f'{{\n  "Version":"v1",\n{rows}\n}}\n'.encode()


def _server(node: Node, world: World, now: datetime) -> str:
    number, short, words = STATES[node.phase]
    up = int(world.now_s - node.started_s)
    return _object(
        {
            "Name": f"{node.name}:{PORT}",
            "UID": node.uid,
            "Status": short,
            "State": number,
            "StateDescription": words,
            "ServerTime": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "UpTimeSeconds": up,
            "UpTimeDescription": (
                f"{up // _DAY} days {up % _DAY // _HOUR} hours {up % _HOUR // 60} minutes {up % 60} seconds"
            ),
            "Version": node.version,
            "ErrorCode": node.error[0],
            "ErrorMessage": node.error[1],
        }
    )


def _high_availability(node: Node, world: World, now: datetime) -> str:
    view, peer = node.view, world.peer(node.name)
    if not node.effective.enable:
        return _OFF
    told: dict[str, Any] = {
        "Status": view.status,
        "Enabled": True,
        "Group": node.effective.group,
        "NewRole": view.new_role,
        "OldRole": view.old_role,
        "ActiveNodes": view.active,
        "SyncNodes": view.sync,
        "PrimaryLastTime": _primary_time(node, world, now),
        "PctSyncCompletion": _percent(node, world),
        "ReasonCode": view.reason_code,
    }
    if view.reason_code:
        told["ReasonString"] = view.reason
    remote = f"{peer.name}:{PORT}" if peer is not None and view.knows_peer else ""
    # The server writes this one key without a space after the colon.
    return _object(told)[: -len("\n  }")] + f',\n    "RemoteServerName":{json.dumps(remote)}\n  }}'


def _primary_time(node: Node, world: World, now: datetime) -> str:
    if node.view.primary_time == "now":
        return f"{now:%Y-%m-%dT%H:%M:%S}Z"
    last = node.store.last_primary_s
    if node.view.primary_time == "stored" and last is not None:
        return f"{now - timedelta(seconds=world.now_s - last):%Y-%m-%dT%H:%M:%S}Z"
    return ""


def _percent(node: Node, world: World) -> int:
    """1 all through the copy of an empty store, as recorded; that it climbs with a larger one is inferred."""
    peer = world.peer(node.name)
    more = max(node.copy_more_s, peer.copy_more_s if peer is not None else 0.0)
    if node.view.percent != 1 or not more:
        return node.view.percent
    return max(1, min(99, int(100 * (world.now_s - node.copy_from_s) / (more + 11.2))))


def ha_configuration(node: Node) -> bytes:
    """The body of configuration/HighAvailability."""
    settings = node.memory.settings
    told: dict[str, Any] = {name: getattr(settings, key) for name, key in wire.SETTINGS.items()}
    told |= {"ExternalReplicationPort": 0, "ReplicationPort": 0, "RemoteDiscoveryPort": 0}
    told["UseSecuredConnections"] = False
    return f'{{\n  "Version":"v1",\n  "HighAvailability": {_object(told)}\n}}\n'.encode()


def endpoints(node: Node) -> bytes:
    """The body of configuration/Endpoint: what can be read of each, in the shape of the real answer."""
    told = {
        endpoint.name: {
            "ConnectionPolicies": "DemoConnectionPolicy",
            "Description": "",
            "Enabled": endpoint.enabled,
            "Interface": endpoint.interface,
            "InterfaceName": endpoint.interface,
            "MaxMessageSize": "4096KB",
            "MessageHub": "DemoHub",
            "Port": endpoint.port,
            "Protocol": "All",
        }
        for endpoint in node.memory.endpoints
    }
    return (json.dumps({"Version": "v1", "Endpoint": told}, indent=2) + "\n").encode()


def _object(told: Mapping[str, Any]) -> str:
    rows = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in told.items())
    return f"{{\n{rows}\n  }}"
