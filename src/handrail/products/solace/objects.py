"""The objects of SEMP v2 as a simulated broker has them: what each can tell, and what it tells now.

What does not apply to a VPN in its role is left out, as the real broker leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from handrail.products.solace.semp import Code
from handrail.products.solace.situation import Situation
from handrail.products.solace.state import REPLICATION_BRIDGE, REPLICATION_QUEUE, Transaction, Vpn

Object = dict[str, Any]
WRITABLE = {
    "replicationRole": "role",
    "replicationEnabled": "replicated",
    "enabled": "enabled",
    "replicationQueueRejectMsgToSenderOnDiscardEnabled": "reject_on_discard",
    "replicationRejectMsgWhenSyncIneligibleEnabled": "reject_when_ineligible",
    "replicationTransactionMode": "transaction_mode",
    "replicationQueueMaxMsgSpoolUsage": "quota_mb",
}
"""Attributes of a VPN that can be configured here, and what they are in the world."""


def vpn_object(seen: Situation, vpn: Vpn) -> Object:
    """A Message VPN of the monitor interface."""
    traffic = seen.world.traffic[vpn.name]
    state = seen.state(vpn)
    clients = seen.client_count(vpn)
    found: Object = {
        "msgVpnName": vpn.name,
        "enabled": vpn.enabled,
        "state": state,
        "failureReason": "" if state != "down" else "Redundancy Standby" if vpn.enabled else "VPN Shutdown",
        "msgVpnConnections": clients + (1 if state != "down" else 0),
        "msgSpoolUsage": int(vpn.queue * traffic.size),
        "msgSpoolMsgCount": int(vpn.queue),
        "replicationEnabled": vpn.replicated,
        "replicationRole": vpn.role.value,
        "replicationTransactionMode": vpn.transaction_mode,
        "replicationRejectMsgWhenSyncIneligibleEnabled": vpn.reject_when_ineligible,
        "replicationQueueRejectMsgToSenderOnDiscardEnabled": vpn.reject_on_discard,
        "replicationQueueMaxMsgSpoolUsage": vpn.quota_mb,
        "replicationActiveTransitionToSyncIneligibleCount": vpn.transitions,
        "replicationActiveAsyncQueuedMsgCount": int(vpn.queued_async),
    }
    if not vpn.replicated or not seen.is_active:
        return found
    up = seen.bridged(vpn)
    if vpn.active:
        found |= {
            "replicationRemoteBridgeName": REPLICATION_BRIDGE,
            "replicationRemoteBridgeUp": up,
            "replicationQueueBound": up,
            "replicationSyncEligible": vpn.eligible,
        }
    else:
        found |= {
            "replicationBridgeName": REPLICATION_BRIDGE,
            "replicationBridgeUp": up,
            "replicationBridgeBoundToQueue": up,
        }
    return found


def vpn_config(vpn: Vpn) -> Object:
    """A Message VPN of the config interface: what is configured, and nothing of how it goes."""
    told = {key: getattr(vpn, name) for key, name in WRITABLE.items()}
    return {"msgVpnName": vpn.name, **told, "replicationRole": vpn.role.value}


def broker_object(seen: Situation) -> Object:
    """The broker itself."""
    return {
        "guaranteedMsgingOperationalStatus": seen.guaranteed,
        "configSyncRedundancyGroupUp": seen.mate_is_up,
        "serviceMsgBackboneEnabled": seen.broker.backbone,
        "serviceSmfEnabled": True,
    }


def queue_object(seen: Situation, vpn: Vpn) -> Object:
    """The replication queue of a VPN; `spooledMsgCount` is all that was ever put into it."""
    size = seen.world.traffic[vpn.name].size
    return {
        "msgVpnName": vpn.name,
        "queueName": REPLICATION_QUEUE,
        "msgSpoolUsage": int(vpn.queue * size),
        "maxMsgSpoolUsage": vpn.quota_mb,
        "spooledMsgCount": int(vpn.queued_async),
        "txMsgRate": int(seen.world.traffic[vpn.name].drain) if seen.bridged(vpn) and vpn.queue > 0 else 0,
        "maxMsgSpoolUsageExceededDiscardedMsgCount": int(vpn.rejected + vpn.local_only),
    }


def client_object(vpn: Vpn, name: str) -> Object:
    """A client of a VPN."""
    user = "#client-username" if name.startswith("#") else "app"
    return {"clientName": name, "clientUsername": user, "msgVpnName": vpn.name, "clientId": 1}


def transaction_object(seen: Situation, item: Transaction) -> Object:
    """An XA transaction."""
    return {
        "xid": item.xid,
        "state": item.state.value,
        "type": "xa",
        "replicated": item.replicated,
        "timeInState": int(seen.world.now_s - item.since_s),
        "idleTimeout": 0,
        "clientName": item.client,
        "clientUsername": "app",
        "sessionName": "1",
    }


def bridge_object(seen: Situation, vpn: Vpn) -> Object:
    """The replication bridge of a VPN in the standby role; why it is down it does not say."""
    state = "ready-in-sync" if seen.bridged(vpn) else "not-ready-connecting"
    return {"bridgeName": REPLICATION_BRIDGE, "inboundState": state, "inboundFailureReason": ""}


def router_row() -> Object:
    """The configuration table of the broker itself."""
    return {
        "type": "router",
        "name": "default",
        "role": "leader",
        "syncStatus": "in-sync",
        "timeInState": 1,
        "lastResult": "",
    }


def sync_row(seen: Situation, vpn: Vpn) -> Object:
    """The configuration table of a VPN."""
    role, status = seen.config_sync(vpn)
    return {**router_row(), "type": "vpn", "name": vpn.name, "role": role, "syncStatus": status}


COLLECTIONS: Mapping[str, Callable[[Situation, Vpn], int]] = {
    "transactions": lambda seen, vpn: len(vpn.transactions),
    "clients": lambda seen, vpn: seen.client_count(vpn) + 1,
    "msgs": lambda seen, vpn: int(vpn.queue),
}


def sizes(seen: Situation, item: Object) -> Mapping[str, int]:
    """The sizes of a VPN's collections."""
    vpn = seen.site.vpns[item["msgVpnName"]]
    return {name: count(seen, vpn) for name, count in COLLECTIONS.items()}


BROKER_ATTRIBUTES = (
    "guaranteedMsgingOperationalStatus",
    "configSyncRedundancyGroupUp",
    "serviceMsgBackboneEnabled",
    "serviceSmfEnabled",
)
CLIENT_ATTRIBUTES = ("clientName", "clientUsername", "msgVpnName", "clientId")
BRIDGE_ATTRIBUTES = ("bridgeName", "inboundState", "inboundFailureReason")
TRANSACTION_ATTRIBUTES = (
    "xid",
    "state",
    "type",
    "replicated",
    "timeInState",
    "idleTimeout",
    "clientName",
    "clientUsername",
    "sessionName",
)
QUEUE_ATTRIBUTES = (
    "msgVpnName",
    "queueName",
    "msgSpoolUsage",
    "maxMsgSpoolUsage",
    "spooledMsgCount",
    "txMsgRate",
    "maxMsgSpoolUsageExceededDiscardedMsgCount",
)
VPN_ATTRIBUTES = (
    "msgVpnName",
    "state",
    "failureReason",
    "msgVpnConnections",
    "msgSpoolUsage",
    "msgSpoolMsgCount",
    "replicationActiveTransitionToSyncIneligibleCount",
    "replicationActiveAsyncQueuedMsgCount",
    "replicationRemoteBridgeName",
    "replicationRemoteBridgeUp",
    "replicationQueueBound",
    "replicationSyncEligible",
    "replicationBridgeName",
    "replicationBridgeUp",
    "replicationBridgeBoundToQueue",
    *WRITABLE,
)


def check_values(given: Mapping[str, Any]) -> tuple[Code, str] | None:
    """Why the values of a configuration cannot be; None when they can."""
    kinds: Mapping[str, Callable[[Any], bool]] = {
        "replicationRole": lambda value: value in ("active", "standby"),
        "replicationTransactionMode": lambda value: value in ("sync", "async"),
        "replicationQueueMaxMsgSpoolUsage": lambda value: type(value) is int and value >= 0,
    }
    for name, value in given.items():
        if name not in WRITABLE:
            return Code.INVALID_PARAMETER, f'"{name}" is not a valid attribute.'
        if not kinds.get(name, lambda item: isinstance(item, bool))(value):
            return Code.INVALID_PARAMETER, f'Problem with "{name}": invalid value.'
    return None
