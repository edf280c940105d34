"""What a booting instance makes of its model: messaging servers with policy, cluster, directories. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from handrail.procedure.versions import Version
from handrail.products.eap import files
from handrail.products.eap.dmr import Address, server_address
from handrail.products.eap.files import Place
from handrail.products.eap.resources import DIRECTORIES
from handrail.products.eap.state import Broker, Cluster, Instance, Policy
from handrail.products.eap.tree import Model, policy_of, servers, setting

_KIND_OF = dict(zip(DIRECTORIES, files.KINDS, strict=True))


def brokers(process: Instance, model: Model, shared: str) -> tuple[Broker, ...]:
    """The messaging servers the model describes, none of them started."""
    return tuple(_broker(process, name, model, shared) for name in servers(model))


def _broker(process: Instance, name: str, model: Model, shared: str) -> Broker:
    address = server_address(name)
    instance, release = process.name, process.release
    directories = {
        kind: directory(instance, model, address, path, release, shared) for path, kind in _KIND_OF.items()
    }
    return Broker(
        instance,
        name,
        policy(model, address, release),
        cluster(model, address, release, process.properties),
        directories,
    )


def directory(
    instance: str, model: Model, server: Address, name: str, release: Version, shared: str
) -> Place:
    """Where a path resource points: below the data directory, or anywhere when it is absolute."""
    path = str(setting(model, (*server, ("path", name)), "path", release) or DIRECTORIES[name])
    whole = path if path.startswith("/") else f"{files.DATA}/{path}"
    return place_of(instance, whole, shared)


def place_of(host: str, path: str, shared: str) -> Place:
    """A path of a host; on the shared store it is the same place for all."""
    where = files.place(host, path)
    on_shared = shared and f"{where.partition(':')[2]}/".startswith(f"{shared.rstrip('/')}/")
    return files.place(files.SHARED, path) if on_shared else where


def policy(model: Model, server: Address, release: Version) -> Policy:
    """The server's ha-policy."""
    kind, _ = policy_of(model, server)
    address = (*server, ("ha-policy", kind))

    def told(name: str) -> object:
        return setting(model, address, name, release) if address in model else None

    return Policy(
        kind,
        cluster_name=_text(told("cluster-name")),
        group_name=_text(told("group-name")),
        check_for_live=told("check-for-live-server") is True,
        allow_failback=told("allow-failback") is True,
        restart_backup=told("restart-backup") is not False,
        max_saved=_number(told("max-saved-replicated-journal-size"), 2),
        sync_timeout_s=_number(told("initial-replication-sync-timeout"), 30000) / 1000,
        failover_on_shutdown=told("failover-on-server-shutdown") is True,
    )


def cluster(model: Model, server: Address, release: Version, properties: Mapping[str, str]) -> Cluster:
    """How the server joins its cluster: by its first cluster-connection's discovery group."""
    found = sorted(
        address
        for address in model
        if len(address) == 3 and address[:2] == server and address[2][0] == "cluster-connection"
    )
    channel = ""
    if found:
        group = _text(setting(model, found[0], "discovery-group", release))
        where = (*server, ("discovery-group", group or ""))
        channel = _text(setting(model, where, "jgroups-cluster", release)) or "" if where in model else ""
    return Cluster(
        tuple(address[2][1] for address in found),
        channel,
        _text(setting(model, server, "cluster-user", release)) or "",
        _text(setting(model, server, "cluster-password", release, properties)) or "",
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise
