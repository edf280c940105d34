"""What the simulated worlds of all products have in common. Pure: a world and an act give a world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from handrail.readings import Value


class CannotBe(Exception):
    """An act that the server's state does not allow; the message is what a shell or a page would show."""


class Living(Protocol):
    """A world: it knows its second."""

    @property
    def now_s(self) -> float:
        """Seconds since it began."""
        ...


WorldT = TypeVar("WorldT", bound=Living)
EventT = TypeVar("EventT")
TroubleT = TypeVar("TroubleT")


@dataclass(frozen=True, slots=True)
class Management(Generic[TroubleT, WorldT]):
    """One trouble of one server's management address; `then` is the world that a stale answer tells of."""

    trouble: TroubleT
    until_s: float = float("inf")
    then: WorldT | None = None


def in_force(
    management: Mapping[str, Management[TroubleT, WorldT]], server: str, now_s: float
) -> Management[TroubleT, WorldT] | None:
    """What is wrong with this server's management now, if anything is."""
    found = management.get(server)
    return None if found is None or found.until_s <= now_s else found


@dataclass(frozen=True, slots=True)
class Laws(Generic[WorldT, EventT]):
    """The pure functions by which one product's world changes; each answers the new world and its events."""

    advance: Callable[[WorldT, float], tuple[WorldT, tuple[EventT, ...]]]
    """Live until this second."""
    next_change_s: Callable[[WorldT], float | None]
    """When it will next change by itself."""
    commands: Mapping[str, Callable[[WorldT, str], tuple[WorldT, tuple[EventT, ...]]]]
    """start, stop and kill of a server; each raises CannotBe."""
    inject: Callable[[WorldT, str, Mapping[str, Value]], tuple[WorldT, tuple[EventT, ...]]]
    """A fault by its name; raises KeyError for an unknown one."""
