"""Log lines as a release prints them into its file: the wording from the catalogue, the format by version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handrail.procedure.catalogue import Catalogue, Variant
from handrail.procedure.versions import Version
from handrail.products.artemis.releases import CAPITALS, NEW_WORDS, release
from handrail.products.artemis.state import Broker, Mode, Printed, Role

_LOGGERS = {
    "AMQ10": "org.apache.activemq.artemis.integration.bootstrap",
    "AMQ20": "org.apache.activemq.artemis.logs",
    "AMQ21": "org.apache.activemq.artemis.core.client",
    "AMQ22": "org.apache.activemq.artemis.core.server",
    "AMQ24": "org.apache.activemq.artemis",
}

# What a release prints below the line itself.
_BELOW = {
    "replica-connection-lost": (
        "org.apache.activemq.artemis.api.core.ActiveMQRemoteDisconnectException: "
        "[errorType=REMOTE_DISCONNECT message=]",
        "\tat org.apache.activemq.artemis.core.remoting.server.impl.RemotingServiceImpl."
        "connectionDestroyed(RemotingServiceImpl.java)",
    )
}


def lines(
    printed: Printed, broker: Broker, mode: Mode, catalogue: Catalogue, origin: datetime
) -> Sequence[str]:
    """The physical lines of one log event; none when this release prints no such message.

    `origin` is the wall time, UTC, of the world's second zero.
    """
    awaited = catalogue.expected(printed.message, broker.version, mode.value)
    variant = next((item for item in awaited if item.printed_by in ("either", broker.role.value)), None)
    if variant is None:
        return ()
    moment = origin + timedelta(seconds=printed.at_s + printed.stamp_offset_s)
    stamp = f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"
    body = variant.fill(*_arguments(printed, broker, variant))
    logger = _LOGGERS.get((variant.code or "")[:5], "org.apache.activemq.artemis.core.server.impl")
    return (f"{stamp} {variant.level:<5} [{logger}] {body}", *_BELOW.get(printed.message, ()))


def _arguments(printed: Printed, broker: Broker, variant: Variant) -> Sequence[str]:
    """As many arguments as this release's wording takes: later releases only ever added some at the end."""
    given = list(printed.arguments)
    if printed.message == "starting":
        role, data = given
        given = [
            _role_word(Role(role), release(broker.version)),
            f"Broker Configuration (clustered=true,journalDirectory={data}/journal,"
            f"bindingsDirectory={data}/bindings,largeMessagesDirectory={data}/large-messages,"
            f"pagingDirectory={data}/paging)",
        ]
    wanted = variant.text.count("{}")
    return [*given, *["?"] * wanted][:wanted]


def _role_word(role: Role, version: Version) -> str:
    """The first word of AMQ221000, which changed in 2.32.0 and got its capital in 2.33.0."""
    if version < NEW_WORDS:
        return "live" if role is Role.MASTER else "backup"
    word = "primary" if role is Role.MASTER else "backup"
    return word if version < CAPITALS else word.capitalize()
