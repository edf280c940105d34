"""The impure holder of the simulated world: its time, its event logs, its brokers' management addresses."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from handrail.procedure.catalogue import Catalogue
from handrail.products.product import CommandResult, Console, Request, Response, Truth
from handrail.products.solace import answers_v1, answers_v2, changing, injects, printing, rpc, semp, truth
from handrail.products.solace import world as rules
from handrail.products.solace.console import SolaceConsole
from handrail.products.solace.semp import Code
from handrail.products.solace.situation import Situation
from handrail.products.solace.state import Phase, Trouble, World
from handrail.readings import Value
from handrail.text import safe

USER = "admin"
PASSWORD = "admin"  # noqa: S105  a drill's broker, no secret
DEFAULT_START = datetime(2026, 1, 2, 3, 14, tzinfo=UTC)
HEALTH = "/health-check/guaranteed-active"


class SolaceSimulator:
    """Holds a World and answers for it; implements Simulator.

    `start` is the wall time, UTC, of the world's second zero. A drill has one address for each broker, so the
    health check of port 5550 is answered there as well.
    """

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
        self._lines: dict[str, list[str]] = {name: [] for name in scene.brokers}
        self._consoles = {name: SolaceConsole(self, name) for name in scene.brokers}

    @property
    def world(self) -> World:
        """The world as it is."""
        return self._world

    def advance(self, to_s: float) -> None:
        """Let the world live until this moment."""
        self.take(rules.advance(self._world, to_s))

    def next_change_s(self) -> float | None:
        """When the world will next change by itself."""
        return rules.next_change_s(self._world)

    def listens(self, server: str) -> bool:
        """Whether the management port accepts connections; of a site cut off not even a refusal comes."""
        broker = self._world.brokers[server]
        if self._world.sites[broker.side].cut_off:
            return True
        return broker.phase in (Phase.STARTING, Phase.UP) and self._trouble(server) is not Trouble.REFUSED

    def answer(self, server: str, request: Request) -> Response:
        """One HTTP request, as this broker would answer it now."""
        broker = self._world.brokers[server]
        trouble = self._trouble(server)
        if self._world.sites[broker.side].cut_off or trouble is Trouble.STALL:
            return Response(200, stall_after=0, body=b"x")
        if broker.phase is Phase.STARTING or trouble is Trouble.UNAVAILABLE:
            return Response(503, {"content-type": "text/html"}, b"<html>Service Unavailable</html>")
        if request.target == HEALTH:
            return Response(200 if self.seen(server).spool == "AD-Active" else 503)
        if trouble is Trouble.WRONG_CREDENTIALS or request.headers.get("authorization") != self._login:
            return Response(401, {"www-authenticate": 'Basic realm="Solace SEMP"'})
        response = self.act(server, request)
        if trouble is Trouble.HALF_ANSWER:
            return replace(response, stall_after=len(response.body) // 2)
        if trouble is Trouble.MALFORMED:
            return replace(response, body=response.body[: len(response.body) // 2])
        return response

    def act(self, server: str, request: Request) -> Response:
        """One request of somebody who is let in, over the wire or at the console."""
        trouble = self._trouble(server)
        if request.target == rpc.PATH and request.method == "POST":
            if trouble is Trouble.NO_PERMISSION:
                body = rpc.refusal(self._world.version, "permission-error", "not authorized")
            else:
                body = answers_v1.answer(self.seen(server), request.body)
            return Response(200, {"content-type": "text/xml"}, body)
        asked = semp.decode_request(request.target)
        if asked is None:
            return Response(404, {"content-type": "text/html"}, b"<html>Not Found</html>")
        if trouble is Trouble.NO_PERMISSION:
            return answers_v2.refuse(request, Code.UNAUTHORIZED, "Not authorized to access this object")
        if request.method == "GET":
            unknown = "replicationSyncEligible" if trouble is Trouble.UNKNOWN_ATTRIBUTE else ""
            return answers_v2.read(self.seen(server), request, asked, unknown)
        response, change = changing.change(self._world, server, request, asked)
        if change is not None:
            self.take(change)
        return response

    def command(self, server: str, name: str) -> CommandResult:
        """start, stop or kill, as the container's commands would; any other name fails as in a shell."""
        commands = {"start": rules.start, "stop": rules.stop, "kill": rules.stop}
        if name not in commands or server not in self._world.brokers:
            return CommandResult(127, safe(f"{name}: no such command for {server}"))
        try:
            self.take(commands[name](self._world, server))
        except rules.CannotBe as problem:
            return CommandResult(1, safe(str(problem)))
        return CommandResult(0)

    def lines(self, server: str, after: int) -> Sequence[str]:
        """The lines of the broker's event log from index `after` on."""
        return self._lines[server][after:]

    def inject(self, name: str, arguments: Mapping[str, Value]) -> None:
        """Cause a fault by name; raises KeyError for an unknown one."""
        self.take(injects.inject(self._world, name, arguments))

    def console(self, server: str) -> Console:
        """The broker's own command line."""
        return self._consoles[server]

    def harmed(self) -> Sequence[str]:
        """Message VPNs that were harmed for good, and how."""
        return rules.harmed(self._world)

    def harm(self) -> Mapping[str, Sequence[str]]:
        """The same, by what it is."""
        return {"Message VPNs harmed": self.harmed()}

    def truth(self, server: str) -> Truth:
        """The broker's process, and its site as somebody standing there finds it."""
        return truth.of(self._world, server)

    def seen(self, server: str) -> Situation:
        """What the broker tells of itself: now, or of a moment past while its answers are stale."""
        trouble = self._world.management.get(server)
        shown = self._world
        if trouble is not None and self._trouble(server) is Trouble.STALE and trouble.then is not None:
            shown = trouble.then
        return Situation(shown, shown.brokers[server])

    def take(self, change: rules.Change) -> None:
        """Go on with the world as it was changed, and write what was logged."""
        self._world, printed = change
        for event in printed:
            line = printing.line(event, self._world.version, self._catalogue, self._start)
            if line:
                self._lines[event.server].append(line)

    def _trouble(self, server: str) -> Trouble | None:
        trouble = self._world.management.get(server)
        return None if trouble is None or trouble.until_s <= self._world.now_s else trouble.trouble
