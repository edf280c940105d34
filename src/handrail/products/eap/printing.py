"""Log lines as an instance prints them into server.log: the release's wording behind EAP's prefix."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handrail.procedure.catalogue import Catalogue, Variant
from handrail.products.eap.files import DATA
from handrail.products.eap.state import Instance, Printed

_LOGGERS = {
    "WFLYSRV0049": "org.jboss.as",
    "WFLYSRV0025": "org.jboss.as",
    "WFLYSRV0050": "org.jboss.as",
    "WFLYSRV0060": "org.jboss.as",
    "WFLYSRV0051": "org.jboss.as",
    "WFLYSRV": "org.jboss.as.server",
    "WFLYMSGAMQ": "org.wildfly.extension.messaging-activemq",
    "AMQ21": "org.apache.activemq.artemis.core.client",
    "AMQ22": "org.apache.activemq.artemis.core.server",
}
_THREADS = {
    "WFLYSRV0049": "MSC service thread 1-2",
    "WFLYSRV0025": "Controller Boot Thread",
    "WFLYSRV0060": "Controller Boot Thread",
    "WFLYSRV0051": "Controller Boot Thread",
    "WFLYSRV0050": "MSC service thread 1-4",
    "WFLYSRV0220": "Thread-2",
    "WFLYSRV0241": "management-handler-thread - 4",
}
_STARS = "*" * 250


def lines(printed: Printed, instance: Instance, catalogue: Catalogue, origin: datetime) -> Sequence[str]:
    """The physical lines of one log event; none when this release prints no such message.

    `origin` is the wall time, UTC, of the world's second zero.
    """
    if printed.message not in catalogue:
        return ()
    found = catalogue.expected(printed.message, instance.version, printed.mode.value)
    if not found:
        return ()
    variant = found[0]
    moment = origin + timedelta(seconds=printed.at_s)
    stamp = f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"
    code = variant.code or ""
    logger = next((name for start, name in _LOGGERS.items() if code.startswith(start)), "org.jboss.as")
    head = f"{stamp} {variant.level:<5} [{logger}] ({_THREADS.get(code, printed.thread)})"
    body = variant.fill(*_arguments(printed, instance, variant))
    if variant.banner:
        return (f"{head} {code}: ", _STARS, body.removeprefix(f"{code}: "), _STARS)
    return (f"{head} {body}",)


def _arguments(printed: Printed, instance: Instance, variant: Variant) -> Sequence[str]:
    """As many arguments as this release's wording takes: later releases only ever added some at the end."""
    given = list(printed.arguments)
    if printed.message == "starting":
        role, journal = given
        data = journal.removesuffix("/journal") if journal.endswith("/journal") else f"{DATA}/activemq"
        given = [
            _role_word(role, instance),
            f"Broker Configuration (clustered=true,journalDirectory={journal},"
            f"bindingsDirectory={data}/bindings,largeMessagesDirectory={data}/largemessages,"
            f"pagingDirectory={data}/paging)",
        ]
    wanted = variant.text.count("{}")
    return [*given, *["?"] * wanted][:wanted]


def _role_word(role: str, instance: Instance) -> str:
    """The first word of AMQ221000; since 2.32 (counted as EAP 8.1) primary, with a capital."""
    if instance.old_words:
        return role
    return "Primary" if role == "live" else "Backup"
