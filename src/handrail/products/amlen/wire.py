"""Amlen's administration interface as bytes, in both directions: JSON below /ima/v1.

A trailing slash is accepted. A wrong path, method or body is HTTP 400 with a Code and a Message, never 404 or
405.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handrail.products.strict_json import parse_json

ROOT = "/ima/v1/"
STATUS = ROOT + "service/status/"
RESTART = ROOT + "service/restart/"
CONFIGURATION = ROOT + "configuration"
HA_CONFIGURATION = ROOT + "configuration/HighAvailability"
ENDPOINTS = ROOT + "configuration/Endpoint"

ACCEPTED = "CWLNA6011"

SETTINGS: Mapping[str, str] = {
    "EnableHA": "enable",
    "Group": "group",
    "StartupMode": "startup_mode",
    "PreferredPrimary": "preferred_primary",
    "DiscoveryTimeout": "discovery_timeout_s",
    "HeartbeatTimeout": "heartbeat_timeout_s",
    "RemoteDiscoveryNIC": "remote_discovery_nic",
    "LocalReplicationNIC": "local_replication_nic",
    "LocalDiscoveryNIC": "local_discovery_nic",
    "ExternalReplicationNIC": "external_replication_nic",
}
"""Properties of HighAvailability, in the order of a real answer, and their names in the simulated world."""


@dataclass(frozen=True, slots=True)
class Told:
    """Code and Message of an answer that is no status and no configuration."""

    code: str
    message: str


def encode(body: Mapping[str, Any]) -> bytes:
    """A request's body."""
    return json.dumps(body, separators=(",", ":")).encode()


def encode_told(told: Told) -> bytes:
    """An answer that is only a code and a message, spaced as the server spaces it."""
    return f'{{ "Version":"v1","Code":"{told.code}","Message":{json.dumps(told.message)} }}\n'.encode()


def decode(body: bytes) -> dict[str, Any]:
    """An answer's JSON object; raises ValueError with a sentence for the operator."""
    value = parse_json(body)
    if not isinstance(value, dict):
        raise ValueError("the answer is no JSON object")
    return value


def told_by(answer: Mapping[str, Any]) -> Told | None:
    """Code and Message of an answer, if it is such a one."""
    code, message = answer.get("Code"), answer.get("Message", "")
    if not isinstance(code, str):
        return None
    return Told(code, message if isinstance(message, str) else "")
