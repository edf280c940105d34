"""What is so on a simulated AMM, by name, whether or not anybody can read it from outside."""

from __future__ import annotations

from handrail.products.amm import panel
from handrail.products.amm.state import APPLY_ON_SECONDARY, World
from handrail.products.product import Truth


def of(world: World, name: str) -> Truth:
    """`panel-..` is what the fields of HA Configuration hold now, `applied-..` what is in force."""
    server = world.servers[name]
    fields = panel.shown(server)
    targets = [target for target in fields.monitors if target]
    return {
        "panel-opens": server.up and not server.upgrading and panel.has_panel(server),
        "panel-role": fields.role,
        "panel-address": fields.address,
        "panel-peer": fields.peer,
        "panel-fingerprint": fields.fingerprint,
        "panel-email": fields.email,
        "panel-file-sync": fields.file_sync,
        "panel-pings": fields.pings,
        "panel-targets": len(targets),
        "typed-not-saved": server.form is not None,
        "saves": server.saves,
        "applies": server.applies,
        "draft": server.draft is not None,
        "applied-role": server.config.role,
        "applied-file-sync": server.config.file_sync,
        "applied-pings": server.config.pings,
        "applied-targets": sum(1 for target in server.config.monitors if target),
        "applied-target": next((target for target in server.config.monitors if target), ""),
        "applied-script": server.config.script,
        "applying": server.applying,
        "message": " ".join(server.messages),
        "prompts": APPLY_ON_SECONDARY in server.messages,
        "ha-status": world.status(name),
        "host": server.name,
        "package": server.packages[-1] if server.packages else "none",
        "files-there": bool(server.packages) and server.packages[-1] in server.files,
        "version": server.version,
        "has-panel": panel.has_panel(server),
        "old-ha": server.old_ha,
        "size": server.size,
        "installed": server.installed,
        "address": server.address,
        "address-with-prefix": f"{server.address}/{server.prefix}",
        "gateway": server.gateway,
    }
