"""Which part of which answer each field of fields.toml is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handrail.products.amlen import wire
from handrail.products.amlen.meaning import Unread
from handrail.readings import Failure, Value
from handrail.text import safe

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """One key of one section of one resource; `section` empty: one row for each object."""

    resource: str
    section: str
    key: str
    kind: type
    absent: Value | None = None
    """The value where the server leaves the key out because there is nothing to tell."""

    @property
    def source(self) -> str:
        """The place in words."""
        return f"{self.resource} {self.section}{'.' if self.section else ''}{self.key}"


def _of(resource: str, section: str, rows: Mapping[str, tuple[str, type]]) -> dict[str, Place]:
    return {name: Place(resource, section, key, kind) for name, (key, kind) in rows.items()}


PLACES: Mapping[str, Place] = {
    **_of(
        wire.STATUS,
        "Server",
        {
            "state": ("State", int),
            "state-description": ("StateDescription", str),
            "status": ("Status", str),
            "name": ("Name", str),
            "uid": ("UID", str),
            "version": ("Version", str),
            "uptime-s": ("UpTimeSeconds", int),
            "error-code": ("ErrorCode", int),
            "error-message": ("ErrorMessage", str),
        },
    ),
    **_of(
        wire.STATUS,
        "HighAvailability",
        {
            "ha-enabled": ("Enabled", bool),
            "ha-status": ("Status", str),
            "role": ("NewRole", str),
            "old-role": ("OldRole", str),
            "active-nodes": ("ActiveNodes", int),
            "sync-nodes": ("SyncNodes", int),
            "sync-percent": ("PctSyncCompletion", int),
            "reason-code": ("ReasonCode", int),
            "ha-group": ("Group", str),
            "remote-server": ("RemoteServerName", str),
            "primary-last-time": ("PrimaryLastTime", str),
        },
    ),
    "reason": Place(wire.STATUS, "HighAvailability", "ReasonString", str, absent=""),
    **_of(
        wire.HA_CONFIGURATION,
        "HighAvailability",
        {
            "startup-mode": ("StartupMode", str),
            "discovery-timeout-s": ("DiscoveryTimeout", int),
            "heartbeat-timeout-s": ("HeartbeatTimeout", int),
            "preferred-primary": ("PreferredPrimary", bool),
            "local-replication-nic": ("LocalReplicationNIC", str),
            "local-discovery-nic": ("LocalDiscoveryNIC", str),
            "remote-discovery-nic": ("RemoteDiscoveryNIC", str),
            "external-replication-nic": ("ExternalReplicationNIC", str),
        },
    ),
    **_of(
        wire.ENDPOINTS,
        "",
        {
            "endpoint-interface": ("Interface", str),
            "endpoint-port": ("Port", int),
            "endpoint-enabled": ("Enabled", bool),
        },
    ),
}


def find(place: Place, answer: Mapping[str, Any]) -> Value | Mapping[str, Value] | Unread:
    """The value at this place of the resource's answer, or one for each row."""
    section = answer.get(place.section or "Endpoint")
    if not isinstance(section, dict):
        return Unread(Failure.MALFORMED, safe(f"the answer has no {place.section or 'Endpoint'}"))
    if place.section:
        return _value(place, section)
    if not section:
        return Unread(Failure.NO_ROWS, safe("this server has no endpoint"))
    rows: dict[str, Value] = {}
    for name, item in section.items():
        told = _value(place, item) if isinstance(item, dict) else None
        if told is None or isinstance(told, Unread):
            return Unread(Failure.MALFORMED, safe(f"endpoint {name} has no {place.key}", 120))
        rows[str(safe(name, _LONGEST))] = told
    return rows


def _value(place: Place, section: Mapping[str, Any]) -> Value | Unread:
    if place.key not in section:
        return _left_out(place, section)
    value = section[place.key]
    if place.kind is str and isinstance(value, str):
        return str(safe(value, _LONGEST))
    if isinstance(value, place.kind) and isinstance(value, bool) == (place.kind is bool):
        kept: Value = value  # type: ignore[assignment]  # of one of the types above
        return kept
    wanted, came = place.kind.__name__, type(value).__name__
    return Unread(Failure.MALFORMED, safe(f"{place.key}: {wanted} awaited, {came} came"))


def _left_out(place: Place, section: Mapping[str, Any]) -> Value | Unread:
    if place.section == "HighAvailability" and section.get("Enabled") is False:
        return Unread(
            Failure.NOT_APPLICABLE, safe("high availability is off: the server tells only that; see EnableHA")
        )
    if place.absent is not None and "ReasonCode" in section:
        return place.absent
    return Unread(
        Failure.NOT_SUPPORTED,
        safe(f"this release tells no {place.key}; read it with curl and compare the release with 1.1"),
    )
