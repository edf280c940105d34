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
from handrail.products.amlen.state import Printed, Trouble, World
from handrail.products.holding import Holder
from handrail.products.living import Laws, in_force
from handrail.products.product import Console, Request, Response, Truth

USER = "admin"
PASSWORD = "admin"  # noqa: S105  a drill's server, no secret
DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
_JSON: Final = {"content-type": "application/json"}
_GARBAGE = b'{ "Version":"v1", "Server": { "State": 1, '


_LAWS = Laws(
    rules.advance,
    rules.next_change_s,
    {"start": rules.start, "stop": rules.stop, "kill": rules.kill},
    injects.inject,
)


class AmlenSimulator(Holder[World, Printed]):
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
        super().__init__(scene, _LAWS, scene.nodes, start)
        self._catalogue = catalogue
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._consoles = {name: AmlenConsole(self, name) for name in scene.nodes}

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
            self.take(outcome.change)
        response = Response(outcome.http, dict(_JSON), outcome.body)
        if trouble is Trouble.GARBAGE:
            return replace(response, body=_GARBAGE)
        if trouble is Trouble.HALF_ANSWER:
            return replace(response, stall_after=len(response.body) // 2)
        if trouble is Trouble.UNKNOWN_ATTRIBUTE and request.method == "GET":
            return replace(response, body=_renamed(response.body))
        return response

    def restore(self, server: str, part: files.Part) -> None:
        """Put the backup's directory in place of the server's own; raises CannotBe where there is none."""
        self.take(files.restore(self._world, server, part))

    def keep(self, server: str, part: files.Part, where: str) -> None:
        """Copy one of the server's own directories to another place of its host."""
        self.take(files.keep(self._world, server, part, where))

    def console(self, server: str) -> Console:
        """A shell on the server's host."""
        return self._consoles[server]

    def harm(self) -> Mapping[str, Sequence[str]]:
        """What was lost for good: restored data, a store cleaned while it served, discarded messages."""
        return {"Data lost": self._world.harmed}

    def printed(self, event: Printed) -> tuple[str, Sequence[str]]:
        """Into its server's logs: default and admin log together."""
        release = self._world.nodes[event.server].version
        return event.server, printing.lines(event, release, self._catalogue, self._start)

    def take(self, change: rules.Change) -> None:
        """As every world; what several servers did in one act is printed in the order of time."""
        world, events = change
        super().take((world, tuple(sorted(events, key=lambda event: event.at_s))))

    def truth(self, server: str) -> Truth:
        """What lies on its disk, and whether it reaches its peer."""
        return truth.of(self._world, server)

    def _trouble(self, server: str) -> Trouble | None:
        found = in_force(self._world.management, server, self._world.now_s)
        return None if found is None else found.trouble


def _renamed(body: bytes) -> bytes:
    """An answer of a release that calls its attributes otherwise."""
    told = json.loads(body)
    return json.dumps(
        {
            section: {f"X{key}": item for key, item in value.items()} if isinstance(value, dict) else value
            for section, value in told.items()
        }
    ).encode()
