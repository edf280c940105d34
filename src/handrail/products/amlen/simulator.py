"""The impure holder of the simulated world: its time, its log lines, its administration addresses."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from handrail.procedure.catalogue import Catalogue
from handrail.products.amlen import files, injects, printing, requests, truth
from handrail.products.amlen import world as rules
from handrail.products.amlen.console import AmlenConsole
from handrail.products.amlen.state import Trouble, World
from handrail.products.product import CommandResult, Console, Request, Response, Truth
from handrail.readings import Value
from handrail.text import safe

USER = "admin"
PASSWORD = "admin"  # noqa: S105  a drill's server, no secret
DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
_JSON: Final = {"content-type": "application/json"}
_GARBAGE = b'{ "Version":"v1", "Server": { "State": 1, '


class AmlenSimulator:
    """Holds a World and answers for it; implements Simulator."""

    def __init__(
        self,
        scene: World,
        catalogue: Catalogue,
        *,
        user: str = USER,
        password: str = PASSWORD,
        start: datetime = DEFAULT_START,
    ) -> None:
        self._world = scene
        self._catalogue = catalogue
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._start = start
        self._lines: dict[str, list[str]] = {name: [] for name in scene.nodes}
        self._consoles = {name: AmlenConsole(self, name) for name in scene.nodes}

    @property
    def world(self) -> World:
        """The world as it is."""
        return self._world

    def advance(self, to_s: float) -> None:
        """Let the world live until this moment."""
        self._take(rules.advance(self._world, to_s))

    def next_change_s(self) -> float | None:
        """When the world will next change by itself."""
        return rules.next_change_s(self._world)

    def listens(self, server: str) -> bool:
        """Whether the administration's port accepts connections now."""
        return self._world.nodes[server].listens and self._trouble(server) is not Trouble.REFUSED

    def answer(self, server: str, request: Request) -> Response:
        """One HTTP request, as this server would answer it now."""
        trouble = self._trouble(server)
        if trouble is Trouble.UNAVAILABLE:
            return Response(
                503, {"content-type": "text/html"}, b"<html><body>Service Unavailable</body></html>"
            )
        login = request.headers.get("authorization", "")
        if trouble is Trouble.WRONG_CREDENTIALS or login != self._login:
            return Response(401, {"www-authenticate": 'Basic realm="ima"'})
        world = self._world
        if trouble is Trouble.STALE and request.method == "GET":
            world = self._world.management[server].then or world
        outcome = requests.answer(
            world, world.nodes[server], request, self._start + timedelta(seconds=world.now_s)
        )
        if world is self._world:
            self._take(outcome.change)
        response = Response(outcome.http, dict(_JSON), outcome.body)
        if trouble is Trouble.GARBAGE:
            return replace(response, body=_GARBAGE)
        if trouble is Trouble.HALF_ANSWER:
            return replace(response, stall_after=len(response.body) // 2)
        if trouble is Trouble.UNKNOWN_ATTRIBUTE and request.method == "GET":
            return replace(response, body=_renamed(response.body))
        return response

    def command(self, server: str, name: str) -> CommandResult:
        """start, stop or kill, as the service manager would; any other name fails as in a shell."""
        commands = {"start": rules.start, "stop": rules.stop, "kill": rules.kill}
        if name not in commands or server not in self._world.nodes:
            return CommandResult(127, safe(f"{name}: no such command for {server}"))
        try:
            self._take(commands[name](self._world, server))
        except rules.CannotBe as problem:
            return CommandResult(1, safe(str(problem)))
        return CommandResult(0)

    def restore(self, server: str, part: files.Part) -> None:
        """Put the backup's directory in place of the server's own; raises CannotBe where there is none."""
        self._take(files.restore(self._world, server, part))

    def keep(self, server: str, part: files.Part, where: str) -> None:
        """Copy one of the server's own directories to another place of its host."""
        self._take(files.keep(self._world, server, part, where))

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The lines of the default and admin log together, from index `after` on."""
        return self._lines[server][after:]

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Cause a fault by name; raises KeyError for an unknown one."""
        self._take(injects.inject(self._world, name, arguments))

    def console(self, server: str) -> Console:
        """A shell on the server's host."""
        return self._consoles[server]

    def harmed(self) -> Sequence[str]:
        """What was lost for good: restored data, a store cleaned while it served, discarded messages."""
        return self._world.harmed

    def harm(self) -> Mapping[str, Sequence[str]]:
        """The same, by what it is."""
        return {"Data lost": self.harmed()}

    def truth(self, server: str) -> Truth:
        """What lies on its disk, and whether it reaches its peer."""
        return truth.of(self._world, server)

    def _take(self, change: rules.Change) -> None:
        self._world, printed = change
        for event in sorted(printed, key=lambda event: event.at_s):
            release = self._world.nodes[event.server].version
            self._lines[event.server].extend(printing.lines(event, release, self._catalogue, self._start))

    def _trouble(self, server: str) -> Trouble | None:
        trouble = self._world.management.get(server)
        return None if trouble is None or trouble.until_s <= self._world.now_s else trouble.trouble


def _renamed(body: bytes) -> bytes:
    """An answer of a release that calls its attributes otherwise."""
    told = json.loads(body)
    return json.dumps(
        {
            section: {f"X{key}": item for key, item in value.items()} if isinstance(value, dict) else value
            for section, value in told.items()
        }
    ).encode()
