"""What handrail can do to an Artemis broker over Jolokia, and how often each may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from handrail.products.artemis import mbeans
from handrail.products.artemis.wire import Execute
from handrail.readings import Value


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its arguments, whether it may be sent again, and the entry it becomes."""

    meaning: str
    arguments: tuple[str, ...]
    repeat: Literal["safe", "check-first", "never"]
    entry: Callable[[str, Mapping[str, Value]], Execute]
    answer_may_be_lost: bool = False
    """The broker may stop before it answers: no answer then says nothing about the effect."""


def _on_broker(operation: str, *names: str) -> Callable[[str, Mapping[str, Value]], Execute]:
    def entry(broker: str, given: Mapping[str, Value]) -> Execute:
        return Execute(mbeans.broker_mbean(broker), operation, tuple(str(given[name]) for name in names))

    return entry


def _on_acceptor(operation: str) -> Callable[[str, Mapping[str, Value]], Execute]:
    def entry(broker: str, given: Mapping[str, Value]) -> Execute:
        return Execute(mbeans.acceptor_mbean(broker, str(given["acceptor"])), operation)

    return entry


OPERATIONS: Mapping[str, Operation] = {
    "freeze-replication": Operation(
        "cut the replication of this live server; its replica will become live as well (laboratory only)",
        (),
        "never",
        _on_broker("freezeReplication()"),
    ),
    "force-failover": Operation(
        "stop this server and let its backup take over, shared store included; the process may live on",
        (),
        "check-first",
        _on_broker("forceFailover()"),
        answer_may_be_lost=True,
    ),
    "stop-acceptor": Operation(
        "take no more clients at this acceptor", ("acceptor",), "safe", _on_acceptor("stop()")
    ),
    "start-acceptor": Operation(
        "take clients at this acceptor again", ("acceptor",), "safe", _on_acceptor("start()")
    ),
    "close-connection": Operation(
        "close one connection by its id",
        ("connection",),
        "safe",
        _on_broker("closeConnectionWithID(java.lang.String)", "connection"),
    ),
}
