"""The impure holder of the simulated AMMs: their time, their syslog, their web addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from handrail.procedure.catalogue import Catalogue
from handrail.products.amm import injects, printing, truth
from handrail.products.amm import world as rules
from handrail.products.amm.console import AmmConsole
from handrail.products.amm.state import Trouble, World
from handrail.products.product import CommandResult, Console, Request, Response, Truth
from handrail.readings import Value
from handrail.text import safe

DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
_HTML = {"content-type": "text/html"}
_PAGE = b"<html><head><title>AMM</title></head><body>Login</body></html>"
_UNAVAILABLE = b"<html><body>Service Unavailable</body></html>"


class AmmSimulator:
    """Holds a World and answers for it; implements Simulator."""

    def __init__(self, scene: World, catalogue: Catalogue, *, start: datetime = DEFAULT_START) -> None:
        self._world = scene
        self._catalogue = catalogue
        self._start = start
        self._lines: dict[str, list[str]] = {name: [] for name in scene.servers}
        self._consoles = {name: AmmConsole(self, name) for name in scene.servers}

    @property
    def world(self) -> World:
        """The world as it is."""
        return self._world

    def advance(self, to_s: float) -> None:
        """Let the world live until this moment."""
        self.change(rules.advance(self._world, to_s))

    def next_change_s(self) -> float | None:
        """When the world will next change by itself."""
        return rules.next_change_s(self._world)

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

    def command(self, server: str, name: str) -> CommandResult:
        """start, stop or kill, as whoever runs the machine would; any other name fails as in a shell."""
        commands = {"start": rules.start, "stop": rules.stop, "kill": rules.stop}
        if name not in commands or server not in self._world.servers:
            return CommandResult(127, safe(f"{name}: no such command for {server}"))
        try:
            self.change(commands[name](self._world, server))
        except rules.CannotBe as problem:
            return CommandResult(1, safe(str(problem)))
        return CommandResult(0)

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The syslog lines with the tag AMM_HA, from index `after` on."""
        return self._lines[server][after:]

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Cause a fault by name; raises KeyError for an unknown one."""
        self.change(injects.inject(self._world, name, arguments))

    def console(self, server: str) -> Console:
        """The server's pages, as lines to type."""
        return self._consoles[server]

    def harmed(self) -> Sequence[str]:
        """Pairs that will not become stable before a teardown on both, and why."""
        return tuple(self._world.damaged.values())

    def harm(self) -> Mapping[str, Sequence[str]]:
        """The same, by what it is."""
        return {"Pairs damaged": self.harmed()}

    def truth(self, server: str) -> Truth:
        """What its pages hold, and what is in force."""
        return truth.of(self._world, server)

    def change(self, change: rules.Change) -> None:
        """Take over a change of the world; consoles do, too."""
        self._world, events = change
        for event in events:
            self._lines[event.server].extend(printing.lines(event, self._catalogue, self._start))

    def _trouble(self, server: str) -> Trouble | None:
        trouble = self._world.management.get(server)
        return None if trouble is None or trouble.until_s <= self._world.now_s else trouble.trouble
