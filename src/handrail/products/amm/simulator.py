"""The impure holder of the simulated AMMs: their time, their syslog, their web addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from handrail.procedure.catalogue import Catalogue
from handrail.products.amm import injects, printing, truth
from handrail.products.amm import world as rules
from handrail.products.amm.console import AmmConsole
from handrail.products.amm.state import Event, Trouble, World
from handrail.products.holding import Holder
from handrail.products.living import Laws, in_force
from handrail.products.product import Console, Request, Response, Truth

DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
_HTML = {"content-type": "text/html"}
_PAGE = b"<html><head><title>AMM</title></head><body>Login</body></html>"
_UNAVAILABLE = b"<html><body>Service Unavailable</body></html>"


_LAWS = Laws(
    rules.advance,
    rules.next_change_s,
    {"start": rules.start, "stop": rules.stop, "kill": rules.stop},
    injects.inject,
)


class AmmSimulator(Holder[World, Event]):
    """Holds a World and answers for it; implements Simulator."""

    def __init__(self, scene: World, catalogue: Catalogue, *, start: datetime = DEFAULT_START) -> None:
        super().__init__(scene, _LAWS, scene.servers, start)
        self._catalogue = catalogue
        self._consoles = {name: AmmConsole(self, name) for name in scene.servers}

    def listens(self, server: str) -> bool:
        """Whether the web address accepts connections now."""
        trouble = self._trouble(server)
        if trouble is Trouble.STALE:
            return True  # a proxy before it answers with the page it kept
        return self._world.servers[server].up and trouble is not Trouble.REFUSED

    def answer(self, server: str, request: Request) -> Response:
        """A log-in page, whatever is asked: an AMM has no public interface for HA."""
        trouble = self._trouble(server)
        if trouble is Trouble.STALE:
            return Response(200, dict(_HTML), _PAGE)
        if trouble is Trouble.UNAVAILABLE or self._world.servers[server].upgrading:
            return Response(503, dict(_HTML), _UNAVAILABLE)
        if trouble is Trouble.WRONG_CREDENTIALS:
            return Response(401, {"www-authenticate": "Bearer"})
        response = Response(200 if request.method in ("GET", "HEAD") else 405, dict(_HTML), _PAGE)
        if trouble is Trouble.HALF_ANSWER:
            return replace(response, stall_after=len(response.body) // 2)
        if trouble is Trouble.GARBAGE:
            return Response(200, {**_HTML, "content-encoding": "gzip"}, b"\x00\x01")
        if trouble is Trouble.UNKNOWN_ATTRIBUTE:
            return Response(302, {"location": "https://elsewhere.example.org/"})
        return response

    def console(self, server: str) -> Console:
        """The server's pages, as lines to type."""
        return self._consoles[server]

    def harm(self) -> Mapping[str, Sequence[str]]:
        """Pairs that will not become stable before a teardown on both, and why."""
        return {"Pairs damaged": tuple(self._world.damaged.values())}

    def printed(self, event: Event) -> tuple[str, Sequence[str]]:
        """Into its server's syslog, with the tag AMM_HA."""
        return event.server, printing.lines(event, self._catalogue, self._start)

    def truth(self, server: str) -> Truth:
        """What its pages hold, and what is in force."""
        return truth.of(self._world, server)

    def _trouble(self, server: str) -> Trouble | None:
        found = in_force(self._world.management, server, self._world.now_s)
        return None if found is None else found.trouble
